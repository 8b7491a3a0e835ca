"""The data of a dead letter as it came, to be saved."""

import flask

from service import queries
from service.console import lists
from service.console.visits import NotThere, Page, Visit


def show(visit: Visit) -> flask.Response:
    letter_id = lists.number(visit.args.get("letter"))
    found = queries.letter_data(visit.parts.engine, letter_id)
    if found is None:
        raise NotThere("no_such_data", f"There is no dead letter {letter_id} with data.")
    answer = flask.Response(found, mimetype="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="dead-letter-{letter_id}.bin"'
    return answer


PAGE = Page(name="data", show=show)

"""The whole output of one execution of a stage, as text."""

import flask

from service import queries
from service.api.parsing import is_job_id
from service.console import lists
from service.console.visits import NotThere, Page, Visit


def show(visit: Visit) -> flask.Response:
    job_id, execution = visit.args.get("job", ""), lists.number(visit.args.get("execution"))
    found = queries.job_output(visit.parts.engine, job_id, execution) if is_job_id(job_id) else None
    if found is None:
        raise NotThere("no_such_output", "There is no such output.")
    return flask.Response(found.text, mimetype="text/plain")


PAGE = Page(name="output", show=show)

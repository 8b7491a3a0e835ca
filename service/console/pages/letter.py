"""One dead letter, with its message as it came."""

import json
from typing import Any

import flask

from service import queries
from service.console import advice, lists
from service.console.acts import ACTS, Doing
from service.console.rendering import link
from service.console.visits import NotDone, NotThere, Page, Shown, Visit

SHOWN_BYTES = 4_000
NOTICES = {"replay": "Its job runs again.", "discard": "The dead letter is discarded."}


def show(visit: Visit) -> Shown:
    engine = visit.parts.engine
    letter_id = lists.number(visit.args.get("id"))
    letter = queries.letter(engine, letter_id)
    if letter is None:
        raise NotThere("no_such_letter", f"There is no dead letter {letter_id}.")
    data = queries.letter_data(engine, letter_id)
    is_of_job = letter.job_id is not None and letter.run is not None
    story = queries.job_story(engine, str(letter.job_id)) if is_of_job else None
    return Shown(
        values={
            "letter": letter,
            "raw": None if data is None else _hex(data[:SHOWN_BYTES]),
            "decoded": None if data is None else _decoded(data),
            "data_bytes": 0 if data is None else len(data),
            "brief": queries.job_brief(engine, str(letter.job_id)) if story else None,
            "story": story,
            "advice": advice.BY_CODE.get(letter.reason),
            "crash": queries.traceback_of(engine, str(letter.job_id), letter.run) if letter.run else None,
            "notice": NOTICES.get(visit.args.get("done", "")),
            "stages": queries.job_stages_begun(engine, str(letter.job_id)) if story else [],
        }
    )


def act(visit: Visit) -> flask.Response:
    """Replay or discard it; then show it."""
    letter_id = lists.number(visit.form.get("id"))
    chosen = ACTS.get(("letters", visit.form.get("act", "")))
    if chosen is None:
        raise NotThere("no_such_act", "There is no such act.")
    outcome = chosen.one(Doing.of(visit), letter_id)
    if not outcome.is_done:
        raise NotDone("not_done", outcome.why or "It could not be done.")
    answer: Any = flask.redirect(link("letter", id=letter_id, done=chosen.name), 303)
    return answer  # type: ignore[no-any-return]


def _decoded(data: bytes) -> str:
    """The data as JSON, set out to be read; else as text, as far as it is."""
    text = data[: 10 * SHOWN_BYTES].decode("utf-8", "replace")
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=2)[:SHOWN_BYTES]
    except (ValueError, RecursionError):
        return text[:SHOWN_BYTES]


def _hex(data: bytes) -> str:
    """Sixteen bytes a line: where they are, their numbers, and what they say."""
    lines = []
    for start in range(0, len(data), 16):
        row = data[start : start + 16]
        said = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        lines.append(f"{start:06x}  {row.hex(' '):<47}  {said}")
    return "\n".join(lines)


PAGE = Page(name="letter", show=show, act=act)

"""The answer to a question about a job that does not exist because its message was refused."""

import flask
from sqlalchemy import Engine

from service import queries
from service.delivery.messages import MAX_JOB_ID
from service.problems import problem
from service.strictjson import storable


def refused_problem(engine: Engine, job_id: str) -> flask.Response | None:
    """Return a 404 that names the newest dead letter of data that named this job, its code and its sentence; None if
    there is none. Only for callers who may see every job: such data belongs to nobody. Raises `Unavailable`."""
    letter = queries.refused_letter(engine, job_id)
    if letter is None:
        return None
    sentence = (
        f"There is no job '{storable(job_id, MAX_JOB_ID)}', because its message was refused ({letter.reason}):"
        f" {letter.error} See dead letter {letter.id}: python -m service dlq show {letter.id}"
    )
    return problem(404, "no_such_job", sentence, dead_letter_id=letter.id, reason=letter.reason, error=letter.error)

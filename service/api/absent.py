"""The answer to an operator's question about a job that does not exist: its message was refused, or it was deleted."""

import flask
from sqlalchemy import Engine

from service import queries
from service.delivery.messages import MAX_JOB_ID
from service.problems import problem
from service.strictjson import storable


def absent_problem(engine: Engine, job_id: str) -> flask.Response | None:
    """Return a 404 that says what became of the job; None if nothing is known of it. It names the newest dead letter of
    data that named this job, or when the job was deleted.

    Only for callers who may see every job: a letter and a tombstone belong to nobody. Raises `Unavailable`.
    """
    shown_id = storable(job_id, MAX_JOB_ID)
    letter = queries.refused_letter(engine, job_id)
    if letter is not None:
        sentence = (
            f"There is no job '{shown_id}', because its message was refused ({letter.reason}):"
            f" {letter.error} See dead letter {letter.id}: python -m service dlq show {letter.id}"
        )
        return problem(404, "no_such_job", sentence, dead_letter_id=letter.id, reason=letter.reason, error=letter.error)
    deleted = queries.deleted_job(engine, job_id)
    if deleted is not None:
        day = f"{deleted.deleted_at:%Y-%m-%d}"
        sentence = f"The job '{shown_id}' ended as {deleted.state}, and was deleted on {day} (prune or users forget)."
        return problem(404, "no_such_job", sentence, deleted_at=deleted.deleted_at.isoformat(), state=deleted.state)
    return None

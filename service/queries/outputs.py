"""What the stages of a job returned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, text

from service import db

LAST = 40
"""The newest executions whose output is shown."""
SHOWN_CHARS = 4_000

OUTPUTS = text(f"""
SELECT id, run, round, stage, finished_at, octet_length(text) AS bytes, left(text, {SHOWN_CHARS}) AS beginning FROM (
    SELECT id, run, round, stage, finished_at, CAST(output AS text) AS text FROM job_stages
    WHERE job_id = :job_id AND status = 'finished' AND output IS NOT NULL ORDER BY id DESC LIMIT {LAST}
) s ORDER BY id
""")
ONE = text("""
SELECT stage, CAST(output AS text) AS text FROM job_stages
WHERE job_id = :job_id AND id = :id AND status = 'finished' AND output IS NOT NULL
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputRow:
    """The output of a finished execution: its size as JSON in bytes, and its `beginning`."""

    id: int
    run: int
    round: int
    stage: str
    finished_at: datetime
    bytes: int
    beginning: str


@dataclass(frozen=True, slots=True)
class OneOutput:
    stage: str
    text: str


def job_outputs(engine: Engine, job_id: str) -> Sequence[OutputRow]:
    """Return the outputs of the newest finished executions, oldest first. Raises `Unavailable`."""
    return [OutputRow(**row) for row in db.execute(engine, OUTPUTS, {"job_id": job_id})]


def job_output(engine: Engine, job_id: str, execution_id: int) -> OneOutput | None:
    """Return the whole output of one execution of the job, as JSON text; None if there is none. Raises
    `Unavailable`."""
    row = db.first(engine, ONE, {"job_id": job_id, "id": execution_id})
    return None if row is None else OneOutput(**row)

"""The traceback of a stage that crashed. It is for those who operate the service: the API does not show it."""

from sqlalchemy import Engine, text

from service import db

LAST_CRASH = text("""
SELECT output ->> 'traceback' AS traceback FROM job_stages
WHERE job_id = :id AND run = :run AND status = 'failed' AND output IS NOT NULL
ORDER BY id DESC LIMIT 1
""")


def traceback_of(engine: Engine, job_id: str, run: int) -> str | None:
    """Return the traceback of the run's last crash, or None if there was none. Raises `Unavailable`."""
    row = db.first(engine, LAST_CRASH, {"id": job_id, "run": run})
    return None if row is None else row["traceback"]

"""What a caller did that changes no job's state, on record in `acts`. Submitting and cancelling are recorded by the
statements that do them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Engine, text

from service import db
from service.auth.callers import Caller
from service.strictjson import dump

RECORD = text("INSERT INTO acts (act, who, job_id, target) VALUES ('link', :who, :job_id, CAST(:target AS json))")


def record_links(
    engine: Engine, job_id: str, caller: Caller, *, run: int, names: Sequence[str], expires_at: datetime | None
) -> None:
    """Record that the caller gets links to the job's files called `names`, until `expires_at`. Raises `Unavailable`."""
    target = {"run": run, "names": list(names), "expires_at": expires_at.isoformat() if expires_at else None}
    db.execute(engine, RECORD, {"who": caller.email, "job_id": job_id, "target": dump(target)})

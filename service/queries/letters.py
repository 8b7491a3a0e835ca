"""Dead letters: one by its id, lists of them, and the data that was not a job."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, select

from service import db
from service.db.schema import dead_letters
from service.queries.filters import LetterFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterRow:
    """`run` is None for data that was not a job: such a letter can be discarded but not replayed. `data_bytes` is the
    size of the data as it came, or None if the letter has no data."""

    id: int
    job_id: str | None
    run: int | None
    message_key: str
    reason: str
    error: str
    metadata: Any
    data_bytes: int | None
    created_at: datetime
    replayed_at: datetime | None
    discarded_at: datetime | None
    handled_by: str | None

    @property
    def is_open(self) -> bool:
        return self.replayed_at is None and self.discarded_at is None


def letter(engine: Engine, letter_id: int) -> DeadLetterRow | None:
    """Return a dead letter by its id, or None. Raises `Unavailable`."""
    row = db.first(engine, _select_letters().where(dead_letters.c.id == letter_id), {})
    return None if row is None else DeadLetterRow(**row)


def letter_data(engine: Engine, letter_id: int) -> bytes | None:
    """Return the data as it came, if it was not a job; None if the letter has no data. Raises `Unavailable`."""
    row = db.first(engine, select(dead_letters.c.data).where(dead_letters.c.id == letter_id), {})
    return None if row is None or row["data"] is None else bytes(row["data"])


def list_letters(
    engine: Engine, narrow: LetterFilter, *, limit: int, before: int | None = None
) -> Sequence[DeadLetterRow]:
    """Return at most `limit` dead letters, newest first, with ids below `before`. Raises `Unavailable`."""
    conditions: list[ColumnElement[bool]] = []
    if narrow.is_open is not None:
        is_open = and_(dead_letters.c.replayed_at.is_(None), dead_letters.c.discarded_at.is_(None))
        conditions.append(is_open if narrow.is_open else ~is_open)
    if narrow.reason is not None:
        conditions.append(dead_letters.c.reason == narrow.reason)
    if narrow.job_id is not None:
        conditions.append(dead_letters.c.job_id == narrow.job_id)
    if narrow.since is not None:
        conditions.append(dead_letters.c.created_at >= narrow.since)
    if narrow.until is not None:
        conditions.append(dead_letters.c.created_at < narrow.until)
    if before is not None:
        conditions.append(dead_letters.c.id < before)
    statement = _select_letters().where(*conditions).order_by(dead_letters.c.id.desc()).limit(limit)
    return [DeadLetterRow(**row) for row in db.execute(engine, statement, {})]


def _select_letters() -> Select[Any]:
    names = [field.name for field in fields(DeadLetterRow) if field.name != "data_bytes"]
    size = func.octet_length(dead_letters.c.data).label("data_bytes")
    return select(*(dead_letters.c[name] for name in names), size)

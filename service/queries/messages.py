"""What the outbox has not sent: messages that are owed, and those that Pub/Sub refuses and that are parked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, select

from service import db
from service.db.schema import outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """A row of the outbox without its payload. `message_key` names the fact that it tells; `payload_bytes` is 0 once it
    is sent."""

    id: int
    job_id: str | None
    topic: str
    message_key: str
    ordering_key: str
    attributes: Any
    payload_bytes: int
    created_at: datetime
    published_at: datetime | None
    parked_at: datetime | None
    error: str | None

    @property
    def state(self) -> str:
        if self.published_at is not None:
            return "sent"
        return "owed" if self.parked_at is None else "parked"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    """What unsent messages are narrowed to; None narrows nothing."""

    is_parked: bool | None = None
    job_id: str | None = None
    topic: str | None = None


def message(engine: Engine, message_id: int) -> MessageRow | None:
    """Return a row of the outbox, sent or not, or None. Raises `Unavailable`."""
    row = db.first(engine, _select().where(outbox.c.id == message_id), {})
    return None if row is None else MessageRow(**row)


def message_payload(engine: Engine, message_id: int) -> str | None:
    """Return the message's data, empty once it is sent; None if there is no such row. Raises `Unavailable`."""
    row = db.first(engine, select(outbox.c.payload).where(outbox.c.id == message_id), {})
    return None if row is None else str(row["payload"])


def list_messages(engine: Engine, narrow: MessageFilter, *, limit: int, after: int = 0) -> Sequence[MessageRow]:
    """Return at most `limit` unsent messages, oldest first, with ids above `after`. Raises `Unavailable`."""
    is_parked = outbox.c.parked_at.is_not(None)
    is_owed = and_(outbox.c.published_at.is_(None), outbox.c.parked_at.is_(None))
    found: list[MessageRow] = []
    # One statement each, because each has an index of its own.
    for wanted, condition in ((True, is_parked), (False, is_owed)):
        if narrow.is_parked in (None, wanted):
            conditions = [condition, outbox.c.id > after, *_conditions(narrow)]
            rows = db.execute(engine, _select().where(*conditions).order_by(outbox.c.id).limit(limit), {})
            found += [MessageRow(**row) for row in rows]
    return sorted(found, key=lambda row: row.id)[:limit]


def walk_messages(engine: Engine, narrow: MessageFilter, *, step: int = 500) -> Iterator[Sequence[MessageRow]]:
    """Yield all unsent messages of the filter, oldest first, a few at a time. Raises `Unavailable`."""
    after = 0
    while page := list_messages(engine, narrow, limit=step, after=after):
        yield page
        after = page[-1].id


def _conditions(narrow: MessageFilter) -> list[ColumnElement[bool]]:
    wanted = ((outbox.c.job_id, narrow.job_id), (outbox.c.topic, narrow.topic))
    return [column == value for column, value in wanted if value is not None]


def _select() -> Select[Any]:
    names = [field.name for field in fields(MessageRow) if field.name != "payload_bytes"]
    return select(*(outbox.c[name] for name in names), func.octet_length(outbox.c.payload).label("payload_bytes"))

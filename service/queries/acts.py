"""The record of who did what, when and why, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, select

from service import db
from service.db.schema import acts
from service.queries import roads
from service.queries.columns import columns_of
from service.queries.roads import Road


@dataclass(frozen=True, slots=True, kw_only=True)
class ActRow:
    """`job_id` is of the one job it was done to, if it was one; `target` says what it was done to: ids, or a filter and
    the counts."""

    id: int
    act: str
    who: str
    why: str
    job_id: str | None
    target: Any
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActFilter:
    """What the record is narrowed to; None narrows nothing. `since` is inclusive, `until` exclusive."""

    act: str | None = None
    who: str | None = None
    job_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def list_acts(
    engine: Engine, narrow: ActFilter, *, limit: int, before: int | None = None
) -> tuple[Sequence[ActRow], int | None]:
    """Return at most `limit` acts, newest first, from the one after `before`; and the `before` of the next page, if
    there is one. A page may be short before it (`roads`). Raises `Unavailable`."""
    stretch = roads.Stretch(since=narrow.since, until=narrow.until, after=_place(engine, before))
    names = ("act", "who", "job_id")
    conditions: dict[str, ColumnElement[bool]] = {
        name: acts.c[name] == value for name in names if (value := getattr(narrow, name)) is not None
    }
    ways = [Road(table=acts)]
    if narrow.job_id is not None:
        ways.insert(0, Road(table=acts, equal={"job_id": narrow.job_id}, only=[acts.c.job_id.is_not(None)]))
    columns = select(*columns_of(ActRow, acts))
    rows, end = roads.page(engine, columns, ways, conditions, stretch, limit=limit)
    return [ActRow(**row) for row in rows], None if end is None else end[1]


def _place(engine: Engine, before: int | None) -> roads.Place | None:
    """Where the act `before` is."""
    if before is None:
        return None
    places = select(acts.c.created_at).where(acts.c.id <= before).order_by(acts.c.id.desc()).limit(1)
    row = db.first(engine, places, {})
    return (datetime.min.replace(tzinfo=UTC), 0) if row is None else (row["created_at"], before)

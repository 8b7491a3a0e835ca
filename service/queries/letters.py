"""Dead letters: one by its id, lists of them, and the data that was not a job."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, and_, func, literal, or_, select

from service import db
from service.db.schema import dead_letters, jobs, tombstones
from service.queries import roads
from service.queries.filters import LetterFilter
from service.queries.roads import Road
from service.queries.words import SEARCHED, has_text

SCAN_OF_TEXT = 200
"""Letters whose data and brief a page looks at."""

SHAPE_PATTERN = """'[^']*'|"[^"]*"|[0-9]+"""
"""What differs from one letter of a kind to the next: what is quoted, and numbers."""
SHAPE_CHARS = 300

_IS_OPEN = and_(dead_letters.c.replayed_at.is_(None), dead_letters.c.discarded_at.is_(None))
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetterRow:
    """`run` is None for data that was refused: a replay makes a new job of it, if it describes one. `data_bytes` is the
    size of the data as it came, or None if the letter has no data. `user_id` and `spent_usd` are of its job, in all
    runs; None if there is no such job."""

    id: int
    job_id: str | None
    user_id: str | None
    spent_usd: float | None
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


def refused_letter(engine: Engine, job_id: str) -> DeadLetterRow | None:
    """Return the newest dead letter of data that named this job and was refused, or None if there is none or a job was
    made of it or of another message. Raises `Unavailable`."""
    was_job = select(tombstones.c.job_id).where(tombstones.c.job_id == job_id).exists()
    of_job = _select_letters().where(
        dead_letters.c.job_id == job_id, dead_letters.c.run.is_(None), dead_letters.c.replayed_at.is_(None), ~was_job
    )
    row = db.first(engine, of_job.order_by(dead_letters.c.id.desc()).limit(1), {})
    return None if row is None else DeadLetterRow(**row)


@dataclass(frozen=True, slots=True)
class DeletedJob:
    """What is left of a job that was pruned or forgotten."""

    state: str
    deleted_at: datetime


def deleted_job(engine: Engine, job_id: str) -> DeletedJob | None:
    """Return what is left of a deleted job, or None. Raises `Unavailable`."""
    left = select(tombstones.c.state, tombstones.c.created_at.label("deleted_at")).where(tombstones.c.job_id == job_id)
    row = db.first(engine, left, {})
    return None if row is None else DeletedJob(**row)


def letter_data(engine: Engine, letter_id: int) -> bytes | None:
    """Return the data as it came, if it was not a job; None if the letter has no data. Raises `Unavailable`."""
    row = db.first(engine, select(dead_letters.c.data).where(dead_letters.c.id == letter_id), {})
    return None if row is None or row["data"] is None else bytes(row["data"])


def list_letters(
    engine: Engine, narrow: LetterFilter, *, limit: int, before: int | None = None
) -> tuple[Sequence[DeadLetterRow], int | None]:
    """Return at most `limit` dead letters, newest first, from the one after the letter `before`; and the `before` of
    the next page, or None. Raises `Unavailable`.

    A page may be short, or even empty, although there is a next one: it looks at a bounded number of letters (`roads`).
    """
    stretch = roads.Stretch(since=narrow.since, until=narrow.until, after=_place(engine, before))
    scan = roads.SCAN if narrow.text is None else SCAN_OF_TEXT
    rows, end = _page(engine, narrow, stretch, limit, scan)
    return [DeadLetterRow(**row) for row in rows], None if end is None else end[1]


def walk_letters(engine: Engine, narrow: LetterFilter, *, step: int = 500) -> Iterator[Sequence[DeadLetterRow]]:
    """As `jobs.walk_jobs`, for dead letters."""
    after: roads.Place | None = None
    while True:
        stretch = roads.Stretch(since=narrow.since, until=narrow.until, after=after, is_oldest_first=True)
        rows, after = _page(engine, narrow, stretch, step, roads.SCAN)
        yield [DeadLetterRow(**row) for row in rows]
        if after is None:
            return


def _page(
    engine: Engine, narrow: LetterFilter, stretch: roads.Stretch, limit: int, scan: int
) -> tuple[Sequence[db.Row], roads.Place | None]:
    ways = _roads(narrow)
    return roads.page(engine, _select_letters(), ways, _conditions(narrow), stretch, limit=limit, scan=scan)


def _place(engine: Engine, before: int | None) -> roads.Place | None:
    """Where the letter `before` is, or was if it has been deleted."""
    if before is None:
        return None
    places = select(dead_letters.c.created_at, dead_letters.c.id).where(dead_letters.c.id <= before)
    row = db.first(engine, places.order_by(dead_letters.c.id.desc()).limit(1), {})
    return (_LONG_AGO, 0) if row is None else (row["created_at"], before)


def _conditions(narrow: LetterFilter) -> dict[str, ColumnElement[bool]]:
    """A condition for each part of the filter."""
    conditions: dict[str, ColumnElement[bool]] = {}
    if narrow.is_open is not None:
        conditions["is_open"] = _IS_OPEN if narrow.is_open else ~_IS_OPEN
    if narrow.reason is not None:
        conditions["reason"] = dead_letters.c.reason == narrow.reason
    if narrow.shape is not None:
        beginning = func.left(dead_letters.c.error, SHAPE_CHARS)
        conditions["shape"] = func.regexp_replace(beginning, SHAPE_PATTERN, "…", "g") == narrow.shape
    if narrow.job_id is not None:
        conditions["job_id"] = dead_letters.c.job_id == narrow.job_id
    if narrow.user_id is not None:
        # Not the joined row's: the planner would join first, and read jobs that it need not.
        job = jobs.alias()
        is_users = select(job.c.id).where(job.c.id == dead_letters.c.job_id, job.c.user_id == narrow.user_id).exists()
        conditions["user_id"] = or_(is_users, dead_letters.c.metadata["user_id"].as_string() == narrow.user_id)
    if narrow.text is not None:
        in_brief = has_text(jobs.c.content, narrow.text)
        conditions["text"] = or_(has_text(dead_letters.c.error, narrow.text), in_brief, *_in_data(narrow.text))
    return conditions


def _in_data(words: str) -> list[ColumnElement[bool]]:
    """Whether the beginning of a letter's data contains `words`, as they are or as JSON escapes them. The data need not
    be text, so upper and lower case differ."""
    beginning = func.substr(dead_letters.c.data, 1, SEARCHED)
    spellings = {words.encode(): None, json.dumps(words)[1:-1].encode(): None}
    return [func.position(literal(spelling).op("IN")(beginning)) > 0 for spelling in spellings]


def _roads(narrow: LetterFilter) -> list[Road]:
    """The indexes that the filter allows (service/db/schema.py), those of the fewest letters first."""
    ways = []
    if narrow.job_id is not None:
        ways.append(
            Road(table=dead_letters, equal={"job_id": narrow.job_id}, only=[dead_letters.c.job_id.is_not(None)])
        )
    if narrow.is_open:
        ways.append(Road(table=dead_letters, only=[_IS_OPEN], decides=("is_open",)))
    if narrow.reason is not None:
        ways.append(Road(table=dead_letters, equal={"reason": narrow.reason}))
    return [*ways, Road(table=dead_letters)]


def _select_letters() -> Select[Any]:
    of_job = ("user_id", "spent_usd")
    names = [field.name for field in fields(DeadLetterRow) if field.name not in (*of_job, "data_bytes")]
    size = func.octet_length(dead_letters.c.data).label("data_bytes")
    columns = select(*(dead_letters.c[name] for name in names), size, *(jobs.c[name] for name in of_job))
    return columns.select_from(dead_letters.outerjoin(jobs, jobs.c.id == dead_letters.c.job_id))

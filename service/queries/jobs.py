"""Jobs: one by its id, and pages of them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Engine, Text, case, cast, func, literal, literal_column, select

from service import db
from service.db.schema import job_stages, jobs
from service.queries import roads
from service.queries.columns import columns_of
from service.queries.filters import Cursor, JobFilter
from service.queries.roads import Road
from service.queries.words import has_text
from service.states import JobState

CONTENT_SHOWN = 2_000
"""Characters of a brief that a view shows unless it is asked for all."""
METADATA_SHOWN = 4_000
"""Bytes of metadata, as JSON, that a view shows unless it is asked for all."""
SCAN_OF_TEXT = 200
"""Jobs whose brief a page looks at: briefs are longer than columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job's row without its inputs.

    `stage_progress` is from 0 to 1, of the running stage, or None if it reports none; `sent_back_by` is the stage that
    began the round, or None if no stage did; `spent_usd` is of all runs; `submitted_by` is the API's caller who
    submitted it, or None if it came by a message; `held_for` is why no message is in flight for it.
    """

    id: str
    user_id: str
    submitted_by: str | None
    preset: str
    state: str
    run: int
    hop: int
    round: int
    stage: str
    sent_back_by: str | None
    attempts: int
    failures: int
    waits: int
    waits_for: str | None
    waiting_since: datetime | None
    held_for: str | None
    held_at: datetime | None
    lease_holder: str | None
    lease_until: datetime | None
    is_suspect: bool
    spent_usd: float
    stage_progress: float | None
    stage_note: str | None
    error_code: str | None
    error_message: str | None
    not_before: datetime | None
    started_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a job was asked to do: up to 10 MB, so it is read separately."""

    content: str
    metadata: Any
    extra: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What a job was asked to do, cut to what a view shows: the beginning of its text, and its metadata, or None if it
    is long. `content_chars` and `metadata_bytes` say how long they are as a whole."""

    content: str
    content_chars: int
    metadata: Any
    metadata_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """Newest first. `next` is None on the last page."""

    jobs: Sequence[JobRow]
    next: Cursor | None


def job(engine: Engine, job_id: str) -> JobRow | None:
    """Return a job's row, or None. Raises `Unavailable`."""
    row = db.first(engine, select(*columns_of(JobRow, jobs)).where(jobs.c.id == job_id), {})
    return None if row is None else JobRow(**row)


def job_inputs(engine: Engine, job_id: str) -> Inputs | None:
    """Return what a job was asked to do, or None if there is no such job. Raises `Unavailable`."""
    row = db.first(engine, select(*columns_of(Inputs, jobs)).where(jobs.c.id == job_id), {})
    return None if row is None else Inputs(**row)


def job_brief(engine: Engine, job_id: str, *, is_whole: bool = False) -> Brief | None:
    """Return what a job was asked to do, cut unless `is_whole`, or None if there is no such job. Raises
    `Unavailable`."""
    text_of = cast(jobs.c.metadata, Text)
    metadata_bytes = func.octet_length(text_of)
    is_short = literal(is_whole) | (metadata_bytes <= METADATA_SHOWN)
    columns = (
        (jobs.c.content if is_whole else func.substr(jobs.c.content, 1, CONTENT_SHOWN)).label("content"),
        func.char_length(jobs.c.content).label("content_chars"),
        case((is_short, jobs.c.metadata)).label("metadata"),
        metadata_bytes.label("metadata_bytes"),
    )
    row = db.first(engine, select(*columns).where(jobs.c.id == job_id), {})
    return None if row is None else Brief(**row)


def job_extra(engine: Engine, job_id: str) -> Any:
    """Return the fields of the job's message that the service does not know; None if there are none, or no such job.
    Raises `Unavailable`."""
    row = db.first(engine, select(jobs.c.extra).where(jobs.c.id == job_id), {})
    return None if row is None else row["extra"]


def job_stages_begun(engine: Engine, job_id: str) -> Sequence[str]:
    """Return the stages that the job has begun, in the order of their first execution. Raises `Unavailable`."""
    of_job = select(job_stages.c.stage).where(job_stages.c.job_id == job_id)
    statement = of_job.group_by(job_stages.c.stage).order_by(func.min(job_stages.c.id))
    return [row["stage"] for row in db.execute(engine, statement, {})]


def list_jobs(
    engine: Engine,
    narrow: JobFilter,
    *,
    limit: int,
    after: Cursor | None = None,
    is_oldest_first: bool = False,
    scan: int | None = None,
) -> JobPage:
    """Return at most `limit` jobs, newest first, from the one after `after`. Raises `Unavailable`.

    A page may be short, or even empty, although `next` is not None: it looks at a bounded number of jobs (`roads`).
    """
    stretch = roads.Stretch(
        since=narrow.since,
        until=narrow.until,
        after=None if after is None else (after.created_at, after.id),
        is_oldest_first=is_oldest_first,
    )
    scan = scan or (roads.SCAN if narrow.text is None else SCAN_OF_TEXT)
    columns = select(*columns_of(JobRow, jobs))
    rows, end = roads.page(engine, columns, _roads(narrow), _conditions(narrow), stretch, limit=limit, scan=scan)
    return JobPage(jobs=[JobRow(**row) for row in rows], next=None if end is None else Cursor(*end))


def walk_jobs(engine: Engine, narrow: JobFilter, *, step: int = 500) -> Iterator[Sequence[JobRow]]:
    """Yield all jobs of the filter, oldest first, a few at a time: each is a statement of its own, and no row is held.
    Some are empty: they say that the search goes on. Raises `Unavailable`."""
    after: Cursor | None = None
    while True:
        page = list_jobs(engine, narrow, limit=step, after=after, is_oldest_first=True, scan=roads.SCAN)
        yield page.jobs
        after = page.next
        if after is None:
            return


def _conditions(narrow: JobFilter) -> dict[str, ColumnElement[bool]]:
    """A condition for each column that the filter names."""
    names = ("state", "user_id", "preset", "stage", "error_code", "waits_for", "held_for", "submitted_by")
    conditions: dict[str, ColumnElement[bool]] = {
        name: jobs.c[name] == value for name in names if (value := getattr(narrow, name)) is not None
    }
    if narrow.text is not None:
        conditions["text"] = has_text(jobs.c.content, narrow.text)
    return conditions


def _roads(narrow: JobFilter) -> list[Road]:
    """The indexes that the filter allows (service/db/schema.py), those of the fewest jobs first."""

    def of(*names: str, only: ColumnElement[bool] | None = None) -> list[Road]:
        values = {name: getattr(narrow, name) for name in names}
        if None in values.values():
            return []
        return [Road(table=jobs, equal=values, only=() if only is None else (only,))]

    not_completed = jobs.c.state != literal_column(f"'{JobState.COMPLETED}'")
    is_completed = narrow.state == JobState.COMPLETED
    return [
        *of("waits_for", only=jobs.c.waits_for.is_not(None)),
        *of("held_for", only=jobs.c.held_for.is_not(None)),
        *([] if is_completed else of("user_id", "state", only=not_completed)),
        *of("error_code", only=jobs.c.error_code.is_not(None)),
        *of("user_id"),
        *([] if is_completed else of("state", only=not_completed)),
        *of("submitted_by", only=jobs.c.submitted_by.is_not(None)),
        *of("preset"),
        Road(table=jobs),
    ]

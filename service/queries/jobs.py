"""Jobs: one by its id, and pages of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, func, select, tuple_

from service import db
from service.db.schema import job_stages, jobs
from service.queries.columns import columns_of
from service.queries.filters import Cursor, JobFilter


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job's row without its inputs.

    `stage_progress` is from 0 to 1, of the running stage, or None if it reports none; `sent_back_by` is the stage that
    began the round, or None if no stage did; `spent_usd` is of all runs; `submitted_by` is the API's caller who
    submitted it, or None if it came by a message.
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


def job_stages_begun(engine: Engine, job_id: str) -> Sequence[str]:
    """Return the stages that the job has begun, in the order of their first execution. Raises `Unavailable`."""
    of_job = select(job_stages.c.stage).where(job_stages.c.job_id == job_id)
    statement = of_job.group_by(job_stages.c.stage).order_by(func.min(job_stages.c.id))
    return [row["stage"] for row in db.execute(engine, statement, {})]


def list_jobs(engine: Engine, narrow: JobFilter, *, limit: int, after: Cursor | None = None) -> JobPage:
    """Return at most `limit` jobs, newest first, from the one after `after`. Raises `Unavailable`."""
    conditions = [
        column == value
        for column, value in (
            (jobs.c.state, narrow.state),
            (jobs.c.user_id, narrow.user_id),
            (jobs.c.preset, narrow.preset),
            (jobs.c.submitted_by, narrow.submitted_by),
        )
        if value is not None
    ]
    if narrow.since is not None:
        conditions.append(jobs.c.created_at >= narrow.since)
    if narrow.until is not None:
        conditions.append(jobs.c.created_at < narrow.until)
    if after is not None:
        conditions.append(tuple_(jobs.c.created_at, jobs.c.id) < tuple_(after.created_at, after.id))
    newest_first = (jobs.c.created_at.desc(), jobs.c.id.desc())
    # One more than requested says whether there is a next page.
    statement = select(*columns_of(JobRow, jobs)).where(*conditions).order_by(*newest_first).limit(limit + 1)
    rows = [JobRow(**row) for row in db.execute(engine, statement, {})]
    page = rows[:limit]
    return JobPage(jobs=page, next=Cursor(page[-1].created_at, page[-1].id) if len(rows) > limit else None)

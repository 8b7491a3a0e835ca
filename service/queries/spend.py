"""What was spent on the orders of providers, by day, user, preset or stage."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Engine, and_, cast, func, or_, select

from service import db
from service.db.schema import job_effects, job_stages, jobs
from service.states import ExecutionStatus

STEP = 20_000
"""Orders that one statement sums."""


@dataclass(slots=True)
class Spent:
    """A sum of orders. `usd` is of all of them; those that are not finished, or unknown, count as the most that they
    can cost. `unknown_*` are of those that the provider may or may not have accepted."""

    orders: int = 0
    usd: float = 0.0
    unknown_orders: int = 0
    unknown_usd: float = 0.0

    def add(self, row: db.Row) -> None:
        self.orders += row["orders"]
        self.usd += row["usd"]
        self.unknown_orders += row["unknown_orders"]
        self.unknown_usd += row["unknown_usd"]


def by_what() -> Mapping[str, ColumnElement[Any]]:
    """What a sum can be split by; a day is one of UTC."""
    day = cast(func.timezone("UTC", job_effects.c.intended_at), Date)
    return {"day": day, "user": jobs.c.user_id, "preset": jobs.c.preset, "stage": job_effects.c.stage}


def spent(
    engine: Engine,
    by: Sequence[str],
    *,
    since: datetime,
    until: datetime,
    user_id: str | None = None,
    preset: str | None = None,
    going_on: Callable[[int], None] = lambda _orders: None,
) -> dict[tuple[str, ...], Spent]:
    """Return what was ordered from `since` until before `until`, split by the names of `by_what`.

    Orders of jobs that were pruned are gone. Each statement sums at most `STEP` orders, so that none takes long;
    `going_on` is told how many were summed. Raises `Unavailable`.
    """
    sums: dict[tuple[str, ...], Spent] = {}
    keys = [by_what()[name].label(name) for name in by]
    narrow = [
        column == value for column, value in ((jobs.c.user_id, user_id), (jobs.c.preset, preset)) if value is not None
    ]
    total = 0
    while since < until:
        end = _end_of_step(engine, since, until)
        is_unknown = _is_unknown()
        figures = (
            func.sum(job_effects.c.orders).label("orders"),
            func.sum(job_effects.c.cost_usd).label("usd"),
            func.count().filter(is_unknown).label("unknown_orders"),
            func.coalesce(func.sum(job_effects.c.cost_usd).filter(is_unknown), 0.0).label("unknown_usd"),
        )
        statement = select(*keys, *figures).select_from(job_effects.join(jobs, jobs.c.id == job_effects.c.job_id))
        if not narrow and not {"user", "preset"} & set(by):
            statement = select(*keys, *figures).select_from(job_effects)
        in_time = (job_effects.c.intended_at >= since, job_effects.c.intended_at < end)
        for row in db.execute(engine, statement.where(*in_time, *narrow).group_by(*keys), {}):
            sums.setdefault(tuple(str(row[name]) for name in by), Spent()).add(row)
            total += row["orders"]
        going_on(total)
        since = end
    return sums


def _end_of_step(engine: Engine, since: datetime, until: datetime) -> datetime:
    times = select(job_effects.c.intended_at).where(job_effects.c.intended_at >= since).order_by("intended_at")
    row = db.first(engine, times.offset(STEP).limit(1), {})
    if row is None:
        return until
    end: datetime = row["intended_at"]
    return min(until, max(end, since + timedelta(microseconds=1)))


def _is_unknown() -> ColumnElement[bool]:
    """As `Story.effect_state` has it: intended, and no execution is ordering it now."""
    effect, execution = job_effects.c, job_stages.c
    ordering = select(execution.id).where(
        execution.job_id == effect.job_id,
        execution.status == ExecutionStatus.STARTED.value,
        execution.stage == effect.stage,
        execution.run == effect.run,
        execution.round == effect.round,
        execution.started_at <= effect.intended_at,
    )
    is_settled = or_(effect.started_at.is_not(None), effect.finished_at.is_not(None), effect.failed_at.is_not(None))
    return and_(~is_settled, ~ordering.correlate(job_effects).exists())

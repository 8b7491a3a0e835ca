"""What was spent on the orders of providers, by day, user, preset, stage, provider or model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, Engine, Text, and_, cast, func, literal_column, or_, select

from service import db
from service.db.schema import job_effects, job_stages, jobs
from service.states import ExecutionStatus

STEP = 20_000
"""Orders that one statement sums."""
NOT_SAID = "(not said)"
MOST_NAMED = 80
"""Characters of a provider's or a model's name."""
MOST_SUMMED = 30_000
"""Orders of which a statement sums nothing but the cost."""


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
    """What a sum can be split by; a day is one of UTC. An order's own record, its result or else its operation, says
    which provider and model it is of; until then, and if it never does, that is `NOT_SAID`."""
    day = cast(func.timezone("UTC", job_effects.c.intended_at), Date)
    return {
        "day": day,
        "user": jobs.c.user_id,
        "preset": jobs.c.preset,
        "stage": job_effects.c.stage,
        "provider": _said("provider"),
        "model": _said("model"),
    }


def _said(name: str) -> ColumnElement[str]:
    """A member of the order's record; of what is not an object, `->>` is NULL. Without parameters, because it is both
    selected and grouped by."""
    found = ", ".join(
        f"nullif(left(job_effects.{column} ->> '{name}', {MOST_NAMED}), '')" for column in ("result", "operation")
    )
    return literal_column(f"coalesce({found}, '{NOT_SAID}')", Text)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Dear:
    """What the orders of one job cost."""

    job_id: str
    user_id: str
    preset: str
    state: str
    orders: int
    usd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown:
    """An order that the provider may or may not have accepted. `cost_usd` is the most that it can cost."""

    job_id: str
    user_id: str
    state: str
    stage: str
    name: str
    request_id: str
    orders: int
    cost_usd: float
    intended_at: datetime


def newest_orders(engine: Engine, since: datetime, *, most: int) -> datetime:
    """Return since when the newest `most` orders were intended, or `since` if there are fewer after it. Raises
    `Unavailable`."""
    times = select(job_effects.c.intended_at).where(job_effects.c.intended_at >= since)
    row = db.first(engine, times.order_by(job_effects.c.intended_at.desc()).offset(most).limit(1), {})
    return since if row is None else row["intended_at"]


def usd_by_day(engine: Engine, since: datetime) -> tuple[dict[str, float], bool]:
    """Return the sums of orders since then by day, and whether they are of all orders: of more than `MOST_SUMMED`, the
    newest are summed. Raises `Unavailable`."""
    newest = select(job_effects.c.intended_at, job_effects.c.cost_usd).where(job_effects.c.intended_at >= since)
    some = newest.order_by(job_effects.c.intended_at.desc()).limit(MOST_SUMMED).subquery()
    day = cast(func.timezone("UTC", some.c.intended_at), Date).label("day")
    figures = (func.sum(some.c.cost_usd).label("usd"), func.count().label("orders"))
    rows = db.execute(engine, select(day, *figures).group_by(day), {})
    is_whole = sum(row["orders"] for row in rows) < MOST_SUMMED
    return {str(row["day"]): float(row["usd"]) for row in rows}, is_whole


def dearest_jobs(engine: Engine, since: datetime, *, limit: int) -> Sequence[Dear]:
    """Return the jobs whose orders since then cost the most. Raises `Unavailable`."""
    effect = job_effects.c
    usd = func.sum(effect.cost_usd).label("usd")
    sums = select(effect.job_id, func.sum(effect.orders).label("orders"), usd).where(effect.intended_at >= since)
    top = sums.group_by(effect.job_id).order_by(usd.desc(), effect.job_id).limit(limit).subquery()
    of_job = (jobs.c.user_id, jobs.c.preset, jobs.c.state)
    statement = select(top, *of_job).join(jobs, jobs.c.id == top.c.job_id).order_by(top.c.usd.desc(), top.c.job_id)
    return [Dear(**row) for row in db.execute(engine, statement, {})]


def unknown_orders(engine: Engine, since: datetime, *, limit: int) -> Sequence[Unknown]:
    """Return unknown orders since then, newest first. Raises `Unavailable`."""
    effect = job_effects.c
    own = (effect.job_id, effect.stage, effect.name, effect.request_id, effect.orders, effect.cost_usd)
    statement = (
        select(*own, effect.intended_at, jobs.c.user_id, jobs.c.state)
        .select_from(job_effects.join(jobs, jobs.c.id == effect.job_id))
        .where(effect.intended_at >= since, _is_unknown())
        .order_by(effect.intended_at.desc())
        .limit(limit)
    )
    return [Unknown(**row) for row in db.execute(engine, statement, {})]


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

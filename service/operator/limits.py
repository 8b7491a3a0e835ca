"""Limits of single users, in place of the settings LIMIT_*. Every act is on record with who and why, in the statement
that does it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import Engine, text

from service import db
from service.config import Limits
from service.operator.record import MAX_WHO, MAX_WHY
from service.states import SQL_UNENDED
from service.strictjson import dump, storable

# What is not given stays as it was.
SET = text("""
WITH given AS (
    INSERT INTO user_limits AS l (user_id, open_jobs, jobs_in_work, usd_a_day, set_by, why)
    VALUES (:user_id, :open_jobs, :jobs_in_work, :usd_a_day, :who, :why)
    ON CONFLICT (user_id) DO UPDATE SET open_jobs = coalesce(EXCLUDED.open_jobs, l.open_jobs),
        jobs_in_work = coalesce(EXCLUDED.jobs_in_work, l.jobs_in_work),
        usd_a_day = coalesce(EXCLUDED.usd_a_day, l.usd_a_day),
        set_by = EXCLUDED.set_by, why = EXCLUDED.why, set_at = clock_timestamp()
    RETURNING user_id, open_jobs, jobs_in_work, usd_a_day::float8 AS usd_a_day, set_by, set_at, why
), act AS (
    INSERT INTO acts (act, who, why, target) SELECT 'limit', :who, :why, CAST(:target AS json) FROM given
)
SELECT * FROM given
""")

CLEAR = text("""
WITH cleared AS (
    DELETE FROM user_limits WHERE user_id = :user_id RETURNING user_id
), act AS (
    INSERT INTO acts (act, who, why, target) SELECT 'limit', :who, :why, CAST(:target AS json) FROM cleared
)
SELECT user_id FROM cleared
""")

LIST = text("""
SELECT user_id, open_jobs, jobs_in_work, usd_a_day::float8 AS usd_a_day, set_by, set_at, why FROM user_limits
ORDER BY user_id LIMIT :limit
""")

USAGE = text(f"""
SELECT (SELECT count(*) FROM jobs WHERE user_id = :user_id AND state IN {SQL_UNENDED}) AS open_jobs,
       (SELECT count(*) FROM jobs WHERE user_id = :user_id AND state = 'processing') AS jobs_in_work,
       (SELECT count(*) FROM jobs WHERE user_id = :user_id AND state = 'pending' AND held_for IS NOT NULL) AS held
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsRow:
    """A row of `user_limits`. None: the setting's."""

    user_id: str
    open_jobs: int | None
    jobs_in_work: int | None
    usd_a_day: float | None
    set_by: str
    set_at: datetime
    why: str


def set_limits(engine: Engine, user_id: str, limits: Limits, *, who: str, why: str) -> LimitsRow:
    """Give a user limits of its own; those that are None stay as they were. Raises `Unavailable`."""
    parameters = {**asdict(limits), **_parameters(user_id, who, why, asdict(limits))}
    (row,) = db.execute(engine, SET, parameters)
    return LimitsRow(**row)


def clear_limits(engine: Engine, user_id: str, *, who: str, why: str) -> bool:
    """Let the settings hold for a user again; return whether the user had limits of its own. Raises `Unavailable`."""
    return db.first(engine, CLEAR, _parameters(user_id, who, why, "cleared")) is not None


def list_limits(engine: Engine, *, limit: int) -> Sequence[LimitsRow]:
    """Return at most `limit` users with limits of their own, by user. Raises `Unavailable`."""
    return [LimitsRow(**row) for row in db.execute(engine, LIST, {"limit": limit})]


def usage(engine: Engine, user_id: str) -> dict[str, int]:
    """Return how many open jobs, jobs in work and held jobs a user has. Raises `Unavailable`."""
    (row,) = db.execute(engine, USAGE, {"user_id": user_id})
    return dict(row)


def _parameters(user_id: str, who: str, why: str, limits: object) -> dict[str, object]:
    return {
        "user_id": user_id,
        "who": storable(who, MAX_WHO),
        "why": storable(why, MAX_WHY),
        "target": dump({"user_id": user_id, "limits": limits}),
    }

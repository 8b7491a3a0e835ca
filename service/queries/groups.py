"""Open dead letters and pending jobs by what they have in common, and who has the most jobs open: what is wrong, and
for whom.

Each looks at `LOOK_AT` rows at most, so it takes milliseconds however many there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, text

from service import db
from service.queries.letters import SHAPE_CHARS, SHAPE_PATTERN

LOOK_AT = 5_000
MOST_GROUPS = 100
MOST_USERS = 5

GROUPS = text(f"""
SELECT reason, shape, count(*) AS letters, min(created_at) AS first_at, max(created_at) AS last_at,
       count(DISTINCT user_id) AS users, mode() WITHIN GROUP (ORDER BY stage) AS stage, min(error) AS example,
       coalesce(sum(spent_usd), 0)::float8 AS spent_usd, count(*) FILTER (WHERE run IS NULL) AS refused
FROM (
    SELECT l.reason, regexp_replace(left(l.error, {SHAPE_CHARS}), :pattern, '…', 'g') AS shape, l.created_at, l.error,
           l.run, l.metadata ->> 'stage' AS stage, coalesce(j.user_id, l.metadata ->> 'user_id') AS user_id, j.spent_usd
    FROM (
        SELECT * FROM dead_letters WHERE replayed_at IS NULL AND discarded_at IS NULL
        ORDER BY created_at DESC, id DESC LIMIT {LOOK_AT}
    ) l LEFT JOIN jobs j ON j.id = l.job_id
) l GROUP BY reason, shape ORDER BY letters DESC, last_at DESC LIMIT {MOST_GROUPS}
""")

BUSIEST = text(f"""
SELECT user_id, count(*) AS jobs, min(created_at) AS since, sum(count(*)) OVER ()::bigint AS among FROM (
    (SELECT user_id, created_at FROM jobs WHERE state = 'pending' ORDER BY created_at DESC LIMIT {LOOK_AT})
    UNION ALL
    (SELECT user_id, created_at FROM jobs WHERE state = 'processing' ORDER BY created_at DESC LIMIT {LOOK_AT})
) j GROUP BY user_id ORDER BY jobs DESC, user_id LIMIT {MOST_USERS}
""")

# What a pending job is stopped by. One that waits for a dependency has the error of its last attempt, too.
STOPPED = text(f"""
SELECT 'waits_for' AS by, waits_for AS name, NULL AS stage, count(*) AS jobs, min(waiting_since) AS since,
       count(DISTINCT user_id) AS users
FROM (
    SELECT waits_for, waiting_since, user_id FROM jobs WHERE waits_for IS NOT NULL AND state = 'pending'
    ORDER BY waits_for, created_at, id LIMIT {LOOK_AT}
) w GROUP BY waits_for
UNION ALL
SELECT 'held_for', held_for, NULL, count(*), min(held_at), count(DISTINCT user_id) FROM (
    SELECT held_for, held_at, user_id FROM jobs WHERE held_for IS NOT NULL AND state = 'pending'
    ORDER BY held_for, created_at, id LIMIT {LOOK_AT}
) h GROUP BY held_for
UNION ALL
SELECT 'error_code', error_code, stage, count(*), min(updated_at), count(DISTINCT user_id) FROM (
    SELECT error_code, stage, updated_at, user_id, waits_for, held_for FROM jobs WHERE state = 'pending'
    ORDER BY created_at DESC, id DESC LIMIT {LOOK_AT}
) f WHERE error_code IS NOT NULL AND waits_for IS NULL AND held_for IS NULL GROUP BY error_code, stage
ORDER BY jobs DESC LIMIT {MOST_GROUPS}
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterGroup:
    """Open letters with the same reason and, apart from numbers and what is quoted, the same sentence (`shape`).

    `stage` is the most frequent one, `example` one of the sentences. `refused` of them are data that was not a job.
    """

    reason: str
    shape: str
    letters: int
    first_at: datetime
    last_at: datetime
    users: int
    stage: str | None
    example: str
    spent_usd: float
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """A user with un-ended jobs: how many, since when, and `among` how many of all users that were looked at."""

    user_id: str
    jobs: int
    since: datetime
    among: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped:
    """Pending jobs that are stopped by the same thing: `by` is the column (`waits_for`, `held_for` or `error_code`),
    `name` its value; `stage` is where, if it was an error."""

    by: str
    name: str
    stage: str | None
    jobs: int
    since: datetime
    users: int


def letter_groups(engine: Engine) -> Sequence[LetterGroup]:
    """Return the groups of the newest open letters, the largest first. Raises `Unavailable`."""
    return [LetterGroup(**row) for row in db.execute(engine, GROUPS, {"pattern": SHAPE_PATTERN})]


def busiest_users(engine: Engine) -> Sequence[Busy]:
    """Return the users with the most un-ended jobs. Raises `Unavailable`."""
    return [Busy(**row) for row in db.execute(engine, BUSIEST, {})]


def stopped_jobs(engine: Engine) -> Sequence[Stopped]:
    """Return what pending jobs are stopped by, the most frequent first. Raises `Unavailable`."""
    return [Stopped(**row) for row in db.execute(engine, STOPPED, {})]

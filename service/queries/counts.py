"""How many there are of everything, for the metrics. No statement reads a whole table, however large it is.

What is in flight or stuck is found by indexes of just that and counted up to `EXACT`; beyond, and for the jobs that
have ended, the numbers are PostgreSQL's own estimates (`pg_class.reltuples`, `pg_stats`), which each autovacuum renews.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, text

from service import db
from service.states import ENDED, SQL_UNENDED

EXACT = 1_000
"""Up to this many are counted."""
OLDEST_OF = 500
MOST_LABELS = 20
"""A pipeline may define any number of codes, so the rarest are counted together."""
MOST_REASONS = 100
OTHER = "other"

_OPEN = "replayed_at IS NULL AND discarded_at IS NULL"
_UNCLAIMED = "state = 'pending' AND held_for IS NULL AND waits_for IS NULL"
"""What should be claimed soon: what is held, or waits for something that is away, has an age of its own."""
_OWED = "published_at IS NULL AND parked_at IS NULL"

# Each inner select is in the order of the index that it must use: with a LIMIT alone, old statistics could make it read
# the table. A pending job's row was last written when it became pending; the one that has waited longest is among those
# that were created first, or have had no message for longest.
VITALS = text(f"""
SELECT * FROM (
    SELECT count(*) AS pending FROM (
        SELECT 1 FROM jobs WHERE state = 'pending' ORDER BY created_at LIMIT {EXACT}
    ) p
) pending, (
    SELECT count(*) AS processing, count(*) FILTER (WHERE lease_until <= clock_timestamp()) AS expired_leases FROM (
        SELECT lease_until FROM jobs WHERE state = 'processing' ORDER BY created_at LIMIT {EXACT}
    ) p
) processing, (
    SELECT coalesce(extract(epoch FROM clock_timestamp() - min(updated_at)), 0)::float8 AS oldest_pending_s FROM (
        (SELECT updated_at FROM jobs WHERE {_UNCLAIMED} ORDER BY created_at LIMIT {OLDEST_OF})
        UNION ALL
        (SELECT updated_at FROM jobs WHERE {_UNCLAIMED} ORDER BY enqueued_at LIMIT {OLDEST_OF})
    ) p
) oldest, (
    SELECT count(*) AS owed, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8
        AS oldest_owed_s
    FROM (SELECT created_at FROM outbox WHERE {_OWED} ORDER BY job_id, id LIMIT {EXACT}) o
) owed, (
    SELECT (SELECT reltuples FROM pg_class WHERE oid = to_regclass('jobs_unended'))::bigint AS unended_estimate,
           (SELECT reltuples FROM pg_class WHERE oid = to_regclass('outbox_owed'))::bigint AS owed_estimate
) estimates
""")

# Few, or none, nearly always: jobs that wait for something, are held, or were at work when their process died; pauses.
WAITS = text(f"""
SELECT 'waiting' AS what, split_part(waits_for, ':', 1) AS label, count(*) AS n, min(waiting_since) AS since FROM (
    SELECT waits_for, waiting_since FROM jobs WHERE waits_for IS NOT NULL AND state IN {SQL_UNENDED}
    ORDER BY waits_for, created_at, id LIMIT {EXACT}
) w GROUP BY 2
UNION ALL
SELECT 'held', split_part(held_for, ':', 1), count(*), min(held_at) FROM (
    SELECT held_for, held_at FROM jobs WHERE held_for IS NOT NULL AND state IN {SQL_UNENDED}
    ORDER BY held_for, created_at, id LIMIT {EXACT}
) h GROUP BY 2
UNION ALL
SELECT 'suspect', '', count(*), min(updated_at) FROM (
    SELECT updated_at FROM jobs WHERE is_suspect AND state IN {SQL_UNENDED} ORDER BY id LIMIT {EXACT}
) s
UNION ALL
SELECT 'pause', scope, count(*), min(since) FROM pauses GROUP BY scope
""")

# The reasons of open letters one after the other, each found by a step in the index.
TOTALS = text(f"""
WITH RECURSIVE reasons AS (
    (SELECT reason FROM dead_letters WHERE {_OPEN} ORDER BY reason LIMIT 1)
    UNION ALL
    SELECT (SELECT l.reason FROM dead_letters l WHERE {_OPEN} AND l.reason > r.reason ORDER BY l.reason LIMIT 1)
    FROM reasons r WHERE r.reason IS NOT NULL
), few AS (
    SELECT count(*) <= {EXACT} AS is_few FROM (SELECT 1 FROM jobs ORDER BY created_at LIMIT {EXACT} + 1) j
), estimate AS (
    SELECT (SELECT reltuples FROM pg_class WHERE oid = to_regclass('jobs')) AS jobs,
           (SELECT reltuples FROM pg_class WHERE oid = to_regclass('jobs_not_completed')) AS others,
           (SELECT CAST(most_common_vals AS text)::text[] FROM pg_stats
            WHERE schemaname = current_schema() AND tablename = 'jobs' AND attname = 'state') AS states,
           (SELECT most_common_freqs FROM pg_stats
            WHERE schemaname = current_schema() AND tablename = 'jobs' AND attname = 'state') AS shares
)
SELECT 'letters' AS what, reason AS label, NULL::timestamptz AS since,
       (SELECT count(*) FROM (SELECT 1 FROM dead_letters l WHERE l.reason = r.reason AND {_OPEN} LIMIT {EXACT}) l) AS n
FROM (SELECT reason FROM reasons WHERE reason IS NOT NULL LIMIT {MOST_REASONS}) r
UNION ALL
SELECT 'oldest letter', '', (SELECT created_at FROM dead_letters WHERE {_OPEN} ORDER BY created_at, id LIMIT 1), 0
UNION ALL
SELECT 'parked', '', min(parked_at), count(*) FROM (
    SELECT parked_at FROM outbox WHERE parked_at IS NOT NULL ORDER BY id LIMIT {EXACT}
) p
UNION ALL
SELECT 'jobs', state, NULL, count(*) FROM (
    SELECT state FROM jobs WHERE (SELECT is_few FROM few) ORDER BY created_at LIMIT {EXACT}
) j WHERE state NOT IN {SQL_UNENDED} GROUP BY state
UNION ALL
SELECT 'jobs', state, NULL, CASE WHEN n < {EXACT} THEN n
    ELSE greatest(n, (SELECT jobs * coalesce(shares[array_position(states, state)], 0) FROM estimate)::bigint) END
FROM (
    SELECT s.state, (SELECT count(*) FROM (
        SELECT 1 FROM jobs j WHERE j.state = s.state AND j.state <> 'completed' ORDER BY j.created_at LIMIT {EXACT}
    ) c) AS n FROM (VALUES ('failed'), ('cancelled')) s (state)
) c WHERE NOT (SELECT is_few FROM few)
UNION ALL
SELECT 'jobs', 'completed', NULL, greatest(0, (SELECT jobs - greatest(others, 0) FROM estimate))::bigint
WHERE NOT (SELECT is_few FROM few)
""")

NOW = text("SELECT clock_timestamp() AS now")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vitals:
    """What is in flight in the whole service. Ages are in seconds, 0 if there is nothing. `waiting` and `held` count
    jobs by what they wait or are held for, `pauses` by scope."""

    pending: int
    processing: int
    expired_leases: int
    oldest_pending_s: float
    owed: int
    oldest_owed_s: float
    waiting: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)
    suspects: int = 0
    pauses: Mapping[str, int] = field(default_factory=dict)
    oldest_waiting_s: float = 0.0
    oldest_held_s: float = 0.0
    oldest_suspect_s: float = 0.0
    oldest_pause_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """What has ended or is stuck in the whole service. `ended` are jobs by terminal state, `letters` open dead letters
    by reason: at most `MOST_LABELS` reasons, and `OTHER`."""

    ended: Mapping[str, int]
    letters: Mapping[str, int]
    parked: int
    oldest_letter_s: float = 0.0
    oldest_parked_s: float = 0.0


def read_vitals(engine: Engine) -> Vitals:
    """Raises `Unavailable`."""
    (row,) = db.execute(engine, VITALS, {})
    counts = dict(row)
    unended, owed = counts.pop("unended_estimate"), counts.pop("owed_estimate")
    counts["pending"] = _beyond(counts["pending"], (unended or 0) - counts["processing"])
    counts["owed"] = _beyond(counts["owed"], owed or 0)
    return Vitals(**counts, **_waits(engine))


def _waits(engine: Engine) -> dict[str, Any]:
    found: dict[str, dict[str, int]] = {"waiting": {}, "held": {}, "suspect": {}, "pause": {}}
    oldest = dict.fromkeys(found, 0.0)
    rows = db.execute(engine, WAITS, {})
    (clock,) = db.execute(engine, NOW, {})
    for row in rows:
        found[row["what"]][row["label"]] = row["n"]
        if row["since"] is not None:
            age = (clock["now"] - row["since"]).total_seconds()
            oldest[row["what"]] = max(oldest[row["what"]], age)
    return {
        "waiting": most_frequent(found["waiting"], MOST_LABELS),
        "held": most_frequent(found["held"], MOST_LABELS),
        "suspects": found["suspect"].get("", 0),
        "pauses": found["pause"],
        "oldest_waiting_s": oldest["waiting"],
        "oldest_held_s": oldest["held"],
        "oldest_suspect_s": oldest["suspect"],
        "oldest_pause_s": oldest["pause"],
    }


def read_totals(engine: Engine) -> Totals:
    """Raises `Unavailable`."""
    found: dict[str, dict[str, int]] = {"jobs": {}, "letters": {}, "parked": {}, "oldest letter": {}}
    oldest = {"parked": 0.0, "oldest letter": 0.0}
    rows = db.execute(engine, TOTALS, {})
    (clock,) = db.execute(engine, NOW, {})
    for row in rows:
        found[row["what"]][row["label"]] = row["n"]
        if row["since"] is not None:
            oldest[row["what"]] = max(0.0, (clock["now"] - row["since"]).total_seconds())
    return Totals(
        ended={str(state): found["jobs"].get(state, 0) for state in ENDED},
        letters=most_frequent(found["letters"], MOST_LABELS),
        parked=found["parked"][""],
        oldest_letter_s=oldest["oldest letter"],
        oldest_parked_s=oldest["parked"],
    )


def most_frequent(counts: Mapping[str, int], most: int) -> dict[str, int]:
    """Return the `most` highest counts, and the sum of the others as `OTHER`. Pure."""
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    kept = dict(ranked[:most])
    rest = sum(count for _, count in ranked[most:])
    if rest:
        kept[OTHER] = kept.get(OTHER, 0) + rest
    return kept


def _beyond(counted: int, estimate: int) -> int:
    """The count, or the estimate if there are more than are counted. Pure."""
    return counted if counted < EXACT else max(counted, estimate)

"""What has ended lately: how many, how it ended, how long it took. Read from a sample, so that a week of a million jobs
costs as much as an hour of a hundred.

Results are numbered as they are written, so a time is found in them by halving, and rows at equal distances between two
numbers are a fair sample. Up to `SAMPLE` results, the sample is all of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, text

from service import db

SAMPLE = 1_000

BOUNDS = text("""
WITH RECURSIVE ends AS (
    SELECT coalesce((SELECT id FROM job_results ORDER BY id LIMIT 1), 0) AS low,
           coalesce((SELECT id FROM job_results ORDER BY id DESC LIMIT 1), -1) + 1 AS high
), halves AS (
    SELECT low, high FROM ends
    UNION ALL
    SELECT CASE WHEN at < CAST(:since AS timestamptz) THEN middle + 1 ELSE low END,
           CASE WHEN at < CAST(:since AS timestamptz) THEN high ELSE middle END
    FROM (
        SELECT low, high, (low + high) / 2 AS middle,
               (SELECT r.created_at FROM job_results r WHERE r.id >= (low + high) / 2 ORDER BY r.id LIMIT 1) AS at
        FROM halves WHERE low < high
    ) h
)
SELECT (SELECT max(low) FROM halves) AS low, (SELECT high FROM ends) AS high
""")

ROWS = text("""
SELECT r.status, r.error_code, r.processing_time_ms / 1000.0 AS seconds, r.created_at, j.preset
FROM generate_series(CAST(:low AS bigint), CAST(:high AS bigint) - 1, CAST(:step AS bigint)) AS place,
LATERAL (
    SELECT * FROM job_results r WHERE r.id >= place AND r.id < place + CAST(:step AS bigint) ORDER BY r.id LIMIT 1
) r JOIN jobs j ON j.id = r.job_id
WHERE r.created_at >= CAST(:since AS timestamptz)
ORDER BY r.id
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultSample:
    """One result that stands for `Recent.weight` of them."""

    status: str
    error_code: str | None
    seconds: float
    created_at: datetime
    preset: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """Results since a time, oldest first. `weight` is 1 if they are all there are."""

    rows: Sequence[ResultSample]
    weight: int


def recent_results(engine: Engine, since: datetime) -> Recent:
    """Return the results since a time, or a sample of them. Raises `Unavailable`."""
    (bounds,) = db.execute(engine, BOUNDS, {"since": since})
    low, high = bounds["low"], bounds["high"]
    step = max(1, -(-(high - low) // SAMPLE))
    rows = db.execute(engine, ROWS, {"low": low, "high": high, "step": step, "since": since})
    return Recent(rows=[ResultSample(**{**row, "seconds": float(row["seconds"])}) for row in rows], weight=step)

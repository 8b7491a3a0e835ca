"""Fill a database with a week of jobs: most have completed, some have failed for several reasons, a few are stuck.

Everything is written in a few statements, so a million jobs take a minute or two. The rows are as the service leaves
them, but for what no list reads: outputs are small, and only the newest jobs have a history, executions and orders.
"""

from dataclasses import dataclass
from typing import Any

import psycopg2
from sqlalchemy.engine import make_url

STAGES = (
    "INIT",
    "ANALYSIS",
    "CREATIVE_DIRECTION",
    "VISUAL_TRANSLATION",
    "FINANCIAL_OPTIMIZATION",
    "AUDIO_GENERATION",
    "RENDER_EXECUTION",
    "QA_TECHNICAL",
    "QA_SEMANTIC",
    "FINALIZE",
)
KINDS = (
    ("provider_refused", "RENDER_EXECUTION", "The provider refused shot %s: the prompt breaks its rules.", 40),
    ("worker_died", "RENDER_EXECUTION", "The process died while this job ran, %s times in a row.", 20),
    ("effect_unknown", "RENDER_EXECUTION", "An order of shot %s may or may not have been accepted.", 10),
    ("over_budget", "FINANCIAL_OPTIMIZATION", "The cheapest plan costs %s.20 USD, and the job may spend 5.", 8),
    ("stage_crashed", "AUDIO_GENERATION", "The stage raised IndexError at line %s.", 6),
    ("artifact_gone", "QA_TECHNICAL", "The file 'shot-%s.mp4' no longer exists.", 5),
    ("provider_error", "VISUAL_TRANSLATION", "The provider answered 500 for request %s, five times.", 4),
    ("worker_stalled", "RENDER_EXECUTION", "The stage did not stop %s s after it was told to.", 3),
    ("brief_too_long", "ANALYSIS", "The brief has %s,000 characters; at most 20,000 can be told in a film.", 2),
    ("qa_failed", "QA_SEMANTIC", "The film shows '%s' and the brief says otherwise.", 2),
)
"""The code, the stage, the sentence and how many of 100 failures are of this kind."""
PRESETS = ("quick_social", "brand_campaign", "premium_spot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How many of everything, spread evenly over the last `hours`. `failed` of the jobs have an open dead letter, for
    the reasons of `kinds`; `pending` and `in_work` have not ended; the newest `detailed` have executions of their
    stages, ten times as many orders, twenty times as many a history."""

    jobs: int = 100_000
    failed: int = 500
    pending: int = 300
    in_work: int = 8
    refused: int = 25
    detailed: int = 5_000
    hours: float = 168.0
    kinds: tuple[tuple[str, str, str, int], ...] = KINDS


JOBS = """
INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, run, hop, stage, spent_usd,
                  attempts, failures, error_code, error_message, lease_holder, lease_until, lease_token, waits_for,
                  waiting_since, held_for, held_at, not_before, stage_progress, stage_note, started_at, created_at,
                  updated_at, enqueued_at, submitted_by)
SELECT CAST(md5('job' || i) AS uuid)::text,
       CASE WHEN state = 'pending' AND i %% 16 > 0 THEN 'flood-inc' ELSE 'user-' || (i * 7919 %% 400) END,
       (ARRAY['Fresh bread at six.', 'A lighthouse that learns to dance.', 'Two chairs, one window, the first snow.',
              'A <b>bold</b> brief & a "quoted" one.'])[1 + i %% 4] || ' Version ' || i || '.',
       preset, json_build_object('duration_sec', 10 + i %% 20, 'aspect_ratio', '9:16'), '{}',
       sha256(CAST('job' || i AS bytea)),
       state, 1, i %% 3 / 2, CASE WHEN state = 'completed' THEN 'DELIVERED' WHEN kind IS NOT NULL THEN kinds[kind][2]
           WHEN state = 'processing' THEN 'RENDER_EXECUTION' WHEN i %% 16 > 0 THEN 'INIT' ELSE 'RENDER_EXECUTION' END,
       CASE WHEN state IN ('completed', 'failed') THEN round((0.2 + (i %% 17) * 0.11)::numeric, 4) ELSE 0 END,
       CASE WHEN state = 'failed' THEN 5 ELSE 0 END, CASE WHEN state = 'failed' THEN 5 ELSE i %% 2 END,
       CASE WHEN kind IS NOT NULL THEN kinds[kind][1] WHEN state = 'pending' AND i %% 48 = 0 THEN 'provider_error' END,
       CASE WHEN kind IS NOT NULL THEN replace(kinds[kind][3], '%%s', (i %% 9 + 1)::text)
            WHEN state = 'pending' AND i %% 48 = 0 THEN 'The provider answered 500.' END,
       CASE WHEN state <> 'pending' THEN 'service-00042-abc/' || i %% 5 END,
       CASE WHEN state = 'processing' THEN now() + interval '1 day' END,
       CASE WHEN state = 'processing' THEN gen_random_uuid() END,
       CASE WHEN state = 'pending' AND i %% 80 = 16 THEN 'provider:vertex' END,
       CASE WHEN state = 'pending' AND i %% 80 = 16 THEN at + interval '1 s' END,
       CASE WHEN state = 'pending' AND i %% 80 = 32 THEN 'limit_jobs_in_work' END,
       CASE WHEN state = 'pending' AND i %% 80 = 32 THEN at + interval '1 s' END,
       CASE WHEN state = 'pending' AND i %% 48 = 0 THEN now() + interval '40 s' END,
       CASE WHEN state = 'processing' THEN 0.4 END, CASE WHEN state = 'processing' THEN 'shot 2 of 5' END,
       CASE WHEN state <> 'pending' THEN at + interval '2 s' END, at,
       CASE WHEN state IN ('pending', 'processing') THEN at + interval '2 s' ELSE at + seconds * interval '1 s' END, at,
       'lab'
FROM (
    SELECT *, CASE WHEN state = 'failed' THEN 1 + (SELECT count(*)::int FROM unnest(%(bounds)s::int[]) b
                                                  WHERE b <= i / 4 * 31 %% 100) END AS kind
    FROM (
        SELECT i, %(kinds)s::text[] AS kinds, (%(presets)s::text[])[1 + i * 13 %% 3] AS preset,
               now() - (%(jobs)s - i) * %(hours)s * interval '1 hour' / %(jobs)s - interval '90 s' AS at,
               20 + (i * 7 %% 100) AS seconds,
               CASE WHEN i %% 4 = 0 AND i > %(jobs)s - %(in_work)s * 4 THEN 'processing'
                    WHEN i %% 4 = 0 AND i > %(jobs)s - (%(in_work)s + %(pending)s) * 4 THEN 'pending'
                    WHEN i %% 4 = 2 AND i > %(jobs)s - %(failed)s * 4 THEN 'failed'
                    WHEN i %% 211 = 0 THEN 'cancelled' ELSE 'completed' END AS state
        FROM generate_series(%(first)s::bigint, %(last)s::bigint) i
    ) one
) j
"""
STATES = """
WITH newest AS (SELECT * FROM jobs WHERE submitted_by = 'lab' ORDER BY created_at DESC LIMIT %(detailed)s * 20)
INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata, created_at)
SELECT id, 1, previous, state_, reason, CAST(note AS json), at FROM (
    SELECT id, NULL AS previous, 'pending' AS state_, 'submitted' AS reason, '{}' AS note, created_at AS at FROM newest
    UNION ALL
    SELECT id, 'pending', 'processing', 'claimed',
           json_build_object('delivery_attempt', 1, 'holder', lease_holder)::text, started_at
    FROM newest WHERE started_at IS NOT NULL
    UNION ALL
    SELECT id, 'processing', state, coalesce(error_code, state), json_build_object('stage', stage, 'attempt', 5)::text,
           updated_at FROM newest WHERE state IN ('completed', 'failed', 'cancelled')
) s
"""
RESULTS = """
INSERT INTO job_results (job_id, run, status, output, error_code, error_message, processing_time_ms, created_at)
SELECT id, 1, CASE state WHEN 'completed' THEN 'success' WHEN 'failed' THEN 'error' ELSE 'cancelled' END,
       CASE WHEN state = 'completed' THEN json_build_object('duration_sec', 12, 'cost_usd', spent_usd) END,
       error_code, error_message, extract(epoch FROM updated_at - created_at) * 1000, updated_at
FROM jobs
WHERE submitted_by = 'lab' AND state IN ('completed', 'failed', 'cancelled') ORDER BY updated_at
"""
EXECUTIONS = """
INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token, started_at, finished_at, output, error)
SELECT id, 1, 0, stage_, status, 1, gen_random_uuid(), began, CASE WHEN status = 'finished' THEN began + step END,
       CASE WHEN status = 'finished' THEN json_build_object('made_by', stage_) END,
       CASE WHEN status = 'failed' THEN error_message END
FROM (
    SELECT id, s.stage AS stage_, error_message, started_at + (s.place - 1) * (updated_at - started_at) / 11 AS began,
           (updated_at - started_at) / 11 AS step,
           CASE WHEN j.stage = s.stage THEN CASE j.state WHEN 'failed' THEN 'failed' ELSE 'started' END
                ELSE 'finished' END AS status
    FROM (
        SELECT * FROM jobs WHERE submitted_by = 'lab' AND started_at IS NOT NULL
        ORDER BY created_at DESC LIMIT %(detailed)s
    ) j,
         unnest(%(stages)s::text[]) WITH ORDINALITY s (stage, place)
    WHERE s.place <= coalesce(array_position(%(stages)s::text[], j.stage), 99) AND j.state <> 'cancelled'
) e
"""
# A job without a checkpoint would begin again at its first stage, and find it finished.
PROGRESS = """
UPDATE jobs SET progress = finished.n
FROM (SELECT job_id, count(*) AS n FROM job_stages WHERE status = 'finished' GROUP BY job_id) finished
WHERE jobs.id = finished.job_id
"""
ORDERS = """
INSERT INTO job_effects (job_id, round, stage, name, run, request_id, operation, result, cost_usd, intended_at,
                         started_at, finished_at)
SELECT id, 0, 'RENDER_EXECUTION', 'shot-' || n, 1, gen_random_uuid(),
       CASE WHEN is_unknown THEN NULL ELSE json_build_object('name', 'operations/' || n) END,
       CASE WHEN NOT is_unknown THEN json_build_object('made', 'gs://clips/' || id || n, 'provider', 'vertex', 'model',
           (ARRAY['veo-3.1-fast-generate-001', 'gemini-3.1-flash-image', 'gemini-3.8-flash'])[n]) END,
       spent_usd / 3, at, CASE WHEN NOT is_unknown THEN at + interval '1 s' END,
       CASE WHEN NOT is_unknown THEN at + interval '20 s' END
FROM (
    SELECT j.id, n, j.spent_usd, j.started_at + n * interval '3 s' AS at,
           j.error_code IS NOT DISTINCT FROM 'effect_unknown' AND n = 3 AS is_unknown
    FROM (
        SELECT * FROM jobs WHERE submitted_by = 'lab' AND spent_usd > 0 ORDER BY created_at DESC LIMIT %(detailed)s * 10
    ) j,
         generate_series(1, 3) n
) o
"""
LETTERS = """
INSERT INTO dead_letters (job_id, run, message_key, reason, error, metadata, created_at)
SELECT id, 1, 'dead:' || id || ':1', error_code, error_message,
       json_build_object('attempt', 5, 'delivery_attempt', 7, 'message_id', '1234', 'stage', stage), updated_at
FROM jobs WHERE submitted_by = 'lab' AND state = 'failed' ORDER BY updated_at
"""
REFUSED = """
INSERT INTO dead_letters (message_key, reason, error, metadata, data, created_at)
SELECT 'refused-' || n, 'data_not_json', 'The data is not JSON: expected a value at character ' || n || '.',
       json_build_object('message_id', n::text), CAST('{"job_id": <script>alert(' || n || ')</script>' AS bytea),
       now() - n * interval '1 min'
FROM generate_series(1, %(refused)s) n
"""
AT_ONCE = 100_000


def fill(database_url: str, amounts: Amounts, *, gathers: bool = True) -> None:
    """Fill a migrated database that was not filled before. `gathers`: and gather statistics, as autovacuum would."""
    url = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    bounds, total = [], 0
    for _code, _stage, _sentence, share in amounts.kinds[:-1]:
        total += share
        bounds.append(total)
    values = {
        **{name: getattr(amounts, name) for name in amounts.__slots__},
        "kinds": [[code, stage, sentence] for code, stage, sentence, _share in amounts.kinds],
        "bounds": bounds,
        "presets": list(PRESETS),
        "stages": list(STAGES),
    }
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0")
            indexes = _without_indexes(cursor) if amounts.jobs > AT_ONCE else []
            for first in range(1, amounts.jobs + 1, AT_ONCE):
                cursor.execute(JOBS, {**values, "first": first, "last": min(first + AT_ONCE - 1, amounts.jobs)})
            for index in indexes:
                cursor.execute(index)
            if gathers:
                cursor.execute("ANALYZE jobs")
            cursor.execute(RESULTS)
            for statement in (STATES, EXECUTIONS, PROGRESS, ORDERS, REFUSED):
                cursor.execute(statement, values)
            cursor.execute(LETTERS)
        connection.autocommit = True
        with connection.cursor() as cursor:
            if gathers:
                cursor.execute("VACUUM ANALYZE")
    finally:
        connection.close()


def _without_indexes(cursor: Any) -> list[str]:
    """Drop the indexes of `jobs` but its key; return the statements that make them again, which takes less time than
    writing each row into them."""
    cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'jobs' AND indexname <> 'jobs_pkey'")
    found = cursor.fetchall()
    for name, _definition in found:
        cursor.execute(f"DROP INDEX {name}")
    return [definition for _name, definition in found]

"""`python -m lab.bench.fill URL JOBS IDS`: fill a database with ended jobs in SQL, ten times as fast as running."""

import sys

from sqlalchemy import create_engine, text

BATCH = 10_000
MOST_USERS, JOBS_OF_A_USER = 5_000, 200
"""Few enough that a user's jobs fill a page of a list, however small the database."""

# Of 1,000, 985 are completed, 10 failed (half of their dead letters are still open) and 5 cancelled, in the order of
# their creation over two months.
_BATCH = """
CREATE TEMP TABLE batch ON COMMIT DROP AS
SELECT {id}::text AS id, 'user-' || (random() * {users})::int AS user_id, n, gen_random_uuid() AS token,
       CASE WHEN n % 200 < 197 THEN 'completed' WHEN n % 200 < 199 THEN 'failed' ELSE 'cancelled' END AS state,
       at
FROM generate_series({start}, {end}) n,
     LATERAL (SELECT clock_timestamp() - interval '60 days' + n * (interval '59 days' / {jobs}) AS at) created
"""
IDS = {"timed": "uuidv7(at - clock_timestamp())", "random": "gen_random_uuid()"}
"""How ids are made, by kind: as the API makes them, or at random, as many clients do."""
_TABLES = (
    """
INSERT INTO jobs (id, user_id, content, preset, metadata, extra, input_sha256, state, state_before, run, stage,
                  progress, attempts, failures, error_code, error_message, enqueued_at, started_at, created_at,
                  updated_at)
SELECT id, user_id, 'A lighthouse that learns to dance, number ' || n || '. ' || repeat('It turns and turns. ', 5),
       'quick_social', '{"duration_sec": 10}', '{}', sha256(convert_to(id, 'UTF8')), state, state, 1,
       CASE state WHEN 'completed' THEN 'END' ELSE 'ONLY' END, 1,
       CASE state WHEN 'failed' THEN 5 ELSE 0 END, CASE state WHEN 'failed' THEN 5 ELSE 0 END,
       CASE state WHEN 'failed' THEN 'provider_busy_' || n % 5 END,
       CASE state WHEN 'failed' THEN 'The provider was busy.' END,
       at + interval '5 s', at + interval '1 s', at, at + interval '5 s'
FROM batch
""",
    """
INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata, created_at)
SELECT id, 1, 'pending', 'processing', 'claimed', '{"message_id": "0123456789abcdef0123456789abcdef"}', at FROM batch
""",
    """
INSERT INTO job_states (job_id, run, previous_state, new_state, reason, state_metadata, created_at)
SELECT id, 1, 'processing', state, state, '{}', at + interval '5 s' FROM batch
""",
    """
INSERT INTO job_stages (job_id, run, round, stage, status, attempt, lease_token, started_at, finished_at, output, error)
SELECT id, 1, 0, 'ONLY',
       CASE state WHEN 'completed' THEN 'finished' WHEN 'failed' THEN 'failed' ELSE 'abandoned' END, 1, token, at,
       CASE state WHEN 'completed' THEN at + interval '5 s' END,
       CASE state WHEN 'completed' THEN '{"done": true}'::json END,
       CASE state WHEN 'failed' THEN 'The provider was busy.' END
FROM batch
""",
    """
INSERT INTO job_results (job_id, run, status, output, error_code, error_message, processing_time_ms, created_at)
SELECT id, 1, CASE state WHEN 'completed' THEN 'success' WHEN 'failed' THEN 'error' ELSE 'cancelled' END,
       CASE state WHEN 'completed' THEN '{"done": true}'::json END,
       CASE state WHEN 'failed' THEN 'provider_busy_' || n % 5 END,
       CASE state WHEN 'failed' THEN 'The provider was busy.' END, 5000, at + interval '5 s'
FROM batch
""",
    """
INSERT INTO outbox (job_id, topic, message_key, ordering_key, attributes, payload, created_at, published_at)
SELECT id, 'aiprod-pipeline-results', 'result:' || id || ':1', id, '{"run": "1"}', '', at + interval '5 s',
       at + interval '5.1 s'
FROM batch
""",
    """
INSERT INTO dead_letters (job_id, run, message_key, reason, error, metadata, created_at, discarded_at, handled_by)
SELECT id, 1, 'dead:' || id || ':1', 'provider_busy_' || n % 5, 'The provider was busy.',
       '{"stage": "ONLY", "attempt": 5}', at + interval '5 s',
       CASE WHEN n % 400 < 200 THEN at + interval '1 hour' END, CASE WHEN n % 400 < 200 THEN 'somebody' END
FROM batch WHERE state = 'failed'
""",
)


def fill(url: str, jobs: int, ids: str) -> None:
    """Add ended jobs until there are `jobs`; go on if there are some already. Then vacuum and analyse."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"options": "-c statement_timeout=0"})
    users = min(MOST_USERS, jobs // JOBS_OF_A_USER)
    with engine.connect() as connection:
        have = connection.execute(text("SELECT count(*) FROM jobs")).scalar_one()
        for start in range(have, jobs, BATCH):
            end = min(start + BATCH, jobs)
            connection.execute(text("BEGIN"))
            # Without checks of foreign keys, and without waiting for the disk: it can be done again.
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            connection.execute(text("SET LOCAL synchronous_commit = off"))
            connection.execute(text(_BATCH.format(id=IDS[ids], users=users, jobs=jobs, start=start, end=end - 1)))
            for statement in _TABLES:
                connection.exec_driver_sql(statement.replace("%", "%%"))
            connection.execute(text("COMMIT"))
            sys.stdout.write(f"\r{end:,} jobs ")
            sys.stdout.flush()
        if have < jobs:
            connection.execute(text("SET maintenance_work_mem = '512MB'"))
            for statement in ("VACUUM (ANALYZE)", "CHECKPOINT"):
                connection.execute(text(statement))
    engine.dispose()


if __name__ == "__main__":
    # A process of its own, because the service gives the connections of its process little time.
    fill(sys.argv[1], int(sys.argv[2]), sys.argv[3])

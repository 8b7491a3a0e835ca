"""What operation needs of the tables: who submitted a job and holds its lease, suspects, waits, holds, pauses, limits of
single users, tombstones of pruned jobs, and the record of what operators did. Every new column is nullable or has a
constant default, so no table is rewritten, and the version before this one ignores them."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE jobs
    ADD COLUMN submitted_by TEXT,
    ADD COLUMN lease_holder TEXT,
    ADD COLUMN lease_alone BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN is_suspect BOOLEAN DEFAULT false NOT NULL,
    ADD COLUMN deaths SMALLINT DEFAULT 0 NOT NULL,
    ADD COLUMN waits INTEGER DEFAULT 0 NOT NULL,
    ADD COLUMN waits_for TEXT,
    ADD COLUMN waiting_since TIMESTAMP WITH TIME ZONE,
    ADD COLUMN held_for TEXT,
    ADD COLUMN held_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN jobs.submitted_by IS 'the API caller who submitted it; NULL: it came by a message';
COMMENT ON COLUMN jobs.lease_holder IS 'the process that holds, or last held, the lease';
COMMENT ON COLUMN jobs.lease_alone IS 'its process runs no other job';
COMMENT ON COLUMN jobs.is_suspect IS 'its process died while it ran';
COMMENT ON COLUMN jobs.deaths IS 'of processes that ran it, since a delivery of it last ended with an answer';
COMMENT ON COLUMN jobs.waits IS 'waits in a row without progress';
COMMENT ON COLUMN jobs.waits_for IS 'what the job waits for: a dependency that is away, or a newer revision';
COMMENT ON COLUMN jobs.waiting_since IS 'the first of these waits';
COMMENT ON COLUMN jobs.held_for IS 'why no message is in flight for it: paused, or a limit of its user';
COMMENT ON COLUMN dead_letters.run IS 'null for data that was not a job';
"""

TABLES = """
CREATE TABLE pauses (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    scope TEXT NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    why TEXT NOT NULL,
    paused_by TEXT NOT NULL,
    since TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT pauses_once UNIQUE (scope, name),
    CONSTRAINT pauses_scope CHECK (scope IN ('all', 'preset', 'user', 'provider'))
);
COMMENT ON TABLE pauses IS 'intake that an operator has paused';
COMMENT ON COLUMN pauses.scope IS 'all, preset, user or provider';
COMMENT ON COLUMN pauses.name IS 'which preset, user or provider';

CREATE TABLE user_limits (
    user_id VARCHAR(255) NOT NULL,
    open_jobs INTEGER,
    jobs_in_work INTEGER,
    usd_a_day NUMERIC(12, 2),
    set_by TEXT NOT NULL,
    set_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    why TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (user_id)
);
COMMENT ON TABLE user_limits IS 'limits of single users, in place of the settings LIMIT_*';
COMMENT ON COLUMN user_limits.open_jobs IS 'at most this many un-ended jobs; NULL: the setting''s';
COMMENT ON COLUMN user_limits.jobs_in_work IS 'at most this many at a time; NULL: the setting''s';
COMMENT ON COLUMN user_limits.usd_a_day IS 'at most this much a UTC day; NULL: the setting''s';

CREATE TABLE tombstones (
    job_id VARCHAR(36) NOT NULL,
    input_sha256 BYTEA NOT NULL,
    state TEXT NOT NULL,
    run INTEGER NOT NULL,
    hop INTEGER NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (job_id)
);
COMMENT ON TABLE tombstones IS 'jobs that were pruned or forgotten: a late redelivery is still a duplicate';
COMMENT ON COLUMN tombstones.state IS 'in which the job had ended';
CREATE INDEX tombstones_created ON tombstones (created_at);

CREATE TABLE acts (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    act TEXT NOT NULL,
    who TEXT NOT NULL,
    why TEXT DEFAULT '' NOT NULL,
    job_id VARCHAR(36),
    target JSON NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id)
);
COMMENT ON TABLE acts IS 'who did what, when and why';
COMMENT ON COLUMN acts.act IS 'such as replay, cancel, discard, pause, prune, link';
COMMENT ON COLUMN acts.job_id IS 'of the one job it was done to, if it was one; no foreign key';
COMMENT ON COLUMN acts.target IS 'what it was done to: ids, or the filter and the counts';
CREATE INDEX acts_created ON acts (created_at);
CREATE INDEX acts_job ON acts (job_id) WHERE job_id IS NOT NULL;
"""


def upgrade() -> None:
    op.execute(COLUMNS)
    op.execute(TABLES)

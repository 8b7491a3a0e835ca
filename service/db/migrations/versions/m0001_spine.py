"""Create the first tables: jobs with lease, run and hop; history, results, stages, parts, effects, outbox, dead
letters."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE dead_letters (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    job_id VARCHAR(36),
    run INTEGER,
    message_key TEXT NOT NULL,
    reason TEXT NOT NULL,
    error TEXT NOT NULL,
    metadata JSON NOT NULL,
    data BYTEA,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    replayed_at TIMESTAMP WITH TIME ZONE,
    discarded_at TIMESTAMP WITH TIME ZONE,
    handled_by TEXT,
    PRIMARY KEY (id),
    CONSTRAINT dead_letters_message_key UNIQUE (message_key)
);
CREATE INDEX dead_letters_job ON dead_letters (job_id);
CREATE INDEX dead_letters_open ON dead_letters (reason) WHERE replayed_at IS NULL AND discarded_at IS NULL;
COMMENT ON COLUMN dead_letters.job_id IS 'null where unknown; no foreign key: it may name no job of ours';
COMMENT ON COLUMN dead_letters.run IS 'null for data that was no job: such a letter cannot be replayed';
COMMENT ON COLUMN dead_letters.data IS 'the message''s data as it came, where it was no job';
CREATE TABLE jobs (
    id VARCHAR(36) NOT NULL,
    user_id VARCHAR(255) NOT NULL,
    content TEXT NOT NULL,
    preset TEXT NOT NULL,
    metadata JSON NOT NULL,
    extra JSON NOT NULL,
    input_sha256 BYTEA NOT NULL,
    state TEXT NOT NULL,
    state_before TEXT,
    run INTEGER DEFAULT '1' NOT NULL,
    hop INTEGER DEFAULT '0' NOT NULL,
    round INTEGER DEFAULT '0' NOT NULL,
    stage TEXT NOT NULL,
    lease_token UUID,
    lease_until TIMESTAMP WITH TIME ZONE,
    progress INTEGER DEFAULT '0' NOT NULL,
    progress_at_claim INTEGER DEFAULT '0' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    failures INTEGER DEFAULT '0' NOT NULL,
    not_before TIMESTAMP WITH TIME ZONE,
    enqueued_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    resends SMALLINT DEFAULT '0' NOT NULL,
    stage_progress REAL,
    stage_note TEXT,
    error_code TEXT,
    error_message TEXT,
    started_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT jobs_state CHECK (state IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
    CONSTRAINT jobs_lease_while_processing CHECK ((state = 'processing') = (lease_token IS NOT NULL))
);
CREATE INDEX jobs_created ON jobs (created_at, id);
CREATE INDEX jobs_unended ON jobs (enqueued_at) WHERE state IN ('pending', 'processing');
COMMENT ON COLUMN jobs.extra IS 'fields of the message that nobody here knows, kept as they came';
COMMENT ON COLUMN jobs.input_sha256 IS 'of the canonical user_id, content, preset, metadata';
COMMENT ON COLUMN jobs.state_before IS 'set to state by every transition: history needs the old value';
COMMENT ON COLUMN jobs.stage IS 'to run next, or the pipeline''s end';
COMMENT ON COLUMN jobs.lease_token IS 'the fencing token of the delivery that holds the job';
COMMENT ON COLUMN jobs.progress IS 'checkpoints so far';
COMMENT ON COLUMN jobs.attempts IS 'used up in this run';
COMMENT ON COLUMN jobs.failures IS 'failed executions in the job''s life';
COMMENT ON COLUMN jobs.not_before IS 'the backoff of the last failure ends';
COMMENT ON COLUMN jobs.enqueued_at IS 'a message was last put in flight';
COMMENT ON COLUMN jobs.stage_progress IS '0 to 1 of the stage in hand, as it says';
COMMENT ON COLUMN jobs.error_code IS 'of the last failure';
COMMENT ON COLUMN jobs.started_at IS 'this run was first claimed';
CREATE TABLE job_effects (
    job_id VARCHAR(36) NOT NULL,
    round INTEGER NOT NULL,
    stage TEXT NOT NULL,
    name TEXT NOT NULL,
    run INTEGER NOT NULL,
    request_id UUID NOT NULL,
    operation JSON,
    result JSON,
    intended_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    finished_at TIMESTAMP WITH TIME ZONE,
    PRIMARY KEY (job_id, round, stage, name, run),
    FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
COMMENT ON TABLE job_effects IS 'paid or slow operations of a provider: recorded before they are started';
COMMENT ON COLUMN job_effects.run IS 'in which it was intended; a replay may intend it once more';
COMMENT ON COLUMN job_effects.operation IS 'what the provider answered to the start; NULL: intended, not known';
CREATE TABLE job_parts (
    job_id VARCHAR(36) NOT NULL,
    round INTEGER NOT NULL,
    stage TEXT NOT NULL,
    part TEXT NOT NULL,
    output JSON,
    finished_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (job_id, round, stage, part),
    FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
COMMENT ON TABLE job_parts IS 'named parts of a stage that are checkpointed by themselves';
CREATE TABLE job_results (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    job_id VARCHAR(36) NOT NULL,
    run INTEGER NOT NULL,
    status TEXT NOT NULL,
    output JSON,
    error_code TEXT,
    error_message TEXT,
    processing_time_ms BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT job_results_one_a_run UNIQUE (job_id, run),
    CONSTRAINT job_results_status CHECK (status IN ('success', 'error', 'cancelled')),
    FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE TABLE job_stages (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    job_id VARCHAR(36) NOT NULL,
    run INTEGER NOT NULL,
    round INTEGER NOT NULL,
    stage TEXT NOT NULL,
    status TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    lease_token UUID NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    finished_at TIMESTAMP WITH TIME ZONE,
    output JSON,
    error TEXT,
    PRIMARY KEY (id),
    CONSTRAINT job_stages_status CHECK (status IN ('started', 'finished', 'failed', 'abandoned')),
    CONSTRAINT job_stages_finished CHECK ((status = 'finished') = (finished_at IS NOT NULL)),
    FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX job_stages_finished_once ON job_stages (job_id, round, stage) WHERE status = 'finished';
CREATE INDEX job_stages_job ON job_stages (job_id, id);
COMMENT ON COLUMN job_stages.attempt IS '1 for the first; attempts used up when it began, plus one';
COMMENT ON COLUMN job_stages.lease_token IS 'of the delivery that began it';
CREATE TABLE job_states (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    job_id VARCHAR(36) NOT NULL,
    run INTEGER NOT NULL,
    previous_state TEXT,
    new_state TEXT NOT NULL,
    reason TEXT NOT NULL,
    state_metadata JSON NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE INDEX job_states_job ON job_states (job_id, id);
CREATE UNIQUE INDEX job_states_one_end ON job_states (job_id, run) WHERE new_state IN ('completed', 'failed', 'cancelled');
CREATE TABLE outbox (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    job_id VARCHAR(36),
    topic TEXT NOT NULL,
    message_key TEXT NOT NULL,
    ordering_key TEXT DEFAULT '' NOT NULL,
    attributes JSON NOT NULL,
    payload TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE,
    parked_at TIMESTAMP WITH TIME ZONE,
    error TEXT,
    PRIMARY KEY (id),
    CONSTRAINT outbox_message_key UNIQUE (message_key),
    FOREIGN KEY(job_id) REFERENCES jobs (id) ON DELETE CASCADE
);
CREATE INDEX outbox_parked ON outbox (id) WHERE parked_at IS NOT NULL;
CREATE INDEX outbox_owed ON outbox (job_id, id) WHERE published_at IS NULL AND parked_at IS NULL;
COMMENT ON COLUMN outbox.attributes IS 'besides message_key';
COMMENT ON COLUMN outbox.parked_at IS 'Pub/Sub refuses it for good';
"""


def upgrade() -> None:
    op.execute(TABLES)

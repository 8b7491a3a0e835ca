"""Add the idempotency keys of the API's callers: a repeated request gets the answer of the first. One new table."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BYTEA NOT NULL,
    job_id VARCHAR(36) NOT NULL,
    state TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_created ON idempotency_keys (created_at);
COMMENT ON TABLE idempotency_keys IS 'of POST /pipeline/run; removed a day later by the submissions that follow';
COMMENT ON COLUMN idempotency_keys.caller IS 'e-mail of the identity that a key belongs to';
COMMENT ON COLUMN idempotency_keys.fingerprint IS 'SHA-256 of the canonical body';
COMMENT ON COLUMN idempotency_keys.job_id IS 'no foreign key: the answer stays the same whatever becomes of the job';
COMMENT ON COLUMN idempotency_keys.state IS 'of the job, as the first answer had it';
"""


def upgrade() -> None:
    op.execute(TABLES)

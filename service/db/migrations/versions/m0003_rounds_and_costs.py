"""Let a stage send the job back for another round, and record what effects cost. New columns with defaults."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE jobs
    ADD COLUMN sent_back_by TEXT,
    ADD COLUMN spent_usd NUMERIC(12, 6) DEFAULT 0 NOT NULL;
ALTER TABLE job_effects
    ADD COLUMN orders SMALLINT DEFAULT 1 NOT NULL,
    ADD COLUMN cost_usd NUMERIC(12, 6) DEFAULT 0 NOT NULL,
    ADD COLUMN unknown_id UUID,
    ADD COLUMN failed_at TIMESTAMP WITH TIME ZONE;
COMMENT ON COLUMN jobs.sent_back_by IS 'the stage that began this round by sending the job back';
COMMENT ON COLUMN jobs.spent_usd IS 'on effects of all runs, unknown ones too';
COMMENT ON COLUMN job_effects.orders IS '2: ordered once more, as unknown';
COMMENT ON COLUMN job_effects.unknown_id IS 'of the order before this one: nobody knows whether it was taken';
COMMENT ON COLUMN job_effects.failed_at IS 'the operation ended without a result: a run after this one orders anew';
COMMENT ON COLUMN job_effects.cost_usd IS 'the most it can cost, until it is known';
"""


def upgrade() -> None:
    op.execute(COLUMNS)

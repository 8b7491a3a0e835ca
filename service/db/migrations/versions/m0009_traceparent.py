"""The trace in which a job began: a message that is sent again later belongs to it too."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A column without a default: the table is locked for a moment and not rewritten.
COLUMN = """
ALTER TABLE jobs ADD COLUMN traceparent TEXT;
COMMENT ON COLUMN jobs.traceparent IS 'the trace in which the job began, if there was one';
"""


def upgrade() -> None:
    op.execute(COLUMN)


def downgrade() -> None:
    op.execute("ALTER TABLE jobs DROP COLUMN traceparent")

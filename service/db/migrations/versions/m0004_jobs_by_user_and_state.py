"""The list of jobs by user or by state reads those jobs alone. Writers wait while the indexes are made: seconds for a
million jobs, and a push that waits longer is a 503 that comes again."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INDEXES = """
CREATE INDEX jobs_user ON jobs (user_id, created_at, id);
CREATE INDEX jobs_not_completed ON jobs (state, created_at, id) WHERE state <> 'completed';
"""


def upgrade() -> None:
    op.execute(INDEXES)

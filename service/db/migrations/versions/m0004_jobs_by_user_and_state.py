"""Index jobs by user and by state, so that a filtered list reads only its own jobs. Writers wait while the indexes are
built: seconds for a million jobs. A push that waits longer than its lock timeout is answered with 503 and delivered
again."""

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

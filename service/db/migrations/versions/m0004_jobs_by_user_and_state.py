"""Index jobs by user and by state, so that a filtered list reads only its own jobs."""

from service.db.migrations.indexes import build_index

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    build_index("jobs_user", "jobs (user_id, created_at, id)")
    build_index("jobs_not_completed", "jobs (state, created_at, id) WHERE state <> 'completed'")

"""Indexes for deleting jobs, and for counting the few that are suspects.

No index covers `jobs.updated_at` on purpose: each checkpoint sets it, and would then have to write every index."""

from service.db.migrations.indexes import build_index

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    build_index("outbox_job", "outbox (job_id) WHERE job_id IS NOT NULL")
    build_index("jobs_suspect", "jobs (id) WHERE is_suspect AND state IN ('pending', 'processing')")

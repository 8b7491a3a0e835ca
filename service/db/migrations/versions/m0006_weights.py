"""What keeps a year of rows cheap: indexes for deleting jobs and for counting the few that wait, are held or are
suspects; whose turn it is to sweep or prune; and a vacuum that comes before a tenth of a large table is dead.

No index covers `jobs.updated_at` on purpose: each checkpoint sets it, and would then have to write every index."""

from alembic import op

from service.db.migrations.indexes import build_index

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

INDEXES = {
    "outbox_job": "outbox (job_id) WHERE job_id IS NOT NULL",
    "jobs_waiting": "jobs (waits_for, waiting_since) WHERE waits_for IS NOT NULL AND state IN ('pending', 'processing')",
    "jobs_held": "jobs (held_for, held_at) WHERE held_for IS NOT NULL AND state IN ('pending', 'processing')",
    "jobs_suspect": "jobs (id) WHERE is_suspect AND state IN ('pending', 'processing')",
}

CHORES = """
CREATE TABLE chores (
    name TEXT NOT NULL,
    holder UUID NOT NULL,
    until TIMESTAMP WITH TIME ZONE NOT NULL,
    PRIMARY KEY (name)
);
COMMENT ON TABLE chores IS 'whose turn it is to do what one process does at a time: the sweep, the prune';
COMMENT ON COLUMN chores.until IS 'the turn ends, whatever became of its process';
"""

VACUUM = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02"
TOAST = "toast.autovacuum_vacuum_scale_factor = 0.02"


def upgrade() -> None:
    # First, since each is built outside a transaction: the rest is committed with the revision.
    for name, on in INDEXES.items():
        build_index(name, on)
    op.execute(CHORES)
    for table in ("jobs", "job_states", "job_stages", "job_results", "outbox", "dead_letters"):
        op.execute(f"ALTER TABLE {table} SET ({VACUUM}, {TOAST})")

"""What a prune needs: a guard against bringing a pruned job back, whose turn it is to sweep or prune, and a vacuum that
comes before a tenth of a large table is dead."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

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

# A claim looks for a tombstone before it inserts. If a prune deletes the job at that very moment, the claim's snapshot
# shows neither the tombstone nor, once it has waited for the delete, the job: it would insert the job again. This looks
# once more after the insert, with a snapshot of its own, and the statement is repeated.
TRIGGER = """
CREATE FUNCTION jobs_not_pruned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM tombstones WHERE job_id = NEW.id) THEN
        RAISE EXCEPTION 'job % was pruned just now', NEW.id USING ERRCODE = 'serialization_failure';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER jobs_not_pruned AFTER INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION jobs_not_pruned();

"""

VACUUM = "autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02"
TOAST = "toast.autovacuum_vacuum_scale_factor = 0.02"


def upgrade() -> None:
    op.execute(CHORES)
    op.execute(TRIGGER)
    for table in ("jobs", "job_states", "job_stages", "job_results", "outbox", "dead_letters"):
        op.execute(f"ALTER TABLE {table} SET ({VACUUM}, {TOAST})")

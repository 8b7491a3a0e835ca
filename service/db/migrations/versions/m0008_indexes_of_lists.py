"""Indexes for lists: a page of jobs or dead letters is found in milliseconds by any filter, whatever the tables hold, and
what was spent is summed by time."""

from service.db.migrations.indexes import build_index

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

INDEXES = {
    "jobs_preset": "jobs (preset, created_at, id)",
    "jobs_user_state": "jobs (user_id, state, created_at, id) WHERE state <> 'completed'",
    "jobs_error": "jobs (error_code, created_at, id) WHERE error_code IS NOT NULL",
    "jobs_waits_for": "jobs (waits_for, created_at, id) WHERE waits_for IS NOT NULL",
    "jobs_held_for": "jobs (held_for, created_at, id) WHERE held_for IS NOT NULL",
    "jobs_submitter": "jobs (submitted_by, created_at, id) WHERE submitted_by IS NOT NULL",
    "job_effects_intended": "job_effects (intended_at)",
    "dead_letters_created": "dead_letters (created_at, id)",
    "dead_letters_reason": "dead_letters (reason, created_at, id)",
    "dead_letters_open_created": "dead_letters (created_at, id) WHERE replayed_at IS NULL AND discarded_at IS NULL",
}


def upgrade() -> None:
    for name, on in INDEXES.items():
        build_index(name, on)

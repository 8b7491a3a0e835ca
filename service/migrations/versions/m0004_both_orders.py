"""Where an effect was ordered once more, the id of the first order stays on record. A new column that may be NULL."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMN = """
ALTER TABLE job_effects ADD COLUMN unknown_id UUID;
COMMENT ON COLUMN job_effects.unknown_id IS 'of the order before this one: nobody knows whether it was taken';
"""


def upgrade() -> None:
    op.execute(COLUMN)

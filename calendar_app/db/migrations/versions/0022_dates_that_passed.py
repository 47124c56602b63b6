"""dates that have passed undecided become due: the next moment is found anew, by the first who asks"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE site SET due_at = '2000-01-01 00:00:00'")


def downgrade() -> None:
    pass

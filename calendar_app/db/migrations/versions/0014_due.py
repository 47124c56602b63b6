"""the instant at which the next thing becomes due"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("due_at", sa.DateTime(timezone=True), nullable=True))
    # In the past: whoever asks first looks at everything, and sets the right moment.
    op.execute("UPDATE site SET due_at = '2000-01-01 00:00:00'")


def downgrade() -> None:
    op.drop_column("site", "due_at")

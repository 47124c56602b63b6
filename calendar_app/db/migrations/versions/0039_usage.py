"""how often pages, feeds and short addresses are used in each month"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "usage_month",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('page', 'feed', 'short', 'old', 'follower')", name=op.f("ck_usage_month_kind")),
        sa.PrimaryKeyConstraint("month", "kind", "subject", name=op.f("pk_usage_month")),
    )


def downgrade() -> None:
    op.drop_table("usage_month")

"""short addresses of filters"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "short_address",
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_short_address")),
        sa.UniqueConstraint("query", name=op.f("uq_short_address_query")),
    )


def downgrade() -> None:
    op.drop_table("short_address")

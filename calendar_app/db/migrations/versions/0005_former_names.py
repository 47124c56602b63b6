"""names that addresses had before"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "former_name",
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("old", sa.String(length=60), nullable=False),
        sa.Column("new", sa.String(length=60), nullable=False),
        sa.PrimaryKeyConstraint("key", "old", name=op.f("pk_former_name")),
    )


def downgrade() -> None:
    op.drop_table("former_name")

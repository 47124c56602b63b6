"""a number for each department that rises when something happens at its desk"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_signal",
        sa.Column("department_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("department_id", name=op.f("pk_desk_signal")),
    )


def downgrade() -> None:
    op.drop_table("desk_signal")

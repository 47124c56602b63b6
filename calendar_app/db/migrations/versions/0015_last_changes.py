"""when anything of a tag, department, category or kind changed last"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "last_change",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_last_change")),
    )
    # No feed may say an earlier time than it has said: everything counts as changed with the newest change.
    op.execute("INSERT INTO last_change (key, at) SELECT '*', changed_at FROM site")


def downgrade() -> None:
    op.drop_table("last_change")

"""where imported entries come from, and what was last taken from there"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entry", sa.Column("source", sa.String(100), nullable=False, server_default=""))
    op.add_column("entry", sa.Column("source_uid", sa.String(300), nullable=False, server_default=""))
    op.add_column("entry", sa.Column("imported", sa.JSON(), nullable=False, server_default="{}"))
    op.create_index("ix_entry_source", "entry", ["source", "source_uid"])


def downgrade() -> None:
    op.drop_index("ix_entry_source", "entry")
    for column in ("imported", "source_uid", "source"):
        op.drop_column("entry", column)

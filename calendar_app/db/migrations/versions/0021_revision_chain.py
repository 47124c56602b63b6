"""each revision has a hash over the one before it"""

import sqlalchemy as sa
from alembic import op

from calendar_app.db.migrations import chains

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("revision", sa.Column("hash", sa.String(length=64), nullable=True))
    op.add_column("site", sa.Column("revision_hash", sa.String(length=64), nullable=False, server_default=""))
    chains.fill(op.get_bind(), "hash", "revision_hash", chains.revision_link)


def downgrade() -> None:
    for name, column in (("site", "revision_hash"), ("revision", "hash")):
        with op.batch_alter_table(name) as table:
            table.drop_column(column)

"""each change that readers may list has a hash over the one before it"""

import sqlalchemy as sa
from alembic import op

from calendar_app.db.migrations import chains

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("revision", sa.Column("public_hash", sa.String(length=64), nullable=True))
    op.add_column("site", sa.Column("public_hash", sa.String(length=64), nullable=False, server_default=""))
    chains.fill(op.get_bind(), "public_hash", "public_hash", chains.public_link)


def downgrade() -> None:
    for name in ("site", "revision"):
        with op.batch_alter_table(name) as table:
            table.drop_column("public_hash")

"""the journal of sign-ins also tells which request was refused to whom"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sign_in_record", sa.Column("request", sa.String(length=200), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("sign_in_record") as table:
        table.drop_column("request")

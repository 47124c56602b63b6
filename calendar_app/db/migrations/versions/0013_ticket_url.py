"""where one books or buys a ticket"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("event", sa.Column("ticket_url", sa.String(500), nullable=False, server_default=""))


def downgrade() -> None:
    op.drop_column("event", "ticket_url")

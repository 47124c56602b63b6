"""what people must know to be able to come: of a venue and of an event"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("venue", "event"):
        op.add_column(table, sa.Column("facilities", sa.JSON(), nullable=False, server_default="{}"))
        op.add_column(table, sa.Column("facilities_note", sa.String(300), nullable=False, server_default=""))
    op.add_column("event", sa.Column("facilities_by", sa.DateTime()))


def downgrade() -> None:
    op.drop_column("event", "facilities_by")
    for table in ("event", "venue"):
        for column in ("facilities_note", "facilities"):
            op.drop_column(table, column)

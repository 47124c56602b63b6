"""towns that are followed by their API: how far they were read, the town of an entry, and events that several towns know"""

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entry", sa.Column("town", sa.String(300), nullable=False, server_default=""))
    op.add_column("source", sa.Column("number", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("source", sa.Column("link", sa.String(64), nullable=False, server_default=""))
    op.create_table(
        "town_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("source_uid", sa.String(300), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["source_id"], ["source.id"], name=op.f("fk_town_copy_source_id_source"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_town_copy_entry_id_entry"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_town_copy")),
        sa.UniqueConstraint("source_id", "source_uid", name=op.f("uq_town_copy_source_id")),
    )
    op.create_index(op.f("ix_town_copy_entry_id"), "town_copy", ["entry_id"])


def downgrade() -> None:
    op.drop_table("town_copy")
    op.drop_column("source", "link")
    op.drop_column("source", "number")
    op.drop_column("entry", "town")

"""how readers react to entries"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('want', 'went', 'thanks', 'useful')", name=op.f("ck_reaction_kind")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_reaction_entry_id_entry"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reaction")),
        sa.UniqueConstraint("entry_id", "kind", name=op.f("uq_reaction_entry_id")),
    )
    op.create_table(
        "reaction_day",
        *_of_entry("reaction_day"),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "kind", "day", name=op.f("pk_reaction_day")),
    )
    op.create_index(op.f("ix_reaction_day_day"), "reaction_day", ["day"])
    op.create_table(
        "reaction_mark",
        *_of_entry("reaction_mark"),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", "kind", "mark", name=op.f("pk_reaction_mark")),
    )
    op.create_index(op.f("ix_reaction_mark_day"), "reaction_mark", ["day"])


def _of_entry(table: str) -> tuple[sa.schema.SchemaItem, ...]:
    key = op.f(f"fk_{table}_entry_id_entry")
    return (
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=key, ondelete="CASCADE"),
    )


def downgrade() -> None:
    op.drop_table("reaction_mark")
    op.drop_table("reaction_day")
    op.drop_table("reaction")

"""accounts in the fediverse (ActivityPub), off until somebody turns them on"""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("follow_fediverse", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("site", sa.Column("fediverse_key", sa.Text(), nullable=False, server_default=""))
    op.add_column("site", sa.Column("fediverse_url", sa.String(length=300), nullable=False, server_default=""))
    op.create_table(
        "fediverse_account",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("tag_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_fediverse_account")),
        sa.UniqueConstraint("department_id", name=op.f("uq_fediverse_account_department_id")),
        _refers("fediverse_account", "department_id", "department.id"),
        _refers("fediverse_account", "tag_id", "tag.id"),
    )
    op.create_table(
        "fediverse_follower",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fediverse_follower")),
        sa.UniqueConstraint("account", "person", name=op.f("uq_fediverse_follower_account")),
        _refers("fediverse_follower", "account", "fediverse_account.name"),
        _refers("fediverse_follower", "receiver_id", "receiver.id"),
    )
    op.create_index(op.f("ix_fediverse_follower_person"), "fediverse_follower", ["person"])
    op.create_index(op.f("ix_fediverse_follower_receiver_id"), "fediverse_follower", ["receiver_id"])
    op.create_table(
        "fediverse_reaction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fediverse_reaction")),
        sa.UniqueConstraint("reference", name=op.f("uq_fediverse_reaction_reference")),
        sa.CheckConstraint("kind IN ('like', 'boost', 'reply')", name=op.f("ck_fediverse_reaction_kind")),
        _refers("fediverse_reaction", "entry_id", "entry.id"),
    )
    op.create_index(op.f("ix_fediverse_reaction_entry_id"), "fediverse_reaction", ["entry_id"])
    op.create_index(op.f("ix_fediverse_reaction_person"), "fediverse_reaction", ["person"])
    op.create_table(
        "fediverse_key",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("owner_hash", sa.String(length=64), nullable=False),
        sa.Column("pem", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_fediverse_key")),
    )
    op.create_table(
        "fediverse_block",
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_fediverse_block")),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to.partition('.')[0]}")
    return sa.ForeignKeyConstraint([column], [to], name=name, ondelete="CASCADE")


def downgrade() -> None:
    for table in ("follower", "reaction", "account", "key", "block"):
        op.drop_table(f"fediverse_{table}")
    op.execute("DELETE FROM receiver WHERE channel = 'fediverse'")  # the program before does not know it
    for column in ("fediverse_url", "fediverse_key", "follow_fediverse"):
        op.drop_column("site", column)

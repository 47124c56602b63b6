"""sessions of the desk are rows; who signed in, and what was refused"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _rename("fs_uniquifier", "handle")
    op.create_table(
        "desk_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("device", sa.String(length=100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proved_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_session")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_desk_session_key_hash")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_desk_session_user_id_user"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_desk_session_user_id"), "desk_session", ["user_id"])
    op.create_table(
        "sign_in_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("network", sa.String(length=60), nullable=False),
        sa.Column("device", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_record")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_sign_in_record_user_id_user"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["user.id"], name=op.f("fk_sign_in_record_actor_id_user"), ondelete="SET NULL"
        ),
    )
    op.create_index(op.f("ix_sign_in_record_at"), "sign_in_record", ["at"])
    op.create_index(op.f("ix_sign_in_record_user_id"), "sign_in_record", ["user_id"])


def downgrade() -> None:
    op.drop_table("sign_in_record")
    op.drop_table("desk_session")
    _rename("handle", "fs_uniquifier")


def _rename(old: str, new: str) -> None:
    """Rename the column where it stands: making SQLite's table anew would delete what refers to people."""
    op.execute(f'ALTER TABLE "user" RENAME COLUMN {old} TO {new}')

"""whom a sign-in service knows a person as, and which of its sessions began one of ours"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_identity_issuer")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_identity_user_id_user"), ondelete="CASCADE"),
    )
    op.create_index(op.f("ix_identity_user_id"), "identity", ["user_id"])
    op.add_column("desk_session", sa.Column("subject", sa.String(length=255), nullable=True))
    op.add_column("desk_session", sa.Column("provider_session", sa.String(length=255), nullable=True))


def downgrade() -> None:
    op.drop_column("desk_session", "provider_session")
    op.drop_column("desk_session", "subject")
    op.drop_table("identity")

"""the outbox: receivers and deliveries"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "receiver",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=30), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("query", sa.String(length=500), nullable=True),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("slow", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receiver")),
        sa.UniqueConstraint("channel", "key", name=op.f("uq_receiver_channel")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_receiver_department_id_department")
        ),
    )
    op.create_index(op.f("ix_receiver_due_at"), "receiver", ["due_at"])
    op.create_index(op.f("ix_receiver_expires_at"), "receiver", ["expires_at"])
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=36), nullable=False),
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=500), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("uid", name=op.f("uq_delivery_uid")),
        sa.UniqueConstraint("receiver_id", "key", name=op.f("uq_delivery_receiver_id")),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'failed', 'skipped')", name=op.f("ck_delivery_state")),
        sa.ForeignKeyConstraint(
            ["receiver_id"], ["receiver.id"], name=op.f("fk_delivery_receiver_id_receiver"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["number"], ["revision.number"], name=op.f("fk_delivery_number_revision"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_delivery_entry_id_entry"), ondelete="SET NULL"
        ),
    )
    op.create_index("ix_delivery_receiver", "delivery", ["receiver_id", "state", "id"])
    op.create_index(op.f("ix_delivery_entry_id"), "delivery", ["entry_id"])
    op.create_index(op.f("ix_delivery_settled_at"), "delivery", ["settled_at"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    # what was public before is owed to nobody
    op.execute("INSERT INTO outbox (id, number) VALUES (1, COALESCE((SELECT max(public_revision) FROM site), 0))")


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("delivery")
    op.drop_table("receiver")

"""what citizens follow by mail and push, off until somebody turns it on"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("site", sa.Column("follow_mail", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("site", sa.Column("follow_push", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("site", sa.Column("push_key", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "subscription",
        sa.Column("receiver_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=30), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("query", sa.String(length=500), nullable=False),
        sa.Column("event", sa.String(length=20), nullable=False),
        sa.Column("often", sa.String(length=10), nullable=False),
        sa.Column("remind", sa.Boolean(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("receiver_id", name=op.f("pk_subscription")),
        sa.UniqueConstraint("token", name=op.f("uq_subscription_token")),
        sa.UniqueConstraint("person", "query", "event", name=op.f("uq_subscription_person")),
        sa.CheckConstraint("often IN ('now', 'daily', 'weekly')", name=op.f("ck_subscription_often")),
        sa.ForeignKeyConstraint(
            ["receiver_id"], ["receiver.id"], name=op.f("fk_subscription_receiver_id_receiver"), ondelete="CASCADE"
        ),
    )
    op.create_index(op.f("ix_subscription_event"), "subscription", ["event"])
    op.create_index(op.f("ix_subscription_next_at"), "subscription", ["next_at"])


def downgrade() -> None:
    op.drop_table("subscription")
    op.execute("DELETE FROM receiver WHERE channel IN ('mail', 'push')")  # the program before does not know these
    for column in ("push_key", "follow_push", "follow_mail"):
        op.drop_column("site", column)

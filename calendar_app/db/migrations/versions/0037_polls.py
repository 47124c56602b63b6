"""questions that departments put to readers; the answers on pages are found by search"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "poll",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("question", sa.String(length=200), nullable=False),
        sa.Column("sums_public", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_poll_entry_id_entry"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll")),
    )
    op.create_index(op.f("ix_poll_entry_id"), "poll", ["entry_id"])
    op.create_table(
        "poll_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("poll_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_choice_poll_id_poll"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_poll_choice")),
    )
    op.create_index(op.f("ix_poll_choice_poll_id"), "poll_choice", ["poll_id"])
    choice = op.f("fk_poll_mark_choice_id_poll_choice")
    op.create_table(
        "poll_mark",
        sa.Column("poll_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.Column("choice_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["poll_id"], ["poll.id"], name=op.f("fk_poll_mark_poll_id_poll"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["choice_id"], ["poll_choice.id"], name=choice, ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("poll_id", "mark", name=op.f("pk_poll_mark")),
    )
    op.create_index(op.f("ix_poll_mark_day"), "poll_mark", ["day"])
    # Outdated words (`search_index.OUTDATED`): the worker indexes these entries anew.
    op.execute(
        "UPDATE search_state SET version = 0 WHERE entry_id IN (SELECT entry_id FROM feedback WHERE published_at IS NOT NULL)"
    )


def downgrade() -> None:
    for table in ("poll_mark", "poll_choice", "poll"):
        op.drop_table(table)

"""what citizens write back, and within how many days a department answers"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("department", sa.Column("reply_days", sa.Integer(), nullable=False, server_default="2"))
    op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=False),
        sa.Column("form", sa.String(length=24), nullable=False),
        sa.Column("address", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=True),
        sa.Column("department_id", sa.Integer(), nullable=True),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by_id", sa.Integer(), nullable=True),
        sa.Column("public_question", sa.Text(), nullable=False),
        sa.Column("public_answer", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forgotten_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('question', 'mistake', 'thanks')", name=op.f("ck_feedback_kind")),
        sa.CheckConstraint("state IN ('waiting', 'answered', 'closed', 'spam')", name=op.f("ck_feedback_state")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_feedback_entry_id_entry"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["department.id"], name=op.f("fk_feedback_department_id_department")
        ),
        sa.ForeignKeyConstraint(["taken_by_id"], ["user.id"], name=op.f("fk_feedback_taken_by_id_user")),
        sa.ForeignKeyConstraint(["done_by_id"], ["user.id"], name=op.f("fk_feedback_done_by_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("token", name=op.f("uq_feedback_token")),
    )
    op.create_index(op.f("ix_feedback_entry_id"), "feedback", ["entry_id"])
    op.create_index(op.f("ix_feedback_done_at"), "feedback", ["done_at"])
    op.create_index("ix_feedback_state", "feedback", ["state", "department_id", "asked_at"])
    op.create_index("ix_feedback_address", "feedback", ["address", "asked_at"])
    op.create_table(
        "feedback_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feedback_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feedback_id"], ["feedback.id"], name=op.f("fk_feedback_note_feedback_id_feedback"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_feedback_note_author_id_user")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback_note")),
    )
    op.create_index(op.f("ix_feedback_note_feedback_id"), "feedback_note", ["feedback_id"])


def downgrade() -> None:
    op.drop_table("feedback_note")
    op.drop_table("feedback")
    op.drop_column("department", "reply_days")

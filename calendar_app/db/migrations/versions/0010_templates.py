"""templates; who looks after a source and where it has moved; forms that are finished"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("department_id", sa.Integer()),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.Column("pattern", sa.String(length=200), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_template"),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_template_department_id_department"),
        sa.ForeignKeyConstraint(["owner_id"], ["user.id"], name="fk_template_owner_id_user"),
    )
    op.create_index("ix_template_department_id", "template", ["department_id"])
    for table in ("entry", "photo"):  # SQLite takes a column that refers to another table only so
        op.execute(f"ALTER TABLE {table} ADD COLUMN template_id INTEGER REFERENCES template (id)")
        op.create_index(f"ix_{table}_template_id", table, ["template_id"])
    op.execute('ALTER TABLE source ADD COLUMN owner_id INTEGER REFERENCES "user" (id)')
    for column in ("moved_to", "former_url"):
        op.add_column("source", sa.Column(column, sa.String(1000), nullable=False, server_default=""))
    op.add_column("source", sa.Column("moved_count", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("source", sa.Column("moved_since", sa.DateTime(timezone=True)))
    op.add_column("draft", sa.Column("finished", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    op.drop_column("draft", "finished")
    for column in ("moved_since", "moved_count", "former_url", "moved_to", "owner_id"):
        op.drop_column("source", column)
    for table in ("photo", "entry"):
        op.drop_index(f"ix_{table}_template_id", table)
        op.drop_column(table, "template_id")
    op.drop_table("template")

"""addresses that are followed"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "source",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("url", sa.String(1000), nullable=False),
        sa.Column("department_id", sa.Integer(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fetched_at", sa.DateTime(timezone=True)),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(40), nullable=False),
        sa.Column("problem_given", sa.JSON(), nullable=False),
        sa.Column("etag", sa.String(200), nullable=False),
        sa.Column("last_modified", sa.String(200), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("horizon", sa.Date()),
        sa.Column("shape", sa.String(100), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("act", sa.String(20), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("differing", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_source"),
        sa.ForeignKeyConstraint(["department_id"], ["department.id"], name="fk_source_department_id_department"),
        sa.UniqueConstraint("name", name="uq_source_name"),
        sa.UniqueConstraint("url", name="uq_source_url"),
    )
    op.create_index("ix_source_next_at", "source", ["next_at"])


def downgrade() -> None:
    op.drop_table("source")

"""the department that a venue belongs to; the change that a comment proposes"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE venue ADD COLUMN department_id INTEGER REFERENCES department (id)"
    )  # SQLite takes it only so
    op.add_column("comment", sa.Column("proposal", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("comment", "proposal")
    op.drop_column("venue", "department_id")

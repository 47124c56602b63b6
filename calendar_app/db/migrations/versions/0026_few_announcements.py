"""indexes of the announcements that each page asks for: those in force, and those that replace another"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

REPLACING = sa.text("supersedes_id IS NOT NULL")


def upgrade() -> None:
    op.create_index("ix_announcement_importance", "announcement", ["importance", "expired"])
    options = {"sqlite_where": REPLACING, "postgresql_where": REPLACING}
    op.create_index("ix_announcement_supersedes_id", "announcement", ["supersedes_id"], **options)


def downgrade() -> None:
    op.drop_index("ix_announcement_supersedes_id", table_name="announcement")
    op.drop_index("ix_announcement_importance", table_name="announcement")

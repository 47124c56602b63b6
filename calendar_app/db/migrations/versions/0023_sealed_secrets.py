"""room for sealed secrets of authenticator apps; `calendar-app init` seals those that are there

On the way down, sealed secrets go: only the program that has the key can read them. Those people set their app up anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _replace(255, "totp_secret")


def downgrade() -> None:
    _replace(64, "CASE WHEN length(totp_secret) <= 64 THEN totp_secret END")


def _replace(length: int, values: str) -> None:
    """Another length: SQLite's ALTER TABLE has none, and a new table would break what refers to the old one."""
    op.add_column("user", sa.Column("totp_replaced", sa.String(length=length), nullable=True))
    op.execute(f'UPDATE "user" SET totp_replaced = {values}')  # noqa: S608 - ours
    op.drop_column("user", "totp_secret")
    op.execute('ALTER TABLE "user" RENAME COLUMN totp_replaced TO totp_secret')

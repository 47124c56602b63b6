"""time as a city lives it: inexact dates, repeats that no rule can say, weather, single dates, acts of many entries"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

EVENT = {
    "precision": (sa.String(10), "exact"),
    "certainty": (sa.String(10), "confirmed"),
    "skips": (sa.JSON(), "[]"),
    "shift": (sa.String(20), ""),
    "slots": (sa.JSON(), "[]"),
    "adjusted": (sa.JSON(), "[]"),
    "weather_rule": (sa.String(20), ""),
    "decision": (sa.String(60), ""),
}
INDEXES = {
    "event": ("apply_start", "apply_deadline", "previous_id"),
    "revision": ("batch",),
}


def upgrade() -> None:
    for name, (type_, default) in EVENT.items():
        _add("event", name, type_, default)
    op.add_column("event", sa.Column("reserve_start", sa.DateTime()))
    op.execute("ALTER TABLE event ADD COLUMN previous_id INTEGER REFERENCES event (id)")  # SQLite takes it only so
    op.execute("UPDATE event SET certainty = 'planned' WHERE NOT confirmed")
    op.drop_column("event", "confirmed")
    _add("venue", "outdoor", sa.Boolean(), sa.false())
    _add("announcement", "place", sa.String(100), "")
    op.add_column("announcement", sa.Column("seen_at", sa.DateTime()))
    op.add_column("revision", sa.Column("original", sa.DateTime()))
    op.add_column("revision", sa.Column("batch", sa.String(20)))
    for table, columns in INDEXES.items():
        for column in columns:
            op.create_index(op.f(f"ix_{table}_{column}"), table, [column])
    op.drop_index(op.f("ix_occurrence_event_id"), "occurrence")  # (event_id, original) serves it


def downgrade() -> None:
    op.create_index(op.f("ix_occurrence_event_id"), "occurrence", ["event_id"])
    for table, columns in INDEXES.items():
        for column in columns:
            op.drop_index(op.f(f"ix_{table}_{column}"), table)
    for column in ("batch", "original"):
        op.drop_column("revision", column)
    for column in ("seen_at", "place"):
        op.drop_column("announcement", column)
    op.drop_column("venue", "outdoor")
    _add("event", "confirmed", sa.Boolean(), sa.true())
    op.execute("UPDATE event SET confirmed = (certainty = 'confirmed')")
    for column in ("previous_id", "reserve_start", *EVENT):
        op.drop_column("event", column)


def _add(table: str, name: str, type_: sa.types.TypeEngine[object], default: object) -> None:
    """A column that old rows need a value for."""
    op.add_column(table, sa.Column(name, type_, nullable=False, server_default=default))

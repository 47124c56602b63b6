"""Limit the number of attempts per hour with leaky buckets. The database holds them, so the limit covers all processes."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from calendar_app.db.models import Throttle

FORGOTTEN = timedelta(days=1)


def allow(session: Session, buckets: Mapping[str, int], *, at: datetime) -> bool:
    """Count one attempt in each bucket; False when any is full. `buckets` maps a key to attempts per hour, `at` is aware."""
    session.execute(delete(Throttle).where(Throttle.at < at - FORGOTTEN))  # long empty
    accepted = [_pour(session, key, per_hour, at) for key, per_hour in buckets.items()]
    return all(accepted)


def full(session: Session, buckets: Mapping[str, int], *, at: datetime) -> bool:
    """Tell whether any bucket is full. It only reads, so that refusing a flood of requests needs no write lock."""
    rows = [(session.get(Throttle, key), per_hour) for key, per_hour in buckets.items()]
    return any(row and _left(row, per_hour, at) + 1 > per_hour for row, per_hour in rows)


def remaining(session: Session, key: str, per_hour: int, *, at: datetime) -> int:
    """How many attempts a bucket still takes now."""
    row = session.get(Throttle, key)
    return per_hour if row is None else max(0, int(per_hour - _left(row, per_hour, at)))


def _left(row: Throttle, per_hour: int, at: datetime) -> float:
    return max(0.0, row.level - (at - row.at).total_seconds() / 3600 * per_hour)


def _pour(session: Session, key: str, per_hour: int, at: datetime) -> bool:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # Of two first attempts at once the second waits for the first and then counts with it.
    session.execute(insert(Throttle).values(key=key, level=0.0, at=at).on_conflict_do_nothing())
    row = session.get_one(Throttle, key, with_for_update=True, populate_existing=True)
    row.level, row.at = _left(row, per_hour, at), at
    if row.level + 1 > per_hour:
        return False
    row.level += 1
    return True

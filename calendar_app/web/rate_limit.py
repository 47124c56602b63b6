"""A ration of tries, kept in the database so that it holds over all processes: buckets that leak by the hour."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from calendar_app.db.models import Throttle


def allow(session: Session, buckets: Mapping[str, int], *, at: datetime) -> bool:
    """Put one try into each bucket; False when one of them is full. `buckets` gives tries per hour by key."""
    accepted = [_pour(session, key, per_hour, at) for key, per_hour in buckets.items()]
    return all(accepted)


def full(session: Session, buckets: Mapping[str, int], *, at: datetime) -> bool:
    """Whether one of them takes no more for now. Only looks: who floods us is refused without a write lock."""
    rows = [(session.get(Throttle, key), per_hour) for key, per_hour in buckets.items()]
    return any(row and _left(row, per_hour, at) + 1 > per_hour for row, per_hour in rows)


def _left(row: Throttle, per_hour: int, at: datetime) -> float:
    return max(0.0, row.level - (at - row.at).total_seconds() / 3600 * per_hour)


def _pour(session: Session, key: str, per_hour: int, at: datetime) -> bool:
    row = session.get(Throttle, key, with_for_update=True)
    if row is None:
        session.add(row := Throttle(key=key, level=0.0, at=at))
    row.level, row.at = _left(row, per_hour, at), at
    if row.level + 1 > per_hour:
        return False
    row.level += 1
    return True

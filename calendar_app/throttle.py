"""A ration of tries, kept in the database so that it holds over all processes: buckets that leak by the hour."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from calendar_app.models import Throttle


def allow(session: Session, buckets: Mapping[str, int], *, at: datetime) -> bool:
    """Put one try into each bucket; False when one of them is full. `buckets` gives tries per hour by key."""
    taken = [_pour(session, key, per_hour, at) for key, per_hour in buckets.items()]
    return all(taken)


def _pour(session: Session, key: str, per_hour: int, at: datetime) -> bool:
    row = session.get(Throttle, key, with_for_update=True)
    if row is None:
        session.add(row := Throttle(key=key, level=0.0, at=at))
    leaked = (at - row.at).total_seconds() / 3600 * per_hour
    row.level, row.at = max(0.0, row.level - leaked), at
    if row.level + 1 > per_hour:
        return False
    row.level += 1
    return True

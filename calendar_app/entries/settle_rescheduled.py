"""New dates that have become the usual ones: 【日時変更】 ends by a revision of the worker's, as everything does that the clock changes."""

from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, Occurrence
from calendar_app.entries import change_notices
from calendar_app.entries.change_notices import Notice

DATES = 2  # on the first somebody may still come at the old time, on the second everybody has heard
LEAST = timedelta(days=7)  # a thing of every day has two dates before anybody has read of it
MOST = 50  # at once: nobody's save should wait for more


def settle(session: Session, *, at: datetime) -> list[Event]:
    """The events whose move is no news any more. The caller holds the write lock.

    SEQUENCE stays, since nobody's plan changes; LAST-MODIFIED moves, since the title does.
    """
    since = select(func.count()).where(
        Occurrence.event_id == Event.id,
        Occurrence.start > Event.status_at,
        Occurrence.end <= at,
        Occurrence.status.is_distinct_from("cancelled"),
    )
    last = select(func.max(Occurrence.end)).where(Occurrence.event_id == Event.id).scalar_subquery()
    usual = (since.scalar_subquery() >= DATES) & (Event.status_at <= at - LEAST)
    moved = select(Event).where(Event.status == "rescheduled", Event.state == "published", or_(usual, last <= at))
    found = list(session.scalars(moved.order_by(Event.id).limit(MOST)))
    for event in found:
        event.status, event.reason, event.status_at = "scheduled", "", at
        change_notices.record(session, event, Notice("settled"), actor=None, at=at)
    return found

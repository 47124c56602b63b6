"""When the clock next changes something public: a publication, the end of an announcement, a move that is no news any more.

`site.due_at` holds the earliest of these moments. It may be too early, never too late: whoever finds it passed does the due
work (`entries.due`), which sets it anew.
"""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from calendar_app.db.models import Announcement, Entry, Event

SETTLING_DATES = 2  # on the first somebody may still come at the old time, on the second everybody has heard
SETTLING_TIME = timedelta(days=7)  # an event of every day has two dates before anybody has read of the move


def of(entry: Entry) -> datetime | None:
    """The instant (UTC) at which the clock next changes this entry; None if it never does."""
    if entry.state == "scheduled":
        return entry.publish_at
    if entry.state != "published":
        return None
    if isinstance(entry, Announcement):
        return None if entry.expired else entry.valid_until
    return settles_at(entry) if isinstance(entry, Event) and entry.status == "rescheduled" else None


def settles_at(event: Event) -> datetime | None:
    """When new dates have become the usual ones: after the second date that follows the move, but not within a week; or when all is over."""
    ends = sorted(occurrence.end for occurrence in event.occurrences)
    if not ends or event.status_at is None:
        return None
    since = sorted(
        occurrence.end
        for occurrence in event.occurrences
        if occurrence.start > event.status_at and occurrence.status != "cancelled"
    )
    usual = [max(since[SETTLING_DATES - 1], event.status_at + SETTLING_TIME)] if len(since) >= SETTLING_DATES else []
    return min([ends[-1], *usual])


def rescheduled(session: Session) -> list[Event]:
    """Every public event that still says that it has been moved."""
    query = select(Event).where(Event.status == "rescheduled", Event.state == "published").order_by(Event.id)
    return list(session.scalars(query.options(selectinload(Event.occurrences))))


def earliest(session: Session) -> datetime | None:
    """The instant (UTC) at which the next thing becomes due, of all entries; None if nothing will."""
    scheduled = select(func.min(Entry.publish_at)).where(Entry.state == "scheduled")
    ending = select(func.min(Announcement.valid_until)).where(Announcement.state == "published", ~Announcement.expired)
    moments = [session.scalar(scheduled), session.scalar(ending), *map(settles_at, rescheduled(session))]
    return min(filter(None, moments), default=None)

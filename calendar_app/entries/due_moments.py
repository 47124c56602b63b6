"""Compute when time next changes something public: a publication, the end of an announcement or of 【日時変更】, an
uncertain date that passes.

`site.due_at` holds the earliest of these moments. It may be too early but never too late: the first caller after it
does the due work (`entries.due`), which sets it again.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from calendar_app.db.models import Announcement, Entry, Event
from calendar_app.entries import describe

SETTLING_DATES = 2  # on the first date somebody may still come at the old time; by the second everybody knows
SETTLING_TIME = timedelta(days=7)  # a daily event has two dates before anybody has read of the change


def of(entry: Entry) -> datetime | None:
    """The instant (UTC) at which the clock next changes this entry; None if it never does."""
    if entry.state == "scheduled":
        return entry.publish_at
    if entry.state != "published":
        return None
    if isinstance(entry, Announcement):
        return None if entry.expired else entry.valid_until
    moments = [settles_at(entry), passes_at(entry)] if isinstance(entry, Event) else []
    return min(filter(None, moments), default=None)


def settles_at(event: Event) -> datetime | None:
    """Return the instant (UTC) at which new dates have become the usual ones; None for an event that shows no
    【日時変更】, or has no dates or status time.

    That is after the second date that follows the change, but at least a week after it, or when the event is over.
    """
    if event.status != "rescheduled" or event.status_at is None:
        return None
    ends = sorted(occurrence.end for occurrence in event.occurrences)
    if not ends:
        return None
    since = sorted(
        occurrence.end
        for occurrence in event.occurrences
        if occurrence.start > event.status_at and occurrence.status != "cancelled"
    )
    usual = [max(since[SETTLING_DATES - 1], event.status_at + SETTLING_TIME)] if len(since) >= SETTLING_DATES else []
    return min([ends[-1], *usual])


def passes_at(event: Event) -> datetime | None:
    """Return the midnight (an instant) after the last day of a date that nobody has confirmed, in the event's zone;
    None for other events, and when a public change has come after it."""
    if event.certainty not in describe.WAITING or not event.occurrences:
        return None
    day_after = max(occurrence.last_day for occurrence in event.occurrences) + timedelta(days=1)
    midnight = datetime.combine(day_after, time(), ZoneInfo(event.timezone)).astimezone(UTC)
    return midnight if event.changed_at < midnight else None


def rescheduled(session: Session) -> list[Event]:
    """Return every public event that still shows 【日時変更】."""
    return _with_dates(session, Event.status == "rescheduled")


def uncertain(session: Session) -> list[Event]:
    """Return every public event whose date nobody has confirmed."""
    return _with_dates(session, Event.certainty.in_(describe.WAITING))


def _with_dates(session: Session, condition: ColumnElement[bool]) -> list[Event]:
    query = select(Event).where(condition, Event.state == "published").order_by(Event.id)
    return list(session.scalars(query.options(selectinload(Event.occurrences))))


def earliest(session: Session) -> datetime | None:
    """Return the earliest instant (UTC) at which work becomes due for any entry; None if there is none."""
    scheduled = select(func.min(Entry.publish_at)).where(Entry.state == "scheduled")
    ending = select(func.min(Announcement.valid_until)).where(Announcement.state == "published", ~Announcement.expired)
    moments = [session.scalar(scheduled), session.scalar(ending), *map(settles_at, rescheduled(session))]
    moments += map(passes_at, uncertain(session))
    return min(filter(None, moments), default=None)

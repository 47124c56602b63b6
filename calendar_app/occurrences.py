"""From an event's rule to its rows in `occurrence`: the one place where wall-clock time becomes instants and days."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy.orm import Session

from calendar_app.models import Entry, Event, Occurrence
from calendar_app.recurrence import Instance, expand

LONG = timedelta(days=60)
# A rule is bounded by itself (`recurrence.check`); this only has to lie behind its last date.
FAR = timedelta(days=3660)
# A night that ends by this hour belongs to the day on which it began.
NIGHT_ENDS = time(5)


def rebuild(session: Session, entry: Entry) -> None:
    """Replace the occurrences of an event. An announcement has none."""
    if not isinstance(entry, Event):
        return
    instances = expand(entry.repeat, entry.start.date() + FAR)
    rows = [occurrence(entry, instance) for instance in instances]
    session.execute(delete(Occurrence).where(Occurrence.event_id == entry.id))
    session.add_all(rows)
    session.flush()
    session.expire(entry, ["occurrences"])


def occurrence(event: Event, instance: Instance) -> Occurrence:
    first, last = days(instance.start, instance.end, event.all_day)
    start, end = instants(instance, event.all_day, ZoneInfo(event.timezone))
    return Occurrence(
        event_id=event.id,
        original=instance.original,
        wall_start=instance.start,
        wall_end=instance.end,
        start=start,
        end=end,
        first_day=first,
        last_day=last,
        long=last - first > LONG,
        status=instance.status,
        note=instance.note,
        venue_id=instance.venue_id,
    )


def days(start: datetime, end: datetime | None, all_day: bool) -> tuple[date, date]:
    """First and last day on the wall, inclusive. An end at midnight or in the small hours is still the evening's."""
    first = start.date()
    if end is None or all_day:
        return first, (end or start).date()
    last = end.date() - timedelta(days=1) if end.time() <= NIGHT_ENDS else end.date()
    return first, max(first, last)


def instants(instance: Instance, all_day: bool, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Start and exclusive end as instants. A wall time that a clock change skips moves forward; one that comes twice is the first."""
    end = instance.end or instance.start
    if all_day:
        end = datetime.combine(end.date() + timedelta(days=1), time())
    return instance.start.replace(tzinfo=zone), end.replace(tzinfo=zone)

"""From an event's rule to its rows in `occurrence`: the one place where wall-clock time becomes instants and days."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete
from sqlalchemy.orm import Session

from calendar_app.models import Entry, Event, Occurrence
from calendar_app.recurrence import Instance, expand


class Row(NamedTuple):
    """The columns of the table, in one order."""

    event_id: int
    original: datetime
    wall_start: datetime
    wall_end: datetime | None
    start: datetime
    end: datetime
    first_day: date
    last_day: date
    long: bool
    status: str | None
    note: str
    venue_id: int | None


LONG = timedelta(days=60)
# A rule is bounded by itself (`recurrence.check`); this only has to lie behind its last date.
FAR = timedelta(days=3660)
# A night that ends by this hour belongs to the day on which it began.
NIGHT_ENDS = time(5)


def rebuild(session: Session, entry: Entry) -> None:
    """Replace the occurrences of an event. An announcement has none."""
    if not isinstance(entry, Event):
        return
    rows = [row(entry, instance) for instance in expand(entry.repeat, entry.start.date() + FAR)]
    session.execute(delete(Occurrence).where(Occurrence.event_id == entry.id))
    _insert(session.connection(), rows)
    session.expire(entry, ["occurrences"])


def row(event: Event, instance: Instance) -> Row:
    """An occurrence as its columns. A series has hundreds, and nobody reads them back at once: so no objects."""
    first, last = days(instance.start, instance.end, event.all_day)
    start, end = instants(instance, event.all_day, ZoneInfo(event.timezone))
    return Row(
        event.id,
        instance.original,
        instance.start,
        instance.end,
        start.astimezone(UTC),
        end.astimezone(UTC),
        first,
        last,
        last - first > LONG,
        instance.status,
        instance.note,
        instance.venue_id,
    )


def _insert(connection: Connection, rows: Sequence[Row]) -> None:
    """By the driver itself: preparing values one by one would cost three times what the database needs."""
    sqlite = connection.dialect.name == "sqlite"
    marks = ", ".join("?" if sqlite else "%s" for _ in Row._fields)
    names = ", ".join(f'"{name}"' for name in Row._fields)  # "end" is a word of SQL
    values = [_texts(one) for one in rows] if sqlite else [tuple(one) for one in rows]
    connection.exec_driver_sql(f"INSERT INTO occurrence ({names}) VALUES ({marks})", values)  # noqa: S608 - no values


def _texts(one: Row) -> tuple[object, ...]:
    """As SQLAlchemy reads them in SQLite: moments with microseconds, instants without their +00:00."""
    event_id, original, wall_start, wall_end, start, end, first_day, last_day, *rest = one
    walls = [wall and wall.isoformat(" ", "microseconds") for wall in (original, wall_start, wall_end)]
    instants = [instant.isoformat(" ", "microseconds")[:26] for instant in (start, end)]
    return event_id, *walls, *instants, first_day.isoformat(), last_day.isoformat(), *rest


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

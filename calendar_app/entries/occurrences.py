"""Expand an event's dates into rows of `occurrence`. Only here does wall-clock time become instants (UTC) and days."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from calendar_app.dates.recurrence import Instance, expand
from calendar_app.db.models import Entry, Event


class OccurrenceRow(NamedTuple):
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


_NAMES = ", ".join(f'"{name}"' for name in OccurrenceRow._fields)  # "end" is a word of SQL
KEPT = f"SELECT {_NAMES} FROM occurrence WHERE event_id = {{}}"  # noqa: S608 - names of ours
GONE = "DELETE FROM occurrence WHERE event_id = {} AND original = {}"
NEW = f"INSERT INTO occurrence ({_NAMES}) VALUES ({{}})"  # noqa: S608

LONG = timedelta(days=60)
# `recurrence.check` limits each rule; this only has to lie after the last date of any rule.
FAR = timedelta(days=3660)
# An event that ends by this hour belongs to the day on which it began.
NIGHT_ENDS = time(5)


def rebuild(session: Session, entry: Entry) -> None:
    """Make the rows in `occurrence` match an event's dates; rows that are right already are not touched.

    Uses the driver directly: SQLAlchemy's preparation of each value costs three times what the database needs.
    """
    if not isinstance(entry, Event):
        return
    rows = occurrence_rows(entry, expand(entry.repeat, entry.start.date() + FAR))
    connection = session.connection()
    wanted = set(map(_texts, rows) if connection.dialect.name == "sqlite" else map(tuple, rows))
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    stored = set(map(tuple, connection.exec_driver_sql(KEPT.format(mark), (entry.id,))))
    if gone := [(row[0], row[1]) for row in stored - wanted]:
        connection.exec_driver_sql(GONE.format(mark, mark), gone)
    _insert(connection, sorted(wanted - stored))
    session.expire(entry, ["occurrences"])


def insert(session: Session, rows: Iterable[OccurrenceRow]) -> None:
    """Add rows of events that have none yet."""
    connection = session.connection()
    _insert(connection, [*(map(_texts, rows) if connection.dialect.name == "sqlite" else map(tuple, rows))])


def _insert(connection: sa.Connection, rows: list[tuple[object, ...]]) -> None:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    if rows:
        connection.exec_driver_sql(NEW.format(", ".join([mark] * len(OccurrenceRow._fields))), rows)


def occurrence_rows(event: Event, instances: Iterable[Instance]) -> list[OccurrenceRow]:
    """Return occurrences as rows, not objects: a series has hundreds, and nobody reads them back at once."""
    event_id, all_day, zone = event.id, event.all_day, ZoneInfo(event.timezone)
    return [_row(event_id, all_day, zone, instance) for instance in instances]


def _row(event_id: int, all_day: bool, zone: ZoneInfo, instance: Instance) -> OccurrenceRow:
    first, last = local_days(instance.start, instance.end, all_day)
    start, end = instants(instance, all_day, zone)
    walls = instance.original, instance.start, instance.end
    about = instance.status, instance.note, instance.venue_id
    return OccurrenceRow(
        event_id, *walls, start.astimezone(UTC), end.astimezone(UTC), first, last, last - first > LONG, *about
    )


def _texts(row: OccurrenceRow) -> tuple[object, ...]:
    """Return a row as SQLAlchemy stores it in SQLite: moments with microseconds, instants without their +00:00."""
    event_id, original, wall_start, wall_end, start, end, first_day, last_day, *about = row
    begin = _text(wall_start)
    walls = (begin if original == wall_start else _text(original)), begin, wall_end and _text(wall_end)
    return event_id, *walls, _text(start), _text(end), first_day.isoformat(), last_day.isoformat(), *about


def _text(moment: datetime) -> str:
    return moment.isoformat(" ", "microseconds")[:26]


def local_days(start: datetime, end: datetime | None, all_day: bool) -> tuple[date, date]:
    """Return first and last day on the wall, inclusive. An end by five in the morning still belongs to the evening
    before."""
    first = start.date()
    if end is None or all_day:
        return first, (end or start).date()
    last = end.date() - timedelta(days=1) if end.time() <= NIGHT_ENDS else end.date()
    return first, max(first, last)


def instants(instance: Instance, all_day: bool, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return start and exclusive end as instants in `zone`.

    A wall time that a clock change skips moves forward; of a time that occurs twice the first counts.
    """
    end = instance.end or instance.start
    if all_day:
        end = datetime.combine(end.date() + timedelta(days=1), time())
    return instance.start.replace(tzinfo=zone), end.replace(tzinfo=zone)

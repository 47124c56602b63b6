"""Select outlines of dates and announcements: what places them in a list, without their texts, for pages made of kept
pieces."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement, Event, Occurrence, Photo
from calendar_app.listings import queries
from calendar_app.listings.filter_conditions import still_on
from calendar_app.listings.filters import EVERYTHING, Filter


class DateOutline(NamedTuple):
    """The columns that place one date of an event in a list and that tell whether its kept pieces are still right."""

    id: int
    event_id: int
    public_id: str
    changed_at: datetime
    original: datetime
    wall_start: datetime
    wall_end: datetime | None
    first_day: date
    last_day: date
    start: datetime
    status: str | None  # of this date alone
    precision: str
    certainty: str
    category_id: int | None

    @property
    def exact(self) -> bool:
        """Whether the day is known."""
        return self.precision == "exact"


class NewsOutline(NamedTuple):
    """The columns that identify the kept piece of an announcement."""

    id: int
    public_id: str
    changed_at: datetime


STEPS = (31, 124, 496)  # days that `next_dates` looks ahead
COLUMNS: tuple[Any, ...] = (
    *(Occurrence.id, Event.id, Event.public_id, Event.changed_at),
    *(Occurrence.original, Occurrence.wall_start, Occurrence.wall_end, Occurrence.first_day, Occurrence.last_day),
    *(Occurrence.start, Occurrence.status, Event.precision, Event.certainty, Event.category_id),
)


def of(occurrence: Occurrence) -> DateOutline:
    """Return the outline of a loaded occurrence."""
    event, date = occurrence.event, occurrence
    days = (date.original, date.wall_start, date.wall_end, date.first_day, date.last_day, date.start, date.status)
    about = (event.precision, event.certainty, event.category_id)
    return DateOutline(date.id, event.id, event.public_id, event.changed_at, *days, *about)


def on_days(session: Session, first: date, last: date, wanted: Filter = EVERYTHING) -> list[DateOutline]:
    """Return the outlines of `queries.occurrences`, in the same order."""
    return _outlines(session, queries.touching(first, last), wanted)


def next_dates(
    session: Session,
    first: date,
    most: int | None = None,
    wanted: Filter = EVERYTHING,
    *,
    since: date | None = None,
    until: date | None = None,
) -> list[DateOutline]:
    """Return each event once, by its next date from the day `first` on, nearest first.

    With `since` and `until`, only events whose next date begins on these days. Looks ahead in growing steps, because
    nearest first means that enough events of a near month are the answer; sorting every date to come would cost more
    with each year of events.
    """
    last = until or wanted.day("to") or (queries.calendar_window(first, wanted)[1] if wanted.window else date.max)
    steps = STEPS[1:2] if wanted.terms else STEPS  # a narrow filter has few dates, and each step costs a query
    for days in steps if most else ():
        if (horizon := (since or first) + timedelta(days)) >= last:
            break
        if len(found := _next_dates(session, queries.touching(first, horizon), most, wanted, since)) == most:
            return found
    return _next_dates(session, queries.touching(first, last), most, wanted, since)


def _next_dates(
    session: Session, condition: ColumnElement[bool], most: int | None, wanted: Filter, since: date | None
) -> list[DateOutline]:
    day = sa.func.min(Occurrence.first_day)
    columns: tuple[Any, ...] = (Occurrence.event_id, day.label("day"))
    query = queries.dated(select(*columns), condition, wanted).order_by(None)
    query = query.group_by(Occurrence.event_id).having(*[day >= since] if since else []).order_by(day).limit(most)
    nearest = query.subquery()
    join = sa.and_(Occurrence.event_id == nearest.c.event_id, Occurrence.first_day == nearest.c.day)
    dates = select(*COLUMNS).select_from(Occurrence).join(nearest, join)
    return once(DateOutline._make(row) for row in session.execute(queries.dated(dates, condition, wanted)))


def once(outlines: Iterable[DateOutline]) -> list[DateOutline]:
    """Return the first date of each event, in the given order."""
    first: dict[int, DateOutline] = {}
    for outline in outlines:
        first.setdefault(outline.event_id, outline)
    return list(first.values())


def _outlines(
    session: Session, condition: ColumnElement[bool], wanted: Filter, most: int | None = None
) -> list[DateOutline]:
    query = queries.dated(select(*COLUMNS).select_from(Occurrence), condition, wanted).limit(most)
    return [DateOutline._make(row) for row in session.execute(query)]


def related(session: Session, event: Event, today: date, most: int) -> list[DateOutline]:
    """Return other events on the same days, at the same venue or of the same season. Each is given by its next date."""
    coming = [occurrence for occurrence in event.occurrences if occurrence.last_day >= today][:1] or list(
        event.occurrences
    )[-1:]
    first, last = (max(coming[0].first_day, today), coming[0].last_day) if coming else (today, today)
    days = sa.and_(still_on(first), Occurrence.first_day <= min(last, first + timedelta(days=2)))
    near = [days]
    if event.venue_id:
        near.append(sa.and_(still_on(today), Event.venue_id == event.venue_id))
    if event.parent_id:
        near.append(sa.and_(still_on(today), Event.parent_id == event.parent_id))
    apart = sa.and_(Event.id != event.id, Event.status.not_in(("cancelled", "postponed")), Event.precision == "exact")
    # Each alone, because an index serves each of them and none serves all.
    found = {outline for each in near for outline in _outlines(session, sa.and_(apart, each), EVERYTHING, most * 6)}
    return once(sorted(found, key=_in_order)[: most * 6])[:most]


def _in_order(outline: DateOutline) -> tuple[Any, ...]:
    """The order of `queries.dated`."""
    return outline.first_day, -outline.last_day.toordinal(), outline.start, outline.id


def illustrated(session: Session, event_ids: Iterable[int]) -> set[int | None]:
    """Return those of these events that have a photo."""
    return set(session.scalars(select(Photo.entry_id).where(Photo.entry_id.in_(list(event_ids)))))


def announcements(session: Session, most: int, wanted: Filter = EVERYTHING) -> list[NewsOutline]:
    """Return the outlines of `queries.announcements`, in the same order."""
    columns: tuple[Any, ...] = (Announcement.id, Announcement.public_id, Announcement.changed_at)
    return [NewsOutline._make(row) for row in session.execute(queries.newest_first(select(*columns), most, wanted))]

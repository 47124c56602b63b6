"""Select outlines of the events of a subscribed calendar: the columns that identify its kept fragments."""

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, Occurrence
from calendar_app.listings.filter_conditions import still_on
from calendar_app.listings.filters import Filter
from calendar_app.listings.queries import calendar_window, touching

CANCELLED_STAYS = timedelta(days=30)


class EventOutline(NamedTuple):
    """The columns that identify an event's cached calendar fragment, so that the event itself need not be loaded."""

    public_id: str
    uid: str
    changed_at: datetime
    start: datetime
    timezone: str
    all_day: bool
    single_dates: bool  # some dates may be VEVENTs of their own; the window decides which are sent


def in_calendar(session: Session, today: date, wanted: Filter, most: int) -> list[EventOutline]:
    """Return the first events of a subscribed calendar, at most `most`: 60 days back to 400 ahead, cancelled ones until
    30 days after their end.

    Running and coming events come first, then past ones from the newest back.
    """
    query, ends = _in_calendar(select(*_columns()), today, wanted), _last_days()
    coming = query.where(_lasts_until(today)).order_by(Event.start, ends.desc(), Event.id).limit(most)
    outlines = [EventOutline._make(row) for row in session.execute(coming)]
    if len(outlines) < most:
        past = query.where(~_lasts_until(today)).order_by(ends.desc(), Event.id).limit(most - len(outlines))
        outlines += [EventOutline._make(row) for row in session.execute(past)]
    return outlines


def in_any_order(session: Session, today: date, wanted: Filter) -> list[EventOutline]:
    """Return the same events as `in_calendar`, for whom their order does not matter."""
    return [EventOutline._make(row) for row in session.execute(_in_calendar(select(*_columns()), today, wanted))]


def _columns() -> tuple[Any, ...]:
    lists = (Event.rdates, Event.slots, Event.adjusted)  # compared as text, so that no row's lists need be read
    single_dates = or_(Event.rule != "", *(sa.cast(column, sa.Text) != "[]" for column in lists))
    event = (Event.public_id, Event.uid, Event.changed_at)
    return (*event, Event.start, Event.timezone, Event.all_day, single_dates)


def by_start(session: Session, today: date, wanted: Filter) -> list[tuple[str, str]]:
    """Return the public ids of the same events in order of their start, each with the instant of its last change as the
    database writes it."""
    columns = (Event.public_id, sa.cast(Event.changed_at, sa.Text))
    query = _in_calendar(select(*columns), today, wanted).order_by(Event.start, Event.id)
    return [(public_id, changed_at) for public_id, changed_at in session.execute(query)]


def number_in_calendar(session: Session, today: date, wanted: Filter) -> int:
    """Return how many events the subscribed calendar of a filter has before limits apply."""
    matches = _in_calendar(select(Event.id), today, wanted)
    return session.scalar(select(func.count()).select_from(matches.subquery())) or 0


def _in_calendar(query: Any, today: date, wanted: Filter) -> Any:
    first, last = calendar_window(today, wanted)
    dates = select(Occurrence.event_id).where(touching(first, last))
    lately = or_(Event.status != "cancelled", _lasts_until(today - CANCELLED_STAYS))
    return query.where(Event.state == "published", Event.id.in_(dates), *wanted.conditions()).where(lately)


def _lasts_until(day: date) -> ColumnElement[bool]:
    """The last date of the event ends on this day or later."""
    return Event.id.in_(select(Occurrence.event_id).where(still_on(day)))


def _last_days() -> Any:
    return select(func.max(Occurrence.last_day)).where(Occurrence.event_id == Event.id).scalar_subquery()

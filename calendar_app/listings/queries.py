"""Hold every SELECT that several pages and feeds share. Nothing here writes."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple, TypeVar

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectin_polymorphic, selectinload

from calendar_app.db.models import Announcement, Entry, Event, Occurrence, Revision, Site
from calendar_app.listings.filter_conditions import still_on
from calendar_app.listings.filters import EVERYTHING, Filter

E = TypeVar("E", bound=Entry)

WINDOW_BACK, WINDOW_AHEAD = timedelta(days=60), timedelta(days=400)
LONGEST_WINDOW = timedelta(days=3653)
MAX_EVENTS = 1000  # in a subscribed calendar: Google silently drops the rest
LOG_ITEMS, LOG_DAYS, LOG_MOST = 50, timedelta(days=14), 200


def shown_with(query: Select[Any]) -> Select[Any]:
    """Load with each event what a list or a feed shows of it, in a few queries for all of them."""
    loads = (
        selectinload(Entry.tags),
        selectinload(Entry.photos),
        selectinload(Entry.department),
        selectinload(Event.venue),
        selectinload(Event.category),
    )
    return query.options(*loads)


def still_current(today: date) -> ColumnElement[bool]:
    """Return the condition for entries that are not over: drafts, scheduled, coming or running, in force."""
    coming = select(Occurrence.event_id).where(Occurrence.last_day >= today)
    in_force = select(Announcement.id).where(~Announcement.expired)
    still = or_(Entry.state.in_(("draft", "scheduled")), Entry.id.in_(coming), Entry.id.in_(in_force))
    return still & (Entry.state != "withdrawn")


def occurrences(session: Session, first: date, last: date, wanted: Filter = EVERYTHING) -> list[Occurrence]:
    """Public occurrences that touch these days (inclusive), in order of time; longer ones first on the same day."""
    return _occurrences(session, touching(first, last), wanted)


def upcoming(session: Session, today: date, most: int, wanted: Filter = EVERYTHING) -> list[Occurrence]:
    """Return dates that run today or begin later, nearest first; with a `window`, those that begin in it."""
    return _occurrences(session, coming(today, wanted), wanted, most)


def touching(first: date, last: date) -> ColumnElement[bool]:
    """The condition of dates that touch these days, both inclusive."""
    return sa.and_(still_on(first), Occurrence.first_day <= last)


def coming(today: date, wanted: Filter) -> ColumnElement[bool]:
    """The condition of dates that run today or begin later; with a `window`, of those that begin in it."""
    return touching(today, calendar_window(today, wanted)[1] if wanted.window else date.max)


def _occurrences(
    session: Session, condition: ColumnElement[bool], wanted: Filter, most: int | None = None
) -> list[Occurrence]:
    query = dated(select(Occurrence), condition, wanted).options(
        contains_eager(Occurrence.event).options(
            selectinload(Event.tags),
            selectinload(Event.photos),
            selectinload(Event.department),
            selectinload(Event.venue),
            selectinload(Event.category),
        ),
        selectinload(Occurrence.venue),
    )
    return list(session.scalars(query.limit(most)))


def with_ids(session: Session, ids: Iterable[int]) -> list[Occurrence]:
    """Return these dates with all that a list shows of them."""
    shown = (selectinload(Event.photos), joinedload(Event.venue), joinedload(Event.category))
    event = contains_eager(Occurrence.event).options(*shown)
    query = select(Occurrence).join(Occurrence.event).where(Occurrence.id.in_(list(ids)))
    return list(session.scalars(query.options(event, joinedload(Occurrence.venue))))


def dated(query: Select[Any], condition: ColumnElement[bool], wanted: Filter) -> Select[Any]:
    """Narrow a query of occurrences down to public ones that meet the condition, in the order of every list."""
    going_ahead = [Occurrence.status.is_distinct_from("cancelled")] if wanted.drops_cancelled else []
    return (
        query.join(Occurrence.event)
        .where(Event.state == "published", condition, *going_ahead, *wanted.conditions())
        .order_by(Occurrence.first_day, Occurrence.last_day.desc(), Occurrence.start, Occurrence.id)
    )


def events_of(session: Session, public_ids: Iterable[str]) -> list[Event]:
    """Return these events with all that a feed shows of them."""
    return list(session.scalars(shown_with(select(Event).where(Event.public_id.in_(list(public_ids))))))


def calendar_window(today: date, wanted: Filter = EVERYTHING) -> tuple[date, date]:
    """Return the first and last day that a subscribed calendar covers. A filter may name others, of ten years at most."""
    back, ahead = map(timedelta, wanted.window) if wanted.window else (WINDOW_BACK, WINDOW_AHEAD)
    first, last = wanted.day("from") or today - back, wanted.day("to") or today + ahead
    return first, min(last, max(first, today) + LONGEST_WINDOW)


class NoticeOutline(NamedTuple):
    """The columns that identify a notice's cached feed fragment."""

    guid: str
    at: datetime
    changed_at: datetime  # of the entry


def log_outlines(session: Session, today: datetime, wanted: Filter) -> list[NoticeOutline]:
    """Return notices, newest first: the last 50, and all of the last 14 days up to 200.

    `today` is the instant at which the city's day began, so that servers asked at different hours return the same
    notices.
    """
    query = (
        select(Revision.guid, Revision.at, Entry.changed_at)
        .join(Revision.entry)
        .where(Revision.notable, Entry.state == "published", *wanted.conditions())
        .order_by(Revision.number.desc())
        .limit(LOG_MOST)
    )
    rows = [NoticeOutline._make(row) for row in session.execute(query)]
    return rows[:LOG_ITEMS] + [row for row in rows[LOG_ITEMS:] if row.at >= today - LOG_DAYS]


def archived_pages(session: Session, notices: Iterable[NoticeOutline] | None = None) -> int:
    """Return how many archive documents there are, or were when the newest of these notices was new.

    Each LOG_ITEMS notices of the town, from the first one on, are a document, whatever the filter. The notices that fill none yet
    are fewer than LOG_ITEMS, so each of them is in the feed itself.
    """
    query = select(sa.func.count()).select_from(Revision).where(Revision.notable)
    if notices is not None:  # so that a feed changes only with its own notices
        newest = select(sa.func.max(Revision.number)).where(Revision.guid.in_([notice.guid for notice in notices]))
        query = query.where(Revision.number <= newest.scalar_subquery())
    return (session.scalar(query) or 0) // LOG_ITEMS


def archived_outlines(session: Session, page: int, wanted: Filter) -> tuple[datetime, list[NoticeOutline]]:
    """Return the instant of the last notice of an archive document (from 1), and its notices that meet a filter, newest first."""
    block = select(Revision.number, Revision.at).where(Revision.notable).order_by(Revision.number)
    numbers = session.execute(block.offset((page - 1) * LOG_ITEMS).limit(LOG_ITEMS)).all()
    query = (
        select(Revision.guid, Revision.at, Entry.changed_at)
        .join(Revision.entry)
        .where(Revision.number.in_([row.number for row in numbers]), Entry.state == "published", *wanted.conditions())
        .order_by(Revision.number.desc())
    )
    return numbers[-1].at, [NoticeOutline._make(row) for row in session.execute(query)]


def log_rows(session: Session, guids: Iterable[str]) -> list[Revision]:
    """Return these notices with all that a feed shows of them, newest first."""
    query = (
        select(Revision)
        .join(Revision.entry)
        .where(Revision.guid.in_(list(guids)))
        .order_by(Revision.number.desc())
        .options(
            contains_eager(Revision.entry).options(
                selectin_polymorphic(Entry, [Event, Announcement]),
                selectinload(Entry.tags),
                selectinload(Entry.photos),
                selectinload(Entry.department),
                selectinload(Entry.answers),
            )
        )
    )
    return list(session.scalars(query))


def announcements(session: Session, most: int, wanted: Filter = EVERYTHING) -> list[Announcement]:
    """Return public announcements, newest first. Expired ones stay in the list but never on top (`expired`)."""
    loads = (selectinload(Announcement.tags), selectinload(Announcement.photos), selectinload(Announcement.department))
    return list(session.scalars(newest_first(select(Announcement), most, wanted).options(*loads)))


def announcements_with_ids(session: Session, ids: Iterable[int]) -> list[Announcement]:
    """Return these announcements with all that a list shows of them."""
    chosen = select(Announcement).where(Announcement.id.in_(list(ids)))
    return list(session.scalars(chosen.options(selectinload(Announcement.department))))


def newest_first(query: Select[Any], most: int, wanted: Filter) -> Select[Any]:
    """Narrow a query of announcements down to the newest public ones of a filter."""
    public = query.where(Announcement.state == "published", *wanted.conditions())
    return public.order_by(Announcement.published_at.desc(), Announcement.id.desc()).limit(most)


@cache
def replaced_ids() -> Select[int | None]:
    """Return the ids of announcements that a public one replaces. They keep their pages but leave the top."""
    newer = aliased(Announcement, flat=True)
    return select(newer.supersedes_id).where(newer.state == "published", newer.supersedes_id.is_not(None))


def replaced_by(session: Session, announcement: Announcement) -> Announcement | None:
    """Return the newest public announcement that replaces this one, or None."""
    query = select(Announcement).where(Announcement.supersedes_id == announcement.id, Announcement.state == "published")
    return session.scalar(query.order_by(Announcement.published_at.desc(), Announcement.id.desc()).limit(1))


def emergencies(session: Session) -> list[Announcement]:
    """Return the emergencies in force, newest first."""
    return list(session.scalars(_emergencies()))


@cache
def _emergencies() -> Select[Any]:
    in_force = (Announcement.importance == "emergency", ~Announcement.expired, Announcement.id.not_in(replaced_ids()))
    public = select(Announcement).where(Announcement.state == "published", *in_force)
    return public.order_by(Announcement.published_at.desc())


def headlines(session: Session, events: Iterable[Event]) -> dict[int, Announcement]:
    """Return the current status line of each event by event id: the newest public announcement about it with a
    headline."""
    return headlines_of(session, [event.id for event in events])


def headlines_of(session: Session, event_ids: Sequence[int]) -> dict[int, Announcement]:
    """Return the current status lines of events given by id (`headlines`)."""
    if not event_ids:
        return {}
    query = (
        select(Announcement)
        .where(Announcement.about_id.in_(event_ids), Announcement.headline != "")
        .where(Announcement.state == "published", ~Announcement.expired, Announcement.id.not_in(replaced_ids()))
        .order_by(Announcement.published_at, Announcement.id)
    )
    return {announcement.about_id: announcement for announcement in session.scalars(query) if announcement.about_id}


def by_public_id(session: Session, model: type[E], public_id: str) -> E | None:
    """Return the entry with this public id, in any state, or None."""
    return session.scalar(select(model).where(model.public_id == public_id))


def site(session: Session) -> Site:
    """Return the row of this installation."""
    return session.get_one(Site, 1)


def about(session: Session, events: Iterable[Event]) -> list[Announcement]:
    """Return the public announcements about these events, newest first."""
    query = (
        select(Announcement)
        .where(Announcement.about_id.in_([event.id for event in events]), Announcement.state == "published")
        .order_by(Announcement.published_at.desc(), Announcement.id.desc())
        .options(selectinload(Announcement.photos), selectinload(Announcement.department))
    )
    return list(session.scalars(query))


def following(session: Session, event: Event) -> list[Event]:
    """Return the public events that continue this one: the rest of a split series, or the next edition."""
    query = select(Event).where(Event.previous_id == event.id, Event.state == "published")
    return list(session.scalars(query.order_by(Event.start, Event.id)))


def parts(session: Session, event: Event) -> list[Occurrence]:
    """Return every date of the public events that are part of this one, in order of time, with their places."""
    query = dated(select(Occurrence), Event.parent_id == event.id, EVERYTHING)
    shown = contains_eager(Occurrence.event).options(joinedload(Event.venue))
    return list(session.scalars(query.options(shown, joinedload(Occurrence.venue))))


def changes(session: Session, entry: Entry, most: int) -> list[Revision]:
    """Return the public notices of an entry after its publication, newest first."""
    query = select(Revision).where(Revision.entry_id == entry.id, Revision.notable, Revision.kind != "published")
    return list(session.scalars(query.order_by(Revision.number.desc()).limit(most)))

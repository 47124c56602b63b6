"""What readers ask: the filter that an address carries, and every shared SELECT. Nothing here writes.

A filter's keys are joined by AND, a repeated key by OR, a leading "-" is NOT.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager, selectin_polymorphic, selectinload

from calendar_app.models import (
    STATUSES,
    Announcement,
    Category,
    Department,
    Entry,
    EntryTag,
    Event,
    Occurrence,
    Revision,
    Site,
    Tag,
    Venue,
)
from calendar_app.occurrences import LONG

E = TypeVar("E", bound=Entry)

LANGUAGES = ("ja", "en")
# Every key that a public address may carry, in the one order in which it is written. Others are ignored.
KEYS = ("kind", "tag", "department", "category", "venue", "status", "lang")
WINDOW_BACK, WINDOW_AHEAD = timedelta(days=60), timedelta(days=400)
CANCELLED_STAYS = timedelta(days=30)
MAX_EVENTS = 1000
LOG_ITEMS, LOG_DAYS, LOG_MOST = 50, timedelta(days=14), 200


class BadFilter(LookupError):
    """An address asks for what there is not: better no page than the whole city by mistake."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What an address asks for. `terms` holds (key, values) in the order of KEYS, values sorted."""

    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lang: str = ""

    def query(self, **more: str) -> str:
        """The one spelling of this filter as a query string, "" for none."""
        pairs = [(key, value) for key, values in self.terms for value in values]
        pairs += [(key, value) for key, value in {"lang": self.lang, **more}.items() if value]
        return urlencode(sorted(pairs, key=lambda pair: KEYS.index(pair[0])))

    def conditions(self) -> list[ColumnElement[bool]]:
        return [condition for key, values in self.terms for condition in _conditions(CONDITIONS[key], values)]


def read_filter(pairs: Mapping[str, Sequence[str]]) -> Filter:
    """The filter of a query string. Unknown keys are ignored, empty values too. Raises BadFilter for an unknown language."""
    terms = []
    for key in KEYS[:-1]:
        if values := sorted({value for value in pairs.get(key, ()) if value.strip("-")}):
            terms.append((key, tuple(values)))
    lang = next(iter(pairs.get("lang", ())), "")
    if lang and lang not in LANGUAGES:
        raise BadFilter(f"lang={lang}")
    return Filter(tuple(terms), lang)


def _conditions(make: Callable[[list[str]], ColumnElement[bool]], values: Iterable[str]) -> list[ColumnElement[bool]]:
    wanted = [value for value in values if not value.startswith("-")]
    unwanted = [value[1:] for value in values if value.startswith("-")]
    return ([make(wanted)] if wanted else []) + ([sa.not_(make(unwanted))] if unwanted else [])


def _by_tag(names: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(EntryTag.entry_id).join(Tag).where(Tag.name.in_(names)))


def _by_department(slugs: list[str]) -> ColumnElement[bool]:
    return Entry.department_id.in_(select(Department.id).where(Department.slug.in_(slugs)))


def _by_category(slugs: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(Event.id).join(Category).where(Category.slug.in_(slugs)))


def _by_venue(ids: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(Event.id).where(Event.venue_id.in_([int(one) for one in ids if one.isdecimal()])))


def _by_status(statuses: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(Event.id).where(Event.status.in_(statuses)))


def _by_kind(kinds: list[str]) -> ColumnElement[bool]:
    return Entry.kind.in_(kinds)


CONDITIONS: dict[str, Callable[[list[str]], ColumnElement[bool]]] = {
    "kind": _by_kind,
    "tag": _by_tag,
    "department": _by_department,
    "category": _by_category,
    "venue": _by_venue,
    "status": _by_status,
}


def words(session: Session, wanted: Filter, lang: str) -> list[str]:
    """A filter in words, for titles: ["#桜", "観光課"]. Raises BadFilter when a value names nothing that exists."""
    return [_word(session, key, value, lang) for key, values in wanted.terms for value in values]


def _word(session: Session, key: str, value: str, lang: str) -> str:
    bare = value.removeprefix("-")
    columns: dict[str, tuple[Any, Any]] = {
        "tag": (Tag, Tag.name == bare),
        "department": (Department, Department.slug == bare),
        "category": (Category, Category.slug == bare),
        "venue": (Venue, Venue.id == (int(bare) if bare.isdecimal() else 0)),
    }
    if key not in columns:
        if bare not in (STATUSES if key == "status" else ("event", "announcement")):
            raise BadFilter(f"{key}={value}")
        return value
    model, condition = columns[key]
    thing = session.scalar(select(model).where(condition))
    if thing is None:
        raise BadFilter(f"{key}={value}")
    name = str((getattr(thing, "name_en", "") if lang == "en" else "") or thing.name)
    return ("−" if value.startswith("-") else "") + ("#" if key == "tag" else "") + name


def _shown(query: Select[Any]) -> Select[Any]:
    """Load with each event, in a few queries for all of them, what a list or a feed shows of it."""
    loads = (
        selectinload(Entry.tags),
        selectinload(Entry.photos),
        selectinload(Entry.department),
        selectinload(Event.venue),
        selectinload(Event.category),
    )
    return query.options(*loads)


def occurrences(session: Session, first: date, last: date, wanted: Filter = Filter()) -> list[Occurrence]:
    """Public occurrences that touch these days (inclusive), in order of time; longer ones first on the same day."""
    return _occurrences(session, sa.and_(_still_on(first), Occurrence.first_day <= last), wanted)


def upcoming(session: Session, today: date, most: int, wanted: Filter = Filter()) -> list[Occurrence]:
    """What runs today or begins later, nearest first."""
    return _occurrences(session, _still_on(today), wanted, most)


def _still_on(day: date) -> ColumnElement[bool]:
    """Ends on this day or later. Only the few long ones can have begun much earlier: the index serves the others."""
    return sa.and_(Occurrence.last_day >= day, or_(Occurrence.long, Occurrence.first_day >= day - LONG))


def _occurrences(
    session: Session, condition: ColumnElement[bool], wanted: Filter, most: int | None = None
) -> list[Occurrence]:
    query = (
        select(Occurrence)
        .join(Occurrence.event)
        .where(Event.state == "published", condition, *wanted.conditions())
        .order_by(Occurrence.first_day, Occurrence.last_day.desc(), Occurrence.start, Occurrence.id)
        .options(
            contains_eager(Occurrence.event).options(
                selectinload(Event.tags),
                selectinload(Event.photos),
                selectinload(Event.department),
                selectinload(Event.venue),
                selectinload(Event.category),
            ),
            selectinload(Occurrence.venue),
        )
        .limit(most)
    )
    return list(session.scalars(query))


def calendar_events(session: Session, today: date, wanted: Filter) -> list[Event]:
    """The events of a subscribed calendar: 60 days back to 400 ahead, cancelled ones until 30 days after their end.

    At most 1,000, the nearest to today kept: Google silently loses what is more.
    """
    first, last = calendar_window(today)
    its = select(func.max(Occurrence.last_day)).where(Occurrence.event_id == Event.id)
    ends = its.scalar_subquery()
    dates = select(Occurrence.event_id).where(_still_on(first), Occurrence.first_day <= last)
    query = (
        select(Event)
        .where(Event.state == "published", Event.id.in_(dates), *wanted.conditions())
        .where(or_(Event.status != "cancelled", ends >= today - CANCELLED_STAYS))
        .order_by(ends < today, Event.start, Event.id)
        .limit(MAX_EVENTS)
    )
    return list(session.scalars(_shown(query)))


def calendar_window(today: date) -> tuple[date, date]:
    return today - WINDOW_BACK, today + WINDOW_AHEAD


def log(session: Session, now: datetime, wanted: Filter) -> list[Revision]:
    """What is new or changed, newest first: the last 50 notices, and all of the last 14 days up to 200."""
    query = (
        select(Revision)
        .join(Revision.entry)
        .where(Revision.notable, Entry.state == "published", *wanted.conditions())
        .order_by(Revision.number.desc())
        .options(
            contains_eager(Revision.entry).options(
                selectin_polymorphic(Entry, [Event, Announcement]),
                selectinload(Entry.tags),
                selectinload(Entry.photos),
                selectinload(Entry.department),
            )
        )
        .limit(LOG_MOST)
    )
    rows = list(session.scalars(query))
    return rows[:LOG_ITEMS] + [row for row in rows[LOG_ITEMS:] if row.at >= now - LOG_DAYS]


def announcements(session: Session, most: int, wanted: Filter = Filter()) -> list[Announcement]:
    """Public announcements, newest first; those whose time is over stay in the list but not on top (`expired`)."""
    query = (
        select(Announcement)
        .where(Announcement.state == "published", *wanted.conditions())
        .order_by(Announcement.published_at.desc(), Announcement.id.desc())
        .options(
            selectinload(Announcement.tags), selectinload(Announcement.photos), selectinload(Announcement.department)
        )
        .limit(most)
    )
    return list(session.scalars(query))


def emergencies(session: Session) -> list[Announcement]:
    query = select(Announcement).where(
        Announcement.state == "published", Announcement.importance == "emergency", ~Announcement.expired
    )
    return list(session.scalars(query.order_by(Announcement.published_at.desc())))


def headlines(session: Session, events: Iterable[Event]) -> dict[int, Announcement]:
    """The live status line of each event that has one: the newest public announcement about it with a headline."""
    query = (
        select(Announcement)
        .where(Announcement.about_id.in_([event.id for event in events]), Announcement.headline != "")
        .where(Announcement.state == "published", ~Announcement.expired)
        .order_by(Announcement.published_at, Announcement.id)
    )
    return {one.about_id: one for one in session.scalars(query) if one.about_id}


def by_public_id(session: Session, model: type[E], public_id: str) -> E | None:
    return session.scalar(select(model).where(model.public_id == public_id))


def site(session: Session) -> Site:
    return session.get_one(Site, 1)


def about(session: Session, event: Event) -> list[Announcement]:
    """The public announcements about an event, newest first: its log."""
    query = select(Announcement).where(Announcement.about_id == event.id, Announcement.state == "published")
    return list(session.scalars(query.order_by(Announcement.published_at.desc(), Announcement.id.desc())))

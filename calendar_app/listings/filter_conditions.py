"""Turn each filter into an SQL condition on entries. Values come without their leading "-"."""

from datetime import date
from functools import cache

import sqlalchemy as sa
from sqlalchemy import ColumnElement, or_, select

from calendar_app.db.models import Category, Department, Entry, EntryTag, Event, Occurrence, Tag, Venue
from calendar_app.entries.occurrences import LONG
from calendar_app.text import audiences, facilities


def by_kind(kinds: list[str]) -> ColumnElement[bool]:
    """The entry is of one of these kinds ("event", "announcement")."""
    return Entry.kind.in_(kinds)


def by_tag(names: list[str]) -> ColumnElement[bool]:
    """The entry has one of these tags."""
    return Entry.id.in_(select(EntryTag.entry_id).join(Tag).where(Tag.name.in_(names)))


def by_every_tag(names: list[str]) -> ColumnElement[bool]:
    """The entry has all of these tags."""
    return sa.and_(*(by_tag([name]) for name in names))


def by_department(slugs: list[str]) -> ColumnElement[bool]:
    """The entry belongs to one of these departments."""
    return Entry.department_id.in_(select(Department.id).where(Department.slug.in_(slugs)))


def by_category(slugs: list[str]) -> ColumnElement[bool]:
    """The event is of one of these categories."""
    return Entry.id.in_(select(Event.id).join(Category).where(Category.slug.in_(slugs)))


def by_venue(ids: list[str]) -> ColumnElement[bool]:
    """The event is at one of these venues, given by id."""
    return Entry.id.in_(select(Event.id).where(Event.venue_id.in_([int(id_) for id_ in ids if id_.isdecimal()])))


def by_status(statuses: list[str]) -> ColumnElement[bool]:
    """The event has one of these statuses."""
    return Entry.id.in_(select(Event.id).where(Event.status.in_(statuses)))


def by_audience(words: list[str]) -> ColumnElement[bool]:
    """The audience field contains one of these words: 「小学生とその家族」 matches 小学生 and 家族."""
    return Entry.id.in_(select(Event.id).where(sa.or_(*map(for_whom, words))))


def by_every_audience(words: list[str]) -> ColumnElement[bool]:
    """The audience field contains all of these words, or a word of each group."""
    return Entry.id.in_(select(Event.id).where(*map(for_whom, words)))


def for_whom(value: str) -> ColumnElement[bool]:
    """The audience field of an event contains the word, or one of a group's words."""
    return sa.or_(*(Event.audience.contains(word, autoescape=True) for word in audiences.words(value)))


def free_of_charge(_: list[str]) -> ColumnElement[bool]:
    """The event is free: its fee is 0 yen, or its note says 無料."""
    noted = sa.and_(Event.fee.is_(None), Event.fee_note.contains("無料"))
    return Entry.id.in_(select(Event.id).where(sa.or_(Event.fee == 0, noted)))


def by_access(codes: list[str]) -> ColumnElement[bool]:
    """The event has one of these facilities at its venue or at that of a single date. Its own value counts first."""
    return _somewhere(sa.or_(*map(has, codes)))


def by_every_access(codes: list[str]) -> ColumnElement[bool]:
    """The event has all of these facilities at one place: its venue or that of a single date."""
    return _somewhere(sa.and_(*map(has, codes)))


def _somewhere(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """The condition on an event and a venue holds at the venue of the event or at that of one of its dates."""
    usual = select(Event.id).outerjoin(Event.venue).where(condition)
    elsewhere = select(Event.id).join(Occurrence, Occurrence.event_id == Event.id).join(Occurrence.venue)
    return sa.or_(Entry.id.in_(usual), Entry.id.in_(elsewhere.where(condition)))


@cache
def has(code: str) -> ColumnElement[bool]:
    """The event has this facility. For queries on events joined with their venues."""
    own = Event.facilities[code].as_boolean()
    there = [Venue.facilities[code].as_boolean()] if code in facilities.OF_PLACE else []
    known = sa.func.coalesce(own, *there, sa.false()).is_(sa.true())
    return sa.or_(known, sa.and_(own.is_(None), Event.online_url != "")) if code == "online" else known


def still_on(day: date) -> ColumnElement[bool]:
    """The date ends on this day or later. Only long ones can have begun much earlier, so the index serves all others."""
    return sa.and_(Occurrence.last_day >= day, or_(Occurrence.long, Occurrence.first_day >= day - LONG))


def within(first: date | None, last: date | None) -> ColumnElement[bool]:
    """A single date overlaps these days (inclusive). A series with dates only before and after them does not match."""
    since = [still_on(first)] if first else []
    until = [Occurrence.first_day <= last] if last else []
    return Entry.id.in_(select(Occurrence.event_id).where(*since, *until))


def not_cancelled(_: list[str]) -> ColumnElement[bool]:
    """The whole event is not cancelled. Queries of dates drop cancelled dates of a series themselves."""
    return Entry.id.not_in(select(Event.id).where(Event.status == "cancelled"))

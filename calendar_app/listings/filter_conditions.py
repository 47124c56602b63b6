"""What each filter asks of an entry, as an SQL condition. Each takes values without their leading "-"."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select

from calendar_app.db.models import Category, Department, Entry, EntryTag, Event, Occurrence, Tag, Venue
from calendar_app.text import audiences, facilities


def by_kind(kinds: list[str]) -> ColumnElement[bool]:
    return Entry.kind.in_(kinds)


def by_tag(names: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(EntryTag.entry_id).join(Tag).where(Tag.name.in_(names)))


def by_department(slugs: list[str]) -> ColumnElement[bool]:
    return Entry.department_id.in_(select(Department.id).where(Department.slug.in_(slugs)))


def by_category(slugs: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(Event.id).join(Category).where(Category.slug.in_(slugs)))


def by_venue(ids: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(Event.id).where(Event.venue_id.in_([int(id_) for id_ in ids if id_.isdecimal()])))


def by_status(statuses: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(Event.id).where(Event.status.in_(statuses)))


def by_audience(words: list[str]) -> ColumnElement[bool]:
    """The event's text names one of these: 「小学生とその家族」 is for 小学生 and for 家族."""
    return Entry.id.in_(select(Event.id).where(sa.or_(*map(for_whom, words))))


def for_whom(value: str) -> ColumnElement[bool]:
    """Of an event: its text has the word, or one of a group's."""
    return sa.or_(*(Event.audience.contains(word, autoescape=True) for word in audiences.words(value)))


def free_of_charge(_: list[str]) -> ColumnElement[bool]:
    """The event is known to cost nothing: its fee is 0 yen, or its note says 無料."""
    noted = sa.and_(Event.fee.is_(None), Event.fee_note.contains("無料"))
    return Entry.id.in_(select(Event.id).where(sa.or_(Event.fee == 0, noted)))


def by_access(codes: list[str]) -> ColumnElement[bool]:
    """There is one of these: an event's own word counts before that of its venue."""
    return Entry.id.in_(select(Event.id).outerjoin(Event.venue).where(sa.or_(*map(has, codes))))


def has(code: str) -> ColumnElement[bool]:
    """For a query on events joined with their venues: there is this facility."""
    own = Event.facilities[code].as_boolean()
    there = [Venue.facilities[code].as_boolean()] if code in facilities.OF_PLACE else []
    known = sa.func.coalesce(own, *there, sa.false()).is_(sa.true())
    return sa.or_(known, sa.and_(own.is_(None), Event.online_url != "")) if code == "online" else known


def within(first: date | None, last: date | None) -> ColumnElement[bool]:
    """One and the same date is in these days (inclusive): a series with dates before and after them is not."""
    since = [Occurrence.last_day >= first] if first else []
    until = [Occurrence.first_day <= last] if last else []
    return Entry.id.in_(select(Occurrence.event_id).where(*since, *until))


def not_cancelled(_: list[str]) -> ColumnElement[bool]:
    """The whole event is not cancelled; cancelled dates of a series are left out by the queries of dates."""
    return Entry.id.not_in(select(Event.id).where(Event.status == "cancelled"))

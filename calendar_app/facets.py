"""How many of what was found are of which kind: to narrow a search down by pressing."""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from calendar_app import dates
from calendar_app.models import Category, Department, Entry, EntryTag, Event, Occurrence, Tag, Venue

MOST, MONTHS = 8, 12


class Choice(NamedTuple):
    """A value of a filter, its name, and how many it leaves. A month is its first and its last day."""

    value: str
    name: str
    number: int


def count(
    session: Session, conditions: Sequence[ColumnElement[bool]], today: date, lang: str
) -> dict[str, list[Choice]]:
    """For each key of a filter its most frequent values among the public entries of these conditions; months in their order."""
    found = select(Entry.id).where(Entry.state == "published", *conditions)
    named = {
        "category": select(Category, func.count()).join(Event, Event.category_id == Category.id),
        "venue": select(Venue, func.count()).join(Event, Event.venue_id == Venue.id),
    }
    choices = {key: _things(session, query.where(Event.id.in_(found)), lang) for key, query in named.items()}
    departments = select(Department, func.count()).join(Entry, Entry.department_id == Department.id)
    choices["department"] = _things(session, departments.where(Entry.id.in_(found)), lang)
    tags = select(Tag, func.count()).join(EntryTag, EntryTag.tag_id == Tag.id).where(EntryTag.entry_id.in_(found))
    choices["tag"] = _things(session, tags, lang)
    return choices | {"month": _months(session, found, today, lang)}


def popular_tags(session: Session, most: int) -> list[str]:
    public = select(Tag.name).join(EntryTag).join(Entry).where(Entry.state == "published").group_by(Tag.name)
    return list(session.scalars(public.order_by(func.count().desc(), Tag.name).limit(most)))


def _things(session: Session, query: Any, lang: str) -> list[Choice]:
    model = query.column_descriptions[0]["entity"]
    rows = session.execute(query.group_by(model.id).order_by(func.count().desc(), model.id).limit(MOST))
    return [Choice(_value(thing), _name(thing, lang), number) for thing, number in rows]


def _value(thing: Any) -> str:
    return thing.name if isinstance(thing, Tag) else str(thing.id) if isinstance(thing, Venue) else thing.slug


def _name(thing: Any, lang: str) -> str:
    if isinstance(thing, Tag):
        return f"#{thing.name}"
    return str((lang == "en" and thing.name_en) or thing.name)


def _months(session: Session, found: Any, today: date, lang: str) -> list[Choice]:
    """The months from this one on in which something takes place; what runs through several counts in each."""
    firsts = [today.replace(day=1)]
    for _ in range(MONTHS):
        firsts.append((firsts[-1] + timedelta(days=31)).replace(day=1))
    spans = [(first, following - timedelta(days=1)) for first, following in pairwise(firsts)]
    inside = [
        case(((Occurrence.first_day <= last) & (Occurrence.last_day >= first), Occurrence.event_id))
        for first, last in spans
    ]
    numbers = session.execute(
        select(*(func.count(one.distinct()) for one in inside))
        .where(Occurrence.event_id.in_(found))
        .where(Occurrence.last_day >= firsts[0], Occurrence.first_day < firsts[-1])
    ).one()
    return [
        Choice(f"{first}/{last}", dates.month_title(first.year, first.month, lang), number)
        for (first, last), number in zip(spans, numbers, strict=True)
        if number
    ]

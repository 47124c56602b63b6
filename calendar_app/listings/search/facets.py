"""How many of what was found are of which kind: to narrow a search down by pressing."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from calendar_app.dates import formatting
from calendar_app.db.models import Category, Department, Entry, EntryTag, Occurrence, Tag, Venue
from calendar_app.listings.filter_options import offered_access
from calendar_app.listings.search.find import ABOUT, Hit
from calendar_app.text import facilities, languages

MOST, MONTHS = 8, 12
MODELS = {"category": Category, "venue": Venue, "department": Department, "tag": Tag}


class Choice(NamedTuple):
    """A value of a filter, its name, and how many it leaves. A month is its first and its last day."""

    value: str
    name: str
    number: int


def count(
    session: Session, hits: Sequence[Hit], conditions: Sequence[ColumnElement[bool]], today: date, lang: str
) -> dict[str, list[Choice]]:
    """For each key of a filter its most frequent values among what was found by these conditions; months in their order."""
    found = select(Entry.id).where(Entry.state == "published", *conditions)
    tags = (
        select(EntryTag.tag_id, func.count().label("number"))
        .where(EntryTag.entry_id.in_(found))
        .group_by(EntryTag.tag_id)
    )
    numbers = {key: Counter(hit.about[key] for hit in hits) for key in ABOUT}
    numbers["tag"] = Counter({row.tag_id: row.number for row in session.execute(tags)})
    choices = {key: _things(session, model, numbers[key], lang) for key, model in MODELS.items()}
    access = offered_access(session, *conditions)
    named = [Choice(code, facilities.name(code, lang), number) for code, number in access.items()]
    return choices | {"access": named, "month": _months(session, found, today, lang)}


def popular_tags(session: Session, most: int) -> list[str]:
    public = select(Tag.name).join(EntryTag).join(Entry).where(Entry.state == "published").group_by(Tag.name)
    return list(session.scalars(public.order_by(func.count().desc(), Tag.name).limit(most)))


def _things(session: Session, model: Any, numbers: Counter[int | None], lang: str) -> list[Choice]:
    most = sorted((id_ for id_ in numbers if id_), key=lambda id_: (-numbers[id_], id_))[:MOST]
    things = {thing.id: thing for thing in session.scalars(select(model).where(model.id.in_(most)))}
    return [Choice(_value(things[id_]), _name(things[id_], lang), numbers[id_]) for id_ in most]


def _value(thing: Any) -> str:
    return thing.name if isinstance(thing, Tag) else str(thing.id) if isinstance(thing, Venue) else thing.slug


def _name(thing: Any, lang: str) -> str:
    if isinstance(thing, Tag):
        return f"#{thing.name}"
    return languages.named(thing.name, thing.name_en, lang)


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
        Choice(f"{first}/{last}", formatting.month_title(first.year, first.month, lang), number)
        for (first, last), number in zip(spans, numbers, strict=True)
        if number
    ]

"""Count search results by category, venue and so on, so that a reader can narrow a search."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from calendar_app.dates import formatting
from calendar_app.db.models import Category, Department, Entry, EntryTag, Occurrence, Tag, Venue
from calendar_app.entries import describe
from calendar_app.listings.filter_options import offered_access
from calendar_app.listings.search.find import ABOUT, Hit
from calendar_app.text import facilities

MOST, MONTHS = 8, 12
MODELS = {"category": Category, "venue": Venue, "department": Department, "tag": Tag}


class Choice(NamedTuple):
    """A value of a filter, its name, and the number of its results. A month's value is its first and last day."""

    value: str
    name: str
    number: int


def count(
    session: Session, hits: Sequence[Hit], conditions: Sequence[ColumnElement[bool]], today: date, lang: str
) -> dict[str, list[Choice]]:
    """Return for each filter key the most frequent values among the results of these conditions; months in order."""
    matching = select(Entry.id).where(Entry.state == "published", *conditions)
    tags = (
        select(EntryTag.tag_id, func.count().label("number"))
        .where(EntryTag.entry_id.in_(matching))
        .group_by(EntryTag.tag_id)
    )
    numbers = {key: Counter(hit.about[key] for hit in hits) for key in ABOUT}
    numbers["tag"] = Counter({row.tag_id: row.number for row in session.execute(tags)})
    choices = {key: _choices(session, model, numbers[key], lang) for key, model in MODELS.items()}
    access = offered_access(session, *conditions)
    named = [Choice(code, facilities.name(code, lang), number) for code, number in access.items()]
    return choices | {"access": named, "month": _months(session, matching, today, lang)}


def popular_tags(session: Session, most: int) -> list[str]:
    """Return the names of the tags that most public entries have."""
    public = select(Tag.name).join(EntryTag).join(Entry).where(Entry.state == "published").group_by(Tag.name)
    return list(session.scalars(public.order_by(func.count().desc(), Tag.name).limit(most)))


def _choices(session: Session, model: Any, numbers: Counter[int | None], lang: str) -> list[Choice]:
    most = sorted((id_ for id_ in numbers if id_), key=lambda id_: (-numbers[id_], id_))[:MOST]
    rows = {row.id: row for row in session.scalars(select(model).where(model.id.in_(most)))}
    return [Choice(_value(rows[id_]), _name(rows[id_], lang), numbers[id_]) for id_ in most]


def _value(row: Any) -> str:
    return row.name if isinstance(row, Tag) else str(row.id) if isinstance(row, Venue) else row.slug


def _name(row: Any, lang: str) -> str:
    if isinstance(row, Tag):
        return f"#{row.name}"
    return describe.text(row, "name", lang)


def _months(session: Session, matching: Any, today: date, lang: str) -> list[Choice]:
    """Return the months from this one on in which a result takes place. A date across several months counts in each."""
    firsts = [today.replace(day=1)]
    for _ in range(MONTHS):
        firsts.append((firsts[-1] + timedelta(days=31)).replace(day=1))
    spans = [(first, following - timedelta(days=1)) for first, following in pairwise(firsts)]
    inside = [
        case(((Occurrence.first_day <= last) & (Occurrence.last_day >= first), Occurrence.event_id))
        for first, last in spans
    ]
    numbers = session.execute(
        select(*(func.count(event_ids.distinct()) for event_ids in inside))
        .where(Occurrence.event_id.in_(matching))
        .where(Occurrence.last_day >= firsts[0], Occurrence.first_day < firsts[-1])
    ).one()
    return [
        Choice(f"{first}/{last}", formatting.month_title(first.year, first.month, lang), number)
        for (first, last), number in zip(spans, numbers, strict=True)
        if number
    ]

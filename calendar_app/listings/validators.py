"""Compute when the entries of a filter last changed: the `updated` of its feeds, which never goes back."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Category, Department, Event, LastChange, Site
from calendar_app.entries import last_changes
from calendar_app.entries.last_changes import EVERYTHING
from calendar_app.listings.filters import Filter


def _ids(model: Any, prefix: str) -> Callable[[Session, Sequence[str]], list[str]]:
    def keys(session: Session, values: Sequence[str]) -> list[str]:
        ids = session.scalars(select(model.id).where(model.slug.in_(values)))
        return [f"{prefix}:{number}" for number in ids]

    return keys


# By filter key: the keys of `last_changes` that its values name.
KEYS: dict[str, Callable[[Session, Sequence[str]], list[str]]] = {
    "tag": lambda _, values: [f"tag:{value}" for value in values],
    "department": _ids(Department, "department_id"),
    "category": _ids(Category, "category_id"),
    "kind": lambda _, values: [f"kind:{value}" for value in values],
}


def touches(session: Session, wanted: Filter) -> list[str] | None:
    """Return the keys of `last_changes` on which any answer about this filter depends, None for everything.

    An entry that enters or leaves meets every term of the filter before or after its change, so one term is enough.
    """
    return next(filter(None, (_keys(session, wanted, key) for key in KEYS)), None)


def changed_at(session: Session, wanted: Filter) -> datetime:
    """Return the instant (UTC) of the last public change that can have changed an answer about this filter.

    Without a term that `last_changes` counts, it is the last change of the whole site. It only grows, whatever is
    withdrawn or renamed.
    """
    return last_change(session, touches(session, wanted))


def last_change(session: Session, keys: Collection[str] | None) -> datetime:
    """Return the instant (UTC) of the last public change that touched one of these keys; None stands for everything."""
    newest = select(func.max(LastChange.at)).where(LastChange.key.in_([*(keys or ()), EVERYTHING]))
    return (session.scalar(newest) if keys else None) or session.get_one(Site, 1).changed_at


def _keys(session: Session, wanted: Filter, key: str) -> list[str]:
    values = wanted.values(key)
    return [] if any(value.startswith("-") for value in values) else KEYS[key](session, values)


def around(event: Event, today: date) -> set[str]:
    """Return the keys on which the page of an event depends: itself, its season, earlier editions, and what is related
    to it (`date_outlines.related`)."""
    editions = [event]
    while (before := editions[-1].previous) and before not in editions:
        editions.append(before)
    entries = [*(edition.id for edition in editions), *filter(None, [event.parent_id])]
    keys = {*map(last_changes.entry_key, entries)}
    for occurrence in event.occurrences:
        keys.update(last_changes.months(occurrence.first_day, occurrence.last_day))
    if all(occurrence.last_day < today for occurrence in event.occurrences):  # related is what is on today
        keys |= {*last_changes.months(today, today)}
    return keys | last_changes.keys_of({last_changes.PLACE: event.venue_id})

"""Compute when the entries of a filter last changed: the `updated` of its feeds, which never goes back."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Category, Department, LastChange, Site
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


def changed_at(session: Session, wanted: Filter) -> datetime:
    """Return the instant (UTC) of the last public change that can have changed an answer about this filter.

    An entry that enters or leaves meets every term of the filter before or after its change, so one term is enough.
    Without a term that `last_changes` counts, it is the last change of the whole site. It only grows, whatever is
    withdrawn or renamed.
    """
    keys = next(filter(None, (_keys(session, wanted, key) for key in KEYS)), None)
    newest = (
        session.scalar(select(func.max(LastChange.at)).where(LastChange.key.in_([*keys, EVERYTHING]))) if keys else None
    )
    return newest or session.get_one(Site, 1).changed_at


def _keys(session: Session, wanted: Filter, key: str) -> list[str]:
    values = wanted.values(key)
    return [] if any(value.startswith("-") for value in values) else KEYS[key](session, values)

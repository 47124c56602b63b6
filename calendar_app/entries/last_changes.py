"""Record when a tag, a department, a category or a kind last changed: one row each, whose time only grows.

A feed also changes when its newest entry is withdrawn or loses its tag, although all remaining entries are older. So a
change counts for the values before it as well as for those after it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Event, LastChange

EVERYTHING = "*"  # every feed changes: a venue, department or tag was renamed, or an emergency was published
COLUMNS = ("department_id", "category_id")


def record(session: Session, subject: Any, before: dict[str, Any], now: dict[str, Any], at: datetime) -> None:
    """Record a public change of `subject` at an instant (UTC). `before` and `now` are its values, {} where there are
    none."""
    keys = _keys(session, subject, before, now)
    moment = max(at, subject.changed_at) if isinstance(subject, Entry) else at
    known = {row.key: row for row in session.scalars(select(LastChange).where(LastChange.key.in_(keys)))}
    for key in sorted(keys - known.keys()):
        session.add(LastChange(key=key, at=moment))
    for row in known.values():
        row.at = max(row.at, moment)
    session.flush()


def _keys(session: Session, subject: Any, before: dict[str, Any], now: dict[str, Any]) -> set[str]:
    if not isinstance(subject, Entry) or "emergency" in (before.get("importance"), now.get("importance")):
        return {EVERYTHING}
    if before.get("supersedes_id") or now.get("supersedes_id"):  # an emergency may leave the top of every feed
        return {EVERYTHING}
    keys = {f"kind:{subject.kind}"} | keys_of(before) | keys_of(now)
    for about_id in filter(None, {before.get("about_id"), now.get("about_id")}):
        season = session.get_one(Event, about_id)  # its season's calendar entry shows the status line
        tags = [tag.name for tag in season.tags]
        keys |= {"kind:event"} | keys_of({name: getattr(season, name) for name in COLUMNS} | {"tags": tags})
    return keys


def keys_of(values: dict[str, Any]) -> set[str]:
    """Return the keys of the tags, department and category that an entry's values name."""
    named = {f"{name}:{values[name]}" for name in COLUMNS if values.get(name) is not None}
    return named | {f"tag:{name}" for name in values.get("tags", ())}

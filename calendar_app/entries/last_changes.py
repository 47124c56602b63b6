"""When anything of a tag, a department, a category or a kind changed last: one row each, whose time only grows.

The newest entry of a feed may be withdrawn or lose its tag. The feed has changed then, although all that is left in it is
older. So a change counts for what the entry was before as well as for what it is now.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Event, LastChange

EVERYTHING = "*"  # a venue, a department, a tag has another name; an emergency reaches every feed
COLUMNS = ("department_id", "category_id")


def record(session: Session, thing: Any, before: dict[str, Any], now: dict[str, Any], at: datetime) -> None:
    """Note a public change of a thing at an instant (UTC). `before` and `now` are its values, {} where there are none."""
    keys = _keys(session, thing, before, now)
    moment = max(at, thing.changed_at) if isinstance(thing, Entry) else at
    known = {row.key: row for row in session.scalars(select(LastChange).where(LastChange.key.in_(keys)))}
    for key in sorted(keys - known.keys()):
        session.add(LastChange(key=key, at=moment))
    for row in known.values():
        row.at = max(row.at, moment)
    session.flush()


def _keys(session: Session, thing: Any, before: dict[str, Any], now: dict[str, Any]) -> set[str]:
    if not isinstance(thing, Entry) or "emergency" in (before.get("importance"), now.get("importance")):
        return {EVERYTHING}
    if before.get("supersedes_id") or now.get("supersedes_id"):  # an emergency may leave every feed's top
        return {EVERYTHING}
    keys = {f"kind:{thing.kind}"} | keys_of(before) | keys_of(now)
    for about_id in filter(None, {before.get("about_id"), now.get("about_id")}):
        season = session.get_one(Event, about_id)  # a status line stands in the calendar entry of its season
        tags = [tag.name for tag in season.tags]
        keys |= {"kind:event"} | keys_of({name: getattr(season, name) for name in COLUMNS} | {"tags": tags})
    return keys


def keys_of(values: dict[str, Any]) -> set[str]:
    """The keys of what an entry's values name."""
    named = {f"{name}:{values[name]}" for name in COLUMNS if values.get(name) is not None}
    return named | {f"tag:{name}" for name in values.get("tags", ())}

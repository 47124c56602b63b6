"""Rows of a source become entries: known again by their source's own id, changed only where nobody has changed them here.

Nothing is ever removed: a source that fails, or is suddenly empty, takes no event away.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import fields
from calendar_app.db.models import Category, Entry, Event, User, Venue
from calendar_app.entries import permissions, publishing, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.importing import Row, own_entries

OFF = ("cancelled", "postponed")
PORTION = 50  # rows in one transaction: nobody else's save waits for more
LONGEST_KEY = 300

# A session that is committed at its end, as an edge gives it to a verb that needs several of them.
Writing = Callable[[], AbstractContextManager[Session]]


@dataclass(slots=True)
class Taken:
    """What became of the rows, by their numbers; `kept` names the fields in which the town's own words stay.

    `own` came from here in the first place: what a feed says of an entry is less than the entry.
    """

    created: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    kept: dict[int, list[str]] = field(default_factory=dict)
    withdrawn: list[int] = field(default_factory=list)
    own: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)

    def add(self, other: "Taken") -> None:
        for name in ("created", "changed", "same", "withdrawn", "own"):
            getattr(self, name).extend(getattr(other, name))
        self.kept |= other.kept
        self.refused |= other.refused

    def __str__(self) -> str:
        return (
            f"{len(self.created)} new, {len(self.changed)} changed, {len(self.same)} as before, "
            f"{len(self.kept)} with words of the town kept, {len(self.withdrawn)} withdrawn here, "
            f"{len(self.own)} our own and left as they are, {len(self.refused)} refused"
        )


def take_all(
    writing: Writing,
    source: str,
    rows: Sequence[Row],
    *,
    department_id: int,
    actor: User | None,
    at: datetime,
    told: Callable[[int], Any] | None = None,
) -> tuple[Taken, str]:
    """Take the rows as one act, in portions; what became of them, and the act's name. `told` hears of each portion."""
    with writing() as session:
        before = _as_before(session, source)
    act, total = "", Taken(same=[row.number for row in rows if before.get(key(row)) == _digest(row)])
    same = set(total.same)
    rows = [row for row in rows if row.number not in same]
    for first in range(0, len(rows), PORTION):
        some = rows[first : first + PORTION]
        with writing() as session, revisions.one_act(session, act) as act:
            total.add(take(session, source, some, department_id=department_id, actor=actor, at=at))
        if told:
            told(len(some))
    return total, act


def take(
    session: Session, source: str, rows: Iterable[Row], *, department_id: int, actor: User | None, at: datetime
) -> Taken:
    """Publish what is new, change what has changed. The caller names the act (`revisions.one_act`) and commits."""
    taken = Taken()
    for row in rows:
        if row.refused:
            taken.refused[row.number] = row.refused
            continue
        try:
            with session.begin_nested():
                _take(session, source, row, taken, {"department_id": department_id}, {"actor": actor, "at": at})
        except Invalid as error:
            taken.refused[row.number] = ", ".join(f"{name}: {code}" for name, code in error.errors.items())
    return taken


def key(row: Row) -> str:
    """By what the entry is known: the row's own id, or a short form of one that is far too long."""
    uid = row.source_uid
    return uid if len(uid) <= LONGEST_KEY else f"{uid[:200]}#{hashlib.sha256(uid.encode()).hexdigest()}"


def _as_before(session: Session, source: str) -> dict[str, str]:
    """What was read of each entry the last time, as digests by keys: most of an edition is as the last one was."""
    known = select(Entry.source_uid, Entry.imported).where(Entry.source == source, Entry.state != "withdrawn")
    return {uid: imported.get("row", "") for uid, imported in session.execute(known)}


def _digest(row: Row) -> str:
    read = json.dumps([row.kind, row.refused, row.values], sort_keys=True, default=str)
    return hashlib.sha256(read.encode()).hexdigest()


def _take(session: Session, source: str, row: Row, taken: Taken, home: Values, given: dict[str, Any]) -> None:
    known = session.scalar(select(Entry).where(Entry.source == source, Entry.source_uid == key(row)))
    if known is None and own_entries.entry_of(session, row):
        taken.own.append(row.number)
        return
    values = _values(session, row, given)
    if known is None:
        _create(session, source, row, home | values, given)
        taken.created.append(row.number)
    elif given["actor"] and not permissions.may(given["actor"], "edit", known):
        taken.refused[row.number] = "another_department"
    elif known.state == "withdrawn":
        taken.withdrawn.append(row.number)
    else:
        _update(session, known, row, values, taken, given)


def _create(session: Session, source: str, row: Row, values: Values, given: dict[str, Any]) -> None:
    entry = publishing.create(session, row.kind, values, **given)
    entry.source, entry.source_uid = source, key(row)
    publishing.publish(session, entry, **given)
    _follow_status(session, entry, "scheduled", row, given)
    _remember(entry, row, values)


def _update(session: Session, entry: Entry, row: Row, values: Values, taken: Taken, given: dict[str, Any]) -> None:
    """Three ways: what the source has changed is taken, unless it was changed here too."""
    last, then, here = entry.imported["theirs"], entry.imported["ours"], revisions.values(entry)
    theirs = {name: value for name, value in values.items() if value != last.get(name)}
    edited = [name for name in values if here.get(name) not in (then.get(name), values[name])]
    ours = [name for name in theirs if name in edited]
    changed = publishing.save(session, entry, {k: v for k, v in theirs.items() if k not in ours}, **given)
    status = _follow_status(session, entry, last["status"], row, given)
    _remember(entry, row, values, {name: then.get(name) for name in edited})
    if ours:
        taken.kept[row.number] = ours
    (taken.changed if changed or status else taken.same).append(row.number)


def _remember(entry: Entry, row: Row, values: Values, kept: Values | None = None) -> None:
    """What the source said, and what became of it here; what the town has changed is still the town's next time."""
    now = revisions.values(entry)
    status = {"status": row.values.get("status", "scheduled")}
    entry.imported = {
        "theirs": values | status,
        "row": _digest(row),
        "ours": {name: now[name] for name in values if name in now} | (kept or {}),
    }


def _follow_status(session: Session, entry: Entry, last: str, row: Row, given: dict[str, Any]) -> bool:
    """A cancellation there is one here; and it ends here only if it came from there."""
    status = row.values.get("status", "scheduled")
    if not isinstance(entry, Event) or status == last:
        return False
    if status == "cancelled":
        publishing.cancel(session, entry, "", **given)
    elif status == "postponed":
        publishing.postpone(session, entry, "", **given)
    elif last in OFF and entry.status == last:
        publishing.restore(session, entry, **given)
    else:
        return False
    return True


def _values(session: Session, row: Row, given: dict[str, Any]) -> Values:
    """A row's values as an entry has them: names of venues and categories become their numbers."""
    values = {name: value for name, value in row.values.items() if name in (*fields.names(row.kind), "tags")}
    if row.kind == "event":
        values["venue_id"] = _venue(session, row.values, given)
        values["category_id"] = _category(session, row.values.get("category", ""))
        overrides = values.get("overrides", [])
        values["overrides"] = [_with_venue(session, one, given) for one in overrides]
    elif url := row.values.get("url"):
        values["body"] = f"{values.get('body', '')}\n\n{url}".strip()
    return values


def _with_venue(session: Session, override: Values, given: dict[str, Any]) -> Values:
    kept = {name: value for name, value in override.items() if name != "venue"}
    return kept | ({"venue_id": _venue(session, override, given)} if override.get("venue") else {})


def _venue(session: Session, named: Values, given: dict[str, Any]) -> int | None:
    """The venue of this name, made if there is none."""
    name = str(named.get("venue") or "")[:100].strip()
    if not name:
        return None
    found = session.scalar(select(Venue).where(Venue.name == name))
    if found is None:
        about = {"address": str(named.get("address") or "")[:200], "lat": named.get("lat"), "lon": named.get("lon")}
        publishing.save_thing(session, found := Venue(), {"name": name} | about, **given)
    return found.id


def _category(session: Session, name: str) -> int | None:
    return session.scalar(select(Category.id).where(Category.name == name)) if name else None

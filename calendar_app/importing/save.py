"""Turn the rows of a source into entries. The source's own id finds an entry again; fields edited here keep our text.

Nothing is ever removed: a source that fails, or is suddenly empty, withdraws no event.
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
from calendar_app.importing import ImportRow, own_entries

OFF = ("cancelled", "postponed")
PORTION = 50  # rows in one transaction, so that other people's saves wait only briefly
LONGEST_KEY = 300

# Opens a session that commits at its end; a verb that needs several transactions gets it from the web or the command line.
Writing = Callable[[], AbstractContextManager[Session]]


@dataclass(slots=True)
class ImportResult:
    """The outcome of an import, as row numbers. `kept` lists, by row, the fields that keep the town's own text.

    `own` rows were published here first and are left alone: a feed holds less than the entry.
    """

    created: list[int] = field(default_factory=list)
    changed: list[int] = field(default_factory=list)
    same: list[int] = field(default_factory=list)
    kept: dict[int, list[str]] = field(default_factory=dict)
    withdrawn: list[int] = field(default_factory=list)
    own: list[int] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)

    def add(self, other: "ImportResult") -> None:
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


def import_in_portions(
    writing: Writing,
    source: str,
    rows: Sequence[ImportRow],
    *,
    department_id: int,
    actor: User | None,
    at: datetime,
    on_portion: Callable[[int], Any] | None = None,
) -> tuple[ImportResult, str]:
    """Import the rows as one act, in portions of 50 with a transaction each; return the result and the name of the act.

    `on_portion` is called with the number of rows of each portion. Rows equal to those of the last import are skipped.
    """
    with writing() as session:
        digests = _last_digests(session, source)
    act, total = "", ImportResult(same=[row.number for row in rows if digests.get(row_key(row)) == _digest(row)])
    same = set(total.same)
    rows = [row for row in rows if row.number not in same]
    for first in range(0, len(rows), PORTION):
        portion = rows[first : first + PORTION]
        with writing() as session, revisions.one_act(session, act) as act:
            total.add(import_rows(session, source, portion, department_id=department_id, actor=actor, at=at))
        if on_portion:
            on_portion(len(portion))
    return total, act


def import_rows(
    session: Session, source: str, rows: Iterable[ImportRow], *, department_id: int, actor: User | None, at: datetime
) -> ImportResult:
    """Publish new rows and update changed ones. The caller names the act (`revisions.one_act`) and commits."""
    result = ImportResult()
    for row in rows:
        if row.refused:
            result.refused[row.number] = row.refused
            continue
        try:
            with session.begin_nested():
                _import_row(session, source, row, result, {"department_id": department_id}, {"actor": actor, "at": at})
        except Invalid as error:
            result.refused[row.number] = ", ".join(f"{name}: {code}" for name, code in error.errors.items())
    return result


def row_key(row: ImportRow) -> str:
    """Return the key that finds the row's entry again: the source's id, shortened by a hash beyond 300 characters."""
    uid = row.source_uid
    return uid if len(uid) <= LONGEST_KEY else f"{uid[:200]}#{hashlib.sha256(uid.encode()).hexdigest()}"


def _last_digests(session: Session, source: str) -> dict[str, str]:
    """Return the digest of each entry's last import, by key: most rows of a new edition are unchanged."""
    known = select(Entry.source_uid, Entry.imported).where(Entry.source == source, Entry.state != "withdrawn")
    return {uid: imported.get("row", "") for uid, imported in session.execute(known)}


def _digest(row: ImportRow) -> str:
    content = json.dumps([row.kind, row.refused, row.values], sort_keys=True, default=str)
    return hashlib.sha256(content.encode()).hexdigest()


def _import_row(
    session: Session, source: str, row: ImportRow, result: ImportResult, home: Values, record_args: dict[str, Any]
) -> None:
    known = session.scalar(select(Entry).where(Entry.source == source, Entry.source_uid == row_key(row)))
    if known is None and row.values.get("same_as"):
        known = session.scalar(select(Entry).where(Entry.public_id == row.values["same_as"], Entry.source != ""))
    if known is None and own_entries.find_own_entry(session, row):
        result.own.append(row.number)
        return
    values = _values(session, row, record_args)
    if known is None:
        _create_entry(session, source, row, home | values, record_args)
        result.created.append(row.number)
    elif record_args["actor"] and not permissions.may(record_args["actor"], "edit", known):
        result.refused[row.number] = "another_department"
    elif known.state == "withdrawn":
        result.withdrawn.append(row.number)
    else:
        _update_entry(session, source, known, row, values, result, record_args)


def _create_entry(session: Session, source: str, row: ImportRow, values: Values, record_args: dict[str, Any]) -> None:
    entry = publishing.create(session, row.kind, values, **record_args)
    entry.source, entry.source_uid = source, row_key(row)
    publishing.publish(session, entry, **record_args)
    _follow_status(session, entry, "scheduled", row, record_args)
    _remember(entry, row, values)


def _update_entry(
    session: Session,
    source: str,
    entry: Entry,
    row: ImportRow,
    values: Values,
    result: ImportResult,
    record_args: dict[str, Any],
) -> None:
    """Merge three ways: take the fields that the source has changed, unless they were changed here too."""
    entry.source, entry.source_uid = source, row_key(row)  # it may have come under another
    last, then, here = entry.imported["theirs"], entry.imported["ours"], revisions.values(entry)
    theirs = {name: value for name, value in values.items() if value != last.get(name)}
    edited = [name for name in values if here.get(name) not in (then.get(name), values[name])]
    ours = [name for name in theirs if name in edited]
    changed = publishing.save(session, entry, {k: v for k, v in theirs.items() if k not in ours}, **record_args)
    status = _follow_status(session, entry, last["status"], row, record_args)
    _remember(entry, row, values, {name: then.get(name) for name in edited})
    if ours:
        result.kept[row.number] = ours
    (result.changed if changed or status else result.same).append(row.number)


def _remember(entry: Entry, row: ImportRow, values: Values, town_values: Values | None = None) -> None:
    """Store the source's values and ours for the next merge; fields that the town has edited stay the town's."""
    now = revisions.values(entry)
    status = {"status": row.values.get("status", "scheduled")}
    entry.imported = {
        "theirs": values | status,
        "row": _digest(row),
        "ours": {name: now[name] for name in values if name in now} | (town_values or {}),
    }


def _follow_status(session: Session, entry: Entry, last: str, row: ImportRow, record_args: dict[str, Any]) -> bool:
    """Cancel or postpone as the source does; restore only what the source had called off. Returns whether anything changed."""
    status = row.values.get("status", "scheduled")
    if not isinstance(entry, Event) or status == last:
        return False
    if status == "cancelled":
        publishing.cancel(session, entry, row.values.get("reason", ""), **record_args)
    elif status == "postponed":
        publishing.postpone(session, entry, row.values.get("reason", ""), **record_args)
    elif last in OFF and entry.status == last:
        publishing.restore(session, entry, **record_args)
    else:
        return False
    return True


def _values(session: Session, row: ImportRow, record_args: dict[str, Any]) -> Values:
    """Return a row's values as an entry has them: ids in place of the names of venues and categories."""
    values = {name: value for name, value in row.values.items() if name in (*fields.names(row.kind), "tags")}
    if row.kind == "event":
        values["venue_id"] = _venue(session, row.values, record_args)
        values["category_id"] = _category(session, row.values.get("category", ""))
        overrides = values.get("overrides", [])
        values["overrides"] = [_with_venue(session, override, record_args) for override in overrides]
    else:  # an announcement has no field for an address
        addresses = filter(None, map(row.values.get, fields.names("event", "url")))
        values["body"] = "\n\n".join(dict.fromkeys([values.get("body", ""), *addresses])).strip()
    return values


def _with_venue(session: Session, override: Values, record_args: dict[str, Any]) -> Values:
    without_venue = {name: value for name, value in override.items() if name != "venue"}
    return without_venue | ({"venue_id": _venue(session, override, record_args)} if override.get("venue") else {})


def _venue(session: Session, named: Values, record_args: dict[str, Any]) -> int | None:
    """Return the id of the venue of this name; create the venue if it is missing."""
    name = str(named.get("venue") or "")[:100].strip()
    if not name:
        return None
    venue = session.scalar(select(Venue).where(Venue.name == name))
    if venue is None:
        about = {"address": str(named.get("address") or "")[:200], "lat": named.get("lat"), "lon": named.get("lon")}
        publishing.save_reference(session, venue := Venue(), {"name": name} | about, **record_args)
    return venue.id


def _category(session: Session, name: str) -> int | None:
    return session.scalar(select(Category.id).where(Category.name == name)) if name else None

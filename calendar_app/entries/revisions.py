"""History: every change of anything that can be seen appends one numbered revision, in the transaction of the change.

`Values` is the one form in which an entry's content travels between form, snapshot, undo and conflict page: a dict
that JSON can hold, with the fields of `calendar_app.fields`, "tags" and "photos".
"""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import fields
from calendar_app.db.engine import take_write_lock
from calendar_app.db.models import Entry, Event, Revision, Site, User
from calendar_app.entries import due_moments, last_changes, search_index
from calendar_app.text import facilities

Values = dict[str, Any]
BATCH = "batch"
LOCKED = "locked"  # in a session: the transaction that holds the write lock
MOVED = "moved"  # in a session: the transaction that has moved the time of the last change on


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs between two snapshots, with both values as a person reads them."""

    field: str
    old: str
    new: str


def values(entry: Entry) -> Values:
    """What a person can edit of an entry, in a form that JSON can hold and that compares by `==`."""
    plain = {name: encode(getattr(entry, name)) for name in fields.names(entry.kind)}
    # In the order in which the database returns them, so that tags typed in another order are no change.
    tags = [tag.name for tag in sorted(entry.tags, key=lambda tag: tag.id or sys.maxsize)]
    photos = [{"id": photo.id, "alt": photo.alt} for photo in entry.photos]
    return plain | {"tags": tags, "photos": photos}


def known(kind: str, kept: Values) -> Values:
    """The values of an older version of the program without the fields that entries no longer have."""
    return {name: value for name, value in kept.items() if name in (*fields.names(kind), "tags", "photos")}


def encode(value: Any) -> Any:
    """A column's value as `Values` holds it: a moment in ISO 8601."""
    return value.isoformat() if isinstance(value, datetime) else value


def decode(name: str, value: Any) -> Any:
    """The reverse of `encode`, by the type of the field."""
    timed = name in fields.FIELDS and fields.FIELDS[name].type in fields.TIMED
    return datetime.fromisoformat(value) if timed and value else value


def snapshot(entry: Entry) -> dict[str, Any]:
    """An entry as it is now, with the names of what its numbers refer to, so that history stays readable after a rename."""
    about: dict[str, Any] = {"state": entry.state, "sequence": entry.sequence, "version": entry.version}
    names = {name: _name(entry, name) for name in fields.names(entry.kind, "reference")}
    if entry.owner:  # set once an entry has been handed over
        about["owner_id"], names["owner"] = entry.owner_id, entry.owner.name
    if entry.publish_at:
        about["publish_at"] = entry.publish_at.isoformat()
    if isinstance(entry, Event):
        about |= {"status": entry.status, "reason": entry.reason}
    if entry.answers:  # questions answered on its page
        about["answers"] = [[asked.id, asked.public_question, asked.public_answer] for asked in entry.answers]
        names["answers"] = "\n".join(f"Q. {asked.public_question} A. {asked.public_answer}" for asked in entry.answers)
    return about | {"values": values(entry), "names": names}


def difference(old: dict[str, Any], new: dict[str, Any]) -> list[Change]:
    """The fields that differ between two snapshots, in the order of the table of fields."""
    before, after = _readable(old), _readable(new)
    return [
        Change(name, before.get(name, ""), after.get(name, ""))
        for name in dict.fromkeys([*after, *before])
        if before.get(name, "") != after.get(name, "")
    ]


def _readable(shot: dict[str, Any]) -> dict[str, str]:
    texts = {name: shot.get(name) for name in ("state", "status", "reason")}
    texts |= shot.get("values", {}) | shot.get("names", {})
    return {name: _say(value) for name, value in texts.items()}


def _say(value: Any) -> str:
    match value:
        case None | "":
            return ""
        case list():
            return "、".join(map(_say, value))
        case {"id": _, "alt": alt}:
            return str(alt or "（説明なし）")
        case dict() if facilities.cleaned(value) == value:
            return facilities.sentence(value, "ja")
        case dict():
            return "、".join(f"{key}: {_say(part)}" for key, part in value.items() if part)
        case _:
            return str(value)


def lock(session: Session) -> Site:
    """Take the one write lock until commit, so that revision numbers become visible in the order in which they are given.

    PostgreSQL locks the row of the site. What the session read before it had the lock is read again when next used,
    because others may have changed it. Raises LookupError when the database has not been set up.
    """
    take_write_lock(session)
    site = session.get(Site, 1, with_for_update=True, populate_existing=True)
    if site is None:
        raise LookupError("this database has not been set up: run `calendar-app init`")
    transaction = session.get_transaction()
    if session.info.get(LOCKED) is not transaction:
        session.info[LOCKED] = transaction
        changed = set(session.dirty) | {site}
        for thing in [thing for thing in session.identity_map.values() if thing not in changed]:
            session.expire(thing)
    return site


def append(
    session: Session,
    kind: str,
    thing: Any,
    *,
    actor: User | None,
    at: datetime,
    public: bool,
    notable: bool = False,
    note: str = "",
    original: datetime | None = None,
    shot: dict[str, Any] | None = None,
) -> Revision:
    """Record one change. Call it last: the snapshot shows the thing as it stands.

    `notable` rows become items of the feeds; `original` is the single date of a series that the change is about;
    `shot` is the snapshot of a thing that is no entry.
    """
    site = lock(session)
    session.flush()
    entry = thing if isinstance(thing, Entry) else None
    number = site.revision = site.revision + 1
    if public:
        site.public_revision = number
        _move_on(session, site, at)
    moments = [site.due_at, due_moments.of(entry) if entry else None]
    site.due_at = min(filter(None, moments), default=None)
    row = Revision(
        number=number,
        at=at,
        actor_id=actor.id if actor else None,
        kind=kind,
        subject=f"{thing.__tablename__}:{thing.id}",
        entry=entry,
        public=public,
        notable=notable,
        guid=_guid(site, entry, kind, number, at) if notable and entry else None,
        note=note,
        original=original,
        batch=session.info.get(BATCH),
        snapshot=snapshot(entry) if entry else shot or {},
    )
    session.add(row)
    session.flush()
    if public:
        earlier = (before(session, row) if entry else None) or {}
        last_changes.record(session, thing, earlier.get("values", {}), row.snapshot.get("values", {}), at)
    search_index.update(session, thing)
    return row


def _move_on(session: Session, site: Site, at: datetime) -> None:
    """Move the time of the last public change on by at least a second, once for each transaction.

    HTTP dates count seconds (RFC 9110, section 8.8.2.1). A reader who asks by If-Modified-Since alone, after the first of
    two changes within one second, would be told for ever that nothing has changed.
    """
    transaction = session.get_transaction()
    if session.info.get(MOVED) is not transaction:
        session.info[MOVED] = transaction
        site.changed_at = max(at, site.changed_at.replace(microsecond=0) + timedelta(seconds=1))


def new_act() -> str:
    """A new name for an act that takes several transactions."""
    return secrets.token_urlsafe(9)


@contextmanager
def one_act(session: Session, name: str = "") -> Iterator[str]:
    """Record everything inside as one act, which is undone as one. Yields its name; pass the name to continue the act."""
    session.info[BATCH] = name = name or new_act()
    try:
        yield name
    finally:
        del session.info[BATCH]


def _guid(site: Site, entry: Entry, kind: str, number: int, at: datetime) -> str:
    """A tag: URI (RFC 4151), made once and stored. The first publication names the entry, every later row a notice."""
    path = f"{entry.kind}/{entry.public_id}" if kind == "published" else f"notice/{number}"
    return f"tag:{site.site_id},{at.astimezone(UTC).year}:{path}"


def of_version(entry: Entry, version: int) -> Values | None:
    """The values that a form of this version was filled from, or None when history does not have them."""
    for row in entry.revisions:
        if row.snapshot.get("version") == version:
            return dict(row.snapshot["values"])
    return None


def snapshots(session: Session, entry: Entry) -> Iterator[dict[str, Any]]:
    """The snapshots of an entry, newest first."""
    query = select(Revision.snapshot).where(Revision.entry_id == entry.id)
    yield from session.scalars(query.order_by(Revision.number.desc()))


def last_public(session: Session, entry: Entry) -> dict[str, Any] | None:
    """The entry as the public has seen it last; None when it never was public."""
    return next((shot for shot in snapshots(session, entry) if shot["state"] == "published"), None)


def before(session: Session, row: Revision) -> dict[str, Any] | None:
    """The snapshot of the same entry before this change, or None for its first."""
    earlier = select(Revision).where(Revision.entry_id == row.entry_id, Revision.number < row.number)
    found = session.scalar(earlier.order_by(Revision.number.desc()).limit(1))
    return found.snapshot if found else None


def merge(base: Values, theirs: Values, yours: Values) -> tuple[Values, list[str]]:
    """Merge two edits of one version (three-way): each field comes from the side that changed it.

    Where both changed a field, the merged values have yours; the second result names these fields.
    """
    merged = {name: theirs.get(name) if yours[name] == base.get(name) else yours[name] for name in yours}
    both = [
        name
        for name in yours
        if yours[name] != base.get(name) and theirs.get(name) not in (base.get(name), yours[name])
    ]
    return merged, both


def _name(entry: Entry, reference: str) -> str:
    """The name or title of the row that a field refers to; "" when it refers to none."""
    thing: Any = getattr(entry, reference.removesuffix("_id"))
    if thing is None:
        return ""
    return str(thing.title if isinstance(thing, Entry) else thing.name)

"""Keep history: every visible change appends one numbered revision in its own transaction.

`Values` is the one form in which an entry's content travels between form, snapshot, undo and conflict page: a dict that
JSON can hold, with the fields of `calendar_app.fields`, "tags" and "photos".
"""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import fields
from calendar_app.db import public_chain, revision_chain, wake
from calendar_app.db.engine import take_write_lock
from calendar_app.db.models import Entry, Event, Revision, Site, User
from calendar_app.entries import commits, due_moments, last_changes, search_index
from calendar_app.text import facilities

Values = dict[str, Any]
BATCH = "batch"
SKIPPED = "skip"  # in session.info and in a snapshot: the ids of the receivers that a person unticked
MADE_BY = "made_by"  # key in session.info: what every snapshot says of who makes the changes, such as a token
LOCKED = "locked"  # key in session.info: the transaction whose reads came after it took the write lock
# Key in session.info: the transaction or savepoint that took the lock, which a savepoint may give back, and the row.
HELD = "held"
MOVED = "moved"  # key in session.info: the transaction that has set the time of the last change


@dataclass(frozen=True, slots=True)
class Change:
    """One field that differs between two snapshots, with both values as a person reads them."""

    field: str
    old: str
    new: str


def values(entry: Entry) -> Values:
    """Return all editable values of an entry, in a form that JSON can hold and that compares by `==`."""
    plain = {name: encode(getattr(entry, name)) for name in fields.names(entry.kind)}
    # In database order, so that tags typed in another order are no change.
    tags = [tag.name for tag in sorted(entry.tags, key=lambda tag: tag.id or sys.maxsize)]
    photos = [{"id": photo.id, "alt": photo.alt} for photo in entry.photos]
    return plain | {"tags": tags, "photos": photos}


def known(kind: str, values: Values) -> Values:
    """Return stored values without the fields that entries no longer have."""
    return {name: value for name, value in values.items() if name in (*fields.names(kind), "tags", "photos")}


def encode(value: Any) -> Any:
    """Return a column's value as `Values` holds it: a moment in ISO 8601."""
    return value.isoformat() if isinstance(value, datetime) else value


def decode(name: str, value: Any) -> Any:
    """The reverse of `encode`, by the type of the field."""
    timed = name in fields.FIELDS and fields.FIELDS[name].type in fields.TIMED
    return datetime.fromisoformat(value) if timed and value else value


def snapshot(entry: Entry) -> dict[str, Any]:
    """Return an entry as it is now, with the names behind its ids, so that history stays readable after a rename."""
    about: dict[str, Any] = {"state": entry.state, "sequence": entry.sequence, "version": entry.version}
    names = {name: _name(entry, name) for name in fields.names(entry.kind, "reference")}
    if entry.owner:  # set when an entry has been handed over
        about["owner_id"], names["owner"] = entry.owner_id, entry.owner.name
    if entry.publish_at:
        about["publish_at"] = entry.publish_at.isoformat()
    if isinstance(entry, Event):
        about |= {"status": entry.status, "reason": entry.reason}
    if entry.answers:  # questions answered on its page
        about["answers"] = [[answer.id, answer.public_question, answer.public_answer] for answer in entry.answers]
        names["answers"] = "\n".join(
            f"Q. {answer.public_question} A. {answer.public_answer}" for answer in entry.answers
        )
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
    holder, held = session.info.get(HELD, (None, None))
    if holder and holder in (session.get_transaction(), session.get_nested_transaction()):
        return cast(Site, held)
    take_write_lock(session)
    site = session.get(Site, 1, with_for_update=True, populate_existing=True)
    if site is None:
        raise LookupError("this database has not been set up: run `calendar-app init`")
    transaction = session.get_transaction()
    session.info[HELD] = session.get_nested_transaction() or transaction, site
    if session.info.get(LOCKED) is not transaction:
        session.info[LOCKED] = transaction
        for thing in set(session.identity_map.values()) - {site, *session.dirty}:
            session.expire(thing)
    return site


def append(
    session: Session,
    kind: str,
    subject: Any,
    *,
    actor: User | None,
    at: datetime,
    public: bool,
    notable: bool = False,
    note: str = "",
    original: datetime | None = None,
    shot: dict[str, Any] | None = None,
    by_clock: bool = False,
) -> Revision:
    """Append one change. Call it last: the snapshot shows `subject` as it stands.

    `notable` rows become items of the feeds; `original` is the planned start of the single date that changed; `shot` is the
    snapshot of a subject that is no entry; `at` is an instant (UTC). `by_clock`: it became due.
    """
    site = lock(session)
    session.flush()
    entry = subject if isinstance(subject, Entry) else None
    number = site.revision = site.revision + 1
    if public:
        site.public_revision = number
        _move_on(session, site, at)
    moments = [site.due_at, due_moments.of(entry) if entry else None]
    site.due_at = min(filter(None, moments), default=None)
    with session.no_autoflush:  # the row of the site is written once, with the revision
        shot = (snapshot(entry) if entry else shot or {}) | ({"by_clock": True} if by_clock else {})
        touched = _touches(session, subject, number, shot)
    if public and entry and (skipped := session.info.get(SKIPPED)):
        shot[SKIPPED] = sorted(skipped)
    values = {
        "number": number,
        "at": at,
        "actor_id": actor.id if actor else None,
        "kind": kind,
        "subject": f"{subject.__tablename__}:{subject.id}",
        "public": public,
        "notable": notable,
        "guid": guid(site, entry, kind, number, at) if notable and entry else None,
        "note": note,
        "original": original,
        "batch": session.info.get(BATCH),
        "snapshot": shot | session.info.get(MADE_BY, {}),
        "touches": sorted(touched),
    }
    site.revision_hash = revision_chain.link(site.revision_hash, values)
    row = Revision(entry=entry, hash=site.revision_hash, **values)
    if public_chain.listed(values):
        site.public_hash = row.public_hash = public_chain.link(site.public_hash, values)
    session.add(row)
    session.flush()
    if public:
        commits.note(session, touched)
        wake.at_commit(session)
        last_changes.record(session, touched, max(site.changed_at, entry.changed_at) if entry else site.changed_at)
    search_index.update(session, subject)
    return row


def _touches(session: Session, subject: Any, number: int, shot: dict[str, Any]) -> set[str]:
    """What the change of this number touches: it compares with the change of the same entry before it."""
    previous = _row_before(session, subject.id, number) if isinstance(subject, Entry) else None
    before = previous.snapshot if previous else {}
    touched = set(previous.touches or ()) if previous else set()
    values = before.get("values", {}), shot.get("values", {})
    return last_changes.touches(session, subject, *values, touched) | last_changes.members(before, shot)


def _move_on(session: Session, site: Site, at: datetime) -> None:
    """Move the time of the last public change on by at least a second, once for each transaction.

    HTTP dates count seconds (RFC 9110, section 8.8.2.1). After two changes within one second, a reader who saw the
    first and sends only If-Modified-Since would never learn of the second.
    """
    transaction = session.get_transaction()
    if session.info.get(MOVED) is not transaction:
        session.info[MOVED] = transaction
        site.changed_at = max(at, site.changed_at.replace(microsecond=0) + timedelta(seconds=1))


def new_act() -> str:
    """Return a new name for an act that takes several transactions."""
    return secrets.token_urlsafe(9)


@contextmanager
def one_act(session: Session, name: str = "") -> Iterator[str]:
    """Record everything inside as one act, which is undone as a whole. Yields its name; pass the name to continue the
    act."""
    session.info[BATCH] = name = name or new_act()
    try:
        yield name
    finally:
        del session.info[BATCH]


def guid(site: Site, entry: Entry, kind: str, number: int, at: datetime) -> str:
    """Return a tag: URI (RFC 4151), made once and stored. The first publication names the entry, later rows a notice."""
    path = f"{entry.kind}/{entry.public_id}" if kind == "published" else f"notice/{number}"
    return f"tag:{site.site_id},{at.astimezone(UTC).year}:{path}"


def of_version(entry: Entry, version: int) -> Values | None:
    """Return the values from which a form of this version was filled, or None when history does not have them."""
    for row in entry.revisions:
        if row.snapshot.get("version") == version:
            return dict(row.snapshot["values"])
    return None


def snapshots(session: Session, entry: Entry) -> Iterator[dict[str, Any]]:
    """Yield the snapshots of an entry, newest first."""
    query = select(Revision.snapshot).where(Revision.entry_id == entry.id)
    yield from session.scalars(query.order_by(Revision.number.desc()))


def last_public(session: Session, entry: Entry) -> dict[str, Any] | None:
    """Return the last public snapshot of an entry; None when it never was public."""
    return next((shot for shot in snapshots(session, entry) if shot["state"] == "published"), None)


def before(session: Session, row: Revision) -> dict[str, Any] | None:
    """Return the snapshot of the same entry before this change, or None for its first."""
    previous = _row_before(session, row.entry_id, row.number)
    return previous.snapshot if previous else None


def _row_before(session: Session, entry_id: int | None, number: int) -> Revision | None:
    earlier = select(Revision).where(Revision.entry_id == entry_id, Revision.number < number)
    return session.scalar(earlier.order_by(Revision.number.desc()).limit(1))


def merge(base: Values, theirs: Values, yours: Values) -> tuple[Values, list[str]]:
    """Merge two edits of one version (three-way): each field comes from the side that changed it.

    Where both changed a field, the merged values have yours; the second result names these fields.
    """
    mine = [name for name in yours if not same(name, yours[name], base.get(name))]
    merged = {name: yours[name] if name in mine else theirs.get(name) for name in yours}
    both = [
        name
        for name in mine
        if not same(name, theirs.get(name), base.get(name)) and not same(name, theirs.get(name), yours[name])
    ]
    return merged, both


def same(name: str, value: Any, other: Any) -> bool:
    """Whether two values of a field say the same. The order of tags says nothing."""
    return value == other or (name == "tags" and set(value or ()) == set(other or ()))


def _name(entry: Entry, reference: str) -> str:
    """Return the name or title of the row that a field refers to; "" when it refers to none."""
    row: Any = getattr(entry, reference.removesuffix("_id")) if getattr(entry, reference) else None
    return str(row.title if isinstance(row, Entry) else row.name) if row else ""

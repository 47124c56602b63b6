"""Save, publish, schedule, unschedule, cancel, postpone, withdraw and restore entries: the only way to write them.

Each function takes the write lock, changes the entry, rebuilds its occurrences and appends one revision. None commits:
the caller owns the transaction.
"""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement, Entry, Event, Revision, User
from calendar_app.entries import change_notices, editing, former_tags, occurrences, revisions, search_index
from calendar_app.entries.change_notices import Notice
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.entries.search_index import Reference
from calendar_app.text.markup import clean

# Without letters that people confuse when they read from paper or over the telephone.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


class Gone(LookupError):
    """The entry was public and has been withdrawn."""


def create(session: Session, kind: str, values: Values, *, actor: User | None, at: datetime) -> Entry:
    """Create a draft. `values` have the form of `revisions.values`; missing fields keep their defaults.

    Raises Invalid when the values cannot be saved.
    """
    site = revisions.lock(session)
    entry = (Event if kind == "event" else Announcement)(
        uid=f"{secrets.token_hex(16)}@{site.site_id}",
        public_id="".join(secrets.choice(ALPHABET) for _ in range(8)),
        author_id=actor.id if actor else None,
        created_at=at,
        updated_at=at,
        changed_at=at,
    )
    session.add(entry)
    with session.no_autoflush:
        editing.apply(session, entry, editing.cleaned(session, values))
    session.flush()
    occurrences.rebuild(session, entry)
    revisions.append(session, "created", entry, actor=actor, at=at, public=False)
    return entry


def save(session: Session, entry: Entry, values: Values, *, actor: User | None, at: datetime, note: str = "") -> bool:
    """Change the fields in `values`; False when nothing differs. `note` tells the public of a correction.

    Raises Invalid when the values cannot be saved.
    """
    revisions.lock(session)
    now = revisions.values(entry)
    changes = editing.changes(now, editing.cleaned(session, values))
    if not changes and not note:
        return False
    was = entry.repeat if isinstance(entry, Event) else None
    replaced = entry.supersedes if isinstance(entry, Announcement) and "supersedes_id" in changes else None
    editing.apply(session, entry, changes)
    if replaced and entry.public:
        change_notices.touch_replaced(replaced, at)
    if "valid_until" in changes:
        _see_its_end(entry, at)
    notice = change_notices.of_edit(entry, now, was, changes, note)
    if isinstance(entry, Event) and notice.kind in ("rescheduled", "confirmed"):
        _reschedule(entry, now, note, at)
    change_notices.record(session, entry, notice, actor=actor, at=at, note=note)
    return True


def publish(
    session: Session,
    entry: Entry,
    *,
    actor: User | None,
    at: datetime,
    since: datetime | None = None,
    notable: bool = True,
) -> None:
    """Make an entry public at once; nobody has to approve it. Raises Gone when it was withdrawn.

    `since` is the instant (UTC) at which it was due, if earlier than `at`; without `notable` no feed announces it.
    """
    revisions.lock(session)
    if entry.state == "published":
        return
    if entry.state == "withdrawn":
        raise Gone(entry.public_id)
    entry.state, entry.publish_at, entry.published_at = "published", None, since or at
    _see_its_end(entry, at)
    notice = Notice("published", notable=notable, by_clock=since is not None)
    change_notices.record(session, entry, notice, actor=actor, at=at)


def _see_its_end(entry: Entry, at: datetime) -> None:
    """Mark an announcement whose time is over already: nobody had it in force, so nothing expires and no one is told."""
    if isinstance(entry, Announcement):
        entry.expired = entry.valid_until is not None and entry.valid_until <= at


def schedule(session: Session, entry: Entry, publish_at: datetime, *, actor: User | None, at: datetime) -> None:
    """Let the worker publish an entry at the instant `publish_at` (UTC).

    Raises Invalid when it has been public already or `publish_at` is past.
    """
    revisions.lock(session)
    if entry.state not in ("draft", "scheduled"):
        raise Invalid(publish_at="already_public")
    if publish_at <= at:
        raise Invalid(publish_at="in_the_past")
    entry.state, entry.publish_at = "scheduled", publish_at
    change_notices.record(session, entry, Notice("scheduled"), actor=actor, at=at)


def unschedule(session: Session, entry: Entry, *, actor: User | None, at: datetime) -> None:
    """Return a scheduled entry to a draft. Nobody outside is told, because nothing was public."""
    revisions.lock(session)
    if entry.state == "scheduled":
        entry.state, entry.publish_at = "draft", None
        change_notices.record(session, entry, Notice("unscheduled"), actor=actor, at=at)


def cancel(session: Session, event: Event, reason: str, *, actor: User | None, at: datetime) -> None:
    """Cancel an event. It stays on its page and in every feed, marked as cancelled."""
    _set_status(session, event, "cancelled", reason, actor=actor, at=at)


def postpone(session: Session, event: Event, reason: str, *, actor: User | None, at: datetime) -> None:
    """Postpone an event to a day not yet known. Saving new dates ends the postponement."""
    _set_status(session, event, "postponed", reason, actor=actor, at=at)


def mark(session: Session, event: Event, status: str, reason: str, *, actor: User | None, at: datetime) -> None:
    """Mark an event as full or moved online."""
    _set_status(session, event, status, reason, actor=actor, at=at)


def withdraw(session: Session, entry: Entry, reason: str, *, actor: User | None, at: datetime) -> None:
    """Withdraw an entry published by mistake: it leaves pages and feeds; its address answers 410. Only staff see the
    reason."""
    revisions.lock(session)
    if entry.state == "withdrawn":
        return
    was_public = entry.public
    entry.state, entry.publish_at = "withdrawn", None
    change_notices.record(
        session, entry, Notice("withdrawn"), actor=actor, at=at, note=clean(reason), public=was_public
    )


def restore(session: Session, entry: Entry, *, actor: User | None, at: datetime) -> None:
    """Undo a withdrawal, or else a cancellation or another status: the entry is as it was before."""
    revisions.lock(session)
    if entry.state == "withdrawn":
        seen = revisions.last_public(session, entry)
        entry.state = "published" if entry.published_at else "draft"
        _see_its_end(entry, at)
        change_notices.record(session, entry, Notice("reinstated"), actor=actor, at=at)
        if seen and entry.public:
            _tell_since(session, entry, seen, actor=actor, at=at)
    elif isinstance(entry, Event) and entry.status != "scheduled":
        was, shot = entry.status, before_status(session, entry)
        entry.status, entry.reason, entry.status_at = shot["status"], shot["reason"], at
        kind = entry.status if entry.status in ("full", "moved_online") else "restored"
        notice = Notice(kind, notable=True, sequence=True)
        if was == "cancelled":
            notice = changed_meanwhile(entry, shot.get("values"), at=at) or notice
        change_notices.record(session, entry, notice, actor=actor, at=at, note=entry.reason)


def before_status(session: Session, event: Event) -> dict[str, Any]:
    """Return the newest snapshot from before the event was called off; if it is full or moved online, from before that too.

    Where there is none it holds only status and reason.
    """
    off = ("cancelled", "postponed")
    ended = off if event.status in off else (*off, "full", "moved_online", event.status)
    found = (shot for shot in revisions.snapshots(session, event) if shot["status"] not in ended)
    return next(found, {"status": "scheduled", "reason": ""})


def changed_meanwhile(event: Event, seen: Values | None, *, at: datetime) -> Notice | None:
    """The notice of new dates or a new place that an event got while it was cancelled, when it is on again.

    `seen` are its values before the cancellation: of edits made meanwhile nobody was told.
    """
    if not seen:
        return None
    before = revisions.known(event.kind, seen)
    now = {name: value for name, value in revisions.values(event).items() if name in before}
    notice = change_notices.of_edit(event, before, editing.dates_of(before), editing.changes(before, now), "")
    if notice.kind not in ("rescheduled", "confirmed", "moved"):
        return None
    if notice.kind != "moved":
        _reschedule(event, before, "", at)
    return replace(notice, sequence=True)


def _tell_since(session: Session, entry: Entry, seen: dict[str, Any], *, actor: User | None, at: datetime) -> None:
    """Announce how the entry differs from the last public snapshot `seen`, since edits of a withdrawn entry told
    nobody."""
    before = revisions.known(entry.kind, seen["values"])
    before["tags"] = former_tags.present(session, before["tags"])
    now = {name: value for name, value in revisions.values(entry).items() if name in before}
    changes = editing.changes(before, now)
    event = entry if isinstance(entry, Event) else None
    notice = change_notices.of_edit(entry, before, editing.dates_of(before) if event else None, changes, "")
    if event and (seen["status"], seen["reason"]) != (event.status, event.reason):
        notice = change_notices.of_status(seen["status"], event.status)
    elif event and notice.kind in ("rescheduled", "confirmed"):
        _reschedule(event, before, "", at)
    if notice.notable or notice.sequence:
        note = event.reason if event and notice.kind == event.status else ""
        change_notices.record(session, entry, notice, actor=actor, at=at, note=note)


def revert(session: Session, entry: Entry, number: int, *, actor: User | None, at: datetime) -> bool:
    """Bring back the values of revision `number` as a new change; state and status stay. Raises LookupError when it has
    none."""
    for row in entry.revisions:
        if row.number == number:
            return save(session, entry, revisions.known(entry.kind, row.snapshot["values"]), actor=actor, at=at)
    raise LookupError(number)


def save_reference(session: Session, reference: Reference, values: Values, *, actor: User | None, at: datetime) -> None:
    """Add or change a venue, a department or a category. Every entry that shows it counts as changed.

    The revision holds both sides of a change, so that it can be undone.
    """
    revisions.lock(session)
    cleaned = {name: clean(value, lines=False) if isinstance(value, str) else value for name, value in values.items()}
    known = reference.id is not None
    was = {name: getattr(reference, name) for name in cleaned} if known else {}
    changed = {name: cleaned[name] for name in was if was[name] != cleaned[name]}
    for name, value in cleaned.items():
        setattr(reference, name, value)
    session.add(reference)
    session.flush()
    if known:
        change_notices.touch_all(session, Entry.published_at.is_not(None) & search_index.entries_showing(reference), at)
    both = {"name": reference.name, "was": {name: was[name] for name in changed}, "now": changed} if changed else {}
    kind = "changed" if known else "created"
    revisions.append(session, kind, reference, actor=actor, at=at, public=True, shot={"values": cleaned} | both)


def undo_reference(session: Session, reference: Reference, before: Values, _row: Revision, **record_args: Any) -> bool:
    """Restore the values of a venue that a change replaced and that nobody has changed since. False when none are left."""
    if before:
        save_reference(session, reference, before, **record_args)
    return bool(before)


def _set_status(session: Session, event: Event, status: str, reason: str, *, actor: User | None, at: datetime) -> None:
    revisions.lock(session)
    reason = clean(reason, lines=False)
    if (event.status, event.reason) == (status, reason):
        return
    event.status, event.reason, event.status_at = status, reason, at
    change_notices.record(session, event, Notice(status, notable=True, sequence=True), actor=actor, at=at, note=reason)


def _reschedule(event: Event, before: Values, note: str, at: datetime) -> None:
    """End a postponement by new dates. A confirmed date counts as moved and is remembered as an earlier start."""
    firm = before["certainty"] == "confirmed"
    was = before["start"]
    if firm and was != event.start.isoformat() and was not in event.previous_starts:
        event.previous_starts = [*event.previous_starts, was]
    if event.status in ("scheduled", "postponed", "rescheduled"):
        event.status, event.reason, event.status_at = "rescheduled" if firm else "scheduled", note, at

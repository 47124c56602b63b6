"""Undo changes of entries: `INVERSES` maps the kind of a revision to its inverse. `staff/undo.py` joins all folders'
tables.

An inverse touches only values that its change set and that nobody has changed since. It returns False when none are
left.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Event, Revision
from calendar_app.entries import change_notices, former_tags, publishing, revisions, single_dates
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values

Snapshot = dict[str, Any]
# Called as inverse(session, subject, before, row, actor=…, at=…): what `row` changed, and its snapshot before the change.
Inverse = Callable[..., bool]


def undo_schedule(session: Session, entry: Entry, before: Snapshot, row: Revision, **record_args: Any) -> bool:
    """Return the entry to its draft, or to its earlier time of publication if that is still to come."""
    if "publish_at" in row.snapshot and entry.publish_at != datetime.fromisoformat(row.snapshot["publish_at"]):
        return False
    if before["state"] == "draft":
        publishing.unschedule(session, entry, **record_args)
        return True
    then = datetime.fromisoformat(before.get("publish_at", "2000-01-01T00:00+00:00"))
    if before["state"] != "scheduled" or then <= record_args["at"]:
        return False
    publishing.schedule(session, entry, then, **record_args)
    return True


def undo_state(session: Session, entry: Entry, _before: Snapshot, _row: Revision, **record_args: Any) -> bool:
    """Withdraw a public entry, or restore a withdrawn one."""
    if entry.state == "withdrawn":
        publishing.restore(session, entry, **record_args)
    else:
        publishing.withdraw(session, entry, "", **record_args)
    return True


def undo_edit(session: Session, entry: Entry, before: Snapshot, row: Revision, **record_args: Any) -> bool:
    """Undo a change of an entry's values, of an event's status, or of one date of a series."""
    if isinstance(entry, Event):
        return (_undo_date if row.original else _undo_event)(session, entry, before, row, **record_args)
    values = _undoing_values(session, before, row.snapshot, entry)
    try:
        return publishing.save(session, entry, values, **record_args)
    except Invalid:  # what it replaced then replaces it now
        return False


STATUS_KINDS = ("cancelled", "postponed", "full", "moved_online", "held", "restored", "settled")
EDIT_KINDS = ("changed", "corrected", "rescheduled", "confirmed", "dates_added", "moved", "extended", "deadline")
LISTS = ("tags", "rdates", "exdates")  # undone item by item
INVERSES: dict[str, Inverse] = (
    dict.fromkeys((*STATUS_KINDS, *EDIT_KINDS, "expired"), undo_edit)
    | dict.fromkeys(("scheduled", "unscheduled"), undo_schedule)
    | dict.fromkeys(("published", "withdrawn", "reinstated"), undo_state)
)


def _undo_date(session: Session, event: Event, before: Snapshot, row: Revision, **record_args: Any) -> bool:
    original = row.original
    if original is None or _override(row.snapshot["values"], original) != _override(revisions.values(event), original):
        return False
    values = _override(before["values"], original)
    try:
        single_dates.change_date(session, event, original, values, **record_args)
    except Invalid:  # the series no longer has that date
        return False
    return True


def _override(values: Values, original: datetime) -> Values:
    override: Values = next(
        (change for change in values["overrides"] if change["original"] == original.isoformat()), {}
    )
    return {name: value for name, value in override.items() if name != "original"}


def _undo_event(session: Session, event: Event, before: Snapshot, row: Revision, **record_args: Any) -> bool:
    """Undo values and status. Values come first, because saving new dates would set "rescheduled"."""
    was = _status_and_reason(event)
    status = _status_and_reason(before) if was == _status_and_reason(row.snapshot) else was
    saved = publishing.save(session, event, _undoing_values(session, before, row.snapshot, event), **record_args)
    if differs := _status_and_reason(event) != status:
        event.status, event.reason, event.status_at = *status, record_args["at"]
    if row.kind == "rescheduled":
        _forget_start(event, row.snapshot["values"]["start"])
    if differs:
        notice = change_notices.of_status(was[0], status[0])
        if was[0] == "cancelled" and status[0] not in ("cancelled", "postponed"):
            notice = publishing.changed_meanwhile(event, before["values"], at=record_args["at"]) or notice
        change_notices.record(session, event, notice, note=event.reason, **record_args)
    return saved or differs


def _forget_start(event: Event, mistaken: str) -> None:
    """Remove from the earlier starts the one the event has again, and the mistaken one if the event now counts as never
    moved."""
    wrong = {event.start.isoformat()} | ({mistaken} if event.status != "rescheduled" else set())
    event.previous_starts = [start for start in event.previous_starts if start not in wrong]


def _status_and_reason(subject: Event | Snapshot) -> tuple[str, str]:
    """Return status and reason of an event or a snapshot."""
    return (subject.status, subject.reason) if isinstance(subject, Event) else (subject["status"], subject["reason"])


def _undoing_values(session: Session, before: Snapshot, after: Snapshot, entry: Entry) -> Values:
    """Return the values that undo the step between two snapshots, for those fields that nobody has changed since."""
    now = revisions.values(entry)
    old, new = (
        shot["values"] | {"tags": former_tags.present(session, shot["values"]["tags"])} for shot in (before, after)
    )
    same = {name: old.get(name) for name in now if new.get(name) != old.get(name) and now[name] == new.get(name)}
    left = ("tags",) if {"start", "rule"} & same.keys() else LISTS  # exceptions follow their series
    lists = [name for name in left if name in now and name not in same and set(old[name]) != set(new[name])]
    return same | {name: _undo_list(old[name], new[name], now[name]) for name in lists}


def _undo_list(old: list[str], new: list[str], now: list[str]) -> list[str]:
    """Return the present list without the items that a change added, and with those that it removed."""
    left = [item for item in now if item in old or item not in new]
    return left + [item for item in old if item not in (*new, *left)]

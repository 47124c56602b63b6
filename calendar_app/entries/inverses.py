"""What takes a change of an entry back, by the kind of its revision: `INVERSES`. `staff/undo.py` joins the tables of all folders.

An inverse touches only what its change did, and of that only what is still as the change left it. It gives False when
nothing of it is left.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Event, Revision
from calendar_app.entries import change_notices, editing, publishing, revisions, single_dates
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values

Snapshot = dict[str, Any]
# Called as inverse(session, thing, before, row, actor=…, at=…): the thing that `row` changed, and its snapshot before that.
Inverse = Callable[..., bool]


def undo_schedule(session: Session, entry: Entry, before: Snapshot, row: Revision, **given: Any) -> bool:
    """As it was before: a draft, or to become public by itself, if that time is still to come."""
    if "publish_at" in row.snapshot and entry.publish_at != datetime.fromisoformat(row.snapshot["publish_at"]):
        return False
    if before["state"] == "draft":
        publishing.unschedule(session, entry, **given)
        return True
    then = datetime.fromisoformat(before.get("publish_at", "2000-01-01T00:00+00:00"))
    if before["state"] != "scheduled" or then <= given["at"]:
        return False
    publishing.schedule(session, entry, then, **given)
    return True


def undo_state(session: Session, entry: Entry, _before: Snapshot, _row: Revision, **given: Any) -> bool:
    """Public becomes withdrawn, withdrawn what it was."""
    if entry.state == "withdrawn":
        publishing.restore(session, entry, **given)
    else:
        publishing.withdraw(session, entry, "", **given)
    return True


def undo_edit(session: Session, entry: Entry, before: Snapshot, row: Revision, **given: Any) -> bool:
    """Values of an entry, the status of an event, or one date of a series."""
    if isinstance(entry, Event):
        return (_undo_date if row.original else _undo_event)(session, entry, before, row, **given)
    try:
        return publishing.save(session, entry, _taken_back(session, before, row.snapshot, entry), **given)
    except Invalid:  # what it replaced then replaces it now
        return False


STATUS_KINDS = ("cancelled", "postponed", "full", "moved_online", "held", "restored", "settled")
EDIT_KINDS = ("changed", "corrected", "rescheduled", "confirmed", "dates_added", "moved", "extended", "deadline")
LISTS = ("tags", "rdates", "exdates")  # of which each item was added or taken away by itself
INVERSES: dict[str, Inverse] = (
    dict.fromkeys((*STATUS_KINDS, *EDIT_KINDS, "expired"), undo_edit)
    | dict.fromkeys(("scheduled", "unscheduled"), undo_schedule)
    | dict.fromkeys(("published", "withdrawn", "reinstated"), undo_state)
)


def _undo_date(session: Session, event: Event, before: Snapshot, row: Revision, **given: Any) -> bool:
    original = row.original
    if original is None or _override(row.snapshot["values"], original) != _override(revisions.values(event), original):
        return False
    values = _override(before["values"], original)
    try:
        single_dates.change_date(session, event, original, values, **given)
    except Invalid:  # the series has that date no more
        return False
    return True


def _override(values: Values, original: datetime) -> Values:
    found: Values = next((one for one in values["overrides"] if one["original"] == original.isoformat()), {})
    return {name: value for name, value in found.items() if name != "original"}


def _undo_event(session: Session, event: Event, before: Snapshot, row: Revision, **given: Any) -> bool:
    """Values and status. Values first: new dates would say "rescheduled" of what only is again as it was."""
    was = _said(event)
    status = _said(before) if was == _said(row.snapshot) else was
    saved = publishing.save(session, event, _taken_back(session, before, row.snapshot, event), **given)
    if told := _said(event) != status:
        event.status, event.reason, event.status_at = *status, given["at"]
    if row.kind == "rescheduled":
        _forget_start(event, row.snapshot["values"]["start"])
    if told:
        notice = change_notices.of_status(was[0], status[0])
        if was[0] == "cancelled" and status[0] not in ("cancelled", "postponed"):
            notice = publishing.changed_meanwhile(event, before["values"], at=given["at"]) or notice
        change_notices.record(session, event, notice, note=event.reason, **given)
    return saved or told


def _forget_start(event: Event, mistaken: str) -> None:
    """The start that it has again is not an earlier one; nor is the mistaken one, of what counts as never moved."""
    wrong = {event.start.isoformat()} | ({mistaken} if event.status != "rescheduled" else set())
    event.previous_starts = [one for one in event.previous_starts if one not in wrong]


def _said(thing: Event | Snapshot) -> tuple[str, str]:
    """Status and reason, of an event or of a snapshot."""
    return (thing.status, thing.reason) if isinstance(thing, Event) else (thing["status"], thing["reason"])


def _taken_back(session: Session, before: Snapshot, after: Snapshot, entry: Entry) -> Values:
    """The values that undo the step between two snapshots, of those fields that are still as that step left them."""
    now = revisions.values(entry)
    old, new = (
        shot["values"] | {"tags": editing.present_tags(session, shot["values"]["tags"])} for shot in (before, after)
    )
    same = {name: old.get(name) for name in now if new.get(name) != old.get(name) and now[name] == new.get(name)}
    left = ("tags",) if {"start", "rule"} & same.keys() else LISTS  # exceptions follow their series
    lists = [name for name in left if name in now and name not in same and set(old[name]) != set(new[name])]
    return same | {name: _list_taken_back(old[name], new[name], now[name]) for name in lists}


def _list_taken_back(old: list[str], new: list[str], now: list[str]) -> list[str]:
    """The present list without what a change added to it, and with what that took away."""
    kept = [item for item in now if item in old or item not in new]
    return kept + [item for item in old if item not in (*new, *kept)]

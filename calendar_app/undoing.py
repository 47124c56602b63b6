"""Taking back: one change, or everything of one act. An undo is a change like any other; what was changed since stays."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import notices, publishing, revisions, single_dates
from calendar_app.models import Event, Revision, User
from calendar_app.notices import Notice
from calendar_app.revisions import Values

Snapshot = dict[str, Any]


def undo(session: Session, row: Revision, *, actor: User | None, at: datetime) -> bool:
    """Take back one change; False when there is nothing left of it to take back."""
    revisions.lock(session)
    given: dict[str, Any] = {"actor": actor, "at": at}
    entry, before = row.entry, revisions.before(session, row)
    if entry is None or before is None or entry.state != row.snapshot["state"]:
        return False
    if row.kind == "published":
        publishing.withdraw(session, entry, "", **given)
        return True
    if row.kind in ("withdrawn", "reinstated"):
        _swap_state(session, row, **given)
        return True
    if row.original and isinstance(entry, Event):
        return _undo_date(session, entry, row.original, before, row.snapshot, **given)
    status = isinstance(entry, Event) and _undo_status(session, entry, before, row.snapshot, **given)
    values = _taken_back(before["values"], row.snapshot["values"], revisions.values(entry))
    return publishing.save(session, entry, values, **given) or status


def undo_act(session: Session, act: str, *, actor: User | None, at: datetime) -> int:
    """Take back a whole act, its last change first; how many changes could be taken back."""
    rows = session.scalars(select(Revision).where(Revision.batch == act).order_by(Revision.number.desc())).all()
    with revisions.one_act(session):
        return sum(undo(session, row, actor=actor, at=at) for row in rows)


def _swap_state(session: Session, row: Revision, **given: Any) -> None:
    if row.entry and row.kind == "withdrawn":
        publishing.restore(session, row.entry, **given)
    elif row.entry:
        publishing.withdraw(session, row.entry, "", **given)


def _undo_date(
    session: Session, event: Event, original: datetime, before: Snapshot, after: Snapshot, **given: Any
) -> bool:
    if _override(after["values"], original) != _override(revisions.values(event), original):
        return False
    values = _override(before["values"], original)
    single_dates.change_date(session, event, original, {k: v for k, v in values.items() if k != "original"}, **given)
    return True


def _override(values: Values, original: datetime) -> Values:
    return next((one for one in values["overrides"] if one["original"] == original.isoformat()), {})


def _undo_status(session: Session, event: Event, before: Snapshot, after: Snapshot, **given: Any) -> bool:
    if before["status"] == after["status"] or event.status != after["status"]:
        return False
    event.status, event.reason, event.status_at = before["status"], before["reason"], given["at"]
    cancelled = after["status"] in ("cancelled", "postponed")
    notice = Notice("restored" if cancelled else "changed", notable=cancelled, sequence=True)
    notices.record(session, event, notice, **given)
    return True


def _taken_back(old: Values, new: Values, now: Values) -> Values:
    """The values that undo the step from one snapshot to the next, of those fields that are still as that step left them."""
    return {name: old.get(name) for name in now if new.get(name) != old.get(name) and now[name] == new.get(name)}

"""Taking back: one change, or everything of one act. An undo is a change like any other; what was changed since stays."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Event, Revision, Source, User
from calendar_app.entries import change_notices, permissions, publishing, revisions, settings_changes, single_dates
from calendar_app.entries.change_notices import Notice
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.feedback import answers
from calendar_app.importing.sources import manage
from calendar_app.staff import handover

Snapshot = dict[str, Any]


def undo(session: Session, row: Revision, *, actor: User | None, at: datetime) -> bool:
    """Take back one change; False when there is nothing left of it to take back."""
    revisions.lock(session)
    given: dict[str, Any] = {"actor": actor, "at": at}
    if thing := settings_changes.thing_of(session, row):
        return _undo_thing(session, thing, row, **given)
    entry, before = row.entry, revisions.before(session, row)
    if entry is None or before is None or entry.state != row.snapshot["state"]:
        return False
    if row.kind in ("scheduled", "unscheduled"):
        return _reschedule(session, entry, before, row.snapshot, **given)
    if row.kind in ("published", "withdrawn", "reinstated"):
        _swap_state(session, entry, **given)
        return True
    if row.kind == handover.KIND:
        return handover.take_back(session, entry, before, row.snapshot, **given)
    if row.kind in answers.KINDS:
        return answers.take_back(session, entry, before, row.snapshot, **given)
    if isinstance(entry, Event):
        take_back = _undo_date if row.original else _undo_event
        return take_back(session, entry, row, before, **given)
    return publishing.save(session, entry, _taken_back(before, row.snapshot, entry), **given)


def newest(session: Session, thing: settings_changes.Kept) -> Revision | None:
    """The last change of a template or a source, if it can be taken back and has not been."""
    mine = select(Revision).where(Revision.subject == f"{thing.__tablename__}:{thing.id}")
    row = session.scalar(mine.order_by(Revision.number.desc()).limit(1))
    return row if row and row.batch and settings_changes.restorable_values(thing, row) else None


def step(session: Session, _verb: str, number: str, _given: object, *, actor: User | None, at: datetime) -> bool:
    """Take back the change of this number, if this person may; as `acts` calls it."""
    row = session.get(Revision, int(number))
    if row is None or (actor and row.entry and not permissions.may(actor, "edit", row.entry)):
        return False
    return undo(session, row, actor=actor, at=at)


def undo_act(session: Session, act: str, *, actor: User | None, at: datetime) -> int:
    """Take back a whole act, its last change first; how many changes could be taken back."""
    rows = session.scalars(select(Revision).where(Revision.batch == act).order_by(Revision.number.desc())).all()
    with revisions.one_act(session):
        return sum(undo(session, row, actor=actor, at=at) for row in rows)


def _undo_thing(session: Session, thing: settings_changes.Kept, row: Revision, **given: Any) -> bool:
    values = settings_changes.restorable_values(thing, row)
    if isinstance(thing, Source):
        return manage.put_back(session, thing, values, **given)
    return settings_changes.change(session, thing, values, **given)


def _reschedule(
    session: Session, entry: Entry, before: Snapshot, after: Snapshot, *, actor: User | None, at: datetime
) -> bool:
    """As it was before: a draft, or to become public by itself, if that time is still to come."""
    if "publish_at" in after and entry.publish_at != datetime.fromisoformat(after["publish_at"]):
        return False
    if before["state"] == "draft":
        publishing.unschedule(session, entry, actor=actor, at=at)
        return True
    then = datetime.fromisoformat(before.get("publish_at", "2000-01-01T00:00+00:00"))
    if before["state"] != "scheduled" or then <= at:
        return False
    publishing.schedule(session, entry, then, actor=actor, at=at)
    return True


def _swap_state(session: Session, entry: Entry, **given: Any) -> None:
    if entry.state == "withdrawn":
        publishing.restore(session, entry, **given)
    else:
        publishing.withdraw(session, entry, "", **given)


def _undo_date(session: Session, event: Event, row: Revision, before: Snapshot, **given: Any) -> bool:
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


def _undo_event(session: Session, event: Event, row: Revision, before: Snapshot, **given: Any) -> bool:
    """Values and status. Values first: new dates would say "rescheduled" of what only is again as it was."""
    was = _said(event)
    status = _said(before) if was == _said(row.snapshot) else was
    saved = publishing.save(session, event, _taken_back(before, row.snapshot, event), **given)
    if told := _said(event) != status:
        event.status, event.reason, event.status_at = *status, given["at"]
    if row.kind == "rescheduled":
        _forget_start(event, row.snapshot["values"]["start"])
    if told:
        change_notices.record(session, event, _of_status(was[0], status[0]), note=status[1], **given)
    return saved or told


def _forget_start(event: Event, mistaken: str) -> None:
    """The start that it has again is not an earlier one; nor is the mistaken one, of what counts as never moved."""
    wrong = {event.start.isoformat()} | ({mistaken} if event.status != "rescheduled" else set())
    event.previous_starts = [one for one in event.previous_starts if one not in wrong]


def _said(thing: Event | Snapshot) -> tuple[str, str]:
    """Status and reason, of an event or of a snapshot."""
    return (thing.status, thing.reason) if isinstance(thing, Event) else (thing["status"], thing["reason"])


def _of_status(was: str, now: str) -> Notice:
    """What the public is told when a status is taken back; of a "rescheduled" the new dates have told it."""
    if now in ("cancelled", "postponed", "full", "moved_online"):
        return Notice(now, notable=True, sequence=True)
    restored = was in ("cancelled", "postponed", "full", "moved_online")
    return Notice("restored" if restored else "changed", notable=restored, sequence=True)


def _taken_back(before: Snapshot, after: Snapshot, entry: Entry) -> Values:
    """The values that undo the step between two snapshots, of those fields that are still as that step left them."""
    old, new, now = before["values"], after["values"], revisions.values(entry)
    same = {name: old.get(name) for name in now if new.get(name) != old.get(name) and now[name] == new.get(name)}
    if "tags" in same or new["tags"] == old["tags"]:
        return same
    kept = [name for name in now["tags"] if name in old["tags"] or name not in new["tags"]]
    return same | {"tags": kept + [name for name in old["tags"] if name not in (*new["tags"], *kept)]}

"""Record a change: which notice the public gets, and what changes with it (SEQUENCE, LAST-MODIFIED, occurrences)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from calendar_app import fields
from calendar_app.dates.recurrence import Repeat, expand
from calendar_app.db.models import Announcement, Entry, Event, User
from calendar_app.entries import occurrences, revisions
from calendar_app.entries.revisions import Values
from calendar_app.text.markup import clean

DATES = {*fields.names_where(notice="dates"), *fields.names_where(notice="precision")}
PLACES = {*fields.names_where(notice="place")}
SEQUENCE = {*fields.names_where(sequence=True)}


@dataclass(frozen=True, slots=True)
class Notice:
    """The notice of a change. `notable` ones become items of the feeds; `sequence` raises SEQUENCE; `dates` rebuilds
    the occurrences. `original` is the single date of a series that the change is about, by its planned start.
    `by_clock`: nobody made the change, it became due.
    """

    kind: str = "changed"
    notable: bool = False
    sequence: bool = False
    dates: bool = False
    original: datetime | None = None
    by_clock: bool = False


def of_edit(entry: Entry, before: Values, was: Repeat | None, changes: Values, note: str) -> Notice:
    """Decide which notice an edit produces. Date, place and deadline changes always do; others only with a correction note.

    `before` holds the values and `was` the dates before the edit; `changes` the new values.
    """
    sequence, dates = bool(SEQUENCE & changes.keys()), bool(DATES & changes.keys())
    plain = Notice("corrected" if note else "changed", notable=bool(note), sequence=sequence, dates=dates)
    if not isinstance(entry, Event) or not was or not entry.public or entry.status == "cancelled":
        return plain
    kind = _of_dates(entry, was, changes) or _of_place_or_deadline(before, changes)
    return replace(plain, kind=kind, notable=True) if kind else plain


def _of_dates(event: Event, was: Repeat, changes: Values) -> str:
    if changes.get("certainty") == "confirmed":
        return "confirmed"
    if not DATES & changes.keys():
        return ""
    old, new = _times(was), _times(event.repeat)
    if old - new or "precision" in changes:
        return "rescheduled"
    return "dates_added" if new - old else ""


def _times(repeat: Repeat) -> set[tuple[datetime, datetime | None]]:
    return {(instance.start, instance.end) for instance in expand(repeat, date.max)}


def _of_place_or_deadline(before: Values, changes: Values) -> str:
    if PLACES & changes.keys():
        return "moved"
    if not (deadline := changes.get("apply_deadline")):
        return ""
    was = before.get("apply_deadline")
    return "extended" if was and deadline > was else "deadline"


def of_status(was: str, now: str) -> Notice:
    """Return the notice for a changed status. Leaving "rescheduled" tells nobody, since the new dates were announced
    before."""
    if now in ("cancelled", "postponed", "full", "moved_online"):
        return Notice(now, notable=True, sequence=True)
    restored = was in ("cancelled", "postponed", "full", "moved_online")
    return Notice("restored" if restored else "changed", notable=restored, sequence=True)


def record(
    session: Session,
    entry: Entry,
    notice: Notice,
    *,
    actor: User | None,
    at: datetime,
    note: str = "",
    public: bool | None = None,
) -> None:
    """Append the change to the revisions. Call it last: it records the entry as it stands.

    `public` defaults to whether the entry is public now.
    """
    note = clean(note)
    public = entry.public if public is None else public
    if public:
        entry.sequence += notice.sequence
        touch([entry, *_shown_with(session, entry)], at)
        if isinstance(entry, Announcement) and entry.supersedes:
            touch_replaced(entry.supersedes, at)
        if notice.notable:
            entry.updated_at = entry.changed_at
    entry.version += 1
    session.flush()
    if notice.dates:
        occurrences.rebuild(session, entry)
    details: dict[str, Any] = {"public": public, "notable": public and notice.notable, "note": note}
    details["by_clock"] = notice.by_clock
    revisions.append(session, notice.kind, entry, actor=actor, at=at, original=notice.original, **details)


def touch(entries: Iterable[Entry], at: datetime) -> None:
    """Move LAST-MODIFIED on by at least one second, because some clients skip an event whose time has not grown."""
    for entry in entries:
        next_second = entry.changed_at.replace(microsecond=0) + timedelta(seconds=1)
        entry.changed_at = max(at.replace(microsecond=0), next_second)


def touch_all(session: Session, condition: ColumnElement[bool], at: datetime) -> None:
    """Move LAST-MODIFIED of all entries that meet a condition on by at least one second, in one statement.

    Their version stays, because nothing of their own has changed: a form that is open can still be saved.
    """
    newest = session.scalar(select(func.max(Entry.changed_at)).where(condition))
    if newest is None:
        return
    moment = max(at.replace(microsecond=0), newest.replace(microsecond=0) + timedelta(seconds=1))
    touched = update(Entry).where(condition).values(changed_at=moment)
    session.execute(touched, execution_options={"synchronize_session": False})
    for thing in session.identity_map.values():
        if isinstance(thing, Entry):
            session.expire(thing, ["changed_at"])


def touch_replaced(announcement: Announcement, at: datetime) -> None:
    """Raise the SEQUENCE of an announcement that gains or loses its replacement, because it ends or returns in
    calendars. The season whose status line it is counts as changed, too."""
    announcement.sequence += 1
    seasons = [announcement.about] if announcement.headline and announcement.about else []
    touch([announcement, *seasons], at)


def _shown_with(session: Session, entry: Entry) -> list[Entry]:
    """Return other entries that show this one: the season whose status line it is or was, and announcements that
    replace it."""
    if not isinstance(entry, Announcement):
        return []
    before: Values = next((shot["values"] for shot in revisions.snapshots(session, entry)), {})
    lines = [(before.get("headline"), before.get("about_id")), (entry.headline, entry.about_id)]
    seasons = {about_id for headline, about_id in lines if headline and about_id}
    newer = session.scalars(select(Announcement).where(Announcement.supersedes_id == entry.id))
    return [*newer, *(session.get_one(Event, about_id) for about_id in sorted(seasons))]

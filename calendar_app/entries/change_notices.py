"""How a change is recorded: what the public is told of it, and what moves with it (SEQUENCE, LAST-MODIFIED, occurrences)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from calendar_app.dates.recurrence import Repeat, expand
from calendar_app.db.models import Announcement, Entry, Event, User
from calendar_app.entries import occurrences, revisions
from calendar_app.entries.revisions import Values
from calendar_app.text.markup import clean

DATES = ("start", "end", "all_day", "timezone", "rule", "rdates", "exdates", "overrides", "skips", "shift", "slots")
PLACES = ("venue_id", "online_url")
# What raises SEQUENCE: a deadline has a VEVENT of its own, with its event's number.
SHOWN = {
    *DATES,
    *PLACES,
    "title",
    "precision",
    "certainty",
    "apply_start",
    "apply_deadline",
    "importance",
    "valid_until",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """What the public is told of a change, if anything. `original` names the one date of a series that it is about.

    `dates`: the occurrences are not what they were.
    """

    kind: str = "changed"
    notable: bool = False
    sequence: bool = False
    dates: bool = False
    original: datetime | None = None


def of_edit(entry: Entry, before: Values, was: Repeat | None, changes: Values, note: str) -> Notice:
    """What the public is told of edited values: of new dates, places and deadlines always, of the rest when there is a note."""
    sequence = bool(SHOWN & changes.keys())
    dates = bool({*DATES, "precision"} & changes.keys())
    plain = Notice("corrected" if note else "changed", notable=bool(note), sequence=sequence, dates=dates)
    if not isinstance(entry, Event) or not was or not entry.public or entry.status == "cancelled":
        return plain
    kind = _of_dates(entry, was, changes) or _of_place_or_deadline(before, changes)
    return replace(plain, kind=kind, notable=True) if kind else plain


def _of_dates(event: Event, was: Repeat, changes: Values) -> str:
    if changes.get("certainty") == "confirmed":
        return "confirmed"
    if not changes.keys() & {*DATES, "precision"}:
        return ""
    old, new = _times(was), _times(event.repeat)
    if old - new or "precision" in changes:
        return "rescheduled"
    return "dates_added" if new - old else ""


def _times(repeat: Repeat) -> set[tuple[datetime, datetime | None]]:
    return {(one.start, one.end) for one in expand(repeat, date.max)}


def _of_place_or_deadline(before: Values, changes: Values) -> str:
    if changes.keys() & set(PLACES):
        return "moved"
    if not (deadline := changes.get("apply_deadline")):
        return ""
    was = before.get("apply_deadline")
    return "extended" if was and deadline > was else "deadline"


def of_status(was: str, now: str) -> Notice:
    """What the public is told when a status is taken back; of a "rescheduled" the new dates have told it."""
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
    """Append the change to the revisions. Call it last: what is shown now is what is recorded."""
    note = clean(note)
    public = entry.public if public is None else public
    if public:
        entry.sequence += notice.sequence
        touch([entry, *_shown_with(entry)], at)
        if notice.notable:
            entry.updated_at = entry.changed_at
    entry.version += 1
    session.flush()
    if notice.dates:
        occurrences.rebuild(session, entry)
    told: dict[str, Any] = {"public": public, "notable": public and notice.notable, "note": note}
    revisions.append(session, notice.kind, entry, actor=actor, at=at, original=notice.original, **told)


def touch(entries: Iterable[Entry], at: datetime) -> None:
    """Move LAST-MODIFIED on by at least a second: some clients skip an event whose time has not grown."""
    for entry in entries:
        grown = entry.changed_at.replace(microsecond=0) + timedelta(seconds=1)
        entry.changed_at = max(at.replace(microsecond=0), grown)


def _shown_with(entry: Entry) -> list[Entry]:
    """A status line is shown with its season, so it changes the season's VEVENT too."""
    if isinstance(entry, Announcement) and entry.about and entry.headline:
        return [entry.about]
    return []

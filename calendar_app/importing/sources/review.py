"""List what a person should review after a reading: entries that the source has lost, and texts that differ from ours.

Nothing is changed automatically: a source withdraws no entry, and our text stays until a person decides.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Category, Entry, Event, Occurrence, Source, User, Venue
from calendar_app.entries import editing, publishing, revisions
from calendar_app.entries.revisions import Values
from calendar_app.importing import ImportRow, mend, save
from calendar_app.importing.save import ImportResult

Snapshot = dict[str, Any]

CHOICES = ("checked", "as_is", "out")  # of a row: as suggested, as it stands at the source, not at all
MOST_WAITING = 100  # rows that are listed
_SHOWN = ("title", "start", "end", "all_day", "precision", "certainty", "rule", "rdates", "exdates", "slots", "venue")
FEW = 3  # coming events that may be missing without a warning


def record_reading(
    session: Session,
    source: Source,
    read: Sequence[ImportRow],
    rows: Sequence[ImportRow],
    result: ImportResult,
    at: datetime,
) -> None:
    """Store what was read, which entries the source lacks, where our own text was kept, which rows wait for a person."""
    there = {save.row_key(row) for row in read}
    ours = _coming(session, source, at)
    source.missing = sorted(entry_id for entry_id, key in ours if key not in there)
    keys = [save.row_key(row) for row in rows if row.number in result.kept]
    ids = {*source.differing, *session.scalars(_of(source).where(Entry.source_uid.in_(keys)))}
    entries = session.scalars(select(Entry).where(Entry.id.in_(ids)))
    source.differing = sorted(entry.id for entry in entries if conflicts(session, entry))
    counts: dict[str, Any] = {name: len(getattr(result, name)) for name in ("created", "changed", "same", "refused")}
    counts |= {"rows": len(there), "missing": len(source.missing), "known": len(ours)}
    source.counts = counts | {"waiting": _waiting(source, read, {row.number for row in rows})}


def _waiting(source: Source, read: Sequence[ImportRow], imported: set[int]) -> list[Snapshot]:
    """Return the rows that a person must look at first, as JSON: key, values for the page, defects."""
    out = set(source.choices.get("out", ()))
    held = (row for row in read if row.held and not row.refused and row.number not in imported)
    rows = [row for row in held if save.row_key(row) not in out]
    return [
        {
            "key": save.row_key(row),
            "was": {name: row.values.get(name) for name in _SHOWN},
            "suggested": {name: mend(row).values.get(name) for name in _SHOWN},
            "defects": [[defect.code, defect.found] for defect in row.defects],
            "proposes": any(defect.proposed for defect in row.defects),
        }
        for row in rows[:MOST_WAITING]
    ]


def decide(source: Source, decisions: dict[str, str], *, at: datetime) -> None:
    """Keep what a person decided about waiting rows, by key: "checked", "as_is" or "out". The source is read again at once."""
    choices = {name: set(source.choices.get(name, ())) for name in CHOICES}
    for key, choice in decisions.items():
        choices[choice].add(key)
    source.choices = {name: sorted(keys) for name, keys in choices.items()}
    rows = [row for row in source.counts.get("waiting", ()) if row["key"] not in decisions]
    source.counts = source.counts | {"waiting": rows}
    source.digest = source.etag = source.last_modified = ""  # the same bytes give other rows now
    source.next_at = at


def find_warning(source: Source) -> str:
    """Return a code of `fetch_messages` if a readable source is suddenly empty, has lost most coming events or was read anew
    because its history broke, or ""."""
    missing, known = source.counts.get("missing", 0), source.counts.get("known", 0)
    if source.counts.get("reread"):
        return "reread"
    if source.counts.get("rows") == 0:
        return "empty_now"
    return "shrunk" if missing > FEW and 2 * missing > known else ""


def missing_events(session: Session, source: Source, at: datetime) -> list[Event]:
    """List the coming public events that the source no longer has."""
    still = [entry_id for entry_id, _ in _coming(session, source, at) if entry_id in set(source.missing)]
    return list(session.scalars(select(Event).where(Event.id.in_(still)).order_by(Event.start, Event.id)))


def differing_entries(session: Session, source: Source) -> list[tuple[Entry, Snapshot, Snapshot]]:
    """List the entries with a new text from the source in fields that were edited here, as (entry, ours, theirs)."""
    entries = session.scalars(select(Entry).where(Entry.id.in_(source.differing)).order_by(Entry.id))
    pairs = ((entry, conflicts(session, entry)) for entry in entries if entry.state != "withdrawn")
    return [(entry, *_snapshots(session, entry, theirs)) for entry, theirs in pairs if theirs]


def conflicts(session: Session, entry: Entry) -> Values:
    """Return the source's present values of the fields that both sides have changed."""
    sent, ours, here = entry.imported.get("theirs", {}), entry.imported.get("ours", {}), revisions.values(entry)
    theirs = editing.cleaned(session, {name: value for name, value in sent.items() if name in ours and name in here})
    return {
        name: value for name, value in theirs.items() if value != ours[name] and here[name] not in (ours[name], value)
    }


def take_theirs(session: Session, source: Source, entry: Entry, *, actor: User, at: datetime) -> str:
    """Replace our values by the source's; return the name of the act. Raises Invalid."""
    theirs = conflicts(session, entry)
    with revisions.one_act(session) as act:
        publishing.save(session, entry, theirs, actor=actor, at=at)
    now = revisions.values(entry)
    _settle(source, entry, {name: now[name] for name in theirs})
    return act


def keep_ours(session: Session, source: Source, entry: Entry) -> None:
    """Keep our values; the entry is listed again only when the source changes once more."""
    _settle(source, entry, conflicts(session, entry))


def _settle(source: Source, entry: Entry, seen: Values) -> None:
    entry.imported = entry.imported | {"ours": entry.imported["ours"] | seen}
    source.differing = [entry_id for entry_id in source.differing if entry_id != entry.id]


def _of(source: Source) -> Any:
    return select(Entry.id).where(Entry.source == source.name)


def _coming(session: Session, source: Source, at: datetime) -> list[tuple[int, str]]:
    """Return id and key of the source's public events that are not over and not cancelled. Announcements are never missed."""
    dates = select(Occurrence.event_id).where(Occurrence.end > at)
    query = select(Event.id, Event.source_uid).where(
        Event.source == source.name, Event.state == "published", Event.status != "cancelled", Event.id.in_(dates)
    )
    return [(entry_id, key) for entry_id, key in session.execute(query)]


def _snapshots(session: Session, entry: Entry, theirs: Values) -> tuple[Snapshot, Snapshot]:
    """Return our snapshot and theirs in the form that history compares: with names in place of ids."""
    ours = revisions.snapshot(entry)
    names = {name: _name(session, name, value) for name, value in theirs.items() if name in ("venue_id", "category_id")}
    return ours, ours | {"values": ours["values"] | theirs, "names": ours["names"] | names}


def _name(session: Session, field: str, number: int | None) -> str:
    row: Any = session.get(Venue if field == "venue_id" else Category, number) if number else None
    return row.name if row else ""

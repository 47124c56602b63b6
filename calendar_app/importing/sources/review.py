"""What a person has to look at after a source was read: entries that it has no more, and words that differ from ours.

Both are shown and never acted upon: a source takes nothing away, and what was written here stays until a person says.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Category, Entry, Event, Occurrence, Source, User, Venue
from calendar_app.entries import editing, publishing, revisions
from calendar_app.entries.revisions import Values
from calendar_app.importing import Row, save
from calendar_app.importing.save import Taken

Snapshot = dict[str, Any]

FEW = 3  # coming events that may be missing without a word of warning


def note(
    session: Session, source: Source, read: Iterable[Row], rows: Iterable[Row], taken: Taken, at: datetime
) -> None:
    """Remember what was read, what is missing there, and where the town's own words were kept."""
    there = {save.key(row) for row in read}
    ours = _coming(session, source, at)
    source.missing = sorted(entry_id for entry_id, key in ours if key not in there)
    kept = [save.key(row) for row in rows if row.number in taken.kept]
    ids = {*source.differing, *session.scalars(_of(source).where(Entry.source_uid.in_(kept)))}
    found = session.scalars(select(Entry).where(Entry.id.in_(ids)))
    source.differing = sorted(one.id for one in found if conflicts(session, one))
    counts: dict[str, Any] = {name: len(getattr(taken, name)) for name in ("created", "changed", "same", "refused")}
    source.counts = counts | {"rows": len(there), "missing": len(source.missing), "known": len(ours)}


def odd(source: Source) -> str:
    """A code of `fetch_messages` for a source that is read well, but is suddenly empty or has lost most of what comes."""
    missing, known = source.counts.get("missing", 0), source.counts.get("known", 0)
    if source.counts.get("rows") == 0:
        return "empty_now"
    return "shrunk" if missing > FEW and 2 * missing > known else ""


def missing(session: Session, source: Source, at: datetime) -> list[Event]:
    """Coming public events that the source had and has no more."""
    still = [entry_id for entry_id, _ in _coming(session, source, at) if entry_id in set(source.missing)]
    return list(session.scalars(select(Event).where(Event.id.in_(still)).order_by(Event.start, Event.id)))


def differing(session: Session, source: Source) -> list[tuple[Entry, Snapshot, Snapshot]]:
    """Entries of which the source says something new in fields that were changed here: as it stands here, as it would."""
    found = session.scalars(select(Entry).where(Entry.id.in_(source.differing)).order_by(Entry.id))
    pairs = ((one, conflicts(session, one)) for one in found if one.state != "withdrawn")
    return [(one, *_shots(session, one, theirs)) for one, theirs in pairs if theirs]


def conflicts(session: Session, entry: Entry) -> Values:
    """What the source says now of the fields that both sides have changed."""
    said, taken, here = entry.imported.get("theirs", {}), entry.imported.get("ours", {}), revisions.values(entry)
    theirs = editing.cleaned(session, {name: value for name, value in said.items() if name in taken and name in here})
    return {
        name: value for name, value in theirs.items() if value != taken[name] and here[name] not in (taken[name], value)
    }


def take_theirs(session: Session, source: Source, entry: Entry, *, actor: User, at: datetime) -> str:
    """The source's words instead of ours; gives the act's name. Raises Invalid."""
    theirs = conflicts(session, entry)
    with revisions.one_act(session) as act:
        publishing.save(session, entry, theirs, actor=actor, at=at)
    now = revisions.values(entry)
    _settle(source, entry, {name: now[name] for name in theirs})
    return act


def leave(session: Session, source: Source, entry: Entry) -> None:
    """Our words stay, and are shown again only when the source has yet others."""
    _settle(source, entry, conflicts(session, entry))


def _settle(source: Source, entry: Entry, seen: Values) -> None:
    entry.imported = entry.imported | {"ours": entry.imported["ours"] | seen}
    source.differing = [one for one in source.differing if one != entry.id]


def _of(source: Source) -> Any:
    return select(Entry.id).where(Entry.source == source.name)


def _coming(session: Session, source: Source, at: datetime) -> list[tuple[int, str]]:
    """Id and key of its public events that are not over and go ahead. News grows old everywhere: it is never missed."""
    dates = select(Occurrence.event_id).where(Occurrence.end > at)
    query = select(Event.id, Event.source_uid).where(
        Event.source == source.name, Event.state == "published", Event.status != "cancelled", Event.id.in_(dates)
    )
    return [(entry_id, key) for entry_id, key in session.execute(query)]


def _shots(session: Session, entry: Entry, theirs: Values) -> tuple[Snapshot, Snapshot]:
    """As history compares them: with names for numbers."""
    ours = revisions.snapshot(entry)
    names = {name: _name(session, name, value) for name, value in theirs.items() if name in ("venue_id", "category_id")}
    return ours, ours | {"values": ours["values"] | theirs, "names": ours["names"] | names}


def _name(session: Session, field: str, number: int | None) -> str:
    thing: Any = session.get(Venue if field == "venue_id" else Category, number) if number else None
    return thing.name if thing else ""

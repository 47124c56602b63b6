"""One event that several followed towns know: shown once, with the names of all of them.

Two events are the same when title, start and venue are, but for spaces, signs and widths. The entry that came first is shown;
what a further town says of it is kept as a copy (`TownCopy`).
"""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Event, Source, TownCopy
from calendar_app.entries import publishing
from calendar_app.importing import ImportRow, save
from calendar_app.importing.duplicates import skeleton

Identity = tuple[str, str, bool, str]


def keep_copy(session: Session, source: Source, row: ImportRow, *, at: datetime) -> bool:
    """Keep a row as a copy of an event that another town showed first; False when it is none."""
    copy = _copy(session, source, save.row_key(row))
    entry = session.get_one(Event, copy.entry_id) if copy else _same(session, source, row)
    if copy and entry and not (entry.public and _of_event(entry) == _of_row(row)):
        forget_copy(session, source, copy.source_uid, at=at)
        copy, entry = None, None
    if entry is None:
        return False
    if copy is None:
        copy = TownCopy(source_id=source.id, source_uid=save.row_key(row), entry_id=entry.id)
        session.add(copy)
    copy.row = {"number": row.number, "kind": row.kind, "values": row.values}
    session.flush()
    _name(session, entry, at)
    return True


def forget_copy(session: Session, source: Source, key: str, *, at: datetime) -> bool:
    """Remove a town's copy, and its name from the event; False when there is none."""
    copy = _copy(session, source, key)
    if copy is None:
        return False
    entry = session.get_one(Event, copy.entry_id)
    session.delete(copy)
    session.flush()
    _name(session, entry, at)
    return True


def towns_of(session: Session, entry: Entry) -> str:
    """Return the names of the towns that know an entry, the one that it came from first."""
    own = select(Source.name).where(Source.name == entry.source, Source.link != "")
    others = select(Source.name).join(TownCopy).where(TownCopy.entry_id == entry.id).order_by(TownCopy.id)
    return "・".join([*session.scalars(own), *session.scalars(others)]) or entry.source


def first_copy(session: Session, entry: Entry) -> TownCopy | None:
    """Return the copy that takes an entry's place."""
    query = select(TownCopy).where(TownCopy.entry_id == entry.id).order_by(TownCopy.id)
    return session.scalars(query).first()


def part(session: Session, entry: Entry, *, at: datetime) -> list[TownCopy]:
    """Remove and return the copies that are another event than the entry is now."""
    if not isinstance(entry, Event):
        return []
    copies = session.scalars(select(TownCopy).where(TownCopy.entry_id == entry.id).order_by(TownCopy.id)).all()
    others = [copy for copy in copies if _of_row(row_of(copy)) != _of_event(entry)]
    for copy in others:
        session.refresh(copy, ["source"])
        session.delete(copy)
    session.flush()
    if others:
        _name(session, entry, at)
    return others


def row_of(copy: TownCopy) -> ImportRow:
    """Return what the town says of the event."""
    return ImportRow(copy.row["number"], copy.row["kind"], copy.source_uid, copy.row["values"])


def _copy(session: Session, source: Source, key: str) -> TownCopy | None:
    return session.scalar(select(TownCopy).where(TownCopy.source_id == source.id, TownCopy.source_uid == key))


def _name(session: Session, entry: Event, at: datetime) -> None:
    """Name the towns on the event, as no edit of ours: the next import may name others."""
    named = {"town": towns_of(session, entry)}
    publishing.save(session, entry, named, actor=None, at=at)
    if entry.imported:
        entry.imported = entry.imported | {"ours": entry.imported["ours"] | named}


def _same(session: Session, source: Source, row: ImportRow) -> Event | None:
    """Find the public event of another town that a new row is too."""
    known = select(Entry.id).where(Entry.source == source.name, Entry.source_uid == save.row_key(row))
    if row.kind != "event" or session.scalar(known):
        return None
    start = datetime.fromisoformat(row.values["start"])
    there = select(Event).where(Event.start == start, Event.state == "published", Event.source != source.name)
    wanted = _of_row(row)
    return next((event for event in session.scalars(there.order_by(Event.id)) if _of_event(event) == wanted), None)


def _of_row(row: ImportRow) -> Identity:
    values: dict[str, Any] = row.values
    return skeleton(values["title"]), values["start"], values["all_day"], skeleton(values.get("venue") or "")


def _of_event(event: Event) -> Identity:
    venue = event.venue.name if event.venue else ""
    return skeleton(event.title), event.start.isoformat(timespec="seconds"), event.all_day, skeleton(venue)

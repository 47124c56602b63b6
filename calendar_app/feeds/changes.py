"""List the public changes since a revision, with what a mirror must store or remove after them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement, Category, Department, Entry, Event, Revision, Tag, Venue
from calendar_app.entries import revisions, search_index

REFERENCES: dict[str, Any] = {"venue": Venue, "department": Department, "category": Category, "tag": Tag}
STORED = ("venue", "department", "category")  # a tag is its name, which entries carry
LINKS = (Event.parent_id, Event.previous_id, Announcement.about_id, Announcement.supersedes_id)


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes. `entries` are those that look different after them and are public, `gone` those that readers
    may no longer have; `references` are the venues, departments and categories that changed."""

    rows: list[Revision]
    entries: list[Entry]
    gone: list[Entry]
    references: list[Any]


def head(session: Session) -> tuple[int, str]:
    """Return the number and the link of the newest change that readers may list; (0, "") before the first."""
    query = select(Revision.number, Revision.public_hash).where(Revision.public_hash.is_not(None))
    row = session.execute(query.order_by(Revision.number.desc()).limit(1)).one_or_none()
    return (row[0], str(row[1])) if row else (0, "")


def listed(session: Session, since: int, most: int) -> list[Revision]:
    """Return the changes after a number that readers may list, oldest first."""
    query = select(Revision).where(Revision.number > since, Revision.public_hash.is_not(None))
    return list(session.scalars(query.order_by(Revision.number).limit(most)))


def public_ids(session: Session, rows: Iterable[Revision]) -> dict[int, str]:
    """Return the public ids of the entries that changes are about, by row id."""
    wanted = {row.entry_id for row in rows if row.entry_id}
    rows_of = session.execute(select(Entry.id, Entry.public_id).where(Entry.id.in_(wanted)))
    return {row.id: row.public_id for row in rows_of}


def since(session: Session, number: int, most: int) -> Changes:
    """Return the changes after a number with everything that they made look different, as it is now.

    Stored in order, page after page, this gives a mirror exactly what is public at the head.
    """
    rows = listed(session, number, most)
    ids = _linked(session, {entry_id for row in rows for entry_id in _shown_by(session, row)})
    entries = list(session.scalars(select(Entry).where(Entry.id.in_(ids)).order_by(Entry.id)))
    subjects = dict.fromkeys((_kind(row), _id(row)) for row in rows if _kind(row) in STORED)
    references = [session.get(REFERENCES[kind], number) for kind, number in subjects]
    return Changes(
        rows=rows,
        entries=[entry for entry in entries if entry.public],
        gone=[entry for entry in entries if not entry.public and entry.published_at],
        references=[row for row in references if row is not None],
    )


def _kind(row: Revision) -> str:
    return row.subject.partition(":")[0]


def _id(row: Revision) -> int:
    return int(row.subject.partition(":")[2])


def _shown_by(session: Session, row: Revision) -> set[int]:
    """The ids of the entries that a change can have made look different: a superset."""
    if _kind(row) in REFERENCES:
        reference = session.get(REFERENCES[_kind(row)], _id(row))
        return (
            set(session.scalars(select(Entry.id).where(search_index.entries_showing(reference))))
            if reference
            else set()
        )
    named = {int(key.partition(":")[2]) for key in row.touches or () if key.startswith("entry:")}
    for shot in (row.snapshot, revisions.before(session, row) or {}):
        values = shot.get("values", {})
        named |= {values[name] for name in ("about_id", "supersedes_id") if values.get(name)}
    return named | {_id(row)}


def _linked(session: Session, ids: set[int]) -> set[int]:
    """These entries with those that name them, and those whose status line they are."""
    naming = union(*(select(column.class_.id).where(column.in_(ids)) for column in LINKS))
    about = select(func.coalesce(Announcement.about_id, 0)).where(Announcement.id.in_(ids))
    return ids | set(session.scalars(naming)) | set(session.scalars(about))

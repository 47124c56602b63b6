"""Change a followed address: its name, department and owner, or the address itself after a permanent redirect."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Revision, Source, User
from calendar_app.entries import publishing, revisions, settings_changes
from calendar_app.entries.editing import Invalid
from calendar_app.listings import queries
from calendar_app.outgoing.http import normalize_address

# A permanent redirect is trusted after so many readings over so long: mistaken ones are gone by then.
MET, MET_FOR = 5, timedelta(days=7)
PERMANENT = {"gone", "closed", "not_found", "refused_address", "bad_address", "scheme"}  # waiting will not help


def change(session: Session, source: Source, values: dict[str, Any], *, actor: User | None, at: datetime) -> bool:
    """Change name, address, department or owner. All its entries follow the name; the current ones follow the department.

    Returns whether anything changed. Raises Invalid (name, url), and Unreachable for a bad address.
    """
    revisions.lock(session)
    home = source.department_id
    changed = put_back(session, source, values, actor=actor, at=at)
    if source.department_id != home:
        for entry in _current(session, source, home, at.date()):
            publishing.save(session, entry, {"department_id": source.department_id}, actor=actor, at=at)
    return changed


def put_back(session: Session, source: Source, values: dict[str, Any], *, actor: User | None, at: datetime) -> bool:
    """Set the given values but leave the departments of entries alone, since an undo restores those separately.

    Raises Invalid (name, url), and Unreachable for a bad address.
    """
    revisions.lock(session)
    was = {"name": source.name, "url": source.url}
    new_values = dict(values)
    if "name" in new_values:
        new_values["name"] = _free_name(session, source, new_values["name"].strip()[:100])
    if "url" in new_values:
        new_values["url"] = _free_url(session, source, normalize_address(new_values["url"]))
    changed = settings_changes.change(session, source, new_values, actor=actor, at=at)
    if source.name != was["name"]:
        session.execute(update(Entry).where(Entry.source == was["name"]).values(source=source.name))
    if source.url != was["url"]:
        _reset(source, at)
    return changed


def undo_change(session: Session, source: Source, before: dict[str, Any], _row: Revision, **record_args: Any) -> bool:
    """Undo a change of a source. Raises Invalid when another source has its old name or address by now."""
    return put_back(session, source, before, **record_args)


INVERSES = {"source": undo_change}


def note_move(session: Session, source: Source, there: str, at: datetime) -> bool:
    """Record that a fetch was redirected permanently to `there` ("" if not). Returns whether that is now the stored address."""
    if not there or there != source.moved_to:
        source.moved_to, source.moved_count, source.moved_since = there, int(bool(there)), at if there else None
        return False
    source.moved_count += 1
    occupied = session.scalar(select(Source.id).where(Source.url == there, Source.id != source.id))
    if occupied or source.moved_count < MET or at - (source.moved_since or at) < MET_FOR:
        return False
    with revisions.one_act(session):
        new = {"url": there, "former_url": source.url}
        settings_changes.change(session, source, new, actor=None, at=at, kind="moved")
    source.moved_to, source.moved_count, source.moved_since = "", 0, None
    return True


def failing(session: Session) -> list[Source]:
    """List the sources that need a person: failed twice, or failed in a way that waiting does not cure."""
    query = select(Source).where(Source.failures > 0).order_by(Source.name)
    return [source for source in session.scalars(query) if source.failures > 1 or source.problem in PERMANENT]


def looked_after_by(session: Session, person: User) -> list[Source]:
    """List the sources of a person, and those of their department that have no owner."""
    nobodys = Source.owner_id.is_(None) & (Source.department_id == (person.department_id or 0))
    return list(session.scalars(select(Source).where((Source.owner_id == person.id) | nobodys).order_by(Source.name)))


def _current(session: Session, source: Source, home: int, today: date) -> list[Entry]:
    query = select(Entry).where(Entry.source == source.name, Entry.department_id == home)
    return list(session.scalars(query.where(queries.still_current(today)).order_by(Entry.id)))


def _free_name(session: Session, source: Source, name: str) -> str:
    if not name:
        raise Invalid(name="required")
    others = select(Source.id).where(Source.name == name, Source.id != source.id)
    theirs = select(Entry.id).where(Entry.source == name)
    if name != source.name and (session.scalar(others) or session.scalar(theirs.limit(1))):
        raise Invalid(name="taken")
    return name


def _free_url(session: Session, source: Source, url: str) -> str:
    if session.scalar(select(Source.id).where(Source.url == url, Source.id != source.id)):
        raise Invalid(url="followed")
    return url


def _reset(source: Source, at: datetime) -> None:
    """Forget the state of the old address and make the source due at once."""
    source.etag = source.last_modified = source.digest = source.moved_to = source.problem = ""
    source.moved_count = source.failures = 0
    source.moved_since, source.next_at, source.enabled = None, at, True

"""List what colleagues have made public since a person last looked, each with the state before."""

from typing import Any, NamedTuple

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, selectinload

from calendar_app.db.models import Department, Entry, Revision, User

MOST = 100


class UnreadChange(NamedTuple):
    """A change and the snapshot before it; {} for the first."""

    revision: Revision
    before: dict[str, Any]


def unread_changes(
    session: Session, person: User, department: Department | None, most: int = MOST
) -> list[UnreadChange]:
    """List the public changes by others that are newer than the person's mark, newest first."""
    earlier, before = aliased(Revision), aliased(Revision)
    number = select(func.max(earlier.number)).where(
        earlier.entry_id == Revision.entry_id, earlier.number < Revision.number
    )
    query = (
        _unread(select(Revision, before.snapshot), person, department)
        .outerjoin(before, before.number == number.scalar_subquery())
        .options(contains_eager(Revision.entry).selectinload(Entry.department), selectinload(Revision.actor))
        .order_by(Revision.number.desc())
        .limit(most)
    )
    return [UnreadChange(revision, snapshot or {}) for revision, snapshot in session.execute(query)]


def count_unread(session: Session, person: User, department: Department | None) -> int:
    """Count the changes that `unread_changes` would list."""
    return session.scalar(_unread(select(func.count(Revision.number)), person, department)) or 0


def _unread(query: Select[Any], person: User, department: Department | None) -> Select[Any]:
    theirs = or_(Revision.actor_id.is_(None), Revision.actor_id != person.id)
    query = query.join(Revision.entry).where(Revision.public, Revision.number > person.seen_revision, theirs)
    return query.where(Entry.department_id == department.id) if department else query


def mark_read(session: Session, person: User, revision: int, comment: int) -> None:
    """Mark everything up to these numbers as read. A mark never goes back."""
    person.seen_revision = max(person.seen_revision, revision)
    person.seen_comment = max(person.seen_comment, comment)
    session.flush()

"""Rename tags and departments. Old addresses lead to the new ones, because people subscribe to addresses."""

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Department, Entry, EntryTag, FormerName, Tag, User
from calendar_app.entries import change_notices, editing, publishing, revisions
from calendar_app.listings.filter_keys import FILTER_KEYS
from calendar_app.listings.filters import Filter


def current(session: Session, wanted: Filter) -> Filter:
    """Return the same filter with renamed values under their present names."""
    terms = tuple((key, _named_now(session, key, values)) for key, values in wanted.terms)
    return Filter(terms, wanted.lang)


def current_name(session: Session, key: str, old: str) -> str | None:
    """Return the present name of what was called `old`; None when nothing was."""
    query = select(FormerName.new).where(FormerName.key == key, FormerName.old == old)
    return session.scalar(query)


def _named_now(session: Session, key: str, values: tuple[str, ...]) -> tuple[str, ...]:
    if not FILTER_KEYS[key].renamed:
        return values
    return tuple(sorted({_present(value, lambda old: current_name(session, key, old)) for value in values}))


def _present(value: str, find: Callable[[str], str | None]) -> str:
    mark = "-" if value.startswith("-") else ""
    bare = value.removeprefix("-")
    return mark + (find(bare) or bare)


def tags_in_use(session: Session) -> list[tuple[Tag, int]]:
    """Return every tag with the number of its entries, most used first."""
    count = func.count(EntryTag.entry_id)
    query = select(Tag, count).join(EntryTag, isouter=True).group_by(Tag.id).order_by(count.desc(), Tag.name)
    return [(tag, number) for tag, number in session.execute(query)]


def rename_tag(session: Session, tag: Tag, name: str, *, actor: User | None, at: datetime) -> None:
    """Rename a tag. If a tag of that name exists, merge both.

    Raises ValueError when the name is empty.
    """
    name = editing.tag_name(name)  # as any form types it: or the next save would take the entry out of its feed
    if not name:
        raise ValueError("a tag needs a name")
    revisions.lock(session)
    if name == (old := tag.name):
        return
    tagged = select(EntryTag.entry_id).where(EntryTag.tag_id == tag.id)
    change_notices.touch_all(session, Entry.id.in_(tagged), at)
    if other := session.scalar(select(Tag).where(Tag.name == name)):
        _merge(session, tag, other)
        tag = other
    tag.name = name
    _remember(session, "tag", old, name)
    revisions.append(
        session, "changed", tag, actor=actor, at=at, public=True, shot={"values": {"name": name, "was": old}}
    )


def move_department(session: Session, department: Department, slug: str, *, actor: User | None, at: datetime) -> None:
    """Give a department's page and feeds another address; the old address leads to it."""
    old = department.slug
    if slug != old:
        publishing.save_reference(session, department, {"slug": slug}, actor=actor, at=at)
        _remember(session, "department", old, slug)


def _merge(session: Session, tag: Tag, other: Tag) -> None:
    """Move every entry of one tag to the other; entries with both keep one."""
    both = select(EntryTag.entry_id).where(EntryTag.tag_id == other.id)
    session.execute(sa.delete(EntryTag).where(EntryTag.tag_id == tag.id, EntryTag.entry_id.in_(both)))
    session.execute(sa.update(EntryTag).where(EntryTag.tag_id == tag.id).values(tag_id=other.id))
    session.expire_all()
    session.delete(tag)
    session.flush()


def _remember(session: Session, key: str, old: str, new: str) -> None:
    """Store a former name without chains or circles: all older names lead straight to the new one."""
    session.execute(sa.update(FormerName).where(FormerName.key == key, FormerName.new == old).values(new=new))
    session.execute(sa.delete(FormerName).where(FormerName.key == key, FormerName.old.in_([old, new])))
    session.add(FormerName(key=key, old=old, new=new))
    session.flush()

"""Comments of colleagues on an entry. They are never public and never edited; they are answered or marked as done."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from calendar_app.db.models import Comment, Department, Entry, Revision, User
from calendar_app.entries import revisions
from calendar_app.entries.editing import Invalid
from calendar_app.staff.handover import looked_after_by
from calendar_app.text.markup import clean

LONGEST = 2000
REGRET = timedelta(minutes=10)  # how long the author may delete a comment


def add(
    session: Session,
    entry: Entry,
    text: str,
    *,
    actor: User,
    at: datetime,
    thanks: bool = False,
    proposal: dict[str, Any] | None = None,
) -> Comment:
    """Add a comment, thanks, or a proposed change (`proposals`) on the entry's current state.

    A second thanks for the same state is the first one. Raises Invalid when the text is empty or too long.
    """
    revisions.lock(session)  # ids become visible in order, because readers keep the last one that they saw
    text = clean(text).strip()
    if not (thanks or text or proposal):
        raise Invalid(text="required")
    if len(text) > LONGEST:
        raise Invalid(text="too_long")
    newest = session.scalar(select(func.max(Revision.number)).where(Revision.entry_id == entry.id)) or 0
    same = select(Comment).where(Comment.entry_id == entry.id, Comment.author_id == actor.id)
    if thanks and (earlier := session.scalar(same.where(Comment.thanks, Comment.revision == newest))):
        return earlier
    comment = Comment(entry_id=entry.id, author_id=actor.id, at=at, text=text, thanks=thanks, revision=newest)
    comment.proposal = proposal
    session.add(comment)
    session.flush()
    return comment


def may_remove(comment: Comment, actor: User, at: datetime) -> bool:
    """Whether the actor may still delete the comment."""
    return comment.author_id == actor.id and at - comment.at < REGRET


def remove(session: Session, comment: Comment, *, actor: User, at: datetime) -> bool:
    """Delete one's own comment within REGRET. False if it is too late or another's."""
    if may := may_remove(comment, actor, at):
        session.delete(comment)
    return may


def resolve(comment: Comment, *, actor: User, at: datetime) -> None:
    """Mark a comment as done."""
    if comment.resolved_at is None:
        comment.resolved_at, comment.resolved_by_id = at, actor.id


def on_entry(session: Session, entry: Entry) -> list[Comment]:
    """List an entry's comments, oldest first."""
    query = select(Comment).where(Comment.entry_id == entry.id).order_by(Comment.id)
    return list(session.scalars(query.options(selectinload(Comment.author), selectinload(Comment.resolved_by))))


def unanswered(session: Session, person: User, department: Department | None, most: int = 100) -> list[Comment]:
    """List comments of others on a department's entries (or all) that nobody has marked as done, oldest first."""
    query = _to(person, department).where(Comment.resolved_at.is_(None), ~Comment.thanks).order_by(Comment.id)
    loads = selectinload(Comment.author), selectinload(Comment.entry).selectinload(Entry.department)
    return list(session.scalars(query.options(*loads).limit(most)))


def unread(session: Session, person: User, department: Department | None, most: int = 100) -> list[Comment]:
    """List comments and thanks of others since this person last marked all as read, newest first."""
    query = _to(person, department).where(Comment.id > person.seen_comment).order_by(Comment.id.desc())
    loads = selectinload(Comment.author), selectinload(Comment.entry).selectinload(Entry.department)
    return list(session.scalars(query.options(*loads).limit(most)))


def _to(person: User, department: Department | None) -> Select[Comment]:
    """Select comments of others on entries that a department publishes, or that this person looks after or has
    commented on.
    """
    query = select(Comment).join(Comment.entry).where(Comment.author_id != person.id)
    if department is None:
        return query
    talked = select(Comment.entry_id).where(Comment.author_id == person.id)
    return query.where(or_(Entry.department_id == department.id, looked_after_by(person), Comment.entry_id.in_(talked)))

"""Changes that colleagues of other departments propose: a comment that holds values, which the owner takes over."""

from datetime import datetime

from sqlalchemy.orm import Session

from calendar_app.db.models import Comment, Entry, User
from calendar_app.entries import publishing, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.staff import comments


def propose(session: Session, entry: Entry, values: Values, text: str, *, actor: User, at: datetime) -> Comment:
    """Add a comment that proposes those of the values that differ from the entry's; `text` says why.

    Raises Invalid when nothing differs and the text is empty, or when the text is too long.
    """
    was = revisions.values(entry)
    changed = {name: value for name, value in values.items() if value != was.get(name)}
    proposal = {"from": {name: was.get(name) for name in changed}, "to": changed} if changed else None
    return comments.add(session, entry, text, actor=actor, at=at, proposal=proposal)


def take_over(session: Session, comment: Comment, *, actor: User, at: datetime) -> bool:
    """Save the proposed values that nobody has changed since, and mark the comment as done. False when none are left.

    Raises Invalid when the values cannot be saved any more.
    """
    if comment.proposal is None or comment.resolved_at:
        return False
    revisions.lock(session)
    now, old, new = revisions.values(comment.entry), comment.proposal["from"], comment.proposal["to"]
    values = {name: value for name, value in new.items() if now.get(name) == old[name]}
    if not values:
        return False
    if not publishing.save(session, comment.entry, values, actor=actor, at=at):
        raise Invalid(proposal="unchanged")
    comments.resolve(comment, actor=actor, at=at)
    return True

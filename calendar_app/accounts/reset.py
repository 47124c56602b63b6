"""Links that set a new password once: by mail for oneself, or made by whoever manages the account."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from calendar_app.accounts import passkeys, second_factor, sessions
from calendar_app.db.models import ResetLink, User
from calendar_app.entries import revisions

BY_MAIL, BY_HAND = timedelta(hours=1), timedelta(days=2)


def make(session: Session, user: User, *, actor: User | None, at: datetime) -> tuple[ResetLink, str]:
    """Make a link for a person and give its token. Earlier ones end. `actor` is None if the person asked by mail.

    Anybody may ask for a mail, so that ends no link made by hand.
    """
    revisions.lock(session)
    end_all(session, ResetLink.user_id == user.id, *([] if actor else [ResetLink.made_by_id.is_(None)]), at=at)
    token = secrets.token_urlsafe(32)
    link = ResetLink(
        token_hash=_hash(token),
        user_id=user.id,
        made_by_id=actor.id if actor else None,
        expires_at=at + (BY_HAND if actor else BY_MAIL),
    )
    session.add(link)
    session.flush()
    return link, token


def find(session: Session, token: str, *, at: datetime) -> ResetLink | None:
    """The link of a token; None if it is used or expired, or the account is closed."""
    query = select(ResetLink).join(User, User.id == ResetLink.user_id).where(User.active)
    return session.scalar(
        query.where(ResetLink.token_hash == _hash(token), ResetLink.used_at.is_(None), ResetLink.expires_at > at)
    )


def use(session: Session, token: str, password_hash: str, *, at: datetime) -> User | None:
    """Set the password and end every session; None if the link is used or expired.

    A link made by hand turns the second factor off and removes the passkeys: it is for those who have lost their phone.
    """
    revisions.lock(session)  # of two at once the second finds it used
    link = find(session, token, at=at)
    if link is None:
        return None
    link.used_at, link.user.password = at, password_hash
    sessions.end_all(session, link.user)
    if link.made_by_id:
        second_factor.turn_off(session, link.user)
        passkeys.remove_all(session, link.user)
    session.flush()
    return link.user


def end_all(session: Session, *which: ColumnElement[bool], at: datetime) -> None:
    """End the open links that meet these conditions."""
    session.execute(update(ResetLink).where(ResetLink.used_at.is_(None), *which).values(used_at=at))


def end_around(session: Session, user: User, *, at: datetime) -> None:
    """End the open links to an account and those that its owner has made: its password, role or state has changed."""
    end_all(session, or_(ResetLink.user_id == user.id, ResetLink.made_by_id == user.id), at=at)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

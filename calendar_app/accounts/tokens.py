"""Tokens with which programs write through the API. Each acts as the person who made it, and for one department.

A token is random and shown once; only its hash is stored. It ends when it expires, when somebody revokes it, when the
account of its person closes, and when that person leaves its department.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from calendar_app.db.models import SCOPES, ApiToken, Department, User
from calendar_app.entries import permissions, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.text.markup import clean

PREFIX = "calendar_"  # so that a search for leaked secrets finds it
DAYS = (30, 90, 365)  # of validity
LONGEST_NAME = 60
MOST = 50  # of one person
TOUCHED = timedelta(minutes=1)  # how exact `used_at` is


def make(
    session: Session,
    user: User,
    name: str,
    *,
    department: Department | None,
    scopes: Collection[str],
    days: int,
    at: datetime,
) -> tuple[ApiToken, str]:
    """Make a token for a person, valid for `days`. Gives its row and the token itself, which cannot be read again.

    Raises Invalid without a name or a scope, for another's department, or when the person has too many.
    """
    revisions.lock(session)
    name, scope = clean(name, lines=False)[:LONGEST_NAME], " ".join(each for each in SCOPES if each in scopes)
    if wrong := _wrong(session, user, name, department, scope):
        raise Invalid(**wrong)
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(name=name, token_hash=_hash(token), user_id=user.id, scope=scope, created_at=at)
    row.department_id, row.expires_at = department.id if department else None, at + timedelta(days=days)
    session.add(row)
    session.flush()
    return row, token


def _wrong(session: Session, user: User, name: str, department: Department | None, scope: str) -> dict[str, str]:
    wrong = {} if name else {"name": "required"}
    if not scope:
        wrong["scope"] = "required"
    row = ApiToken(department_id=department.id if department else None)
    if not permissions.may(user, "post", row):
        wrong["department_id"] = "required"
    if len(held_by(session, user)) >= MOST:
        wrong["name"] = "too_many"
    return wrong


def find(session: Session, token: str, *, at: datetime) -> ApiToken | None:
    """The valid token of this text; None if there is none, or its person may no longer use it."""
    row = session.scalar(select(ApiToken).where(ApiToken.token_hash == _hash(token), ApiToken.expires_at > at))
    return row if row and row.user.active and permissions.may(row.user, "post", row) else None


def touch(session: Session, number: int, *, at: datetime) -> None:
    """Remember that a token was used, to the minute."""
    row = session.get(ApiToken, number)
    if row and (row.used_at is None or at - row.used_at >= TOUCHED):
        row.used_at = at


def end(session: Session, token: ApiToken) -> None:
    """Revoke a token at once and for good."""
    revisions.lock(session)
    session.execute(delete(ApiToken).where(ApiToken.id == token.id))


def end_lost(session: Session, user: User) -> None:
    """End the tokens that a person may no longer use: all of a closed account, and those of a department that was left."""
    revisions.lock(session)
    for row in held_by(session, user):
        if not user.active or not permissions.may(user, "post", row):
            session.delete(row)
    session.flush()


def delete_expired(session: Session, *, at: datetime) -> None:
    """Delete tokens that ended a month ago; until then the desk shows them as expired."""
    session.execute(delete(ApiToken).where(ApiToken.expires_at < at - timedelta(days=30)))


def held_by(session: Session, user: User) -> list[ApiToken]:
    """The tokens of a person, newest first."""
    return list(session.scalars(_all().where(ApiToken.user_id == user.id)))


def led_by(session: Session, user: User) -> list[ApiToken]:
    """The tokens of other people that this person may end: those of the department that they lead, or of all."""
    others = session.scalars(_all().where(ApiToken.user_id != user.id))
    return [row for row in others if may_end(user, row)]


def may_end(user: User, token: ApiToken) -> bool:
    """Whether a person may end a token: their own, or that of somebody whom they manage."""
    return token.user_id == user.id or permissions.may(user, "lead", token.user)


def _all() -> Select[ApiToken]:
    return select(ApiToken).order_by(ApiToken.created_at.desc(), ApiToken.id.desc())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

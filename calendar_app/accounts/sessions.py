"""Who is signed in: one row for each browser. What ends a row ends it everywhere, on the next request.

The browser holds a random key, the row its SHA-256.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, joinedload

from calendar_app.config import Config
from calendar_app.db.models import DeskSession, User
from calendar_app.entries import revisions

TOUCHED = timedelta(minutes=5)  # the last use is written down no oftener
PROVED = timedelta(minutes=30)  # a proof of identity counts for so long


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A sign-in at a sign-in service: whom it knows, in which of its sessions, and when the person showed who they are."""

    subject: str
    session: str
    proved_at: datetime


def begin(session: Session, user: User, *, device: str, at: datetime, elsewhere: Elsewhere | None = None) -> str:
    """Sign a person in on a device; give the key for the browser."""
    revisions.lock(session)
    key = secrets.token_urlsafe(32)
    row = DeskSession(user_id=user.id, key_hash=_hash(key), device=device, created_at=at, seen_at=at, proved_at=at)
    if elsewhere:
        row.proved_at, row.subject, row.provider_session = elsewhere.proved_at, elsewhere.subject, elsewhere.session
    session.add(row)
    session.flush()
    return key


def find(session: Session, key: str, config: Config, *, at: datetime) -> DeskSession | None:
    """The session of this key, if it has not ended: signed out, unused for too long, too old, or the account closed."""
    query = select(DeskSession).where(DeskSession.key_hash == _hash(key), *_running(config, at))
    return session.scalar(query.join(User).where(User.active).options(joinedload(DeskSession.user)))


def of(session: Session, user: User, config: Config, *, at: datetime) -> list[DeskSession]:
    """The sessions of a person that have not ended, last used first."""
    query = select(DeskSession).where(DeskSession.user_id == user.id, *_running(config, at))
    return list(session.scalars(query.order_by(DeskSession.seen_at.desc(), DeskSession.id)))


def needs_touch(row: DeskSession, *, at: datetime) -> bool:
    """Whether its last use should be written down."""
    return at - row.seen_at >= TOUCHED


def touch(session: Session, number: int, *, at: datetime) -> None:
    """Write down that a session is in use."""
    revisions.lock(session)
    if row := session.get(DeskSession, number):
        row.seen_at = max(row.seen_at, at)


def proved(row: DeskSession, *, at: datetime) -> bool:
    """Whether the person has shown lately who they are, so that accounts may be managed."""
    return at - row.proved_at < PROVED


def prove(session: Session, number: int, *, at: datetime) -> None:
    """Record that the person has shown again who they are."""
    revisions.lock(session)
    if row := session.get(DeskSession, number):
        row.proved_at = at


def end(session: Session, user: User, number: int) -> None:
    """End one session of a person; nothing happens for one that is over or somebody else's."""
    revisions.lock(session)
    session.execute(delete(DeskSession).where(DeskSession.id == number, DeskSession.user_id == user.id))


def end_all(session: Session, user: User, but: int | None = None) -> None:
    """End every session of a person, or every other than the one given."""
    revisions.lock(session)
    ended = delete(DeskSession).where(DeskSession.user_id == user.id)
    session.execute(ended.where(DeskSession.id != but) if but else ended)


def end_elsewhere(session: Session, subject: str, provider_session: str) -> None:
    """End what a session of a sign-in service began; every session of its `subject` if that is all that is known."""
    revisions.lock(session)
    which = DeskSession.provider_session == provider_session if provider_session else DeskSession.subject == subject
    session.execute(delete(DeskSession).where(DeskSession.subject.is_not(None), which))


def delete_ended(session: Session, config: Config, *, at: datetime) -> None:
    """Delete the rows of sessions that are over by time."""
    session.execute(delete(DeskSession).where(DeskSession.seen_at <= _unused_since(config, at)))
    session.execute(delete(DeskSession).where(DeskSession.created_at <= _begun_since(config, at)))


def _running(config: Config, at: datetime) -> tuple[Any, ...]:
    return DeskSession.seen_at > _unused_since(config, at), DeskSession.created_at > _begun_since(config, at)


def _unused_since(config: Config, at: datetime) -> datetime:
    return at - timedelta(hours=config.session_idle_hours)


def _begun_since(config: Config, at: datetime) -> datetime:
    return at - timedelta(days=config.session_days)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()

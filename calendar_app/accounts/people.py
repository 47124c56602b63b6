"""Manage the people at the desk: invitations, accounts, roles, and each department's press officer."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.accounts import addresses, passkeys, reset, sessions, tokens
from calendar_app.db.models import ROLES, Department, Invitation, Revision, User
from calendar_app.entries import revisions
from calendar_app.entries.editing import Invalid
from calendar_app.text.markup import clean

VALID = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class OfficerTerm:
    """A press officer's name and first day; `since` is None if the day is unknown."""

    name: str
    since: date | None


def invite(
    session: Session, *, email: str, name: str, role: str, department: Department | None, actor: User, at: datetime
) -> tuple[Invitation, str]:
    """Invite a person.

    Gives the invitation and its token, which is stored only as a hash. Earlier links to the address end. Raises Invalid
    when a value is missing or the address has an account.
    """
    revisions.lock(session)
    email, name = addresses.normalize(email), clean(name, lines=False)
    _check(session, email, name, role, department)
    for earlier in session.scalars(select(Invitation).where(Invitation.email == email, *_open(at))):
        earlier.revoked_at = at
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        token_hash=_hash(token),
        email=email,
        name=name,
        role=role,
        department_id=department.id if department else None,
        invited_by_id=actor.id,
        created_at=at,
        expires_at=at + VALID,
    )
    session.add(invitation)
    session.flush()
    _record(session, "invited", invitation, actor=actor, at=at)
    return invitation, token


def _check(session: Session, email: str, name: str, role: str, department: Department | None) -> None:
    if "@" not in email.strip("@") or len(email) > 255:
        raise Invalid(email="email")
    if not name or len(name) > 100:
        raise Invalid(name="required")
    if role not in ROLES or (department is None and role != "admin"):
        raise Invalid(department_id="required")
    if session.scalar(select(User.id).where(User.email == email)):
        raise Invalid(email="there_already")


def find_invitation(session: Session, token: str, *, at: datetime) -> Invitation | None:
    """Find the open invitation of a token; None if it is used, revoked or expired."""
    return session.scalar(select(Invitation).where(Invitation.token_hash == _hash(token), *_open(at)))


def open_invitations(session: Session, department_id: int | None, *, at: datetime) -> list[Invitation]:
    """List the open invitations of one department or of all, newest first."""
    query = select(Invitation).where(*_open(at)).order_by(Invitation.created_at.desc(), Invitation.id.desc())
    return list(session.scalars(query.where(Invitation.department_id == department_id) if department_id else query))


def _open(at: datetime) -> tuple[Any, ...]:
    return Invitation.used_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > at


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def accept(session: Session, token: str, *, name: str, password_hash: str, at: datetime) -> User | None:
    """Create the invited person's account. None if the invitation is used, revoked or expired."""
    revisions.lock(session)  # the lock makes the second of two simultaneous requests find it used
    invitation = find_invitation(session, token, at=at)
    if invitation is None or session.scalar(select(User.id).where(User.email == invitation.email)):
        return None
    invitation.used_at = at
    department = session.get(Department, invitation.department_id) if invitation.department_id else None
    given: dict[str, Any] = {
        "name": clean_name(name) or invitation.name,
        "role": invitation.role,
        "department": department,
    }
    return join(session, email=invitation.email, **given, password_hash=password_hash, at=at)


def join(
    session: Session,
    *,
    email: str,
    name: str,
    role: str,
    department: Department | None,
    password_hash: str | None = None,
    at: datetime,
) -> User:
    """Create an account; without a password its owner signs in elsewhere."""
    user = User(
        email=email,
        name=name,
        password=password_hash,
        active=True,
        role=role,
        department_id=department.id if department else None,
        created_at=at,
        seen_revision=revisions.lock(session).revision,
    )
    session.add(user)
    session.flush()
    _record(session, "joined", user, actor=user, at=at)
    return user


def revoke(session: Session, invitation: Invitation, *, actor: User, at: datetime) -> None:
    """Revoke an open invitation; a used or revoked one stays as it is."""
    revisions.lock(session)
    if invitation.used_at is None and invitation.revoked_at is None:
        invitation.revoked_at = at
        _record(session, "revoked", invitation, actor=actor, at=at)


def set_active(session: Session, user: User, active: bool, *, actor: User, at: datetime) -> None:
    """Close an account, which ends its sessions at once and its passkeys for good, or reopen it.

    Entries stay. Raises Invalid for the last administrator.
    """
    revisions.lock(session)
    if user.active == active:
        return
    if not active:
        _keep_an_admin(session, user)
        sessions.end_all(session, user)
        passkeys.remove_all(session, user)
    reset.end_around(session, user, at=at)
    user.active = active
    tokens.end_lost(session, user)
    _record(session, "reopened" if active else "closed", user, actor=actor, at=at)


def assign_role(
    session: Session, user: User, role: str, department: Department | None, *, actor: User, at: datetime
) -> None:
    """Give a person a role in a department. Raises Invalid without a department, or for the last administrator."""
    revisions.lock(session)
    if role not in ROLES or (department is None and role != "admin"):
        raise Invalid(department_id="required")
    if role != "admin":
        _keep_an_admin(session, user)
    reset.end_around(session, user, at=at)
    user.role, user.department_id = role, department.id if department else None
    tokens.end_lost(session, user)
    _record(session, "placed", user, actor=actor, at=at)


def _keep_an_admin(session: Session, leaving: User) -> None:
    """Raises Invalid when nobody would be left who can manage people."""
    others = select(User.id).where(User.role == "admin", User.active, User.id != leaving.id)
    if leaving.role == "admin" and session.scalar(others.limit(1)) is None:
        raise Invalid(role="last_admin")


def _record(session: Session, kind: str, person: Invitation | User, *, actor: User, at: datetime) -> None:
    """Record who let whom in, for the audit. Mail addresses are left out."""
    values = {"name": person.name, "role": person.role, "department_id": person.department_id}
    revisions.append(session, kind, person, actor=actor, at=at, public=False, shot={"values": values})


def clean_name(name: str) -> str:
    """Clean a typed name to one line of at most 100 characters."""
    return clean(name, lines=False)[:100]


def last_activity(session: Session) -> dict[int, datetime]:
    """Give the moment of each person's last revision, by user id."""
    acts = select(Revision.actor_id, func.max(Revision.at)).where(Revision.actor_id.is_not(None))
    return {actor: at for actor, at in session.execute(acts.group_by(Revision.actor_id)) if actor}


def list_users(session: Session) -> list[User]:
    """List all users by department, open accounts first."""
    return list(session.scalars(select(User).order_by(User.department_id, ~User.active, User.created_at, User.id)))


def appoint(
    session: Session, department: Department, officer: str, since: date, *, actor: User | None, at: datetime
) -> None:
    """Name a department's press officer from a day on. The revision is public."""
    revisions.lock(session)
    officer = clean_name(officer)
    if (department.officer, department.officer_since) == (officer, since):
        return
    department.officer, department.officer_since = officer, since
    values = {"officer": officer, "officer_since": since.isoformat()}
    revisions.append(session, "appointed", department, actor=actor, at=at, public=True, shot={"values": values})


def officer_terms(session: Session) -> dict[int, list[OfficerTerm]]:
    """Give the press officers of each department from its revisions, newest first."""
    rows = session.execute(
        select(Revision.subject, Revision.snapshot)
        .where(Revision.subject.startswith("department:"))
        .order_by(Revision.number.desc())
    )
    terms: dict[int, list[OfficerTerm]] = {}
    for subject, snapshot in rows:
        values = snapshot.get("values", {})
        its = terms.setdefault(int(subject.partition(":")[2]), [])
        if "officer" in values and (
            not its or its[-1].name != values["officer"]
        ):  # of corrections of one day the newest counts
            since = values.get("officer_since")
            its.append(OfficerTerm(values["officer"], date.fromisoformat(since) if since else None))
    return {department: [term for term in its if term.name] for department, its in terms.items()}

"""Which person somebody is whom a sign-in service has named, and what their groups there let them do here."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.accounts import addresses, people
from calendar_app.config import Config
from calendar_app.db.models import ROLES, Department, Identity, User
from calendar_app.entries import revisions
from calendar_app.entries.editing import Invalid


class Refused(Exception):
    """The person is not let in. `code`: "closed", "no_group" or "no_account"."""

    def __init__(self, code: str, user: User | None = None) -> None:
        self.code, self.user = code, user


def sign_in(session: Session, claims: dict[str, Any], config: Config, *, at: datetime) -> User:
    """Give the person of these claims, with the role and department of their groups. Raises Refused.

    Unknown at first, a person is found by the verified mail address if the settings allow it, or else gets an account if one
    of their groups has a role here.
    """
    revisions.lock(session)
    place = _place(session, claims, config)
    user = _known(session, claims, config) or _by_mail(session, claims, config, at)
    if user is not None and not user.active:
        raise Refused("closed", user)
    if config.oidc_groups and place is None:
        raise Refused("no_group", user)
    if user is None:
        user = _joined(session, claims, place, config, at)
    elif place and (user.role, user.department_id) != (place[0], place[1].id if place[1] else None):
        with suppress(Invalid):  # the last administrator stays one
            people.assign_role(session, user, *place, actor=user, at=at)
    return user


def link(session: Session, user: User, claims: dict[str, Any], config: Config, *, at: datetime) -> bool:
    """Join a person to the identity of these claims; False if it is somebody else's."""
    revisions.lock(session)
    known = _known(session, claims, config)
    if known is None:
        session.add(Identity(user_id=user.id, issuer=config.oidc_issuer, subject=claims["sub"], linked_at=at))
        session.flush()
    return known is None or known.id == user.id


def linked(session: Session, user: User, config: Config) -> Identity | None:
    """Whom the sign-in service of the settings knows this person as."""
    mine = select(Identity).where(Identity.user_id == user.id, Identity.issuer == config.oidc_issuer)
    return session.scalars(mine.limit(1)).first()


def _known(session: Session, claims: dict[str, Any], config: Config) -> User | None:
    query = select(User).join(Identity, Identity.user_id == User.id)
    return session.scalar(query.where(Identity.issuer == config.oidc_issuer, Identity.subject == claims["sub"]))


def _by_mail(session: Session, claims: dict[str, Any], config: Config, at: datetime) -> User | None:
    if not config.oidc_link_by_mail or claims.get("email_verified") is not True:
        return None
    user = session.scalar(select(User).where(User.email == _address(claims)))
    if user and user.active and not linked(session, user, config):
        link(session, user, claims, config, at=at)
        return user
    return user if user and not user.active else None


def _joined(session: Session, claims: dict[str, Any], place: Any, config: Config, at: datetime) -> User:
    """A new account, for who has a role here and an address that nobody has."""
    email = _address(claims)
    taken = session.scalar(select(User.id).where(User.email == email))
    if place is None or "@" not in email or taken or claims.get("email_verified") is not True:
        raise Refused("no_account")
    role, department = place
    name = people.clean_name(str(claims.get("name") or email.partition("@")[0]))
    user = people.join(session, email=email, name=name, role=role, department=department, at=at)
    link(session, user, claims, config, at=at)
    return user


def _place(session: Session, claims: dict[str, Any], config: Config) -> tuple[str, Department | None] | None:
    """The highest role that the person's groups give, with its department; None if they give none."""
    told = claims.get(config.oidc_groups_claim)
    held = {group for group in told if isinstance(group, str)} if isinstance(told, Iterable) else set()
    for group, slug, role in sorted(config.oidc_groups, key=lambda row: -ROLES.index(row[2])):
        department = session.scalar(select(Department).where(Department.slug == slug)) if slug else None
        if group in held and (department or role == "admin"):
            return role, department
    return None


def _address(claims: dict[str, Any]) -> str:
    return addresses.normalize(str(claims.get("email", ""))[:1000])

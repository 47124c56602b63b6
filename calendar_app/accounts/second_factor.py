"""The second factor of a person: an authenticator app, and codes on paper for the day when the phone is lost; or a passkey."""

import hashlib
import secrets
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from calendar_app.accounts import passkeys, totp
from calendar_app.config import sealing
from calendar_app.db.models import RecoveryCode, User
from calendar_app.entries import revisions

CODES = 10
PURPOSE = "totp"  # of the sealed secrets of apps
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"  # nothing that is mistaken when read from paper


def asked_for(session: Session, user: User, roles: Collection[str]) -> bool:
    """Whether the password alone does not let this person in. `roles` are those that need a second factor."""
    return bool(user.totp_secret) or (user.role in roles and bool(passkeys.of(session, user)))


def missing(session: Session, user: User, roles: Collection[str]) -> bool:
    """Whether this person needs a second factor and has none yet."""
    return user.role in roles and not user.totp_secret and not passkeys.of(session, user)


def turn_on(session: Session, user: User, secret: str, typed: str, *, secret_key: str, at: datetime) -> bool:
    """Take an app as second factor, if it shows the right code; False if it does not. `secret_key` seals its secret."""
    revisions.lock(session)
    step = totp.step_of(secret, typed.replace(" ", ""), 0, at=at)
    if step:
        user.totp_secret, user.totp_step = sealing.seal(secret_key, PURPOSE, secret), step
    return bool(step)


def turn_off(session: Session, user: User) -> None:
    """Go without a second factor again."""
    revisions.lock(session)
    user.totp_secret, user.totp_step = None, 0
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def new_codes(session: Session, user: User) -> list[str]:
    """Make recovery codes; earlier ones end. They are shown once: only hashes are stored."""
    revisions.lock(session)
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(12)) for _ in range(CODES)]
    session.add_all(RecoveryCode(user_id=user.id, code_hash=_hash(code)) for code in codes)
    session.flush()
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def codes_left(session: Session, user: User) -> int:
    """How many recovery codes have not been used."""
    query = select(func.count()).select_from(RecoveryCode).where(RecoveryCode.user_id == user.id)
    return session.scalar(query) or 0


def accept(session: Session, user: User, typed: str, *, secret_key: str, at: datetime) -> bool:
    """Whether a typed code of the app, or a recovery code, is right. Each works once, also when it is sent twice at once.

    When the secret was sealed with another key, only recovery codes are right.
    """
    revisions.lock(session)
    typed = "".join(letter for letter in typed.lower() if letter.isalnum())[:40]
    if step := _step(user, typed, secret_key, at):
        user.totp_step = step
        return True
    query = select(RecoveryCode).where(RecoveryCode.user_id == user.id, RecoveryCode.code_hash == _hash(typed))
    if (unused := session.scalar(query)) is None:
        return False
    session.delete(unused)
    return True


def _step(user: User, typed: str, secret_key: str, at: datetime) -> int:
    if not (secret := user.totp_secret):
        return 0
    if secret.startswith(sealing.VERSION):  # else it is from before secrets were sealed
        try:
            secret = sealing.unseal(secret_key, PURPOSE, secret)
        except sealing.Unreadable:
            return 0
    return totp.step_of(secret, typed, user.totp_step, at=at)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()

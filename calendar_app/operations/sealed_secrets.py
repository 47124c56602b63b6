"""Every secret that the database keeps sealed with the installation's key: sealed, sealed anew with another key, and examined.

A column that holds sealed texts is one line of SEALED, with a condition where only some rows do. What does not begin as a sealed text does is from before it was sealed.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from calendar_app.accounts import second_factor
from calendar_app.config import sealing
from calendar_app.db.models import Mail, Receiver, Site, User
from calendar_app.delivery import followers, letters, turns
from calendar_app.entries import revisions

SEALED = (
    (User, "totp_secret", second_factor.PURPOSE, true()),
    (Receiver, "secrets", turns.PURPOSE, true()),
    (Site, "push_key", turns.PURPOSE, true()),
    (Site, "fediverse_key", turns.PURPOSE, true()),
    (Mail, "body", letters.PURPOSE, Mail.key.startswith(letters.ONCE)),
)


def seal_open(session: Session, secret_key: str) -> int:
    """Seal what is from before it was sealed; the number of secrets."""
    found = [each for each in _secrets(session) if not each[-1].startswith(sealing.VERSION)]
    if found:
        revisions.lock(session)
    for row, column, purpose, text in found:
        setattr(row, column, sealing.seal(secret_key, purpose, text))
    return len(found)


def seal_again(session: Session, old_key: str, new_key: str) -> int:
    """Seal every secret with another key; their number. Raises Unreadable for one that the old key does not open."""
    revisions.lock(session)
    opened = [(*each[:-1], sealing.unseal(old_key, *each[2:])) for each in _secrets(session)]
    for row, column, purpose, text in opened:
        setattr(row, column, sealing.seal(new_key, purpose, text))
    followers.know_again(session, new_key)
    return len(opened)


def unreadable(session: Session, secret_key: str) -> int:
    """How many secrets were sealed with another key."""
    return sum(not _opens(secret_key, purpose, text) for _, _, purpose, text in _secrets(session))


def _opens(secret_key: str, purpose: str, text: str) -> bool:
    try:
        sealing.unseal(secret_key, purpose, text)
    except sealing.Unreadable:
        return not text.startswith(sealing.VERSION)
    return True


def _secrets(session: Session) -> Iterator[tuple[Any, str, str, str]]:
    for model, column, purpose, these in SEALED:
        held = getattr(model, column)
        for row in session.scalars(select(model).where(held.is_not(None), held != "", these)):
            yield row, column, purpose, getattr(row, column)

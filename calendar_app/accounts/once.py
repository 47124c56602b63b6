"""What works only once, such as the challenge that a passkey signs: whoever copies it on the way finds it used."""

import hashlib
from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from calendar_app.db.models import UsedOnce
from calendar_app.entries import revisions


def use(session: Session, kind: str, value: str, *, until: datetime, at: datetime) -> bool:
    """Use a value up; False if it has been used. After `until` it is forgotten, since it is refused as too old from then on."""
    revisions.lock(session)  # of two at once the second finds it used
    session.execute(delete(UsedOnce).where(UsedOnce.until < at))
    key = f"{kind}:{hashlib.sha256(value.encode()).hexdigest()}"
    if session.get(UsedOnce, key):
        return False
    session.add(UsedOnce(key=key, until=until))
    session.flush()
    return True

"""Who signed in, from where, and what was refused: kept for a set time, for whoever has to look into it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from calendar_app.db.models import SignInRecord, User

SHOWN = 100
LONGEST = 200  # letters of a request
REFUSALS = ("refused", "denied")  # a sign-in that failed; a request that the person has no right to


def record(
    session: Session,
    kind: str,
    user: User | None,
    *,
    network: str,
    device: str,
    at: datetime,
    actor: User | None = None,
    request: str = "",
) -> None:
    """Write down one event: "signed_in", "refused", "signed_out", "password", … An unknown address is not written down.

    `request` is the method and path that were denied.
    """
    session.add(
        SignInRecord(
            kind=kind,
            user_id=user.id if user else None,
            actor_id=actor.id if actor else None,
            network=network,
            device=device,
            request=request[:LONGEST],
            at=at,
        )
    )
    session.flush()


def newest(session: Session, kinds: Collection[str] = ()) -> list[SignInRecord]:
    """The newest records, of these kinds or of all."""
    query = select(SignInRecord).order_by(SignInRecord.id.desc()).limit(SHOWN)
    return list(session.scalars(query.where(SignInRecord.kind.in_(kinds)) if kinds else query))


def delete_old(session: Session, days: int, *, at: datetime) -> None:
    """Delete what is older than so many days."""
    session.execute(delete(SignInRecord).where(SignInRecord.at < at - timedelta(days=days)))

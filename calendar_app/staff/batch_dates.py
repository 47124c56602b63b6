"""One act upon many dates: find them, cancel them with one reason. `batch_jobs` does it in portions and takes it back as one."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from calendar_app.db.models import Entry, Event, Occurrence, Revision, User
from calendar_app.entries import permissions, publishing, single_dates


def steps(dates: Iterable[Occurrence]) -> list[str]:
    """What has to be cancelled, one by one: an event, or a date of it by its original start."""
    by_event: dict[Event, list[datetime]] = {}
    for one in dates:
        by_event.setdefault(one.event, []).append(one.original)
    whole = {event for event, originals in by_event.items() if len(originals) == len(event.occurrences)}
    return [
        one
        for event, originals in by_event.items()
        for one in ([event.public_id] if event in whole else [f"{event.public_id} {day:%FT%T}" for day in originals])
    ]


def step(session: Session, _verb: str, one: str, given: dict[str, str], *, actor: User | None, at: datetime) -> bool:
    """Cancel an event or one date of it, unless it is public no more; as `batch_jobs` calls it."""
    public_id, _, original = one.partition(" ")
    event = session.scalar(select(Event).where(Event.public_id == public_id))
    if event is None or not event.public or (actor and not permissions.may(actor, "edit", event)):
        return False
    if original:
        day = datetime.fromisoformat(original)
        single_dates.set_status(session, event, day, "cancelled", given["reason"], actor=actor, at=at)
    else:
        publishing.cancel(session, event, given["reason"], actor=actor, at=at)
    return True


def rows(session: Session, act: str) -> list[Revision]:
    """What one act has done, in the order in which it was done."""
    loads = selectinload(Revision.entry).selectinload(Entry.department)
    return list(session.scalars(select(Revision).where(Revision.batch == act).order_by(Revision.number).options(loads)))

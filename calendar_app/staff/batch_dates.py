"""Change many dates in one act: cancel them with one reason, or close longer ones on the chosen days.

`batch_jobs` does it in portions and undoes it as a whole.
"""

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from calendar_app import fields
from calendar_app.dates import formatting
from calendar_app.db.models import Entry, Event, Occurrence, Revision, User
from calendar_app.entries import permissions, publishing, single_dates

CLOSED = "{days}は休みます。"


def steps(dates: Iterable[Occurrence]) -> list[str]:
    """List the steps that cancel these dates: an event, or one date of it by its planned start."""
    by_event: dict[Event, list[datetime]] = {}
    for occurrence in dates:
        by_event.setdefault(occurrence.event, []).append(occurrence.original)
    whole = {event for event, originals in by_event.items() if len(originals) == len(event.occurrences)}
    return [
        occurrence
        for event, originals in by_event.items()
        for occurrence in (
            [event.public_id] if event in whole else [f"{event.public_id} {day:%FT%T}" for day in originals]
        )
    ]


def closures(dates: Iterable[Occurrence], first: date, last: date) -> list[str]:
    """List the steps that close each of these long dates from `first` to `last`, on the days on which it runs."""
    return [
        f"{occurrence.event.public_id} {max(first, occurrence.first_day)}/{min(last, occurrence.last_day)}"
        for occurrence in dates
    ]


def step(
    session: Session, _verb: str, target: str, parameters: dict[str, str], *, actor: User | None, at: datetime
) -> bool:
    """Cancel an event or one date of it, or close it on some days. False if it is no longer public or the actor may
    not.

    `batch_jobs` calls it.
    """
    public_id, _, original = target.partition(" ")
    event = session.scalar(select(Event).where(Event.public_id == public_id))
    if event is None or not event.public or (actor and not permissions.may(actor, "edit", event)):
        return False
    first, _, last = original.partition("/")
    if last:
        return _close(session, event, first, last, parameters["reason"], actor=actor, at=at)
    if original:
        day = datetime.fromisoformat(original)
        single_dates.set_status(session, event, day, "cancelled", parameters["reason"], actor=actor, at=at)
    else:
        publishing.cancel(session, event, parameters["reason"], actor=actor, at=at)
    return True


def _close(session: Session, event: Event, first: str, last: str, reason: str, **record_args: Any) -> bool:
    """Add the closed days to the note about the dates, or to the text where that is full; tell the public the reason."""
    begin, end = (datetime.combine(date.fromisoformat(day), time()) for day in (first, last))
    closure = CLOSED.format(days=formatting.say_when(begin, end, True, "ja"))
    if closure in event.date_note or closure in event.body:
        return False
    texts = {"date_note": f"{closure}{event.date_note}", "body": f"{closure}\n\n{event.body}".strip()}
    fitting = {name: text for name, text in texts.items() if len(text) <= (fields.FIELDS[name].limit or 0)}
    return publishing.save(session, event, dict([*fitting.items()][:1]), note=f"{closure}{reason}", **record_args)


def rows(session: Session, act: str) -> list[Revision]:
    """List the revisions of one act, oldest first."""
    loads = selectinload(Revision.entry).selectinload(Entry.department)
    return list(session.scalars(select(Revision).where(Revision.batch == act).order_by(Revision.number).options(loads)))

"""One act upon many dates: find them, cancel them with one reason. `undoing.undo_act` takes it back as one."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import items, publishing, queries, revisions, single_dates
from calendar_app.filters import Filter
from calendar_app.models import Event, Occurrence, Revision, User

OUTDOORS = ("held", "light_rain", "cancelled", "reserve")
MOST = 300  # one transaction: everybody else who saves waits for it


def find(session: Session, first: date, last: date, wanted: Filter, *, outdoors: bool = False) -> list[Occurrence]:
    """The public dates of these days that still go ahead; with `outdoors` only those that the weather can stop."""
    going = [one for one in queries.occurrences(session, first, last, wanted) if goes_ahead(one)]
    return [one for one in going if not outdoors or outdoor(one)][:MOST]


def goes_ahead(one: Occurrence) -> bool:
    return items.status(one) not in ("cancelled", "postponed")


def outdoor(one: Occurrence) -> bool:
    """At an open-air venue, or with a weather rule; what moves indoors in rain is none."""
    venue = one.venue or one.event.venue
    return one.event.weather_rule in OUTDOORS or bool(venue and venue.outdoor and one.event.weather_rule != "indoors")


def cancel(session: Session, dates: Iterable[Occurrence], reason: str, *, actor: User | None, at: datetime) -> str:
    """Cancel these dates; an event all of whose dates are among them as a whole. Gives the name of the act."""
    given: dict[str, Any] = {"actor": actor, "at": at}
    by_event: dict[Event, list[datetime]] = {}
    for one in dates:
        by_event.setdefault(one.event, []).append(one.original)
    with revisions.one_act(session) as act:
        for event, originals in by_event.items():
            if len(originals) == len(event.occurrences):
                publishing.cancel(session, event, reason, **given)
            else:
                for original in originals:
                    single_dates.set_status(session, event, original, "cancelled", reason, **given)
    return act


def rows(session: Session, act: str) -> list[Revision]:
    """What one act has done, in the order in which it was done."""
    return list(session.scalars(select(Revision).where(Revision.batch == act).order_by(Revision.number)))

"""The morning's decision: which dates of today and tomorrow still wait for somebody to look at the sky."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from calendar_app.db.models import Department, Occurrence
from calendar_app.entries import describe
from calendar_app.listings import queries
from calendar_app.listings.filters import EVERYTHING, Filter

DEPENDING = ("light_rain", "cancelled", "reserve")  # the weather rules that leave something to decide
LONGEST = timedelta(days=2)  # a season of weeks is not decided on its first morning


def waiting(session: Session, today: date, department: Department | None) -> list[Occurrence]:
    """The dates that begin today or tomorrow, of a department or of all, about which nothing has been said yet."""
    wanted = Filter((("department", (department.slug,)),)) if department else EVERYTHING
    dates = queries.occurrences(session, today, today + timedelta(days=1), wanted)
    return [occurrence for occurrence in dates if waits(occurrence, today)]


def waits(occurrence: Occurrence, today: date) -> bool:
    """Whether it begins today or tomorrow, hangs on the weather and is not decided."""
    event = occurrence.event
    if event.weather_rule not in DEPENDING or event.precision != "exact" or occurrence.status == "held":
        return False
    soon = today <= occurrence.first_day <= today + timedelta(days=1)
    return soon and occurrence.last_day - occurrence.first_day <= LONGEST and goes_ahead(occurrence)


OUTDOORS = ("held", "light_rain", "cancelled", "reserve")


MOST = 300  # more than a person looks through


def find(session: Session, first: date, last: date, wanted: Filter, *, outdoors: bool = False) -> list[Occurrence]:
    """The public dates of these days that still go ahead; with `outdoors` only those that the weather can stop."""
    going = [occurrence for occurrence in queries.occurrences(session, first, last, wanted) if goes_ahead(occurrence)]
    return [occurrence for occurrence in going if not outdoors or outdoor(occurrence)][:MOST]


def goes_ahead(occurrence: Occurrence) -> bool:
    return describe.status(occurrence) not in ("cancelled", "postponed")


def outlasts(occurrence: Occurrence, first: date, last: date) -> bool:
    """Whether it also runs on other days than these, so that it can close on these days only. A late night does not count."""
    beyond = occurrence.first_day < first or last < occurrence.last_day
    return beyond and (occurrence.event.all_day or occurrence.end - occurrence.start >= timedelta(days=1))


def outdoor(occurrence: Occurrence) -> bool:
    """At an open-air venue, or with a weather rule; what moves indoors in rain is none."""
    venue = occurrence.venue or occurrence.event.venue
    return occurrence.event.weather_rule in OUTDOORS or bool(
        venue and venue.outdoor and occurrence.event.weather_rule != "indoors"
    )

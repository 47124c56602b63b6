"""Find the dates of today and tomorrow that still need a decision by the weather, and dates that weather can stop."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from calendar_app.db.models import Department, Occurrence
from calendar_app.entries import describe
from calendar_app.listings import queries
from calendar_app.listings.filters import EVERYTHING, Filter

DEPENDING = ("light_rain", "cancelled", "reserve")  # the weather rules that leave something to decide
LONGEST = timedelta(days=2)  # a longer date is not decided on its first morning


def waiting(session: Session, today: date, department: Department | None) -> list[Occurrence]:
    """Return the undecided dates of today and tomorrow, of one department or of all."""
    wanted = Filter((("department", (department.slug,)),)) if department else EVERYTHING
    dates = queries.occurrences(session, today, today + timedelta(days=1), wanted)
    return [occurrence for occurrence in dates if waits(occurrence, today)]


def waits(occurrence: Occurrence, today: date) -> bool:
    """Whether a date begins today or tomorrow, depends on the weather, and is undecided."""
    event = occurrence.event
    if event.weather_rule not in DEPENDING or event.precision != "exact" or occurrence.status == "held":
        return False
    soon = today <= occurrence.first_day <= today + timedelta(days=1)
    return soon and occurrence.last_day - occurrence.first_day <= LONGEST and goes_ahead(occurrence)


OUTDOORS = ("held", "light_rain", "cancelled", "reserve")


MOST = 300  # more than a person looks through


def find(session: Session, first: date, last: date, wanted: Filter, *, outdoors: bool = False) -> list[Occurrence]:
    """Return the public dates of these days (inclusive) that go ahead. With `outdoors`, only those that weather can
    stop."""
    going = [occurrence for occurrence in queries.occurrences(session, first, last, wanted) if goes_ahead(occurrence)]
    return [occurrence for occurrence in going if not outdoors or outdoor(occurrence)][:MOST]


def goes_ahead(occurrence: Occurrence) -> bool:
    """Whether a date is neither cancelled nor postponed."""
    return describe.status(occurrence) not in ("cancelled", "postponed")


def outlasts(occurrence: Occurrence, first: date, last: date) -> bool:
    """Whether a date also runs on days outside these, so that it can close on these only. Running past midnight does
    not count."""
    beyond = occurrence.first_day < first or last < occurrence.last_day
    return beyond and (occurrence.event.all_day or occurrence.end - occurrence.start >= timedelta(days=1))


def outdoor(occurrence: Occurrence) -> bool:
    """Whether a date is at an open-air venue or has a weather rule. Events that move indoors in rain are not."""
    venue = occurrence.venue or occurrence.event.venue
    return occurrence.event.weather_rule in OUTDOORS or bool(
        venue and venue.outdoor and occurrence.event.weather_rule != "indoors"
    )

"""The morning's decision: which dates of today and tomorrow still wait for somebody to look at the sky."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from calendar_app.db.models import Department, Occurrence
from calendar_app.listings import queries
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.staff.batch_dates import goes_ahead

DEPENDING = ("light_rain", "cancelled", "reserve")  # the weather rules that leave something to decide
LONGEST = timedelta(days=2)  # a season of weeks is not decided on its first morning


def waiting(session: Session, today: date, department: Department | None) -> list[Occurrence]:
    """The dates that begin today or tomorrow, of a department or of all, about which nothing has been said yet."""
    wanted = Filter((("department", (department.slug,)),)) if department else EVERYTHING
    found = queries.occurrences(session, today, today + timedelta(days=1), wanted)
    return [one for one in found if waits(one, today)]


def waits(one: Occurrence, today: date) -> bool:
    """Whether it begins today or tomorrow, hangs on the weather and is not decided."""
    event = one.event
    if event.weather_rule not in DEPENDING or event.precision != "exact" or one.status == "held":
        return False
    soon = today <= one.first_day <= today + timedelta(days=1)
    return soon and one.last_day - one.first_day <= LONGEST and goes_ahead(one)

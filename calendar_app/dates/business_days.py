"""The working days of a town hall: no weekends, no holidays, none of the days on which offices rest."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calendar_app.dates.formatting import holiday
from calendar_app.text import countries

DAY = timedelta(days=1)


def works(day: date) -> bool:
    """Tell whether offices work on a day. In Japan they close from 29 December to 3 January by law."""
    return day.weekday() < 5 and (day.month, day.day) not in countries.here().closed and not holiday(day)


def due(asked_at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the end of the given number of working days after the local day of a question, as an instant in UTC."""
    day = asked_at.astimezone(zone).date()
    while days > 0:
        day += DAY
        days -= works(day)
    return datetime.combine(day + DAY, time(), zone).astimezone(UTC)

"""Days on which a town hall works: not at weekends, on holidays, or around the new year."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calendar_app.dates.formatting import holiday

DAY = timedelta(days=1)


def works(day: date) -> bool:
    """Closed from 29 December to 3 January, as the law has it for offices of the state and towns do alike."""
    turn = (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)
    return day.weekday() < 5 and not turn and not holiday(day)


def due(asked: datetime, days: int, zone: ZoneInfo) -> datetime:
    """The end of the last of so many working days after the day on which somebody asked; an instant in UTC."""
    day = asked.astimezone(zone).date()
    while days > 0:
        day += DAY
        days -= works(day)
    return datetime.combine(day + DAY, time(), zone).astimezone(UTC)

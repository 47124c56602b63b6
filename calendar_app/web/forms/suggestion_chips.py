"""What one tap fills in: the days ahead, the times and venues that are usual. Each is its label and what goes into which field."""

from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext

from calendar_app.dates import formatting
from calendar_app.staff.suggestions import Habits
from calendar_app.web.forms.fields import lang

Chip = tuple[str, dict[str, Any]]
COMMON = [("10:00", "12:00"), ("13:30", "15:30"), ("18:00", "20:00")]
TIMES = 4
AHEAD = 15  # days


def offered(form: Any, kind: str, today: date) -> dict[str, list[Chip]]:
    if kind != "event":
        return {}
    names = {choice.value: str(choice.label) for choice in form.venue_id.choices}
    return {"days": days(today), "times": times(form.usual), "venues": venues(form.usual, names)}


def days(today: date) -> list[Chip]:
    """Today, tomorrow, and the Saturdays and Sundays of the next two weeks."""
    ahead = [today + timedelta(number) for number in range(2, AHEAD)]
    weekends = [(_short(day), day) for day in ahead if day.weekday() > 4]
    near = [(gettext("Today"), today), (gettext("Tomorrow"), today + timedelta(1))]
    return [(said, {"start_date": day.isoformat()}) for said, day in near + weekends]


def times(usual: Habits) -> list[Chip]:
    """Times that are usual here, filled up with those that are usual anywhere."""
    known = list(dict.fromkeys([*usual.times, *COMMON]))[:TIMES]
    spans = [(f"{start}–{end}", {"start_time": start, "end_time": end, "all_day": False}) for start, end in known]
    return [(gettext("All day"), {"all_day": True}), *spans]


def venues(usual: Habits, names: dict[str, str]) -> list[Chip]:
    return [(names[str(number)], {"venue_id": str(number)}) for number in usual.venues if str(number) in names]


def _short(day: date) -> str:
    return formatting.say_span(datetime.combine(day, time()), None, True, lang())

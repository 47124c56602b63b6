"""Buttons that fill in coming days, usual times and usual venues with one tap. A chip is a label and values by field."""

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
    """The chips of a form for events, by their group; none for announcements."""
    if kind != "event":
        return {}
    names = {choice.value: str(choice.label) for choice in form.venue_id.choices}
    return {"days": days(today), "times": times(form.usual), "venues": venues(form.usual, names)}


def days(today: date) -> list[Chip]:
    """Today, tomorrow, and the Saturdays and Sundays of the next two weeks."""
    ahead = [today + timedelta(number) for number in range(2, AHEAD)]
    weekends = [(_short(day), day) for day in ahead if day.weekday() > 4]
    near = [(gettext("Today"), today), (gettext("Tomorrow"), today + timedelta(1))]
    return [(name, {"start_date": day.isoformat()}) for name, day in near + weekends]


def times(usual: Habits) -> list[Chip]:
    """All day, then the four most usual times of this department, completed with common times."""
    known = list(dict.fromkeys([*usual.times, *COMMON]))[:TIMES]
    spans = [(f"{start}–{end}", {"start_time": start, "end_time": end, "all_day": False}) for start, end in known]
    return [(gettext("All day"), {"all_day": True}), *spans]


def venues(usual: Habits, names: dict[str, str]) -> list[Chip]:
    """The usual venues. `names` maps the number of each venue, as text, to its name."""
    return [(names[str(number)], {"venue_id": str(number)}) for number in usual.venues if str(number) in names]


def _short(day: date) -> str:
    return formatting.say_span(datetime.combine(day, time()), None, True, lang())

"""Next year's edition: the same weekday of the same week, or the same date where that is what returns each year.

Values as `revisions.values` gives them; days on the wall.
"""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from calendar_app import dates

SEASON = timedelta(days=6)  # what lasts longer keeps its dates: blossoms know no weekdays
FOLLOWING = ("start", "end", "reserve_start", "apply_start", "apply_deadline", "facilities_by")
DROPPED: dict[str, Any] = {"exdates": [], "overrides": [], "adjusted": []}
ONCE: dict[str, Any] = DROPPED | {
    "rule": "",
    "rdates": [],
    "skips": [],
    "shift": "",
    "slots": [],
    **dict.fromkeys(("reserve_start", "apply_start", "apply_deadline", "facilities_by")),
}
FIXED_HOLIDAYS = {
    *("元日", "建国記念の日", "天皇誕生日", "昭和の日", "憲法記念日"),
    *("みどりの日", "こどもの日", "山の日", "文化の日", "勤労感謝の日"),
}
_UNTIL = re.compile(r"(?<=UNTIL=)(\d{8})")


@dataclass(frozen=True, slots=True)
class Move:
    """From one day to another. `nth` is 1 to 4, -1 for the last of the month, and 0 where the date itself returns."""

    old: date
    new: date
    nth: int


def next_year(values: dict[str, Any], earlier: Iterable[date], today: date) -> tuple[dict[str, Any], Move]:
    """The values with their days moved to the next edition that is not over; `earlier` are the first days of others."""
    start = datetime.fromisoformat(values["start"])
    nth = 0 if _keeps_date(values, set(earlier)) else nth_of(start.date())
    year = start.year + 1
    while (new := _in_year(start.date(), nth, year)) < today:
        year += 1
    days = new - start.date()
    moved: dict[str, Any] = {name: _later(values[name], days) for name in FOLLOWING if values.get(name)}
    moved["rdates"] = [_later(one, days) for one in values.get("rdates", ())]
    moved["rule"] = _UNTIL.sub(lambda until: _later_until(until[1], days), values.get("rule", ""))
    return values | DROPPED | moved, Move(start.date(), new, nth)


def again(values: dict[str, Any]) -> dict[str, Any]:
    """The values of a copy: what it is and at what time, but not when."""
    return values | ONCE


def nth_of(day: date) -> int:
    """Which of its weekday in its month; the fifth is the last."""
    nth = (day.day + 6) // 7
    return nth if nth < 5 else -1


def _keeps_date(values: dict[str, Any], earlier: set[date]) -> bool:
    start = datetime.fromisoformat(values["start"])
    end = datetime.fromisoformat(values["end"]) if values.get("end") else start
    if values.get("precision", "exact") != "exact" or end - start >= SEASON:
        return True
    day = start.date()
    others = earlier - {day}
    if any((one.month, one.day) == (day.month, day.day) for one in others):
        return True
    if any(one.month == day.month and (one.weekday(), nth_of(one)) == (day.weekday(), nth_of(day)) for one in others):
        return False
    return dates.holiday(day) in FIXED_HOLIDAYS


def _in_year(day: date, nth: int, year: int) -> date:
    last = calendar.monthrange(year, day.month)[1]
    if nth == 0:
        return date(year, day.month, min(day.day, last))
    if nth == -1:
        end = date(year, day.month, last)
        return end - timedelta((end.weekday() - day.weekday()) % 7)
    first = date(year, day.month, 1)
    return first + timedelta((day.weekday() - first.weekday()) % 7 + 7 * (nth - 1))


def _later(moment: str, days: timedelta) -> str:
    return (datetime.fromisoformat(moment) + days).isoformat()


def _later_until(day: str, days: timedelta) -> str:
    return f"{datetime.strptime(day, '%Y%m%d') + days:%Y%m%d}"

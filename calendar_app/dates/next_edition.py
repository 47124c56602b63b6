"""Work out the next edition of an event: next year, on the same weekday of the same week or on the same date;
or the next day of a pattern, which is a rule without an end.

Values are as in `revisions.values`; days and times are local.
"""

import calendar
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from calendar_app.dates import formatting, repeat_patterns, rrule
from calendar_app.dates.recurrence import BadRule, Repeat, rule_dates
from calendar_app.dates.repeat_patterns import Choice
from calendar_app.fields import names

SEASON = timedelta(days=6)  # longer events keep their dates, because seasons follow no weekday
LONGEST, LOOKED_AHEAD = timedelta(days=9 * 365), timedelta(days=800)
FOLLOWING = names("event", "moment")
DROPPED: dict[str, Any] = {"exdates": [], "overrides": [], "adjusted": []}
ONCE: dict[str, Any] = DROPPED | {
    "rule": "",
    "rdates": [],
    "skips": [],
    "shift": "",
    "slots": [],
    **dict.fromkeys(name for name in FOLLOWING if name not in ("start", "end")),
}
FIXED_HOLIDAYS = {
    *("元日", "建国記念の日", "天皇誕生日", "昭和の日", "憲法記念日"),
    *("みどりの日", "こどもの日", "山の日", "文化の日", "勤労感謝の日"),
}
_UNTIL = re.compile(r"(?<=UNTIL=)(\d{8})")


@dataclass(frozen=True, slots=True)
class Move:
    """A move from one day to another. `nth` is 1 to 4, -1 for the last of the month, 0 where the date itself returns."""

    old: date
    new: date
    nth: int


def next_year(values: dict[str, Any], earlier: Iterable[date], today: date) -> tuple[dict[str, Any], Move]:
    """Move the values to the next edition that is not over. `earlier` are the first days of former editions."""
    start = datetime.fromisoformat(values["start"])
    nth = 0 if _keeps_date(values, set(earlier)) else nth_of(start.date())
    year = start.year + 1
    while (new := _in_year(start.date(), nth, year)) < today:
        year += 1
    return moved_to(values, new), Move(start.date(), new, nth)


def moved_to(values: dict[str, Any], new: date) -> dict[str, Any]:
    """Shift every date by the distance between the old and the new first day; drop changes of single dates."""
    days = new - datetime.fromisoformat(values["start"]).date()
    moved: dict[str, Any] = {name: _later(values[name], days) for name in FOLLOWING if values.get(name)}
    moved["rdates"] = [_later(moment, days) for moment in values.get("rdates", ())]
    moved["rule"] = _UNTIL.sub(lambda until: _later_until(until[1], days), values.get("rule", ""))
    return values | DROPPED | moved


def returning(values: dict[str, Any]) -> list[str]:
    """Return the rules, without an end, by which an event may return; its own rule comes first."""
    start = datetime.fromisoformat(values["start"])
    if values.get("precision", "exact") != "exact":
        return []
    own = [endless(values["rule"])] if values.get("rule") else []
    nth = nth_of(start.date())
    choices = [Choice("weekly"), Choice("monthly_weekday", nths=(nth,))]
    if nth == 4 and (start + timedelta(days=7)).month != start.month:
        choices.append(Choice("monthly_weekday", nths=(-1,)))
    choices.append(Choice("monthly_date"))
    if (start + timedelta(days=1)).month != start.month:
        choices.append(Choice("monthly_date", days=(-1,)))
    choices += [Choice("yearly_weekday", nths=(nth,)), Choice("yearly")]
    rules = (endless(repeat_patterns.rule_of(replace(choice, count=1), start)) for choice in choices)
    return list(dict.fromkeys([*own, *rules]))


def usual(values: dict[str, Any], earlier: Iterable[date]) -> str:
    """Return the most likely rule for the next date, or "". `earlier` are the days of similar events."""
    start = datetime.fromisoformat(values["start"]) if values.get("start") else None
    if start is None or not (rules := returning(values)):
        return ""
    if values.get("rule"):
        return rules[0]
    days = sorted({*earlier, start.date()})[-6:]
    end = datetime.fromisoformat(values["end"]) if values.get("end") else start
    if len(days) == 1:
        return "" if end - start >= SEASON else rules[1]  # by its weekday of the month
    fitting = [rule for rule in rules if _gives(rule, days)]
    return fitting[0] if fitting else ""


def endless(rule: str) -> str:
    """Return a rule without UNTIL and COUNT."""
    return re.sub(r";(?:UNTIL|COUNT)=[^;]*", "", rule)


def coming(
    pattern: str, start: datetime, today: date, occupied: Collection[date] = (), skips: Collection[str] = ()
) -> date | None:
    """Return the first day of a pattern from today on that is neither taken nor skipped, or None within 800 days."""
    if start.date() < today - LONGEST or rrule.parse(pattern).interval == 1:
        start = datetime.combine(today, start.time())  # with an interval of 1 every week counts, so any start will do
    until = max(today, start.date()) + LOOKED_AHEAD
    days = rule_dates(Repeat(start, None, rule=f"{pattern};UNTIL={until:%Y%m%d}"), until)
    left_out = {adjustment.day for adjustment in repeat_patterns.adjust(days, skips, "")}
    return next((day for day in days if day >= today and day not in left_out and day not in occupied), None)


def again(values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a copy: everything but the dates."""
    return values | ONCE


def nth_of(day: date) -> int:
    """Return the number of a weekday in its month, 1 to 4; -1 for the fifth, as the last."""
    nth = (day.day + 6) // 7
    return nth if nth < 5 else -1


def _gives(rule: str, days: list[date]) -> bool:
    """Tell whether these days follow a rule, with at most half of its dates left out."""
    whole = datetime.combine(days[0], time())
    try:
        days_of_rule = rule_dates(Repeat(whole, None, rule=f"{rule};UNTIL={days[-1]:%Y%m%d}"), days[-1])
    except BadRule:
        return False
    return {*days} <= {*days_of_rule} and 2 * len(days) >= len(days_of_rule)


def _keeps_date(values: dict[str, Any], earlier: set[date]) -> bool:
    start = datetime.fromisoformat(values["start"])
    end = datetime.fromisoformat(values["end"]) if values.get("end") else start
    if values.get("precision", "exact") != "exact" or end - start >= SEASON:
        return True
    day = start.date()
    others = earlier - {day}
    if any((other.month, other.day) == (day.month, day.day) for other in others):
        return True
    if any(
        other.month == day.month and (other.weekday(), nth_of(other)) == (day.weekday(), nth_of(day))
        for other in others
    ):
        return False
    return formatting.holiday(day) in FIXED_HOLIDAYS


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

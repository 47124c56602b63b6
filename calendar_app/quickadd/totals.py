"""Check a reading by the totals that a text states: 全8回, 3日間. One that differs is a doubt."""

import re
from datetime import date, datetime, time, timedelta

from calendar_app.dates import repeat_patterns, rrule
from calendar_app.dates.recurrence import Repeat, rule_dates
from calendar_app.quickadd import repeats
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import Page, claim, original

_TOTAL = re.compile(
    r"[(の]?(?:(?:全|計|全部で|連続)(?P<times>\d{1,3})回(?:コース|講座|シリーズ|連続)?|(?P<series>\d{1,3})回(?:コース|シリーズ|連続講座)"
    r"|(?P<row>\d{1,2})(?:日|夜)(?:連続|続けて)|(?P<weeks>\d{1,2})週連続|(?P<days>\d{1,2})日間(?!の?(?:写真|記)))\)?"
)


def check(page: Page, spans: list[tuple[int, int]]) -> None:
    """Compare the days that were read with each total. A span of days with a total of weeks is read as a weekly series."""
    for start, end in spans:
        for match in list(_TOTAL.finditer(page.plain, start, end)):
            number = next(int(text) for text in match.groups() if text)
            days = read_days(page)
            if not days or number < 2:
                continue
            if match["days"] and len(days) == 1 and page.plain.endswith("から", 0, match.start()):
                days = _span(page, days[0], number)
            if not (match["days"] or match["row"]):
                days = _weekly(page, days, number, match) or days
            if len(days) != number:
                words = original(page, *match.span()).strip("()（）の")
                warn(page, "total_differs", "repeats", words=words, number=len(days))
            claim(
                page, match.span(), "repeats", original(page, *match.span()).strip("()（）の"), keep=len(days) != number
            )


def _span(page: Page, first: date, number: int) -> list[date]:
    """Turn a first day into a span: 「6月9日から3日間」."""
    days = [first + timedelta(more) for more in range(number)]
    page.values["end_date"] = days[-1].isoformat()
    return days


def _weekly(page: Page, days: list[date], number: int, match: re.Match[str]) -> list[date]:
    """Turn a span of `number` weeks into as many dates: 「5/14〜5/21 全2回」. Returns [] for any other reading."""
    if "end_date" not in page.values or page.values.get("repeats") or len(days) != 7 * (number - 1) + 1:
        return []
    del page.values["end_date"]
    page.values.pop("all_day", None)
    weekly = days[::7]
    page.values |= {"repeats": "dates", "own_dates": "\n".join(map(str, weekly[1:]))}
    meaning = f"{weekly[0]:%m/%d}〜{weekly[-1]:%m/%d}"
    warn(page, "weekly_assumed", "repeats", words=original(page, *match.span()).strip("()（）"), meaning=meaning)
    return weekly


def read_days(page: Page) -> list[date]:
    """Return the days that were read, without holidays that are left out; [] if there is no exact date."""
    values = page.values
    try:
        first = date.fromisoformat(values.get("start_date", ""))
        last = date.fromisoformat(values.get("end_date") or first.isoformat())
    except ValueError:
        return []
    gone = set(str(values.get("left_out", "")).split())
    own = [line[:10] for line in str(values.get("own_dates", "")).split("\n") if line]
    days = {*_ruled(values, first), *map(date.fromisoformat, own)}
    if not values.get("repeats"):
        days |= {first + timedelta(number) for number in range(min((last - first).days, 400) + 1)}
    if values.get("repeats") == "dates":
        days.add(first)
    return sorted(day for day in days if day.isoformat() not in gone)


def _ruled(values: dict[str, object], first: date) -> list[date]:
    rule = repeats.rule_of_fields(values, first)
    if not rule:
        return []
    try:
        days = rule_dates(Repeat(datetime.combine(first, time()), None, rule=rule), first + timedelta(3660))
    except rrule.BadRule:
        return []
    skips = values.get("skips", ())
    gone = {adjustment.day for adjustment in repeat_patterns.adjust(days, skips if isinstance(skips, list) else (), "")}
    return [day for day in days if day not in gone]

"""How a date is said on pages and in feeds. Wall-clock time only; `lang` is "ja" or "en".

All-day ends are the last day, inclusive. How a typed date is read is in `typed_dates`; callers find both here.
"""

import calendar
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import jpholiday

from calendar_app.typed_dates import (
    ERAS,
    MONTHS,
    WEEKDAYS_EN,
    WEEKDAYS_JA,
    BadDate,
    message,
    parse_date,
    parse_time,
)

__all__ = [
    "BadDate",
    "era",
    "fiscal_year",
    "holiday",
    "holiday_word",
    "iso",
    "message",
    "month_title",
    "month_weeks",
    "parse_date",
    "parse_time",
    "say_date",
    "say_span",
    "say_time",
    "say_when",
    "weekday",
    "weekend",
]

HOLIDAY_YEARS = range(1949, 2101)  # from the law of July 1948; equinoxes later than that are anyone's guess

_SMALL_HOURS = time(6)  # an end before this belongs to the evening before, as 25:30 does when typed
_WHEN = {
    "ja": {
        "open": "{day}{begin}から",
        "moment": "{day}{begin}",
        "day": "{day}{begin}〜{finish}",
        "night": "{day}{begin}〜翌日{finish}",
        "days": "{day}{begin}〜{until}{finish}",
    },
    "en": {
        "open": "{day}, from {begin}",
        "moment": "{day}, {begin}",
        "day": "{day}, {begin}–{finish}",
        "night": "{day}, {begin} – {finish} (next day)",
        "days": "{day}, {begin} – {until}, {finish}",
    },
}
_SPAN = {
    "ja": {
        "open": "{day} {begin}から",
        "moment": "{day} {begin}",
        "day": "{day} {begin}–{finish}",
        "night": "{day} {begin}–翌{finish}",
        "days": "{day} {begin}–{until} {finish}",
    },
    "en": {
        "open": "{day} from {begin}",
        "moment": "{day} {begin}",
        "day": "{day} {begin}–{finish}",
        "night": "{day} {begin} – {finish} (next day)",
        "days": "{day} {begin} – {until} {finish}",
    },
}


def holiday(day: date) -> str:
    """The Japanese name of the public holiday, or ""."""
    return _holidays(day.year).get(day, "")


def holiday_word(day: date, lang: str) -> str:
    """The mark beside the weekday: 祝, 振休, "holiday", or ""."""
    name = holiday(day)
    if not name:
        return ""
    if lang != "ja":
        return "holiday"
    return "振休" if "振替休日" in name else "祝"


def weekday(day: date, lang: str) -> str:
    return WEEKDAYS_JA[day.weekday()] if lang == "ja" else WEEKDAYS_EN[day.weekday()][:3]


def weekend(day: date) -> tuple[date, date]:
    """The Saturday and Sunday to come, or the ones that are on."""
    sunday = day + timedelta(6 - day.weekday())
    return sunday - timedelta(1), sunday


def fiscal_year(day: date) -> int:
    """The 年度, April to March."""
    return day.year if day.month >= 4 else day.year - 1


def era(day: date) -> str:
    """令和9年, 令和元年, 平成31年; before Meiji the western year."""
    for first, name, _ in ERAS:
        if day >= first:
            year = day.year - first.year + 1
            return f"{name}{'元' if year == 1 else year}年"
    return f"{day.year}年"


def month_title(year: int, month: int, lang: str) -> str:
    return f"{year}年{month}月" if lang == "ja" else f"{MONTHS[month - 1]} {year}"


def month_weeks(year: int, month: int, first_weekday: int = 6) -> list[list[date]]:
    """The weeks that cover the month; `first_weekday` counts from Monday as 0."""
    return calendar.Calendar(first_weekday).monthdatescalendar(year, month)


def iso(start: datetime, all_day: bool, timezone: str) -> str:
    """What <time datetime> wants: 2027-04-15, or 2027-04-15T10:00+09:00."""
    if all_day:
        return start.date().isoformat()
    return start.replace(tzinfo=ZoneInfo(timezone)).isoformat(timespec="minutes")


def say_date(day: date, lang: str, *, today: date | None = None) -> str:
    """2027年4月15日（木）, "Thu 15 Apr 2027"; without the year when that is today's."""
    year = today is None or day.year != today.year
    word = holiday_word(day, lang)
    if lang == "ja":
        mark = f"・{word}" if word else ""
        return f"{f'{day.year}年' if year else ''}{day.month}月{day.day}日（{weekday(day, lang)}{mark}）"
    return _english_day(day, year=year) + (f" ({word})" if word else "")


def say_time(at: time, lang: str) -> str:
    """午前10時, 正午, 午後0時30分, 午前0時; "10:00"."""
    if lang != "ja":
        return f"{at.hour}:{at.minute:02}"
    if (at.hour, at.minute) == (12, 0):
        return "正午"
    minutes = f"{at.minute}分" if at.minute else ""
    return f"{'午前' if at.hour < 12 else '午後'}{at.hour % 12}時{minutes}"


def say_when(start: datetime, end: datetime | None, all_day: bool, lang: str, *, today: date | None = None) -> str:
    """One line for pages and feeds; what the first date has said already, the second leaves out."""
    first, last = start.date(), (end or start).date()
    if all_day:
        return (_say_days_ja if lang == "ja" else _say_days_en)(first, max(first, last), today)
    return _WHEN[lang][_shape(start, end)].format(
        day=say_date(first, lang, today=today),
        begin=say_time(start.time(), lang),
        until=say_date(last, lang, today=first),
        finish=say_time((end or start).time(), lang),
    )


def say_span(start: datetime, end: datetime | None, all_day: bool, lang: str) -> str:
    """The short form for lists and cards, without a year: 4/15(木) 10:00–12:00, "Thu 15 Apr 10:00–12:00"."""
    day, until = _short_day(start.date(), lang), _short_day((end or start).date(), lang)
    if all_day:
        return day if day == until else f"{day}{'–' if lang == 'ja' else ' – '}{until}"
    begin, finish = say_time(start.time(), "en"), say_time((end or start).time(), "en")
    return _SPAN[lang][_shape(start, end)].format(day=day, begin=begin, until=until, finish=finish)


@lru_cache(maxsize=len(HOLIDAY_YEARS))
def _holidays(year: int) -> dict[date, str]:
    return dict(jpholiday.year_holidays(year)) if year in HOLIDAY_YEARS else {}


def _say_days_ja(first: date, last: date, today: date | None) -> str:
    said, until = say_date(first, "ja", today=today), say_date(last, "ja", today=first)
    if first == last:
        return said
    if (first.year, first.month) == (last.year, last.month):
        until = until.partition("月")[2]
    return f"{said}〜{until}"


def _say_days_en(first: date, last: date, today: date | None) -> str:
    """A year that both share stands once, at the end; holidays are left out, they would seem to be the whole span."""
    if first == last:
        return say_date(first, "en", today=today)
    both = first.year != last.year
    year = both or today is None or last.year != today.year
    return f"{_english_day(first, year=both)} – {_english_day(last, year=year)}"


def _english_day(day: date, *, year: bool = False) -> str:
    return f"{weekday(day, 'en')} {day.day} {MONTHS[day.month - 1][:3]}" + (f" {day.year}" if year else "")


def _short_day(day: date, lang: str) -> str:
    if lang != "ja":
        return _english_day(day)
    word = holiday_word(day, "ja")
    return f"{day.month}/{day.day}({weekday(day, 'ja')}{word and '・' + word})"


def _shape(start: datetime, end: datetime | None) -> str:
    """Which phrase of _WHEN and _SPAN tells a timed event."""
    if end is None:
        return "open"
    if end == start:
        return "moment"
    if end.date() == start.date():
        return "day"
    night = end.date() - start.date() == timedelta(1) and end.time() < _SMALL_HOURS
    return "night" if night else "days"

"""How a date is said and how a typed one is read. Wall-clock times; an all-day end is the last day, inclusive."""

import calendar as months
import re
import unicodedata
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import jpholiday

WEEKDAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
MONTHS = months.month_name
DAY = timedelta(days=1)
LONGEST = 60  # characters of a typed date


class BadDate(ValueError):
    """A typed date or time that cannot be read; `code` says why, `given` what the message needs."""

    def __init__(self, code: str, **given: str) -> None:
        super().__init__(code)
        self.code = code
        self.given = given


MESSAGES = {
    "unreadable": {
        "ja": "日付を読み取れません。「2027-04-15」「4/15」「4月15日」のように入力してください。",
        "en": "We cannot read this date. Write it like 2027-04-15, 4/15 or 15 Apr 2027.",
    },
    "unreadable_time": {
        "ja": "時刻を読み取れません。「10:00」「午後1時半」のように入力してください。",
        "en": "We cannot read this time. Write it like 10:00 or 1:30 pm.",
    },
    "no_such_day": {"ja": "{month}月に{day}日はありません。", "en": "Month {month} has no day {day}."},
    "weekday_mismatch": {
        "ja": "この日は{right}曜日です。日付か曜日を確かめてください。",
        "en": "That day is a {right}. Please check the date or the weekday.",
    },
    "year_out_of_range": {
        "ja": "年は1900年から2100年までで入力してください。",
        "en": "The year must be between 1900 and 2100.",
    },
    "ambiguous_noon": {
        "ja": "午前12時・午後12時は取り違えやすいので、「正午」または「午前0時」と入力してください。",
        "en": "12 am and 12 pm are easily confused: write “noon” or “midnight”.",
    },
}


def message(error: BadDate, lang: str) -> str:
    return MESSAGES[error.code][lang].format(**error.given)


@cache
def _holidays(year: int) -> dict[date, str]:
    return dict(jpholiday.year_holidays(year))


def holiday(day: date) -> str:
    """The Japanese name of a public holiday, or ""."""
    return _holidays(day.year).get(day, "")


def holiday_word(day: date, lang: str) -> str:
    name = holiday(day)
    if not name:
        return ""
    return ("振休" if "振替" in name else "祝") if lang == "ja" else "holiday"


def weekday(day: date, lang: str) -> str:
    return WEEKDAYS[lang][day.weekday()]


def fiscal_year(day: date) -> int:
    """A Japanese fiscal year begins in April."""
    return day.year - (day.month < 4)


def era(day: date) -> str:
    """The year in the Japanese calendar: 令和9年, 令和元年, 平成31年."""
    name, first = ("令和", 2018) if day >= date(2019, 5, 1) else ("平成", 1988) if day >= date(1989, 1, 8) else ("昭和", 1925)
    number = day.year - first
    return f"{name}{'元' if number == 1 else number}年"


def month_title(year: int, month: int, lang: str) -> str:
    return f"{year}年{month}月" if lang == "ja" else f"{MONTHS[month]} {year}"


def month_weeks(year: int, month: int, first_weekday: int = 6) -> list[list[date]]:
    """The weeks that cover a month, Sunday first."""
    return months.Calendar(first_weekday).monthdatescalendar(year, month)


def weekend(day: date) -> tuple[date, date]:
    """Saturday and Sunday of this weekend, or of the coming one."""
    saturday = day + timedelta(days=(5 - day.weekday()) % 7) if day.weekday() != 6 else day - DAY
    return saturday, saturday + DAY


def say_date(day: date, lang: str, *, today: date | None = None) -> str:
    """「2027年4月29日（木・祝）」, "Thu 29 Apr 2027 (holiday)"; without the year when it is today's."""
    return _day(day, lang, year=today is None or today.year != day.year)


def _day(day: date, lang: str, *, year: bool = True, month: bool = True) -> str:
    word = holiday_word(day, lang)
    if lang == "ja":
        head = (f"{day.year}年" if year else "") + (f"{day.month}月" if month or year else "")
        return f"{head}{day.day}日（{weekday(day, lang)}{'・' + word if word else ''}）"
    said = f"{weekday(day, lang)} {day.day}" + (f" {MONTHS[day.month][:3]}" if month or year else "")
    return said + (f" {day.year}" if year else "") + (" (holiday)" if word else "")


def say_time(moment: time, lang: str) -> str:
    """「午前10時」「午後1時30分」「正午」「午前0時」, "10:00"."""
    if lang == "en":
        return f"{moment.hour}:{moment.minute:02}"
    if moment == time(12):
        return "正午"
    minutes = f"{moment.minute}分" if moment.minute else ""
    return f"{'午前' if moment.hour < 12 else '午後'}{moment.hour % 12}時{minutes}"


def say_when(start: datetime, end: datetime | None, all_day: bool, lang: str, *, today: date | None = None) -> str:
    """Date and time on one line, for pages and feeds."""
    first = say_date(start.date(), lang, today=today)
    if all_day:
        return first if end is None or end.date() <= start.date() else first + _to(start, end, lang)
    at = say_time(start.time(), lang)
    if end is None:
        return f"{first}{at}から" if lang == "ja" else f"{first}, from {at}"
    until = say_time(end.time(), lang)
    if end == start:
        return f"{first}{at}" if lang == "ja" else f"{first}, {at}"
    if end.date() == start.date():
        return f"{first}{at}〜{until}" if lang == "ja" else f"{first}, {at}–{until}"
    if end - start < DAY and end.date() == start.date() + DAY:
        return f"{first}{at}〜翌日{until}" if lang == "ja" else f"{first}, {at} – {until} (next day)"
    return f"{first}{at}{_to(start, end, lang)}{until}" if lang == "ja" else f"{first}, {at}{_to(start, end, lang)}, {until}"


def _to(start: datetime, end: datetime, lang: str) -> str:
    """The second half of a range: what it shares with the first half is not said again."""
    year = start.year != end.year
    month = year or start.month != end.month
    return ("〜" if lang == "ja" else " – ") + _day(end.date(), lang, year=year, month=month or lang == "en")


def say_span(start: datetime, end: datetime | None, all_day: bool, lang: str) -> str:
    """The short form of lists: 「4/15(木) 10:00–12:00」."""
    last = end.date() if end else start.date()
    if end and not all_day and end - start < DAY:
        last = start.date()
    days = _short(start.date(), lang) + (f"〜{_short(last, lang)}" if last > start.date() else "")
    if all_day:
        return days
    until = f"–{end.hour}:{end.minute:02}" if end and end != start else ("〜" if lang == "ja" else "")
    return f"{days} {start.hour}:{start.minute:02}{until}"


def _short(day: date, lang: str) -> str:
    if lang == "ja":
        return f"{day.month}/{day.day}({weekday(day, lang)})"
    return f"{weekday(day, lang)} {day.day} {MONTHS[day.month][:3]}"


def iso(start: datetime, all_day: bool, timezone: str) -> str:
    """For <time datetime>: 2027-04-15, or 2027-04-15T10:00+09:00."""
    if all_day:
        return start.date().isoformat()
    return start.replace(tzinfo=ZoneInfo(timezone)).isoformat(timespec="minutes")


WORDS = {"今日": 0, "本日": 0, "today": 0, "明日": 1, "tomorrow": 1, "明後日": 2, "あさって": 2}
ERAS = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925}
SEPARATED = r"[-/.]"
DATE_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?P<y>\d{{4}}){SEPARATED}(?P<m>\d{{1,2}}){SEPARATED}(?P<d>\d{{1,2}})",
        r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
        r"(?P<y>\d{4})年(?P<m>\d{1,2})月(?P<d>\d{1,2})日",
        rf"(?P<era>令和|平成|昭和|r|h|s)(?P<n>\d{{1,2}}|元)(?:年|{SEPARATED})(?P<m>\d{{1,2}})(?:月|{SEPARATED})(?P<d>\d{{1,2}})日?",
        rf"(?P<m>\d{{1,2}}){SEPARATED}(?P<d>\d{{1,2}})",
        r"(?P<m>\d{1,2})月(?P<d>\d{1,2})日?",
        r"(?P<d>\d{1,2})日",
        r"(?P<d>\d{1,2}) ?(?P<name>[a-z]{3,9})\.?,?(?: ?(?P<y>\d{4}))?",
        r"(?P<name>[a-z]{3,9})\.? ?(?P<d>\d{1,2}),?(?: ?(?P<y>\d{4}))?",
    )
)
NAMED_DAY = re.compile(r"[ 、]*\(?([月火水木金土日])(?:曜日?)?(?:[・,]?(?:祝|振休|休))?\)?$")
ENGLISH_DAY = re.compile(r"^(mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? ")


def parse_date(text: str, today: date) -> date:
    """Read a typed date. One without a year is the next to come, from 31 days ago on. Raises BadDate."""
    typed = _folded(text, "unreadable")
    if typed in WORDS:
        return today + timedelta(days=WORDS[typed])
    typed, named = _without_weekday(typed)
    for form in DATE_FORMS:
        if found := form.fullmatch(typed):
            day = _read(found.groupdict(), today)
            if named is not None and day.weekday() != named:
                raise BadDate("weekday_mismatch", right=WEEKDAYS["ja"][day.weekday()])
            return day
    raise BadDate("unreadable")


def _folded(text: str, code: str) -> str:
    if len(text) > LONGEST:
        raise BadDate(code)
    return " ".join(unicodedata.normalize("NFKC", text).lower().split())


def _without_weekday(typed: str) -> tuple[str, int | None]:
    if found := ENGLISH_DAY.match(typed):
        return typed[found.end() :], [name.lower() for name in WEEKDAYS["en"]].index(found[1])
    found = NAMED_DAY.search(typed)
    # 「15日」 ends in a letter that is a weekday too.
    if not found or re.fullmatch(r".*\d日", typed):
        return typed, None
    return typed[: found.start()], WEEKDAYS["ja"].index(found[1])


def _read(parts: dict[str, str | None], today: date) -> date:
    day, month = int(parts["d"] or 0), _month(parts)
    if parts.get("y"):
        return _checked(int(parts["y"] or 0), month or today.month, day)
    if parts.get("era"):
        number = 1 if parts["n"] == "元" else int(parts["n"] or 0)
        return _checked(ERAS[parts["era"] or ""] + number, month or 1, day)
    return _next(month, day, today)


def _month(parts: dict[str, str | None]) -> int | None:
    if parts.get("m"):
        return int(parts["m"] or 0)
    if not parts.get("name"):
        return None
    for number, name in enumerate(MONTHS):
        if number and name.lower().startswith(parts["name"] or "") and len(parts["name"] or "") >= 3:
            return number
    raise BadDate("unreadable")


def _next(month: int | None, day: int, today: date) -> date:
    """The first such day from 31 days ago on; one of this month or later when no month is named."""
    since = today - timedelta(days=31) if month else today
    for ahead in range(0, 13 if month is None else 5):
        year, number = (today.year + ahead - 1, month) if month else (today.year, today.month + ahead)
        year, number = year + (number - 1) // 12, (number - 1) % 12 + 1
        if 1 <= day <= months.monthrange(year, number)[1] and (found := date(year, number, day)) >= since:
            return found
    raise BadDate("no_such_day", month=str(month or today.month), day=str(day))


def _checked(year: int, month: int, day: int) -> date:
    if not 1900 <= year <= 2100:
        raise BadDate("year_out_of_range")
    try:
        return date(year, month, day)
    except ValueError:
        raise BadDate("no_such_day", month=str(month), day=str(day)) from None


CLOCK = re.compile(r"(午前|午後|am|pm)? ?(\d{1,2})(?::(\d{2})(?::\d{2})?|時(?:(\d{1,2})分?|(半))?)? ?(am|pm|a\.m\.|p\.m\.)?")
DIGITS = re.compile(r"(\d{1,2})(\d{2})")
SPECIAL = {"正午": 12, "noon": 12, "midnight": 0, "深夜0時": 24}


def parse_time(text: str) -> timedelta:
    """Read a typed time as the time since that day's midnight: 24:00 and 25:30 are the next day. Raises BadDate."""
    typed = _folded(text, "unreadable_time")
    if typed in SPECIAL:
        return timedelta(hours=SPECIAL[typed])
    if found := DIGITS.fullmatch(typed):
        return _time(int(found[1]), int(found[2]))
    found = CLOCK.fullmatch(typed)
    if not found or not (found[3] or "時" in typed or found[1] or found[6]):
        raise BadDate("unreadable_time")
    half = (found[1] or found[6] or "").replace(".", "")
    hours, minutes = int(found[2]), 30 if found[5] else int(found[3] or found[4] or 0)
    if not half:
        return _time(hours, minutes)
    if hours > 12 or (hours == 12 and half in ("午前", "午後", "am", "pm")):
        raise BadDate("ambiguous_noon" if hours == 12 else "unreadable_time")
    return _time(hours + (12 if half in ("午後", "pm") else 0), minutes)


def _time(hours: int, minutes: int) -> timedelta:
    if hours > 29 or minutes > 59:
        raise BadDate("unreadable_time")
    return timedelta(hours=hours, minutes=minutes)

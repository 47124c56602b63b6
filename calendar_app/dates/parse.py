"""Parse a date or time as people type it: with one meaning, or refused with BadDate, never guessed."""

import re
import unicodedata
from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

YEARS = range(1900, 2101)
LONGEST = 80  # characters

WEEKDAYS_JA = "月火水木金土日"
WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
ERAS = (
    (date(2019, 5, 1), "令和", "r"),
    (date(1989, 1, 8), "平成", "h"),
    (date(1926, 12, 25), "昭和", "s"),
    (date(1912, 7, 30), "大正", "t"),
    (date(1868, 1, 25), "明治", "m"),
)
_WORDS = {
    **dict.fromkeys(("今日", "本日", "きょう", "today"), 0),
    **dict.fromkeys(("明日", "あす", "あした", "tomorrow"), 1),
    **dict.fromkeys(("明後日", "あさって"), 2),
}
_WEEKS = {"今週": 0, "来週": 1, "再来週": 2, "this": 0, "next": 1}  # from Monday, in both languages
_NOON = timedelta(hours=12)
_TIME_WORDS = {"正午": _NOON, "noon": _NOON, "midnight": timedelta()}
_CLEAR_TWELVES = {"昼の12時": "午後0時", "夜の12時": "24時", "夜中の12時": "24時"}
_IDLE_SPACE = re.compile(r" (?![0-9a-z])|(?<![0-9a-z]) ")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−ー", "-"))

_NOTE = r"(?:祝日?|休日?|休みの日|振休|振替休日|holiday)"
_WEEKDAY = rf"(?P<weekday>[{WEEKDAYS_JA}]|mon|tue|wed|thu|fri|sat|sun)(?:曜日?|[a-z]+)?"
_TAIL = rf"(?: ?\(?{_WEEKDAY}(?:[・,]?{_NOTE})?\)?|\({_NOTE}\))?"
YEAR = rf"(?P<era>{'|'.join(name for _, name, _ in ERAS)}|[rhstm]\.?)?(?P<year>元|0[1-9]|[1-9][0-9]{{0,3}})"
_NAMED_MONTH, _NAMED_DAY = r"(?P<name>[a-z]{3,9})\.?", r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_ENGLISH_YEAR = r"(?:[,. ](?P<year>[0-9]{4}))?"
_DATES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<word>{'|'.join(_WORDS)}){_TAIL}",
        rf"(?P<week>{'|'.join(_WEEKS)})[の ]?{_WEEKDAY}",
        rf"(?:(?:{YEAR}年)?(?P<month>[0-9]{{1,2}})月)?(?P<day>[0-9]{{1,2}})日{_TAIL}",
        rf"{YEAR}(?P<sign>[-/.])(?P<month>[0-9]{{1,2}})(?P=sign)(?P<day>[0-9]{{1,2}}){_TAIL}",
        rf"(?P<month>[0-9]{{1,2}})[-/.](?P<day>[0-9]{{1,2}}){_TAIL}",
        rf"(?P<year>[0-9]{{4}})(?P<month>[0-9]{{2}})(?P<day>[0-9]{{2}}){_TAIL}",
        rf"(?:{_WEEKDAY}[., ])?{_NAMED_DAY} ?{_NAMED_MONTH}{_ENGLISH_YEAR}(?:\({_NOTE}\))?",
        rf"(?:{_WEEKDAY}[., ])?{_NAMED_MONTH} ?{_NAMED_DAY}{_ENGLISH_YEAR}(?:\({_NOTE}\))?",
    )
)
_TIMES = tuple(
    re.compile(rf"(?P<before>午前|午後|[ap]\.?m\.?)? ?{clock} ?(?P<after>[ap]\.?m\.?)?")
    for clock in (
        r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?",
        r"(?P<hour>[0-9]{1,2})時(?P<minute>半|[0-9]{1,2}分)?",
        r"(?P<hour>[0-9]{1,2})(?P<minute>[0-9]{2})?",
    )
)


class BadDate(ValueError):
    """A typed date or time that is not accepted. `code` is stable; `parameters` fill the placeholders of its message.

    Codes: unreadable, no_such_day, weekday_mismatch, year_out_of_range; no_such_period; unreadable_time, no_such_time,
    ambiguous_noon; piece (one of several, with the message about it), too_many.
    """

    def __init__(self, code: str, parameters: dict[str, Any]) -> None:
        super().__init__(code, parameters)
        self.code = code
        self.parameters = parameters


_MESSAGES = {
    "unreadable": {
        "ja": "日付として読み取れません。「2027年4月15日」「4/15」「明日」のように入力してください。",
        "en": "This cannot be read as a date. Write it like 2027-04-15, 15 Apr 2027 or tomorrow.",
    },
    "no_such_day": {
        "ja": "「{text}」という日はありません。月と日を確かめてください。",
        "en": "There is no such day as “{text}”. Please check the month and the day.",
    },
    "weekday_mismatch": {
        "ja": "{day.year}年{day.month}月{day.day}日は{typed[ja]}曜日ではなく{right[ja]}曜日です"
        "（最も近い{typed[ja]}曜日は{nearest.month}月{nearest.day}日です）。日付か曜日を直してください。",
        "en": "{day} is a {right[en]}, not a {typed[en]} (the nearest {typed[en]} is {nearest})."
        " Please correct the date or the weekday.",
    },
    "year_out_of_range": {
        "ja": "年は、西暦1900年から2100年までを4桁で、または「令和9年」のように入力してください。",
        "en": "Write the year with four digits, from 1900 to 2100.",
    },
    "no_such_period": {
        "ja": "「{text}」という時期はありません。「2027年4月下旬」「4月中旬〜下旬」「2027年春」のように入力してください。",
        "en": "There is no such period as “{text}”. Write it like late April 2027, mid to late April or spring 2027.",
    },
    "unreadable_time": {
        "ja": "時刻として読み取れません。「10:00」「午後1時30分」「正午」のように入力してください。",
        "en": "This cannot be read as a time. Write it like 10:00, 1:30 pm or noon.",
    },
    "no_such_time": {
        "ja": "「{text}」という時刻はありません。翌日の時刻は、午前2時なら「26:00」のように29:59まで入力できます。",
        "en": "There is no such time as “{text}”. The next morning can be written up to 29:59: 26:00 is 2 am.",
    },
    "ambiguous_noon": {
        "ja": "「{text}」は、昼とも夜中とも読めます。昼の12時は「正午」か「午後0時」、夜中の12時は「午前0時」か「24:00」と入力してください。",
        "en": "“{text}” may mean noon or midnight. Write 正午 or 12:00 for noon, 午前0時 or 24:00 for midnight.",
    },
    "piece": {"ja": "「{text}」：{ja}", "en": "“{text}”: {en}"},
    "too_many": {
        "ja": "一度に入力できる日付は{most}件までです（いま{text}件）。",
        "en": "At most {most} dates can be given at once (these are {text}).",
    },
}


def message(error: BadDate, lang: str) -> str:
    """Return the message for the person who typed. Plain text that repeats the input, so a page must escape it."""
    return _MESSAGES[error.code][lang].format_map(error.parameters)


def parse_date(text: str, today: date) -> date:
    """Parse a date. Without a year it is the next one, counted from 31 days ago; 「15日」 is counted from today.

    A weekday beside the date must match it. 「来週の月曜」 and "next Monday" are in the week that begins next Monday.
    Raises BadDate.
    """
    parts = _read(text, _DATES, "unreadable")
    day = _counted(parts, today) or _day(parts, text, today)
    if day.year not in YEARS:
        raise BadDate("year_out_of_range", {"text": text})
    if "weekday" in parts:
        _check_weekday(day, parts["weekday"])
    return day


def parse_time(text: str) -> timedelta:
    """Parse a time of day as the duration since midnight: 24:00 to 29:59 is on the next day.

    "midnight" is the first moment of the day. Raises BadDate.
    """
    if (word := fold(text)) in _TIME_WORDS:
        return _TIME_WORDS[word]
    parts = _read(_clear_twelve(text), _TIMES, "unreadable_time")
    hour, minute = int(parts["hour"]), _minutes(parts.get("minute", "0"))
    half = parts.get("before") or parts.get("after") or ""
    if "before" in parts and "after" in parts:
        raise BadDate("unreadable_time", {"text": text})
    if hour == 12 and half in ("午前", "午後"):
        raise BadDate("ambiguous_noon", {"text": text})
    second = int(parts.get("second", "0"))
    if hour > (12 if half else 29) or minute > 59 or second > 59:
        raise BadDate("no_such_time", {"text": text})
    since = timedelta(hours=hour % 12 if half else hour, minutes=minute, seconds=second)
    return since + (_NOON if half == "午後" or half.startswith("p") else timedelta())


def fold(text: str) -> str:
    """Fold typed text: half width, lower case, one dash, spaces only between letters or digits.

    Text too long for a date becomes "", which no pattern matches.
    """
    if len(text) > LONGEST:
        return ""
    plain = " ".join(unicodedata.normalize("NFKC", text).lower().translate(_DASHES).split())
    return _IDLE_SPACE.sub("", plain)


def _read(text: str, patterns: Iterable[re.Pattern[str]], code: str) -> dict[str, str]:
    """Return the named groups of the first pattern that matches the whole text. Raises BadDate."""
    folded = fold(text)
    for pattern in patterns:
        if match := pattern.fullmatch(folded):
            return {name: value for name, value in match.groupdict().items() if value}
    raise BadDate(code, {"text": text[:LONGEST]})


def _counted(parts: dict[str, str], today: date) -> date | None:
    """Return a day counted from today: 明日, 来週の月曜."""
    if "word" in parts:
        return today + timedelta(_WORDS[parts["word"]])
    if "week" in parts:
        return today + timedelta(7 * _WEEKS[parts["week"]] + _weekday_number(parts["weekday"]) - today.weekday())
    return None


def _day(parts: dict[str, str], text: str, today: date) -> date:
    month, number = _month(parts, text), int(parts["day"])
    if month is None:
        coming = (today + timedelta(n) for n in range(62))  # two 31sts are never further apart
        days = [day for day in coming if day.day == number]
    elif "year" in parts:
        days = _existing([western_year(parts, text)], month, number)
    else:
        earliest = today - timedelta(31)
        years = range(earliest.year, earliest.year + 9)  # nor two 29ths of February than eight years
        days = [day for day in _existing(years, month, number) if day >= earliest]
    if not days:
        raise BadDate("no_such_day", {"text": text})
    return days[0]


def _existing(years: Iterable[int], month: int, day: int) -> list[date]:
    """Return this day in each year that has it."""
    if not 1 <= month <= 12:
        return []
    return [date(year, month, day) for year in years if 1 <= day <= monthrange(year, month)[1]]


def _month(parts: dict[str, str], text: str) -> int | None:
    """Return the month, if the text names one. English names may be cut short: Apr, Sept. Raises BadDate."""
    if "name" not in parts:
        return int(parts["month"]) if "month" in parts else None
    for number, name in enumerate(MONTHS, 1):
        if name.lower().startswith(parts["name"]):
            return number
    raise BadDate("unreadable", {"text": text})


def western_year(parts: dict[str, str], text: str) -> int:
    """Return the western year. An era may run on past its end: 平成35年 is 2023. Raises BadDate."""
    year = 1 if parts["year"] == "元" else int(parts["year"])
    if "era" in parts:
        typed = parts["era"].rstrip(".")
        year += next(first.year for first, *names in ERAS if typed in names) - 1
    if year not in YEARS:
        raise BadDate("year_out_of_range", {"text": text})
    return year


def _check_weekday(day: date, typed: str) -> None:
    number = _weekday_number(typed)
    if number != day.weekday():
        nearest = day + timedelta((number - day.weekday() + 3) % 7 - 3)
        names = {"typed": _weekday_names(number), "right": _weekday_names(day.weekday())}
        raise BadDate("weekday_mismatch", {"day": day, "nearest": nearest, **names})


def _weekday_number(typed: str) -> int:
    short = [name[:3].lower() for name in WEEKDAYS_EN]
    return WEEKDAYS_JA.index(typed) if typed in WEEKDAYS_JA else short.index(typed)


def _weekday_names(number: int) -> dict[str, str]:
    return {"ja": WEEKDAYS_JA[number], "en": WEEKDAYS_EN[number]}


def _clear_twelve(text: str) -> str:
    """Replace 昼の12時 and 夜の12時 by unambiguous times."""
    words, hour, minutes = fold(text).partition("時")
    return _CLEAR_TWELVES[words + hour] + minutes if words + hour in _CLEAR_TWELVES else text


def _minutes(typed: str) -> int:
    return 30 if typed == "半" else int(typed.removesuffix("分"))

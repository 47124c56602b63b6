"""Read the days that a person names in a search: 今週末, 明日, 12月1日, 12月, "next weekend"."""

import re
from calendar import monthrange
from datetime import date, timedelta

from calendar_app.dates import formatting
from calendar_app.dates.parse import BadDate, fold, parse_date

Days = tuple[date, date]

_WEEKS = {"今週": 0, "来週": 1, "再来週": 2, "this week": 0, "next week": 1}
_WEEKENDS = {"今週末": 0, "週末": 0, "この週末": 0, "来週末": 1, "this weekend": 0, "weekend": 0, "next weekend": 1}
_MONTHS = {"今月": 0, "来月": 1, "再来月": 2, "this month": 0, "next month": 1}
_MONTH = re.compile("(?:([0-9]{4})年)?(1[0-2]|[1-9])月中?")
_PHRASE = re.compile(r"\b(?:this|next) (?:weekend|week|month)\b", re.IGNORECASE)
_IDLE = re.compile("の?(?:イベント|催し物?|行事|予定)$")  # 明日の催し
_DIGITS_ALONE = re.compile("[0-9]+")  # a year, a price, the number of a festival: no day


def take_days(typed: str, today: date) -> tuple[str, Days | None]:
    """Return the search without the words that name days, and the first and last of these days.

    Only the first such word counts. A word in quotes or after a minus stays a word.
    """
    phrase = _PHRASE.search(typed)
    words = [phrase[0]] if phrase else typed.split()
    if typed.count('"'):
        return typed, None
    for word in words:
        if days := read_days(word, today):
            return " ".join(typed.replace(word, " ", 1).split()), days
    return typed, None


def read_days(word: str, today: date) -> Days | None:
    """Return the first and last day that a word names, None for any other word."""
    word = fold(_IDLE.sub("", word))
    if word in _WEEKENDS:
        saturday, sunday = formatting.weekend(today)
        return saturday + timedelta(7 * _WEEKENDS[word]), sunday + timedelta(7 * _WEEKENDS[word])
    if word in _WEEKS:
        monday = today + timedelta(7 * _WEEKS[word] - today.weekday())
        return max(monday, today), monday + timedelta(6)
    if word in _MONTHS:
        months = today.year * 12 + today.month - 1 + _MONTHS[word]
        return _month(months // 12, months % 12 + 1)
    return _named_month(word, today) or _day(word, today)


def _named_month(word: str, today: date) -> Days | None:
    """Return the days of 12月 or 2027年12月; without a year the running or the coming one."""
    match = _MONTH.fullmatch(word)
    if not match:
        return None
    month = int(match[2])
    return _month(int(match[1]) if match[1] else today.year + (month < today.month), month)


def _day(word: str, today: date) -> Days | None:
    if _DIGITS_ALONE.fullmatch(word):
        return None
    try:
        day = parse_date(word, today)
    except BadDate:
        return None
    return day, day


def _month(year: int, month: int) -> Days | None:
    return (date(year, month, 1), date(year, month, monthrange(year, month)[1])) if 1900 <= year <= 2100 else None

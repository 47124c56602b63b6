"""Parse the dates of feeds: ISO 8601 and RFC 2822, and the ways in which programs miss both (2027/04/01, JST, 08:28 PM)."""

import re
import unicodedata
from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

from calendar_app.dates.formatting import BadDate, parse_date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.年](?P<month>\d{1,2})[-/.月](?P<day>\d{1,2})日?")
_ERA = re.compile(r"(?:令和|R)(?:\d{1,2}|元)年\d{1,2}月\d{1,2}日")
_DAY_FIRST = re.compile(r"\b(?P<day>\d{1,2})[ -](?P<month>[a-z]{3,9}|\d{1,2}月)\.?[ -](?P<year>\d{4}|\d{2})\b", re.I)
_MONTH_FIRST = re.compile(r"\b(?P<month>[a-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})\b", re.I)
_CLOCK = re.compile(
    r"(?P<half>午前|午後)?\s*(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?(?:[.,]\d{1,9})?\s*(?P<noon>[ap]\.?m\.?)?",
    re.I,
)
_OFFSET = re.compile(r"(?:GMT|UTC)?\s*(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d{2})?", re.I)
_ZONES = {"": None, "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "JST": 9, "KST": 9, "CET": 1, "CEST": 2, "BST": 1}
_ZONES |= {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}


def parse_feed_date(text: str, zone: str) -> datetime | None:
    """Return the moment in UTC, or None if it cannot be parsed. Without a zone of its own a date is in `zone` (IANA)."""
    plain = " ".join(unicodedata.normalize("NFKC", text)[:80].split())
    try:
        day, rest = _day(plain)
        clock, rest = _clock(rest)
        moment = datetime.combine(day, clock, _zone(rest, zone)).astimezone(UTC)
    except (ValueError, KeyError, OverflowError):
        return None
    return moment if 1990 <= moment.year <= 2100 else None


def _day(text: str) -> tuple[date, str]:
    """Return the day and the words after it. Raises ValueError."""
    if era := _ERA.search(text):
        try:
            return parse_date(era[0], date.min), text[era.end() :]
        except BadDate as error:
            raise ValueError(text) from error
    for pattern in (_YEAR_FIRST, _DAY_FIRST, _MONTH_FIRST):
        if match := pattern.search(text):
            year = int(match["year"])
            return date(year + 2000 * (year < 100), _month(match["month"]), int(match["day"])), text[match.end() :]
    moment = datetime.fromisoformat(text)  # 20270401T100000Z
    return moment.date(), text.partition("T")[2] and f"{moment:%H:%M:%S%z}"


def _month(word: str) -> int:
    digits = word.rstrip("月")
    return int(digits) if digits.isdecimal() else _MONTHS.index(word[:3].lower()) + 1


def _clock(text: str) -> tuple[time, str]:
    """Return the time of day and the words after it. Raises ValueError."""
    match = _CLOCK.search(text)
    if not match:
        return time(), ""
    hour = int(match["hour"])
    if half := match["half"] or match["noon"]:
        hour = hour % 12 + 12 * (half.lower().startswith(("午後", "p")))
    return time(hour, int(match["minute"]), int(match["second"] or 0)), text[match.end() :].strip(" ()")


def _zone(text: str, zone: str) -> timezone | ZoneInfo:
    """Return the zone that is named. Raises KeyError for an unknown name."""
    if offset := _OFFSET.fullmatch(text):
        span = timedelta(hours=int(offset["hours"]), minutes=int(offset["minutes"] or 0))
        return timezone(-span if offset["sign"] == "-" else span)
    hours = _ZONES[text.upper()]
    return ZoneInfo(zone) if hours is None else timezone(timedelta(hours=hours))

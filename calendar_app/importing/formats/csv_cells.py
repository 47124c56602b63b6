"""The dates, times and numbers of a table's cells, in all the ways in which people and programs have filled them.

A typing error of the year is not corrected here but proposed; what cannot be read stays among the words.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from calendar_app.dates.approximate import parse_period
from calendar_app.dates.formatting import BadDate, parse_date, parse_time
from calendar_app.dates.parse_lists import parse_slots
from calendar_app.importing import Defect, ImportContext, Values

Cells = dict[str, str]

_MIDNIGHT, _DAY = timedelta(), timedelta(days=1)
_FIRST_SERIAL = date(1899, 12, 30)  # a spreadsheet's day 0
_SERIALS = range(36_526, 73_051)  # the years 2000 to 2099
_WITH_TIME = re.compile(r"(.{6,20}?)[T\s]+(\d{1,2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?")
_YEAR_FIRST = re.compile(r"(\d{4})(\D{1,3}\d{1,2}\D{1,3}\d{1,2}\D{0,10})")
_NOTHING = {"", "-", "ー", "―", "－", "なし", "未定", "null", "none"}


@dataclass(frozen=True, slots=True)
class _Day:
    """A cell's date, and a time that stood beside it. `better` is the day that it must have meant, when that is sure."""

    day: date | None = None
    better: date | None = None
    clock: timedelta | None = None
    defect: Defect | None = None


@dataclass(frozen=True, slots=True)
class _Clock:
    start: timedelta | None
    end: timedelta | None
    words: tuple[str, ...]
    defects: tuple[Defect, ...]


def parse_moments(given: Cells, note: str, context: ImportContext) -> tuple[Values, list[Defect], str]:
    """The dates of a row as values, what is wrong with them, and the code for which it cannot be taken.

    `note` are the remarks on the dates; times that fit no field are added to them.
    """
    start, end = _days(given, context)
    clock = _clock(given, note, start, end)
    defects = [*clock.defects]
    values = _when(start.day, end.day, clock)
    better = _when(start.better or start.day, end.better or end.day, clock)
    patch = {name: value for name, value in better.items() if values.get(name) != value}
    for one in (start, end):
        if one.defect and one.defect.found not in [other.found for other in defects]:
            defects.append(Defect(one.defect.code, one.defect.field, one.defect.found, patch if one.better else None))
    refused = ""
    if not better.get("start"):
        vague = _vague(given, context)
        if vague:
            defects = [one for one in defects if one.field not in ("start", "end")] + [vague]
        else:
            refused = start.defect.code if start.defect else "no_start"
            defects += [] if start.defect else [Defect("no_start", "start")]
    for field, name in (("apply_deadline", "deadline"), ("apply_start", "open")):
        values[field], wrong = _applying(given, name, field, context)
        defects += wrong
    return values, defects, refused


def likely_year(typed: int, near: int) -> int | None:
    """The year that was meant by a mistyped one: its digits in another order, or one digit else; near another date."""
    digits = sorted(str(typed))
    turned = [year for year in range(near - 10, near + 11) if sorted(str(year)) == digits]
    slipped = [
        year
        for year in range(near - 1, near + 2)
        if sum(a != b for a, b in zip(str(year), str(typed), strict=False)) == 1
    ]
    found = sorted({*turned, *slipped}, key=lambda year: abs(year - near))
    return found[0] if found and (len(found) == 1 or abs(found[0] - near) < abs(found[1] - near)) else None


def _days(given: Cells, context: ImportContext) -> tuple[_Day, _Day]:
    start_text, end_text = given.get("start_date", ""), given.get("end_date", "")
    start = _day(start_text, "start", context, None)
    end = _day(end_text, "end", context, start.day)
    if start.day is None and end.day:
        start = _day(start_text, "start", context, end.day)
    return start, end


def _day(text: str, field: str, context: ImportContext, near: date | None) -> _Day:
    """`near` is the other date of the row, if that one can be read."""
    text = unicodedata.normalize("NFKC", text).strip()
    if text.lower() in _NOTHING:
        return _Day()
    if text.isascii() and text.isdigit() and int(text[:9]) in _SERIALS:
        day = _FIRST_SERIAL + timedelta(int(text))
        return _Day(None, day, None, Defect("serial_date", field, text))
    clock = None
    if timed := _WITH_TIME.fullmatch(text):
        text, clock = timed[1], _time(timed[2])
    try:
        return _Day(parse_date(text, context.today), clock=clock)
    except BadDate as error:
        return _unread(error, text, field, near or context.today)


def _unread(error: BadDate, text: str, field: str, near: date) -> _Day:
    if error.code == "weekday_mismatch":
        return _Day(error.given["day"], defect=Defect("wrong_weekday", field, text))
    typed = _YEAR_FIRST.fullmatch(text)
    year = likely_year(int(typed[1]), near.year) if typed and error.code == "year_out_of_range" else None
    if typed and year:
        try:
            return _Day(None, parse_date(f"{year}{typed[2]}", near), None, Defect("year_typo", field, text))
        except BadDate:
            pass
    code = "no_such_day" if error.code == "no_such_day" else f"bad_{field}"
    return _Day(defect=Defect(code, field, text[:80]))


def _vague(given: Cells, context: ImportContext) -> Defect | None:
    """A period of which only the part of a month is known, in the cell of the date or in the remarks."""
    first = given.get("start_date", "")
    until = given.get("end_date", "")
    note = given.get("date_note", "").split("\n")[0]
    for text in (f"{first}〜{until}" if until else "", first, note):
        try:
            period = parse_period(text, context.today) if text else None
        except BadDate:
            continue
        if period:
            days = [f"{day.isoformat()}T00:00:00" for day in (period.first, period.last)]
            dates = {"start": days[0], "end": days[1], "all_day": True}
            return Defect(
                "inexact", "start", text, dates | {"precision": period.precision, "certainty": period.certainty}
            )
    return None


def _clock(given: Cells, note: str, start: _Day, end: _Day) -> _Clock:
    """The times of day. A cell may hold both, as 10:00～12:00; what is no time is kept in words."""
    defects, words = [], [note]
    spans: list[tuple[timedelta | None, timedelta | None]] = []
    for field in ("start", "end"):
        text = given.get(f"{field}_time", "")
        try:
            spans.append(_span(text))
        except BadDate:
            spans.append((None, None))
            words.append(text)
            defects.append(Defect("bad_time", field, text[:80]))
    begin = spans[0][0] if spans[0][0] is not None else start.clock
    last = next((one for one in (spans[1][0], spans[0][1], end.clock) if one is not None), None)
    return _Clock(begin, last, tuple(words), tuple(defects))


def _span(text: str) -> tuple[timedelta | None, timedelta | None]:
    """One cell's time or two. Raises BadDate."""
    if text.lower() in _NOTHING:
        return None, None
    try:
        return parse_time(text), None
    except BadDate:
        first, *_ = parse_slots(text)
        begin, until = (_time(one) for one in first)
        return begin, until


def _time(text: str) -> timedelta | None:
    try:
        return parse_time(text) if text else None
    except BadDate:
        return None


def _when(start: date | None, end: date | None, clock: _Clock) -> Values:
    said = list(clock.words)
    begin, until = clock.start, clock.end
    if start is None:
        return {"start": None, "end": None, "all_day": begin is None, "date_note": _note(said)}
    last = end or start
    whole = begin is None or (begin == _MIDNIGHT and until in (_MIDNIGHT, _DAY, timedelta(hours=23, minutes=59)))
    if begin is None and until is not None and until not in (_MIDNIGHT, _DAY):
        said.append(f"{_say(until)}まで")
    if begin is not None and not whole and until is None and last > start:
        said.append(f"{_say(begin)}から")
        whole = True
    if whole:
        return {"start": _moment(start), "end": _moment(last), "all_day": True, "date_note": _note(said)}
    ends = _moment(last, until) if until is not None else None
    return {"start": _moment(start, begin or _MIDNIGHT), "end": ends, "all_day": False, "date_note": _note(said)}


def _note(said: list[str]) -> str:
    return "　".join(filter(None, said))


def _applying(given: Cells, name: str, field: str, context: ImportContext) -> tuple[str | None, list[Defect]]:
    """When applying begins or ends; midnight means the whole of that day."""
    text = given.get(f"{name}_date", "")
    if not text:
        return None, []
    found = _day(text, field, context, None)
    if found.day is None:
        return None, [Defect("bad_deadline", field, text[:80])]
    clock = _time(given.get(f"{name}_time", "")) or found.clock or _MIDNIGHT
    return _moment(found.day, clock), []


def _moment(day: date, clock: timedelta = _MIDNIGHT) -> str:
    return (datetime.combine(day, time()) + clock).isoformat()


def _say(clock: timedelta) -> str:
    minutes = int(clock.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02}"

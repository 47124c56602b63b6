"""Parse the dates and times in the cells of a table, in all the ways in which people and programs write them.

A mistyped year is proposed as a correction, not applied; text that cannot be parsed is kept in the note.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
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
    """The date of a cell, and the time beside it. `better` is the intended day where it is sure."""

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


def parse_moments(cells: Cells, note: str, context: ImportContext) -> tuple[Values, list[Defect], str]:
    """Parse the dates of a row. Returns values, defects, and the code that prevents its import, or "".

    `note` holds the remarks on the dates; times that fit no field are added to it. Moments are local ISO 8601.
    """
    start, end = _start_and_end(cells, context)
    clock = _clock(cells, note, start, end)
    values = _when(start.day, end.day, clock)
    better = _when(start.better or start.day, end.better or end.day, clock)
    patch = {name: value for name, value in better.items() if values.get(name) != value}
    defects = _with_day_defects(list(clock.defects), (start, end), patch)
    refused = ""
    if not better.get("start"):
        if period := _period(cells, context):
            defects = [defect for defect in defects if defect.field not in ("start", "end")] + [period]
        else:
            refused = start.defect.code if start.defect else "no_start"
            defects += [] if start.defect else [Defect("no_start", "start")]
    for field, name in (("apply_deadline", "deadline"), ("apply_start", "open")):
        values[field], wrong = _application_moment(cells, name, field, context)
        defects += wrong
    return values, defects, refused


def _with_day_defects(defects: list[Defect], days: tuple[_Day, _Day], patch: Values) -> list[Defect]:
    """Add the defects of start and end, each cell's words once; `patch` corrects those with a better day."""
    for day in days:
        if day.defect and day.defect.found not in [defect.found for defect in defects]:
            defects.append(replace(day.defect, proposed=patch if day.better else None))
    return defects


def likely_year(typed: int, near: int) -> int | None:
    """Guess the intended year of a mistyped one: its digits in another order, or one wrong digit. `near` is a correct year."""
    digits = sorted(str(typed))
    turned = [year for year in range(near - 10, near + 11) if sorted(str(year)) == digits]
    slipped = [
        year
        for year in range(near - 1, near + 2)
        if sum(a != b for a, b in zip(str(year), str(typed), strict=False)) == 1
    ]
    years = sorted({*turned, *slipped}, key=lambda year: abs(year - near))
    return years[0] if years and (len(years) == 1 or abs(years[0] - near) < abs(years[1] - near)) else None


def _start_and_end(cells: Cells, context: ImportContext) -> tuple[_Day, _Day]:
    start_text, end_text = cells.get("start_date", ""), cells.get("end_date", "")
    start = _day(start_text, "start", context, None)
    end = _day(end_text, "end", context, start.day)
    if start.day is None and end.day:
        start = _day(start_text, "start", context, end.day)
    return start, end


def _day(text: str, field: str, context: ImportContext, near: date | None) -> _Day:
    """Parse the date of a cell. `near` is the other date of the row, if it can be parsed."""
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
        return _failed_day(error, text, field, near or context.today)


def _failed_day(error: BadDate, text: str, field: str, near: date) -> _Day:
    if error.code == "weekday_mismatch":
        return _Day(error.parameters["day"], defect=Defect("wrong_weekday", field, text, risky=True))
    typed = _YEAR_FIRST.fullmatch(text)
    year = likely_year(int(typed[1]), near.year) if typed and error.code == "year_out_of_range" else None
    if typed and year:
        try:
            return _Day(None, parse_date(f"{year}{typed[2]}", near), None, Defect("year_typo", field, text, risky=True))
        except BadDate:
            pass
    code = "no_such_day" if error.code == "no_such_day" else f"bad_{field}"
    return _Day(defect=Defect(code, field, text[:80]))


def _period(cells: Cells, context: ImportContext) -> Defect | None:
    """Find an approximate date (4月下旬) in the date cells or in the remarks."""
    first = cells.get("start_date", "")
    until = cells.get("end_date", "")
    note = cells.get("date_note", "").split("\n")[0]
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


def _clock(cells: Cells, note: str, start: _Day, end: _Day) -> _Clock:
    """Parse the times of day. One cell may hold both (10:00～12:00); text that is no time goes to the note."""
    defects, words = [], [note]
    spans: list[tuple[timedelta | None, timedelta | None]] = []
    for field in ("start", "end"):
        text = cells.get(f"{field}_time", "")
        try:
            spans.append(_span(text))
        except BadDate:
            spans.append((None, None))
            words.append(text)
            defects.append(Defect("bad_time", field, text[:80]))
    begin = spans[0][0] if spans[0][0] is not None else start.clock
    last = next((until for until in (spans[1][0], spans[0][1], end.clock) if until is not None), None)
    return _Clock(begin, last, tuple(words), tuple(defects))


def _span(text: str) -> tuple[timedelta | None, timedelta | None]:
    """Parse the time or the two times of a cell. Raises BadDate."""
    if text.lower() in _NOTHING:
        return None, None
    try:
        return parse_time(text), None
    except BadDate:
        slots = parse_slots(text)
        if not slots:
            raise
        begin, until = map(_time, slots[0])
        return begin, until


def _time(text: str) -> timedelta | None:
    try:
        return parse_time(text) if text else None
    except BadDate:
        return None


def _when(start: date | None, end: date | None, clock: _Clock) -> Values:
    """Return start, end, all_day and date_note. A start time without an end on a later day becomes a note."""
    notes = list(clock.words)
    begin, until = clock.start, clock.end
    if start is None:
        return {"start": None, "end": None, "all_day": begin is None, "date_note": _note(notes)}
    last = end or start
    whole = begin is None or (begin == _MIDNIGHT and until in (_MIDNIGHT, _DAY, timedelta(hours=23, minutes=59)))
    if begin is None and until is not None and until not in (_MIDNIGHT, _DAY):
        notes.append(f"{_format_time(until)}まで")
    if begin is not None and not whole and until is None and last > start:
        notes.append(f"{_format_time(begin)}から")
        whole = True
    if whole:
        return {"start": _moment(start), "end": _moment(last), "all_day": True, "date_note": _note(notes)}
    ends = _moment(last, until) if until is not None else None
    return {"start": _moment(start, begin or _MIDNIGHT), "end": ends, "all_day": False, "date_note": _note(notes)}


def _note(notes: list[str]) -> str:
    return "　".join(filter(None, notes))


def _application_moment(cells: Cells, name: str, field: str, context: ImportContext) -> tuple[str | None, list[Defect]]:
    """Parse when applications open or close; 00:00 means the whole day."""
    text = cells.get(f"{name}_date", "")
    if not text:
        return None, []
    day = _day(text, field, context, None)
    if day.day is None:
        return None, [Defect("bad_deadline", field, text[:80])]
    clock = _time(cells.get(f"{name}_time", "")) or day.clock or _MIDNIGHT
    return _moment(day.day, clock), []


def _moment(day: date, clock: timedelta = _MIDNIGHT) -> str:
    return (datetime.combine(day, time()) + clock).isoformat()


def _format_time(clock: timedelta) -> str:
    minutes = int(clock.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02}"

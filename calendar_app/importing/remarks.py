"""Read the remarks on the dates of a row (毎週火曜日, 最終日は15時まで) with the reader of typed lines, against its cells.

A remark that the reader does not understand whole, or that contradicts the cells, changes nothing: a person must look at it.
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from calendar_app.importing import Values
from calendar_app.quickadd import Reading, parse_text, repeats

LONGEST = 400  # letters of a remark; a longer one is prose
_DAY = timedelta(days=1)
_CELL_TIME = re.compile(r"(?:^|　)(?P<time>\d{1,2}:\d\d)(?P<word>から|まで)$")  # as `csv_cells` writes it
_SURE = {
    "aside_time",
    "past",
    "year_assumed",
    "first_assumed",
    "own_hours",
    "daily_times",
    "place_new",
    "place_assumed",
}
_SURE |= {"place_unsure", "deadline_late", "deadline_before", "cut", "long"}


@dataclass(frozen=True, slots=True)
class Remark:
    """What a remark means: corrected values, or none if it says nothing new; `unread` are words that were not understood."""

    code: str = ""
    words: str = ""
    values: Values | None = None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class _Cells:
    """The dates and hours of a row; hours are "" where the cells have none."""

    first: date
    last: date
    begin: str
    until: str

    @property
    def days(self) -> str:
        return f"{self.first}" + (f"〜{self.last}" if self.last > self.first else "")

    @property
    def hours(self) -> str:
        return self.begin + (f"〜{self.until}" if self.until else "〜" if self.begin else "")


def read_remark(values: Values) -> Remark:
    """Read the remark on the dates of a row. A time that a cell left in it (10:00から) counts as a cell."""
    note = values.get("date_note") or ""
    left = _CELL_TIME.search(note)
    note = note[: left.start()] if left else note
    start = datetime.fromisoformat(values["start"])
    end = datetime.fromisoformat(values["end"]) if values.get("end") else None
    timed = not values["all_day"]
    begin = f"{start:%H:%M}" if timed else left["time"].zfill(5) if left and left["word"] == "から" else ""
    cells = _Cells(start.date(), _last_day(start, end), begin, _end_clock(start, end, timed))
    remark = _read(cells, note[:LONGEST]) if note else Remark()
    if not left or not remark.values or remark.values["all_day"]:
        return remark
    return replace(remark, values=remark.values | {"date_note": note})


def _last_day(start: datetime, end: datetime | None) -> date:
    if end is None:
        return start.date()
    night = end.time() <= time(5) and end.date() - start.date() == _DAY and start.time() > end.time()
    return start.date() if night else end.date()


def _end_clock(start: datetime, end: datetime | None, timed: bool) -> str:
    if not timed or end is None:
        return ""
    night = _last_day(start, end) < end.date()
    return f"{end.hour + 24 * night:02}:{end:%M}"


@lru_cache(maxsize=512)
def _read(cells: _Cells, note: str) -> Remark:
    alone = parse_text(f"日時：{note}", cells.first)
    strict = _is_dated(alone)
    if strict:
        reading = alone
    else:
        reading = parse_text(f"日時：{cells.days}\n{note}", cells.first)
        if not reading.values.get("start_time") and cells.begin:
            reading = parse_text(f"日時：{cells.days} {cells.hours}\n{note}", cells.first)
    doubts = [doubt for doubt in reading.doubts if doubt.code not in _SURE]
    days = _days_of(reading)
    if doubts or not days or not _agrees(cells, reading, days, strict=strict):
        return Remark(unread=note) if doubts or _says_time(alone) else Remark()
    return _changes(cells, reading, days, note)


def _is_dated(reading: Reading) -> bool:
    """Tell whether a remark names its own days, beyond days that it leaves out."""
    codes = {doubt.code for doubt in reading.doubts}
    named = any(finding.field == "start_date" for finding in reading.understood)
    return named and reading.values.get("repeats", "dates") == "dates" and not codes & {"not_held", "day_assumed"}


def _says_time(alone: Reading) -> bool:
    """Tell whether the words of a remark are about dates or times at all."""
    fields = {"start_date", "start_time", "slots", "repeats", "own_dates", "left_out", "skips", "end_time"}
    return any(finding.field in fields for finding in alone.understood)


def _days_of(reading: Reading) -> dict[date, str]:
    """Return the days that were read, each with hours of its own or ""."""
    values = reading.values
    try:
        first = date.fromisoformat(values.get("start_date", ""))
        last = date.fromisoformat(values.get("end_date") or first.isoformat())
    except ValueError:
        return {}
    if values.get("repeats", "dates") != "dates":
        return {first: ""}
    own = [line.partition(" ")[::2] for line in str(values.get("own_dates", "")).split("\n") if line]
    span = {first + timedelta(number): "" for number in range((last - first).days + 1)}
    return dict(sorted((span | {date.fromisoformat(day): hours for day, hours in own}).items()))


def _agrees(cells: _Cells, reading: Reading, days: dict[date, str], *, strict: bool) -> bool:
    """Tell whether the reading and the cells name the same start and end; if `strict`, the same first and last day."""
    values = reading.values
    if strict and (min(days), max(days)) != (cells.first, cells.last):
        return False
    if min(days) < cells.first or max(days) > cells.last:
        return False
    begin = values.get("start_time", "")
    if not begin:
        return True
    first_hours = begin == cells.begin or not cells.begin or any(days.values())
    ends = {values.get("end_time", ""), *(slot.partition("-")[2] for slot in values.get("slots", "").split("、"))}
    return first_hours and (not cells.until or cells.until in ends or not any(ends) or any(days.values()))


def _changes(cells: _Cells, reading: Reading, days: dict[date, str], note: str) -> Remark:
    """Return the corrections that a reading makes to the cells."""
    values = reading.values
    first = min(days)
    begin, until = values.get("start_time", "") or cells.begin, values.get("end_time", "")
    if not until and begin == cells.begin and not values.get("slots"):
        until = cells.until
    patch: Values = {
        "start": _moment(first, begin or "00:00"),
        "end": _moment(first, until) if until else None if begin else _moment(first, "00:00"),
        "all_day": not begin,
    }
    if values.get("slots"):
        patch["slots"] = [slot.split("-") for slot in values["slots"].split("、")]
    rule = repeats.rule_of_fields(values, first)
    words = next((finding.text for finding in reading.understood if finding.field == "repeats"), note)
    if rule:
        left_out = [_moment(date.fromisoformat(day), "00:00") for day in values.get("left_out", "").split()]
        extra: Values = {"exdates": left_out} if left_out else {}
        return Remark("repeat_in_words", words, patch | extra | {"rule": rule, "skips": values.get("skips", [])})
    if values.get("repeats") == "dates":
        return Remark("dates_in_words", note, patch | _single_dates(days, first, begin, until))
    if (begin, until) != (cells.begin, cells.until) or values.get("slots"):
        patch["end"] = _moment(cells.last, until) if until else None if begin else _moment(cells.last, "00:00")
        return Remark("times_in_words", note, patch)
    return Remark()


def _single_dates(days: dict[date, str], first: date, begin: str, until: str) -> Values:
    """Return the further dates, with the ends of those whose hours differ."""
    rdates, overrides = [], []
    for day, hours in days.items():
        since, _dash, end = hours.partition("-")
        if day == first:
            continue
        rdates.append(_moment(day, since or begin or "00:00"))
        if end and (since, end) != (begin, until):
            overrides.append({"original": rdates[-1], "end": _moment(day, end)})
    return {"rdates": rdates, "overrides": overrides}


def _moment(day: date, clock: str) -> str:
    hour, _colon, minute = clock.partition(":")
    return (datetime.combine(day, time()) + timedelta(hours=int(hour), minutes=int(minute))).isoformat()

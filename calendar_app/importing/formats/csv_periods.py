"""The regular dates in a table of pages (定期開催_1_曜日): each group of columns is an entry with a repeat of its own."""

import re
from datetime import date, datetime, timedelta

from calendar_app.dates.formatting import BadDate, parse_date
from calendar_app.dates.parse import WEEKDAYS_JA
from calendar_app.dates.recurrence import BadRule, Repeat, check
from calendar_app.importing import Defect, ImportContext, Values
from calendar_app.importing.formats.csv_cells import Cells

GROUP = re.compile(r"定期開催(?P<number>\d{1,2})(?P<part>.+)")
PARTS = {"開始日": "start_date", "終了日": "end_date", "開始時刻": "start_time", "終了時刻": "end_time"}
PARTS |= {"開始時間": "start_time", "終了時間": "end_time", "曜日": "weekdays", "除外日": "left_out"}

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_BETWEEN = re.compile(r"[、,;・/／\s]+")
_DATES_BETWEEN = re.compile(r"[、,;\s]+")
_OF_A_GROUP = re.compile(r"(?P<field>[a-z_]+)#\d+")


def group_field(folded: str) -> str:
    """Return the field of a folded heading, with the number of its group from the second on; "" for any other heading."""
    match = GROUP.fullmatch(folded)
    part = PARTS.get(match["part"], "") if match else ""
    return f"{part}#{match['number']}" if match and part and int(match["number"]) > 1 else part


def by_group(cells: Cells) -> list[Cells]:
    """Return the cells of a row once for each group that has a start date."""
    shared = {field: cell for field, cell in cells.items() if not _OF_A_GROUP.fullmatch(field)}
    plain = {field: cell for field, cell in shared.items() if field not in PARTS.values()}
    numbers = dict.fromkeys(field.partition("#")[2] for field in cells if field.startswith("start_date#"))
    further = [
        plain | {part: cells[f"{part}#{number}"] for part in PARTS.values() if f"{part}#{number}" in cells}
        for number in numbers
    ]
    return [shared, *further]


def weekly(cells: Cells, values: Values, context: ImportContext) -> tuple[Values, list[Defect], str]:
    """Return the dates of a row with weekdays as a weekly repeat, the defects, and the code that prevents its import, or ""."""
    if "weekdays" not in cells or not values.get("start"):
        return {}, [], ""
    start = datetime.fromisoformat(values["start"])
    end = datetime.fromisoformat(values["end"]) if values.get("end") else None
    last = (end or start).date()
    words = [re.sub("曜日?$", "", word) for word in _BETWEEN.split(cells["weekdays"]) if word]
    days = sorted({WEEKDAYS_JA.index(word) for word in words if len(word) == 1 and word in WEEKDAYS_JA})
    if len(days) < len(set(words)):
        return {}, [Defect("remark_unread", "start", cells["weekdays"][:80], risky=True)], ""
    first = next((day for day in _week(start.date()) if day.weekday() in days), start.date())
    left_out, defects = _left_out(cells.get("left_out", ""), context)
    rule = f"FREQ=WEEKLY;BYDAY={','.join(_CODES[day] for day in days)};UNTIL={last:%Y%m%d}"
    starts = datetime.combine(first, start.time())
    ends = datetime.combine(first, end.time()) if end else None
    if ends and ends < starts:
        ends += timedelta(days=1)
    try:
        check(Repeat(starts, ends, values["all_day"], rule, exdates=tuple(left_out)))
    except BadRule as error:
        return {}, [*defects, Defect("rule", "rule", f"{cells['weekdays'][:40]} ({error.code})")], "rule"
    exceptions = [moment.isoformat() for moment in left_out]
    dates = {"start": starts.isoformat(), "end": ends.isoformat() if ends else None}
    return {**dates, "rule": rule, "exdates": exceptions}, defects, ""


def _week(first: date) -> list[date]:
    return [first + timedelta(days=number) for number in range(7)]


def _left_out(text: str, context: ImportContext) -> tuple[list[datetime], list[Defect]]:
    """Parse the days that are left out; a day that cannot be read holds the row."""
    days: list[datetime] = []
    defects = []
    for word in filter(None, _DATES_BETWEEN.split(text)):
        try:
            days.append(datetime.combine(parse_date(word, context.today), datetime.min.time()))
        except BadDate:
            defects.append(Defect("bad_date", "exdates", word[:80], risky=True))
    return days, defects

"""The checks of a parsed row. Each yields one kind of defect, with a correction where that is sure.

Checks run in order, each on values that the earlier corrections are applied to. Their cost is linear in the file.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from calendar_app import fields
from calendar_app.dates.recurrence import BadRule, Repeat, Slot
from calendar_app.dates.recurrence import check as verify
from calendar_app.importing import Defect, ImportContext, ImportRow, Values, mend, refuse, remarks, text_clues
from calendar_app.importing.duplicates import mark_duplicates, separate_keys
from calendar_app.importing.formats.csv_cells import likely_year
from calendar_app.quickadd import set_phrases
from calendar_app.text.markup import clean, cut, uri

SHORT_RUN = 14  # days; a longer span with hours is a season: one all-day band, with its hours in the note
LIMITS = {name: fields.EVENT[name].limit for name in fields.names("event", "line", "text")} | {"venue": 100}
BODY_LENGTH = fields.EVENT["body"].limit

_DAY = timedelta(days=1)
_NIGHT = time(5)  # an earlier end may be on the next morning
_JAPAN = (20.0, 46.0), (122.0, 154.0)  # latitudes, longitudes, with Minami-Tori-shima
_WORDS = (*fields.texts("event"), "venue")

Check = Callable[[Values, ImportContext], Iterable[Defect]]


def check_rows(rows: Iterable[ImportRow], context: ImportContext, *, table: bool = True) -> tuple[ImportRow, ...]:
    """Add the defects of each row by itself, then those that show only in comparison with other rows.

    In a `table`, a start and an end with hours on different days mean daily hours; in a calendar they mean one long event.
    """
    checks = [check for check in CHECKS if check is not (_whole_days if table else _hours)]
    return tuple(separate_keys(mark_duplicates(_check_row(row, context, checks) for row in rows)))


def _check_row(row: ImportRow, context: ImportContext, checks: Iterable[Check]) -> ImportRow:
    row = replace(row, values=_clean_texts(row.values))
    for check in checks:
        values = mend(row).values
        if values.get("start") or check in ALWAYS:
            row = replace(row, defects=(*row.defects, *check(values, context)))
    return row if row.refused or row.values.get("rule") else _storable(row)


def _storable(row: ImportRow) -> ImportRow:
    """Refuse the row if its corrected dates exceed the limits of an event. The repeats of calendars are checked before."""
    values = mend(row).values
    if not values.get("start"):
        return row
    start, end = _start_and_end(values)
    slots = tuple(Slot.read(*slot) for slot in values.get("slots", ()))
    try:
        verify(Repeat(start, end, values["all_day"], values.get("rule", ""), slots=slots))
    except BadRule as error:
        if error.code == "too_long":
            return refuse(row, "ten_years", "end", f"{start:%Y-%m-%d}〜{end or start:%Y-%m-%d}")
        return refuse(row, "rule", "rule", values.get("rule", ""))
    return row


def _clean_texts(values: Values) -> Values:
    return {
        name: clean(value, lines=name in ("body", "summary")).strip() if isinstance(value, str) else value
        for name, value in values.items()
    }


def _lost_letters(values: Values, context: ImportContext) -> Iterator[Defect]:
    for field in _WORDS:
        if "\ufffd" in (text := values.get(field) or ""):
            at = text.index("\ufffd")
            yield Defect("lost_letters", field, text[max(at - 15, 0) : at + 15])


def _lengths(values: Values, context: ImportContext) -> Iterator[Defect]:
    """Cut texts that are too long for their field, and add the whole text to the body."""
    body = values.get("body", "")
    for field, limit in LIMITS.items():
        text = values.get(field) or ""
        if len(text) > limit:
            body = f"{body}\n\n{text}".strip()
            yield Defect("too_long", field, text[:40], {field: cut(text, limit), "body": cut(body, BODY_LENGTH)})
    if len(body) > BODY_LENGTH:
        yield Defect("too_long", "body", body[:40], {"body": cut(body, BODY_LENGTH)})


def _addresses(values: Values, context: ImportContext) -> Iterator[Defect]:
    for field in fields.names("event", "url"):
        text = values.get(field) or ""
        if text and (not uri(text) or max(len(text), len(uri(text))) > fields.EVENT[field].limit):
            yield Defect("bad_address", field, text[:80], {field: ""})


def _position(values: Values, context: ImportContext) -> Iterator[Defect]:
    lat, lon = values.get("lat"), values.get("lon")
    if lat is None and lon is None:
        return
    position = f"{lat}, {lon}"
    nowhere = {"lat": None, "lon": None}
    if lat is None or lon is None:
        yield Defect("half_position", "lat", position.replace("None", "—"), nowhere)
    elif _in_japan(lon, lat):
        yield Defect("swapped", "lat", position, {"lat": lon, "lon": lat})
    elif not _in_japan(lat, lon):
        yield Defect("outside_japan", "lat", position, nowhere)


def _in_japan(lat: float, lon: float) -> bool:
    (south, north), (west, east) = _JAPAN
    return south <= lat <= north and west <= lon <= east


def _year(values: Values, context: ImportContext) -> Iterator[Defect]:
    """Correct the year of a mistyped date if start and end are years apart. The date nearer to the import is believed."""
    start, end = _start_and_end(values)
    if end is None or abs(end.year - start.year) < 3:
        return
    field, wrong, right = ("end", end, start)
    if abs(end.year - context.today.year) < abs(start.year - context.today.year):
        field, wrong, right = ("start", start, end)
    year = likely_year(wrong.year, right.year)
    if year and (wrong.month, wrong.day) != (2, 29):
        yield Defect("year_typo", field, f"{wrong:%Y-%m-%d}", {field: wrong.replace(year=year).isoformat()}, risky=True)


def _order(values: Values, context: ImportContext) -> Iterator[Defect]:
    start, end = _start_and_end(values)
    if end is None or end >= start:
        return
    quote = f"{end:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
    guess = _later_end(start, end, values["all_day"])
    near = guess is not None and datetime.fromisoformat(guess) - start < _DAY and not values["all_day"]
    yield Defect("end_before_start", "end", quote, {"end": guess}, risky=not near)


def _later_end(start: datetime, end: datetime, all_day: bool) -> str | None:
    """Guess the intended end: that afternoon, the next morning, the next year; otherwise None, which is "unknown"."""
    if not all_day and start.date() == end.date():
        afternoon = end + timedelta(hours=12)
        if start < afternoon <= start + timedelta(hours=6):
            return afternoon.isoformat()
        return (end + _DAY).isoformat() if end.time() <= _NIGHT else None
    next_year = end.replace(year=end.year + 1) if (end.month, end.day) != (2, 29) else end
    if timedelta() <= next_year - start <= timedelta(days=120):
        return next_year.isoformat()
    return start.isoformat() if all_day else None


def _remarks(values: Values, context: ImportContext) -> Iterator[Defect]:
    """Read the remarks on the dates. What was not understood, or contradicts the cells, holds the row for a person."""
    note = values.get("date_note") or ""
    repeated = values.get("rule") or values.get("slots") or values.get("rdates")
    if not note or repeated or values.get("precision", "exact") != "exact":
        return
    remark = remarks.read_remark(values)
    if remark.unread:
        yield Defect("remark_unread", "start", remark.unread[:80], risky=True)
    elif remark.values is not None:
        whole = {"date_note": ""} if text_clues.parse_times(note) else {}
        yield Defect(remark.code, "start", remark.words[:80], remark.values | whole)


def _repeat(values: Values, context: ImportContext) -> Iterator[Defect]:
    """Point out a repeat that stands in the words about a span of weeks."""
    start, end = _start_and_end(values)
    if values.get("rule") or values.get("precision", "exact") != "exact" or not end or end - start < 7 * _DAY:
        return
    for field in ("title", "summary", "body"):
        if phrase := set_phrases.find_repeat_phrase(values.get(field) or ""):
            yield Defect("repeat_in_words", field, phrase.words)
            return


def _daily(day: date, start: datetime, end: datetime, values: Values) -> Values:
    """Return start and end of the first of several equal days. The span's end holds the hour at which each day ends."""
    first, last = datetime.combine(day, start.time()), datetime.combine(day, end.time())
    return {"start": first.isoformat(), "end": (last + _DAY if last < first else last).isoformat()}


def _whole_days(values: Values, context: ImportContext) -> Iterator[Defect]:
    """Propose whole days for an event from midnight to midnight: some programs write them so."""
    start, end = _start_and_end(values)
    if values["all_day"] or not end or end <= start or values.get("overrides") or values.get("slots"):
        return
    if start.time() == end.time() == time():
        quote = f"{start:%Y-%m-%d %H:%M}〜{end:%Y-%m-%d %H:%M}"
        yield Defect("whole_days", "end", quote, {"all_day": True, "end": (end - _DAY).isoformat()})


def _hours(values: Values, context: ImportContext) -> Iterator[Defect]:
    """Read a start and an end on different days as the hours of each day, unless they span a night."""
    start, end = _start_and_end(values)
    if values["all_day"] or values.get("rule") or not end or end.date() == start.date():
        return
    nights = (end.date() - start.date()).days
    if end.time() <= start.time() and nights <= 3:
        return
    slots = [(f"{start:%H:%M}", f"{end:%H:%M}"), *values.get("slots", ())]
    hours = "、".join("〜".join(slot) for slot in slots)
    quote = f"{start:%Y-%m-%d}〜{end:%Y-%m-%d} {hours}"
    if nights < SHORT_RUN:
        patch = _daily(start.date(), start, end, values) | {"rule": f"FREQ=DAILY;UNTIL={end:%Y%m%d}"}
    else:
        note = "　".join(filter(None, (hours, values.get("date_note", ""))))
        days = [datetime.combine(day, time()).isoformat() for day in (start, end)]
        patch = {"start": days[0], "end": days[1], "all_day": True, "date_note": note, "slots": []}
    yield Defect("daily_times", "end", quote, patch)


def _status(values: Values, context: ImportContext) -> Iterator[Defect]:
    if values.get("status", "scheduled") != "scheduled":
        name, quote, title = text_clues.find_status(values["title"], "")
        if name and title != values["title"]:  # pages add the mark themselves; calendars write 延期 as CANCELLED
            yield Defect("marked_twice", "title", quote, {"status": name, "title": title})
        return
    words = "\n".join(values.get(field) or "" for field in ("summary", "date_note", "body"))
    name, quote, title = text_clues.find_status(values["title"], words)
    if name:
        patch = {"status": name} | ({"title": title} if title != values["title"] else {})
        yield Defect(f"{name}_in_words", "status", quote, patch)


def _weekdays(values: Values, context: ImportContext) -> Iterator[Defect]:
    start, _ = _start_and_end(values)
    for field in ("title", "date_note", "summary", "body", "apply"):
        for words in dict.fromkeys(text_clues.find_wrong_weekdays(values.get(field) or "", start.date())):
            yield Defect("wrong_weekday", field, words)


def _kind(values: Values, context: ImportContext) -> Iterator[Defect]:
    quote, sure = text_clues.find_announcement_words(values["title"])
    if quote:
        yield Defect("announcement", "kind", quote, {"kind": "announcement"} if sure else None)


def _start_and_end(values: Values) -> tuple[datetime, datetime | None]:
    end = values.get("end")
    return datetime.fromisoformat(values["start"]), datetime.fromisoformat(end) if end else None


CHECKS: tuple[Check, ...] = (
    *(_lost_letters, _addresses, _position),
    *(_year, _order, _remarks, _repeat, _hours, _whole_days),
    *(_status, _weekdays, _kind, _lengths),
)
ALWAYS = (_lost_letters, _addresses, _position, _lengths)

"""iCalendar files (RFC 5545) as rows: one for a series with its changed dates, one for each event that stands alone.

A file may hold many calendars, several versions of an event, and changes whose series is somewhere else.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from calendar_app.dates.recurrence import Override, Repeat, orphans
from calendar_app.importing import (
    MAX_BYTES,
    MAX_ROWS,
    Defect,
    ImportContext,
    ImportRow,
    ParsedFile,
    Unreadable,
    Values,
    refuse,
)
from calendar_app.importing.checks import check_rows
from calendar_app.importing.encoding import decode
from calendar_app.importing.formats import ics_timezones
from calendar_app.importing.formats.ics_events import CalendarDefaults, ParsedEvent, parse_event
from calendar_app.importing.formats.ics_lines import Component, split_components, text_value
from calendar_app.importing.formats.ics_recurrence import Budget


def parse_ics(data: bytes, context: ImportContext, max_bytes: int = MAX_BYTES) -> ParsedFile:
    """Raises Unreadable: what `decode` does, and no_calendar, too_many."""
    decoded = decode(data, max_bytes)
    events: list[Component] = []
    calendars: dict[int, Component] = {}
    explained: dict[int, dict[str, str]] = defaultdict(dict)
    for part in split_components(decoded.text):
        if part.name == "VEVENT":
            events.append(part)
        elif part.name == "VCALENDAR":
            calendars[id(part)] = part
        elif names := [line.partition(":")[2].strip() for line in part.lines if line.upper().startswith("TZID")]:
            explained[id(part.calendar)][names[0].casefold()] = ics_timezones.zone_hint(part.lines)
        if len(events) > MAX_ROWS:
            raise Unreadable("too_many", most=MAX_ROWS)
    if not events and not calendars:
        raise Unreadable("no_calendar")
    around = {key: _calendar(part, explained[key], context) for key, part in calendars.items()}
    budget = Budget()
    drafts = [
        parse_event(part, number, around.get(id(part.calendar), CalendarDefaults()), context, budget)
        for number, part in enumerate(events, 1)
    ]
    rows = sorted(_assembled(_public(drafts)), key=lambda row: row.number)
    return ParsedFile(
        check_rows(rows, context, table=False), decoded.encoding, _shape(calendars.values()), (), decoded.lost
    )


def _calendar(part: Component, explained: dict[str, str], context: ImportContext) -> CalendarDefaults:
    properties, _ = part.properties()
    named = text_value(properties, "X-WR-TIMEZONE")
    zone = ics_timezones.resolve_zone(named, explained, context.timezone) if named else None
    return CalendarDefaults(
        None if zone == "UTC" else zone, explained, text_value(properties, "METHOD").upper() == "CANCEL"
    )


def _shape(calendars: Iterable[Component]) -> str:
    """The program that wrote the file, if it says so."""
    for part in calendars:
        properties, _ = part.properties()
        if made_by := text_value(properties, "PRODID"):
            return f"iCalendar {made_by[:80]}"
    return "iCalendar"


def _public(drafts: list[ParsedEvent]) -> list[ParsedEvent]:
    """What is private among others is refused. A mark that all of them bear was only some program's habit."""
    private = {one.row.number for one in drafts if any(defect.code == "private" for defect in one.row.defects)}
    if len(private) == len(drafts) > 1:
        return drafts
    return [
        replace(one, row=replace(one.row, refused=one.row.refused or "private")) if one.row.number in private else one
        for one in drafts
    ]


def _assembled(drafts: list[ParsedEvent]) -> list[ImportRow]:
    rows = []
    for _, group in groupby(sorted(drafts, key=lambda one: (one.uid, one.row.number)), key=lambda one: one.uid):
        rows += _of_one_uid(list(group))
    return rows


def _of_one_uid(group: list[ParsedEvent]) -> list[ImportRow]:
    """A series takes its changed dates in; a change without its series stands alone."""
    masters, rows = _newest([one for one in group if one.original is None])
    changes, older = _newest([one for one in group if one.original is not None])
    rows += older
    master = next((one for one in masters if not one.row.refused and one.repeat), None)
    if master:
        row, changes = _with_changes(master, changes)
        rows += [row, *(one.row for one in masters if one is not master)]
    else:
        rows += [one.row for one in masters]
    return rows + [_alone(one) for one in changes]


def _newest(drafts: list[ParsedEvent]) -> tuple[list[ParsedEvent], list[ImportRow]]:
    """Of several versions of one thing the newest; the others are refused. Other things under one UID get one of their own."""
    kept: dict[object, ParsedEvent] = {}
    rows: list[ImportRow] = []
    for one in sorted(drafts, key=lambda one: one.version):
        key = one.original
        before = kept.get(key)
        if before is None:
            kept[key] = one
        elif before.row.values == one.row.values:
            rows.append(refuse(one.row, "copy", "", f"{before.row.number}"))
        elif before.version < one.version or one.original:
            rows.append(refuse(before.row, "older", "", f"{one.row.number}"))
            kept[key] = one
        else:
            other = replace(one.row, source_uid=f"{one.uid}/{one.row.values.get('start')}")
            kept[one.row.number] = replace(one, row=_noted(other, Defect("uid_twice", "", one.uid[:80])))
    return list(kept.values()), rows


def _with_changes(master: ParsedEvent, changes: list[ParsedEvent]) -> tuple[ImportRow, list[ParsedEvent]]:
    """The series with its changed dates, and the changes of dates that it does not have."""
    repeat = master.repeat
    if repeat is None or not changes:
        return master.row, changes
    there = {_original(one, repeat): one for one in changes if not one.row.refused}
    astray = {one.original for one in orphans(replace(repeat, overrides=tuple(Override(one) for one in there)))}
    overrides = [_override(when, one, master) for when, one in there.items() if when not in astray]
    row = replace(master.row, values=master.row.values | {"overrides": overrides})
    for when, one in there.items():
        if one.following and when not in astray:
            row = _noted(row, Defect("this_and_future", "overrides", f"{when:%Y-%m-%d %H:%M}"))
    alone = [one for when, one in there.items() if when in astray and when >= repeat.start]
    return row, alone + [one for one in changes if one.row.refused]


def _original(change: ParsedEvent, repeat: Repeat) -> datetime:
    """Where the series had put it; a bare date means the series' hour."""
    original = change.original
    if isinstance(original, datetime):
        return original
    return datetime.combine(original or repeat.start, repeat.start.time())


def _override(when: datetime, change: ParsedEvent, master: ParsedEvent) -> Values:
    """What is different on one date, as `revisions.values` has it, with the name of another venue."""
    new, old = change.row.values, master.row.values
    override: Values = {"original": when.isoformat()}
    if new["start"] != when.isoformat():
        override["start"] = new["start"]
    if _length(new) != _length(old):
        override["end"] = new["end"]
    if new["status"] != "scheduled":
        override["status"] = new["status"]
    if new["title"] not in ("", old["title"]):
        override["note"] = new["title"]
    if new["venue"] not in ("", old["venue"]):
        override["venue"] = new["venue"]
    return override


def _length(values: Values) -> object:
    if not values["end"]:
        return None
    return datetime.fromisoformat(values["end"]) - datetime.fromisoformat(values["start"])


def _alone(change: ParsedEvent) -> ImportRow:
    row = replace(change.row, source_uid=f"{change.uid}/{change.original}")
    if not row.refused and not row.values["title"]:
        return refuse(row, "no_title", "title")
    return _noted(row, Defect("orphan", ""))


def _noted(row: ImportRow, defect: Defect) -> ImportRow:
    return replace(row, defects=(*row.defects, defect))

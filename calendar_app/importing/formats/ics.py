"""Parse iCalendar files (RFC 5545): one row for a series with its changed dates, one for each single event.

A file may hold many calendars, several versions of an event, and changed dates whose series is missing.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import groupby

from calendar_app.dates.recurrence import Override, Repeat, expand, orphans
from calendar_app.importing import (
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
from calendar_app.importing.encoding import Decoded
from calendar_app.importing.formats import ics_timezones
from calendar_app.importing.formats.ics_events import ParsedEvent, parse_event
from calendar_app.importing.formats.ics_lines import NO_EVENTS, Component, split_components, text_value
from calendar_app.importing.formats.ics_moments import CalendarDefaults
from calendar_app.importing.formats.ics_recurrence import Budget
from calendar_app.importing.formats.ics_slots import join_slots

OURS = "-//calendar-app//"  # in PRODID (RFC 5545, section 3.7.3)
NOTICE = re.compile(r"URL[^:]*:https?://[^/]+/announcements/[0-9a-z]+")


def parse_ics(decoded: Decoded, context: ImportContext) -> ParsedFile:
    """Parse every VEVENT of a file. Raises Unreadable: no_calendar, too_many."""
    events: list[Component] = []
    emergencies: list[Component] = []
    others: Counter[str] = Counter()
    calendars: dict[int, Component] = {}
    zones: dict[int, list[Component]] = defaultdict(list)
    for component in split_components(decoded.text):
        if component.name == "VEVENT":
            (emergencies if is_emergency(component) else events).append(component)
        elif component.name == "VCALENDAR":
            calendars[id(component)] = component
        elif component.name in NO_EVENTS:
            others[component.name] += 1
        else:
            zones[id(component.calendar)].append(component)
        if len(events) > MAX_ROWS:
            raise Unreadable("too_many", most=MAX_ROWS)
    if not events and not calendars:
        raise Unreadable("no_calendar")
    defaults = {key: _calendar(component, zones[key], context) for key, component in calendars.items()}
    series = sum(any(line.upper().startswith("RRULE") for line in component.lines) for component in events)
    parsed = [
        parse_event(
            component, number, defaults.get(id(component.calendar), CalendarDefaults()), context, Budget.share(series)
        )
        for number, component in enumerate(events, 1)
    ]
    rows = sorted(_assemble(_public(parsed)), key=lambda row: row.number)
    notes = []
    if others:
        notes.append(Defect("not_events", "", "、".join(f"{name} {count}" for name, count in sorted(others.items()))))
    if emergencies:
        notes.append(Defect("emergencies", "", str(len(emergencies))))
    return ParsedFile(
        rows=check_rows(rows, context, table=False),
        encoding=decoded.encoding,
        shape=_shape(calendars.values()),
        lost=decoded.lost,
        notes=tuple(notes),
    )


def is_emergency(event: Component) -> bool:
    """Tell whether a calendar of this program shows an emergency by this VEVENT: it is no event, and only that town declares it."""
    ours = event.calendar is not None and any(OURS in line for line in event.calendar.lines)
    return ours and any(NOTICE.match(line) for line in event.lines)


def _calendar(component: Component, zones: list[Component], context: ImportContext) -> CalendarDefaults:
    properties, _ = component.properties()
    named = text_value(properties, "X-WR-TIMEZONE")
    lines = {
        line.partition(":")[2].strip().casefold(): zone.lines
        for zone in zones
        for line in zone.lines
        if line.upper().startswith("TZID")
    }
    hints = {name: ics_timezones.zone_hint(zone) for name, zone in lines.items()}
    own = {name: zone for name, zone in ((name, ics_timezones.own_zone(zone)) for name, zone in lines.items()) if zone}
    zone = ics_timezones.resolve_zone(named, hints, context.timezone) if named else None
    cancelled = text_value(properties, "METHOD").upper() == "CANCEL"
    return CalendarDefaults(None if zone == "UTC" else zone, hints, own, cancelled)


def _shape(calendars: Iterable[Component]) -> str:
    """Name the format, with the program that wrote the file if PRODID says so."""
    for component in calendars:
        properties, _ = component.properties()
        if made_by := text_value(properties, "PRODID"):
            return f"iCalendar {made_by[:80]}"
    return "iCalendar"


def _public(events: list[ParsedEvent]) -> list[ParsedEvent]:
    """Refuse private events (CLASS, RFC 5545 3.8.1.3). If every event is marked so, the mark is a habit of the program."""
    private = {event.row.number for event in events if any(defect.code == "private" for defect in event.row.defects)}
    if len(private) == len(events) > 1:
        return events
    return [
        replace(event, row=replace(event.row, refused=event.row.refused or "private"))
        if event.row.number in private
        else event
        for event in events
    ]


def _assemble(events: list[ParsedEvent]) -> list[ImportRow]:
    rows = []
    for _, group in groupby(
        sorted(events, key=lambda event: (event.uid, event.row.number)), key=lambda event: event.uid
    ):
        rows += _rows_of_uid(list(group))
    return join_slots(rows)


def _rows_of_uid(group: list[ParsedEvent]) -> list[ImportRow]:
    """Return the rows of one UID: a series with its changed dates, and a row for each change without a series."""
    masters, rows = _newest([event for event in group if event.original is None])
    changes, older = _newest([event for event in group if event.original is not None])
    rows += older
    master = next((event for event in masters if not event.row.refused and event.repeat), None)
    if master:
        row, changes = _with_changes(master, changes)
        rows += [row, *(event.row for event in masters if event is not master)]
    else:
        rows += [event.row for event in masters]
    return rows + [_orphan_row(event) for event in changes]


def _newest(events: list[ParsedEvent]) -> tuple[list[ParsedEvent], list[ImportRow]]:
    """Keep the newest version of each event and refuse the others. Different events with one UID get keys of their own."""
    newest: dict[object, ParsedEvent] = {}
    rows: list[ImportRow] = []
    for event in sorted(events, key=lambda event: event.version):
        key = event.original
        earlier = newest.get(key)
        if earlier is None:
            newest[key] = event
        elif earlier.row.values == event.row.values:
            rows.append(refuse(event.row, "copy", "", f"{earlier.row.number}"))
        elif earlier.version < event.version or event.original:
            rows.append(refuse(earlier.row, "older", "", f"{event.row.number}"))
            newest[key] = event
        else:
            other = replace(event.row, source_uid=f"{event.uid}/{event.row.values.get('start')}")
            newest[event.row.number] = replace(event, row=_with_defect(other, Defect("uid_twice", "", event.uid[:80])))
    return list(newest.values()), rows


def _with_changes(master: ParsedEvent, changes: list[ParsedEvent]) -> tuple[ImportRow, list[ParsedEvent]]:
    """Return the row of a series with its changed dates, and the changes of dates that the series does not have."""
    repeat = master.repeat
    if repeat is None or not changes:
        return master.row, changes
    by_date = {_original(event, repeat): event for event in changes if not event.row.refused}
    orphaned = {override.original for override in orphans(replace(repeat, overrides=tuple(map(Override, by_date))))}
    changed = {when: event for when, event in by_date.items() if when not in orphaned}
    overrides = {override["original"]: override for override in master.row.values["overrides"]}
    for first, event in sorted(changed.items()):
        whens = (first, *_later(first, changed, repeat)) if event.following else (first,)
        overrides |= {when.isoformat(): _moved(_override(first, event, master), when - first) for when in whens}
    row = replace(master.row, values=master.row.values | {"overrides": list(overrides.values())})
    for when, event in changed.items():
        if event.following:
            row = _with_defect(row, Defect("this_and_future", "overrides", f"{when:%Y-%m-%d %H:%M}"))
    alone = [event for when, event in by_date.items() if when in orphaned and when >= repeat.start]
    return row, alone + [event for event in changes if event.row.refused]


def _later(first: datetime, changed: dict[datetime, ParsedEvent], repeat: Repeat) -> list[datetime]:
    """Return the dates after a change of it and all later ones (RANGE=THISANDFUTURE) that have no change of their own."""
    originals = (instance.original for instance in expand(replace(repeat, overrides=()), date.max))
    return [original for original in originals if original > first and original not in changed]


def _moved(override: Values, days: timedelta) -> Values:
    """Return a change for another date of its series, so much later."""
    moments = {name: override[name] for name in ("original", "start", "end") if override.get(name)}
    return override | {name: (datetime.fromisoformat(text) + days).isoformat() for name, text in moments.items()}


def _original(change: ParsedEvent, repeat: Repeat) -> datetime:
    """Return the original moment of a changed date (RECURRENCE-ID, RFC 5545 3.8.4.4); a bare date takes the series' hour."""
    original = change.original
    if isinstance(original, datetime):
        return original
    return datetime.combine(original or repeat.start, repeat.start.time())


def _override(when: datetime, change: ParsedEvent, master: ParsedEvent) -> Values:
    """Return the differences of a changed date as an override of `revisions.values`, with the venue by name."""
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


def _orphan_row(change: ParsedEvent) -> ImportRow:
    row = replace(change.row, source_uid=f"{change.uid}/{change.original}")
    if not row.refused and not row.values["title"]:
        return refuse(row, "no_title", "title")
    return _with_defect(row, Defect("orphan", ""))


def _with_defect(row: ImportRow, defect: Defect) -> ImportRow:
    return replace(row, defects=(*row.defects, defect))

"""Parse one VEVENT (RFC 5545 3.6.1) into a row: properties as values, moments as wall-clock times in its own zone."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256

from calendar_app.dates.recurrence import Override, Repeat
from calendar_app.fields import EVENT
from calendar_app.importing import Defect, ImportContext, ImportRow, Values
from calendar_app.importing.encoding import strip_markup
from calendar_app.importing.formats.ics_lines import MAX_EVENT, Component, Property, first_property, text_value
from calendar_app.importing.formats.ics_moments import (
    CalendarDefaults,
    EventZone,
    Properties,
    Refused,
    end_of,
    event_zone,
    last_day,
    point_in_time,
    wall_time,
    wall_times,
    written_zone,
)
from calendar_app.importing.formats.ics_recurrence import Budget, Counting, storable_series

_DAY = timedelta(days=1)
_STATUSES = {"CANCELLED": "cancelled", "CANCELED": "cancelled"}
_GEO = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,20})?)\\?[;,]\s*([+-]?\d{1,3}(?:\.\d{1,20})?)")


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """A parsed VEVENT, not yet combined with its series. `original` is the RECURRENCE-ID, in the zone of the row.

    `version` orders versions of one event; `following` is RANGE=THISANDFUTURE.
    """

    row: ImportRow
    uid: str
    repeat: Repeat | None
    version: tuple[int, str]
    original: date | None = None
    following: bool = False


def parse_event(
    component: Component, number: int, calendar: CalendarDefaults, context: ImportContext, budget: Budget
) -> ParsedEvent:
    """Parse an event; `number` is its place in the file, from 1. One without usable dates is refused, never raised."""
    properties, bad = component.properties()
    uid = text_value(properties, "UID")
    values, defects = _values(properties), [Defect("bad_line", "", line) for line in bad]
    if calendar.cancelled:
        values["status"] = "cancelled"
    row = ImportRow(number, "event", uid, values)
    event = ParsedEvent(row, uid, None, _version(properties))
    try:
        event = _with_dates(event, properties, calendar, context, budget, defects)
    except Refused as error:
        defects.append(error.defect)
        event = replace(event, row=replace(row, refused=error.defect.code))
    if text_value(properties, "CLASS").upper() in ("PRIVATE", "CONFIDENTIAL"):
        defects.append(Defect("private", ""))
    refused = event.row.refused or _refusal(component, properties, values, defects)
    if not uid:
        parts = (values["title"], str(event.row.values.get("start")), values["venue"])
        uid = f"ics:{sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"
        defects.append(Defect("no_uid", ""))
    row = ImportRow(number, "event", uid, event.row.values, tuple(defects), refused)
    return ParsedEvent(row, uid, event.repeat, event.version, event.original, event.following)


def _refusal(component: Component, properties: Properties, values: Values, defects: list[Defect]) -> str:
    """Return the code that prevents the import of an event with good dates, or ""; add it to the defects."""
    code = ""
    if component.size > MAX_EVENT:
        code = "too_large"
    elif not component.whole:
        code = "cut_short"
    elif not values["title"] and "RECURRENCE-ID" not in properties:
        code = "no_title"
    if code:
        defects.append(Defect(code, "title" if code == "no_title" else ""))
    return code


def _values(properties: Properties) -> Values:
    """Return all values but the dates."""
    words = [word.strip() for line in properties.get("CATEGORIES", ()) for word in re.split(r"(?<!\\),", line.value)]
    words = [word.replace("\\,", ",") for word in words if word]
    status = text_value(properties, "STATUS").upper()
    organizer = first_property(properties, "ORGANIZER")
    body = strip_markup(_stated(properties, ("DESCRIPTION", "X-ALT-DESC")), links=True)
    position = _GEO.fullmatch("".join(line.value for line in properties.get("GEO", ())[:1]))
    values = {
        "title": " ".join(strip_markup(text_value(properties, "SUMMARY")).split()),
        "summary": "",
        "body": "\n".join(line.strip() for line in body.split("\n")),
        "venue": " ".join(text_value(properties, "LOCATION").split()),
        "category": words[0] if words else "",
        "tags": words[1:],
        "contact": "　".join(line.text for line in properties.get("CONTACT", ())),
        "organizer": organizer.params.get("CN", "").strip('"') if organizer else "",
        "status": _STATUSES.get(status, "scheduled"),
        "certainty": "planned" if status == "TENTATIVE" else "confirmed",
    }
    values |= {name: _stated(properties, field.properties) for name, field in EVENT.items() if field.properties}
    return values | ({"lat": float(position[1]), "lon": float(position[2])} if position else {})


def _stated(properties: Properties, names: tuple[str, ...]) -> str:
    """Return the first of these properties that has a text; "" when none has."""
    return next(filter(None, (text_value(properties, name) for name in names)), "")


def _version(properties: Properties) -> tuple[int, str]:
    """Return the order of two versions of an event: SEQUENCE, then LAST-MODIFIED."""
    number = text_value(properties, "SEQUENCE")
    return int(number[:9]) if number[:9].isdecimal() else 0, text_value(properties, "LAST-MODIFIED")


def _with_dates(
    event: ParsedEvent,
    properties: Properties,
    calendar: CalendarDefaults,
    context: ImportContext,
    budget: Budget,
    defects: list[Defect],
) -> ParsedEvent:
    """Return the event with its dates and its repeat; add defects to the list. Raises Refused."""
    dtstart = first_property(properties, "DTSTART")
    if dtstart is None:
        raise Refused("no_start", "start", "")
    starts = point_in_time(dtstart, "bad_start")
    zone, zone_defects = event_zone(dtstart, starts, calendar, context)
    defects += zone_defects
    repeat = _repeat(properties, wall_time(dtstart, starts, zone), zone, not isinstance(starts, datetime), defects)
    refused = ""
    recurrence_id = first_property(properties, "RECURRENCE-ID")
    rules = [line.value for line in properties.get("RRULE", ()) if line.value]
    if "EXRULE" in properties:
        raise Refused("rule", "rule", f"EXRULE:{properties['EXRULE'][0].value[:80]}")
    if recurrence_id is None and (rules or repeat.rdates):
        written = written_zone(dtstart, starts, calendar, context.timezone)
        series = storable_series(repeat, rules, Counting.of(starts, written, zone.name), context, budget)
        repeat, refused = series.repeat, series.refused.code if series.refused else ""
        defects += [*series.defects, *([series.refused] if series.refused else [])]
    values = event.row.values | values_of(repeat) | {"timezone": zone.name}
    row = ImportRow(event.row.number, "event", event.uid, values, (), refused)
    original = _original(recurrence_id, zone) if recurrence_id else None
    following = bool(recurrence_id and recurrence_id.params.get("RANGE", "").upper() == "THISANDFUTURE")
    return ParsedEvent(row, event.uid, repeat, event.version, original, following)


def _repeat(properties: Properties, start: datetime, zone: EventZone, all_day: bool, defects: list[Defect]) -> Repeat:
    """Return start, end, single dates and exceptions. A period (RDATE, RFC 5545 3.8.5.2) keeps its own length."""
    end = end_of(properties, start, zone, all_day=all_day, defects=defects)
    if text_value(properties, "X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE" and start.time() == time() and end:
        all_day, end = True, max(end - _DAY, start)
    periods = {}
    for moment, until in wall_times(properties, "RDATE", zone, defects).items():
        day = datetime.combine(moment, time()) if all_day else moment
        periods[day] = last_day(day, until) if all_day else until
    if periods.get(start, start) != start and "DTEND" not in properties and "DURATION" not in properties:
        end = periods[start]
    length = end - start if end else timedelta()
    own = (Override(day, end=ends) for day, ends in periods.items() if ends not in (day, day + length))
    exceptions = tuple(wall_times(properties, "EXDATE", zone, defects))
    return Repeat(start, end, all_day, "", tuple(day for day in periods if day != start), exceptions, tuple(own))


def _original(recurrence_id: Property, zone: EventZone) -> date:
    """Parse a RECURRENCE-ID: a moment, or a whole day. Raises Refused."""
    moment = point_in_time(recurrence_id, "bad_start")
    return wall_time(recurrence_id, moment, zone) if isinstance(moment, datetime) else moment


def values_of(repeat: Repeat) -> Values:
    """Return the dates of a repeat as in `revisions.values`: local ISO 8601."""
    return {
        "start": repeat.start.isoformat(),
        "end": repeat.end.isoformat() if repeat.end else None,
        "all_day": repeat.all_day,
        "rule": repeat.rule,
        "rdates": [moment.isoformat() for moment in repeat.rdates],
        "exdates": [moment.isoformat() for moment in repeat.exdates],
        "overrides": [_written_override(override) for override in repeat.overrides],
        "slots": [],
    }


def _written_override(override: Override) -> Values:
    return {"original": override.original.isoformat()} | ({"end": override.end.isoformat()} if override.end else {})

"""Parse one VEVENT (RFC 5545 3.6.1) into a row: properties as values, moments as wall-clock times in its own zone."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from calendar_app.dates.recurrence import Repeat
from calendar_app.fields import EVENT
from calendar_app.importing import Defect, ImportContext, ImportRow, Values
from calendar_app.importing.encoding import strip_markup
from calendar_app.importing.formats import ics_timezones
from calendar_app.importing.formats.ics_lines import (
    MAX_EVENT,
    Component,
    Moment,
    Property,
    first_property,
    parse_moment,
    parse_moments,
    text_value,
)
from calendar_app.importing.formats.ics_recurrence import Budget, storable_series

YEARS = range(1900, 2101)

_DAY = timedelta(days=1)
_STATUSES = {"CANCELLED": "cancelled", "CANCELED": "cancelled"}
_GEO = re.compile(r"([+-]?\d{1,3}(?:\.\d{1,20})?)\\?[;,]\s*([+-]?\d{1,3}(?:\.\d{1,20})?)")

Properties = dict[str, list[Property]]


@dataclass(frozen=True, slots=True)
class CalendarDefaults:
    """The facts that a calendar states for all its events.

    `zone` is None if it names no zone; `zones` maps its own zones, by folded TZID, to a hint; `cancelled` is METHOD:CANCEL.
    """

    zone: str | None = None
    zones: dict[str, str] = field(default_factory=dict)
    cancelled: bool = False


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


class _Refused(ValueError):
    """An event cannot be imported, because of its `defect`."""

    def __init__(self, code: str, name: str, quote: str) -> None:
        super().__init__(code)
        self.defect = Defect(code, name, quote)


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
    except _Refused as error:
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
    body = strip_markup(text_value(properties, "DESCRIPTION"))
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
    """Return the event with its dates and its repeat; add defects to the list. Raises _Refused."""
    dtstart = first_property(properties, "DTSTART")
    if dtstart is None:
        raise _Refused("no_start", "start", "")
    starts = _point_in_time(dtstart, "bad_start")
    zone, zone_defects = _zone(dtstart, starts, calendar, context)
    defects += zone_defects
    start = _wall_time(dtstart, starts, zone, calendar, context)
    all_day = not isinstance(starts, datetime)
    end = _end(properties, start, zone, calendar, context, all_day=all_day, defects=defects)
    if text_value(properties, "X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE" and start.time() == time() and end:
        all_day, end = True, max(end - _DAY, start)
    lists = [_wall_times(properties, name, zone, calendar, context, defects) for name in ("RDATE", "EXDATE")]
    repeat = Repeat(start, end, all_day, rdates=tuple(lists[0]), exdates=tuple(lists[1]))
    refused = ""
    recurrence_id = first_property(properties, "RECURRENCE-ID")
    rules = [line.value for line in properties.get("RRULE", ())]
    if "EXRULE" in properties:
        raise _Refused("rule", "rule", f"EXRULE:{properties['EXRULE'][0].value[:80]}")
    if recurrence_id is None and (rules or repeat.rdates):
        series = storable_series(repeat, rules, zone, context, budget)
        repeat, refused = series.repeat, series.refused.code if series.refused else ""
        defects += [*series.defects, *([series.refused] if series.refused else [])]
    values = event.row.values | values_of(repeat) | {"timezone": zone}
    row = ImportRow(event.row.number, "event", event.uid, values, (), refused)
    original = _original(recurrence_id, zone, calendar, context) if recurrence_id else None
    following = bool(recurrence_id and recurrence_id.params.get("RANGE", "").upper() == "THISANDFUTURE")
    return ParsedEvent(row, event.uid, repeat, event.version, original, following)


def _original(recurrence_id: Property, zone: str, calendar: CalendarDefaults, context: ImportContext) -> date:
    """Parse a RECURRENCE-ID: a moment, or a whole day. Raises _Refused."""
    moment = _point_in_time(recurrence_id, "bad_start")
    return _wall_time(recurrence_id, moment, zone, calendar, context) if isinstance(moment, datetime) else moment


def values_of(repeat: Repeat) -> Values:
    """Return the dates of a repeat as in `revisions.values`: local ISO 8601."""
    return {
        "start": repeat.start.isoformat(),
        "end": repeat.end.isoformat() if repeat.end else None,
        "all_day": repeat.all_day,
        "rule": repeat.rule,
        "rdates": [moment.isoformat() for moment in repeat.rdates],
        "exdates": [moment.isoformat() for moment in repeat.exdates],
        "overrides": [],
        "slots": [],
    }


def _end(
    properties: Properties,
    start: datetime,
    zone: str,
    calendar: CalendarDefaults,
    context: ImportContext,
    *,
    all_day: bool,
    defects: list[Defect],
) -> datetime | None:
    """Parse DTEND or DURATION; of whole days the end is inclusive. An unreadable end becomes None, or the start of whole days.

    An end that our own calendars mark as assumed is not known either.
    """
    if not all_day and text_value(properties, "X-CALENDAR-APP-END-ASSUMED").upper() == "TRUE":
        return None
    prop = first_property(properties, "DTEND") or first_property(properties, "DURATION")
    if prop is None:
        return start if all_day else None
    try:
        moment = parse_moment(prop.value)
        end = start + moment if isinstance(moment, timedelta) else _wall_time(prop, moment, zone, calendar, context)
        if end.year not in YEARS:
            raise ValueError(prop.value)
    except (ValueError, OverflowError):
        defects.append(Defect("bad_end", "end", prop.value[:80]))
        return start if all_day else None
    if not all_day:
        return end
    last = datetime.combine(end - timedelta(microseconds=1), time())
    return max(last, start) if start - _DAY <= last else last  # an end on the first day means that day


def _point_in_time(prop: Property, code: str) -> date | datetime:
    """Parse a DATE or DATE-TIME of a plausible year. Raises _Refused with the code."""
    try:
        moment = parse_moment(prop.value)
    except (ValueError, OverflowError):
        raise _Refused(code, "start", prop.value[:80]) from None
    if isinstance(moment, timedelta) or moment.year not in YEARS:
        raise _Refused(code, "start", prop.value[:80])
    return moment


def _zone(
    prop: Property, moment: Moment, calendar: CalendarDefaults, context: ImportContext
) -> tuple[str, list[Defect]]:
    """Return the zone in which the event is kept, and the defects of the zone that it names."""
    home = calendar.zone or context.timezone
    if not isinstance(moment, datetime) or moment.tzinfo:
        return home, []
    name = prop.params.get("TZID", "")
    if not name:
        defects = [] if calendar.zone else [Defect("floating_time", "timezone", "", {"timezone": home})]
        return home, defects
    known = ics_timezones.resolve_zone(name, calendar.zones, context.timezone)
    if known is None:
        return home, [Defect("unknown_timezone", "timezone", name[:80], {"timezone": home})]
    return (home if known == "UTC" else known), []


def _wall_time(
    prop: Property, moment: Moment, zone: str, calendar: CalendarDefaults, context: ImportContext
) -> datetime:
    """Convert a moment to wall-clock time in the event's zone. Raises ValueError or OverflowError."""
    if isinstance(moment, timedelta):
        raise ValueError(prop.value)
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    if moment.tzinfo:
        return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    name = prop.params.get("TZID", "")
    own = ics_timezones.resolve_zone(name, calendar.zones, context.timezone) if name else None
    if own in (None, zone):
        return moment
    return moment.replace(tzinfo=ZoneInfo(own or zone)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _wall_times(
    properties: Properties,
    name: str,
    zone: str,
    calendar: CalendarDefaults,
    context: ImportContext,
    defects: list[Defect],
) -> list[datetime]:
    """Parse RDATE or EXDATE to sorted wall-clock times; unreadable values are left out, with a defect."""
    moments: set[datetime] = set()
    for prop in properties.get(name, ()):
        try:
            moments |= {_wall_time(line, moment, zone, calendar, context) for line, moment in parse_moments([prop])}
        except (ValueError, OverflowError):
            defects.append(Defect("bad_date", f"{name.lower()}s", prop.value[:80]))
    return sorted(moments)

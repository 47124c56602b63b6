"""One VEVENT as a row: its properties as values, its moments as wall-clock times of its own zone."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from calendar_app.dates.recurrence import Repeat
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
# What the municipal system that most cities use adds.
_EXTRAS = {"fee_note": "X-SHIRASAGI-COST", "date_note": "X-SHIRASAGI-SCHEDULE"}

Properties = dict[str, list[Property]]


@dataclass(frozen=True, slots=True)
class CalendarDefaults:
    """What a calendar says about all its events. `zone` is None where it says nothing; `zones` are those it explains."""

    zone: str | None = None
    zones: dict[str, str] = field(default_factory=dict)
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class ParsedEvent:
    """A row that is not yet beside its series. `original` is the RECURRENCE-ID, in the zone of the row."""

    row: ImportRow
    uid: str
    repeat: Repeat | None
    version: tuple[int, str]
    original: date | None = None
    following: bool = False


class _Bad(ValueError):
    """The defect for which an event cannot be taken."""

    def __init__(self, code: str, name: str, found: str) -> None:
        super().__init__(code)
        self.defect = Defect(code, name, found)


def parse_event(
    part: Component, number: int, calendar: CalendarDefaults, context: ImportContext, budget: Budget
) -> ParsedEvent:
    properties, bad = part.properties()
    uid = text_value(properties, "UID")
    values, defects = _values(properties), [Defect("bad_line", "", one) for one in bad]
    if calendar.cancelled:
        values["status"] = "cancelled"
    row = ImportRow(number, "event", uid, values)
    made = ParsedEvent(row, uid, None, _version(properties))
    try:
        made = _dated(made, properties, calendar, context, budget, defects)
    except _Bad as error:
        defects.append(error.defect)
        made = replace(made, row=replace(row, refused=error.defect.code))
    if text_value(properties, "CLASS").upper() in ("PRIVATE", "CONFIDENTIAL"):
        defects.append(Defect("private", ""))
    refused = made.row.refused or _unwanted(part, properties, values, defects)
    if not uid:
        parts = (values["title"], str(made.row.values.get("start")), values["venue"])
        uid = f"ics:{sha256(chr(31).join(parts).encode()).hexdigest()[:32]}"
        defects.append(Defect("no_uid", ""))
    row = ImportRow(number, "event", uid, made.row.values, tuple(defects), refused)
    return ParsedEvent(row, uid, made.repeat, made.version, made.original, made.following)


def _unwanted(part: Component, properties: Properties, values: Values, defects: list[Defect]) -> str:
    """The code for which an event whose dates are good cannot be taken."""
    code = ""
    if part.size > MAX_EVENT:
        code = "too_large"
    elif not part.whole:
        code = "cut_short"
    elif not values["title"] and "RECURRENCE-ID" not in properties:
        code = "no_title"
    if code:
        defects.append(Defect(code, "title" if code == "no_title" else ""))
    return code


def _values(properties: Properties) -> Values:
    """All but the dates."""
    words = [one.strip() for each in properties.get("CATEGORIES", ()) for one in re.split(r"(?<!\\),", each.value)]
    words = [one.replace("\\,", ",") for one in words if one]
    status = text_value(properties, "STATUS").upper()
    organizer = first_property(properties, "ORGANIZER")
    body = strip_markup(text_value(properties, "DESCRIPTION"))
    position = _GEO.fullmatch("".join(one.value for one in properties.get("GEO", ())[:1]))
    values = {
        "title": " ".join(strip_markup(text_value(properties, "SUMMARY")).split()),
        "summary": "",
        "body": "\n".join(line.strip() for line in body.split("\n")),
        "venue": " ".join(text_value(properties, "LOCATION").split()),
        "url": text_value(properties, "URL"),
        "category": words[0] if words else "",
        "tags": words[1:],
        "contact": "　".join(one.text for one in properties.get("CONTACT", ())),
        "organizer": organizer.params.get("CN", "").strip('"') if organizer else "",
        "status": _STATUSES.get(status, "scheduled"),
        "certainty": "planned" if status == "TENTATIVE" else "confirmed",
    }
    values |= {name: text_value(properties, extra) for name, extra in _EXTRAS.items()}
    return values | ({"lat": float(position[1]), "lon": float(position[2])} if position else {})


def _version(properties: Properties) -> tuple[int, str]:
    """What tells two versions of one event apart: SEQUENCE, then when it was changed."""
    number = text_value(properties, "SEQUENCE")
    return int(number[:9]) if number[:9].isdecimal() else 0, text_value(properties, "LAST-MODIFIED")


def _dated(
    made: ParsedEvent,
    properties: Properties,
    calendar: CalendarDefaults,
    context: ImportContext,
    budget: Budget,
    defects: list[Defect],
) -> ParsedEvent:
    """With its dates. Raises _Bad."""
    given = first_property(properties, "DTSTART")
    if given is None:
        raise _Bad("no_start", "start", "")
    starts = _one(given, "bad_start")
    zone, wrong = _zone(given, starts, calendar, context)
    defects += wrong
    start = _wall(given, starts, zone, calendar, context)
    all_day = not isinstance(starts, datetime)
    end = _end(properties, start, zone, calendar, context, all_day=all_day, defects=defects)
    if text_value(properties, "X-MICROSOFT-CDO-ALLDAYEVENT").upper() == "TRUE" and start.time() == time() and end:
        all_day, end = True, max(end - _DAY, start)
    lists = [_walls(properties, name, zone, calendar, context, defects) for name in ("RDATE", "EXDATE")]
    repeat = Repeat(start, end, all_day, rdates=tuple(lists[0]), exdates=tuple(lists[1]))
    refused = ""
    changed = first_property(properties, "RECURRENCE-ID")
    rules = [one.value for one in properties.get("RRULE", ())]
    if "EXRULE" in properties:
        raise _Bad("rule", "rule", f"EXRULE:{properties['EXRULE'][0].value[:80]}")
    if changed is None and (rules or repeat.rdates):
        found = storable_series(repeat, rules, zone, context, budget)
        repeat, refused = found.repeat, found.refused.code if found.refused else ""
        defects += [*found.defects, *([found.refused] if found.refused else [])]
    values = made.row.values | values_of(repeat) | {"timezone": zone}
    row = ImportRow(made.row.number, "event", made.uid, values, (), refused)
    original = _original(changed, zone, calendar, context) if changed else None
    following = bool(changed and changed.params.get("RANGE", "").upper() == "THISANDFUTURE")
    return ParsedEvent(row, made.uid, repeat, made.version, original, following)


def _original(changed: Property, zone: str, calendar: CalendarDefaults, context: ImportContext) -> date:
    """Which date of its series it is: a moment, or a whole day. Raises _Bad."""
    found = _one(changed, "bad_start")
    return _wall(changed, found, zone, calendar, context) if isinstance(found, datetime) else found


def values_of(repeat: Repeat) -> Values:
    return {
        "start": repeat.start.isoformat(),
        "end": repeat.end.isoformat() if repeat.end else None,
        "all_day": repeat.all_day,
        "rule": repeat.rule,
        "rdates": [one.isoformat() for one in repeat.rdates],
        "exdates": [one.isoformat() for one in repeat.exdates],
        "overrides": [],
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
    """Inclusive for whole days. What cannot be read is not known."""
    given = first_property(properties, "DTEND") or first_property(properties, "DURATION")
    if given is None:
        return start if all_day else None
    try:
        found = parse_moment(given.value)
        end = start + found if isinstance(found, timedelta) else _wall(given, found, zone, calendar, context)
        if end.year not in YEARS:
            raise ValueError(given.value)
    except (ValueError, OverflowError):
        defects.append(Defect("bad_end", "end", given.value[:80]))
        return start if all_day else None
    if not all_day:
        return end
    last = datetime.combine(end - timedelta(microseconds=1), time())
    return max(last, start) if start - _DAY <= last else last  # an end on the first day means that day


def _one(given: Property, code: str) -> date | datetime:
    try:
        found = parse_moment(given.value)
    except (ValueError, OverflowError):
        raise _Bad(code, "start", given.value[:80]) from None
    if isinstance(found, timedelta) or found.year not in YEARS:
        raise _Bad(code, "start", given.value[:80])
    return found


def _zone(
    given: Property, found: Moment, calendar: CalendarDefaults, context: ImportContext
) -> tuple[str, list[Defect]]:
    """The zone in which the event is kept, and what is wrong with the one it names."""
    home = calendar.zone or context.timezone
    if not isinstance(found, datetime) or found.tzinfo:
        return home, []
    name = given.params.get("TZID", "")
    if not name:
        floating = [] if calendar.zone else [Defect("floating_time", "timezone", "", {"timezone": home})]
        return home, floating
    known = ics_timezones.resolve_zone(name, calendar.zones, context.timezone)
    if known is None:
        return home, [Defect("unknown_timezone", "timezone", name[:80], {"timezone": home})]
    return (home if known == "UTC" else known), []


def _wall(given: Property, found: Moment, zone: str, calendar: CalendarDefaults, context: ImportContext) -> datetime:
    """On the wall of the event's zone. Raises ValueError or OverflowError."""
    if isinstance(found, timedelta):
        raise ValueError(given.value)
    if not isinstance(found, datetime):
        return datetime.combine(found, time())
    if found.tzinfo:
        return found.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    name = given.params.get("TZID", "")
    own = ics_timezones.resolve_zone(name, calendar.zones, context.timezone) if name else None
    if own in (None, zone):
        return found
    return found.replace(tzinfo=ZoneInfo(own or zone)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _walls(
    properties: Properties,
    name: str,
    zone: str,
    calendar: CalendarDefaults,
    context: ImportContext,
    defects: list[Defect],
) -> list[datetime]:
    """The dates of RDATE or EXDATE; those that cannot be read are left out."""
    found: set[datetime] = set()
    for given in properties.get(name, ()):
        try:
            found |= {_wall(one, when, zone, calendar, context) for one, when in parse_moments([given])}
        except (ValueError, OverflowError):
            defects.append(Defect("bad_date", f"{name.lower()}s", given.value[:80]))
    return sorted(found)

"""The moments of a VEVENT as wall-clock times in the zone in which the event is kept."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from calendar_app.importing import Defect, ImportContext
from calendar_app.importing.formats.ics_lines import (
    Moment,
    Property,
    first_property,
    parse_moment,
    parse_moments,
    text_value,
)
from calendar_app.importing.formats.ics_timezones import OwnZone, resolve_zone

YEARS = range(1900, 2101)
_DAY = timedelta(days=1)

Properties = dict[str, list[Property]]


@dataclass(frozen=True, slots=True)
class CalendarDefaults:
    """The facts that a calendar states for all its events.

    `zone` is None if it names no zone; `zones` maps its own zones, by folded TZID, to a hint, `own` to what its VTIMEZONE
    says; `cancelled` is METHOD:CANCEL.
    """

    zone: str | None = None
    zones: dict[str, str] = field(default_factory=dict)
    own: dict[str, OwnZone] = field(default_factory=dict)
    cancelled: bool = False


@dataclass(frozen=True, slots=True)
class EventZone:
    """The zone in which an event is kept (IANA), with what tells the zones of its moments."""

    name: str
    calendar: CalendarDefaults
    site: str


class Refused(ValueError):
    """An event cannot be imported, because of its `defect`."""

    def __init__(self, code: str, name: str, quote: str) -> None:
        super().__init__(code)
        self.defect = Defect(code, name, quote)


def point_in_time(prop: Property, code: str) -> date | datetime:
    """Parse a DATE or DATE-TIME of a plausible year. Raises Refused with the code."""
    try:
        moment = parse_moment(prop.value)
    except (ValueError, OverflowError):
        raise Refused(code, "start", prop.value[:80]) from None
    if isinstance(moment, timedelta) or moment.year not in YEARS:
        raise Refused(code, "start", prop.value[:80])
    return moment


def written_zone(prop: Property, moment: Moment, calendar: CalendarDefaults, site: str) -> tzinfo | None:
    """Return the zone in which the file writes a moment; None if the file leaves it open or names an unknown one."""
    if not isinstance(moment, datetime):
        return None
    if moment.tzinfo:
        return UTC
    name = prop.params.get("TZID", "")
    known = resolve_zone(name, calendar.zones, site) if name else None
    if known:
        return UTC if known == "UTC" else ZoneInfo(known)
    return calendar.own.get(name.casefold())


def event_zone(
    prop: Property, moment: Moment, calendar: CalendarDefaults, context: ImportContext
) -> tuple[EventZone, list[Defect]]:
    """Return the zone in which the event is kept, by its DTSTART, and the defects of the zone that it names."""
    home = calendar.zone or context.timezone
    written = written_zone(prop, moment, calendar, context.timezone)
    defects = []
    if isinstance(moment, datetime) and written is None:
        if name := prop.params.get("TZID", ""):
            defects = [Defect("unknown_timezone", "timezone", name[:80], {"timezone": home})]
        elif not calendar.zone:
            defects = [Defect("floating_time", "timezone", "", {"timezone": home})]
    kept = written.key if isinstance(written, ZoneInfo) else home
    return EventZone(kept, calendar, context.timezone), defects


def wall_time(prop: Property, moment: Moment, zone: EventZone) -> datetime:
    """Convert a moment to wall-clock time in the event's zone. Raises ValueError or OverflowError."""
    if isinstance(moment, timedelta):
        raise ValueError(prop.value)
    if not isinstance(moment, datetime):
        return datetime.combine(moment, time())
    written = written_zone(prop, moment, zone.calendar, zone.site)
    if written is None or (isinstance(written, ZoneInfo) and written.key == zone.name):
        return moment
    return moment.replace(tzinfo=written).astimezone(ZoneInfo(zone.name)).replace(tzinfo=None)


def wall_times(properties: Properties, name: str, zone: EventZone, defects: list[Defect]) -> dict[datetime, datetime]:
    """Parse RDATE or EXDATE to wall-clock times; each with the end of its period, or with itself.

    Unreadable values are left out, with a defect.
    """
    moments: dict[datetime, datetime] = {}
    for prop in properties.get(name, ()):
        try:
            for moment, until in parse_moments(prop):
                start = wall_time(prop, moment, zone)
                moments[start] = start
                if until is not None:
                    moments[start] = start + until if isinstance(until, timedelta) else wall_time(prop, until, zone)
        except (ValueError, OverflowError):
            defects.append(Defect("bad_date", f"{name.lower()}s", prop.value[:80]))
    return dict(sorted(moments.items()))


def end_of(
    properties: Properties, start: datetime, zone: EventZone, *, all_day: bool, defects: list[Defect]
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
        if all_day and isinstance(moment, datetime) and not moment.tzinfo:
            end = moment  # of whole days counts the day that is written, in whatever zone
        else:
            end = start + moment if isinstance(moment, timedelta) else wall_time(prop, moment, zone)
        if end.year not in YEARS:
            raise ValueError(prop.value)
    except (ValueError, OverflowError):
        defects.append(Defect("bad_end", "end", prop.value[:80]))
        return start if all_day else None
    return last_day(start, end) if all_day else end


def last_day(start: datetime, end: datetime) -> datetime:
    """Return the last of whole days by their exclusive end; an end on the first day means that day."""
    last = datetime.combine(end - timedelta(microseconds=1), time())
    return max(last, start) if start - _DAY <= last else last

"""Resolve the time zone names of calendars: IANA names, aliases, Windows names, zones that the calendar defines itself."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from calendar_app.dates.recurrence import Repeat, rule_dates
from calendar_app.dates.rrule import parse, write

_ALIASES = {"japan": "Asia/Tokyo", "jst": "Asia/Tokyo", "tokyo": "Asia/Tokyo", "jst-9": "Asia/Tokyo"}
_UTC = {"utc", "gmt", "z", "etc/utc", "coordinated universal time"}
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?")


@dataclass(frozen=True, slots=True)
class _Observance:
    """STANDARD or DAYLIGHT: since when, and every year by which rule, the offset changes, from which to which."""

    start: datetime
    rule: str
    before: timedelta
    after: timedelta

    def last(self, wall: datetime) -> datetime | None:
        """Return its last beginning until a wall-clock time; None if there is none."""
        if not self.rule or wall < self.start:
            return self.start if self.start <= wall else None
        since = max(self.start, datetime(wall.year - 2, 1, 1))
        days = rule_dates(Repeat(since, None, rule=self.rule), wall.date())
        moments = [moment for day in days if (moment := datetime.combine(day, self.start.time())) <= wall]
        return moments[-1] if moments else None


class OwnZone(tzinfo):
    """A zone as the VTIMEZONE of a calendar defines it."""

    def __init__(self, observances: tuple[_Observance, ...]) -> None:
        self.observances = observances

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """Return the offset at a wall-clock time: that of the part that began last."""
        wall = (moment or datetime.min).replace(tzinfo=None)
        begun = [(last, part.after) for part in self.observances if (last := part.last(wall))]
        return max(begun)[1] if begun else min(self.observances, key=lambda part: part.start).before

    def dst(self, moment: datetime | None) -> None:
        """Return None: nobody asks."""

    def tzname(self, moment: datetime | None) -> None:
        """Return None: nobody asks."""


def resolve_zone(name: str, hints: dict[str, str], site: str) -> str | None:
    """Return the IANA name of a zone, or None. `hints` maps the calendar's own zones, by folded TZID, to a name or offset.

    Returns "UTC" for UTC; the caller places its moments in another zone. A bare offset means the site's zone if that has it.
    """
    name = name.strip().strip('"').lstrip("/")
    folded = name.casefold()
    if folded in _UTC:
        return "UTC"
    if zone := _ALIASES.get(folded) or _canonical().get(folded):
        return zone
    if name in WINDOWS_TO_OLSON:
        return WINDOWS_TO_OLSON[name]
    tail = "/".join(folded.split("/")[-2:])  # /softwarestudio.org/Tzfile/Asia/Tokyo
    if tail != folded and tail in _canonical():
        return _canonical()[tail]
    if hints.get(folded):
        return resolve_zone(hints[folded], {}, site)
    offset = _offset(name)
    return site if offset is not None and offset == _offset_of(site) else None


def zone_hint(lines: list[str]) -> str:
    """Return what a VTIMEZONE says about an unknown name: X-LIC-LOCATION, or its only offset; "" otherwise."""
    located = next((line.partition(":")[2] for line in lines if line.upper().startswith("X-LIC-LOCATION")), "")
    offsets = {line.partition(":")[2].strip() for line in lines if line.upper().startswith("TZOFFSET")}
    return located.strip() or (offsets.pop() if len(offsets) == 1 else "")


def own_zone(lines: list[str]) -> OwnZone | None:
    """Read a VTIMEZONE (RFC 5545 3.6.5): its lines, with BEGIN before each of its parts. None if a part cannot be read."""
    parts: list[dict[str, str]] = []
    for line in lines:
        name, _colon, value = line.partition(":")
        if name.upper() == "BEGIN":
            parts.append({})
        elif parts:
            parts[-1].setdefault(name.partition(";")[0].upper(), value.strip())
    try:
        return OwnZone(tuple(map(_observance, parts))) if parts else None
    except (KeyError, ValueError):
        return None


def _observance(part: dict[str, str]) -> _Observance:
    """Raises KeyError or ValueError for a part that is incomplete, or that repeats in another way than every year."""
    start, rule = datetime.fromisoformat(part["DTSTART"].rstrip("Z")), part.get("RRULE", "")
    before, after = (_offset(part[name]) for name in ("TZOFFSETFROM", "TZOFFSETTO"))
    if before is None or after is None or "RDATE" in part:
        raise ValueError(part)
    if rule:
        parsed = parse(rule, ZoneInfo("UTC"))
        if parsed.freq != "YEARLY" or parsed.interval > 1 or parsed.count:
            raise ValueError(rule)
        if not (parsed.byday or parsed.bymonthday):
            parsed = replace(parsed, bymonth=(start.month,), bymonthday=(start.day,))
        rule = write(parsed)
    offsets = timedelta(minutes=before), timedelta(minutes=after)
    return _Observance(start, rule, *offsets)


@cache
def _canonical() -> dict[str, str]:
    """Map folded zone names to IANA names. `ZoneInfo(name)` must never get a foreign name: some names are directories."""
    return {name.casefold(): name for name in available_timezones() if "/" in name}


def _offset(text: str) -> int | None:
    """Parse an offset, in minutes east of Greenwich."""
    match = _OFFSET.fullmatch(text.replace(" ", ""))
    if not match:
        return None
    return (60 * int(match[2]) + int(match[3] or 0)) * (-1 if match[1] == "-" else 1)


def _offset_of(site: str) -> int | None:
    """Return the offset of a zone in minutes; None for a zone with summer time."""
    zone = ZoneInfo(site)
    offsets = {zone.utcoffset(datetime(2026, month, 1)) for month in (1, 7)}
    only = offsets.pop()
    return int(only.total_seconds()) // 60 if only is not None and not offsets else None

"""Resolve the time zone names of calendars: IANA names, aliases, Windows names, zones that the calendar defines itself."""

import re
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_ALIASES = {"japan": "Asia/Tokyo", "jst": "Asia/Tokyo", "tokyo": "Asia/Tokyo", "jst-9": "Asia/Tokyo"}
_UTC = {"utc", "gmt", "z", "etc/utc", "coordinated universal time"}
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?")


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

"""The time zone that a calendar means by a name: IANA's, an alias of it, Windows', or one that the calendar explains itself."""

import re
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

_ALIASES = {"japan": "Asia/Tokyo", "jst": "Asia/Tokyo", "tokyo": "Asia/Tokyo", "jst-9": "Asia/Tokyo"}
_UTC = {"utc", "gmt", "z", "etc/utc", "coordinated universal time"}
_OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?")


def resolve_zone(name: str, explained: dict[str, str], site: str) -> str | None:
    """The IANA name, or None. `explained` gives the calendar's own zones by their folded name.

    UTC is "UTC", whose moments are to be placed in another zone; a bare offset is the site's where it is the same.
    """
    name = name.strip().strip('"').lstrip("/")
    folded = name.casefold()
    if folded in _UTC:
        return "UTC"
    if found := _ALIASES.get(folded) or _canonical().get(folded):
        return found
    if name in WINDOWS_TO_OLSON:
        return WINDOWS_TO_OLSON[name]
    tail = "/".join(folded.split("/")[-2:])  # /softwarestudio.org/Tzfile/Asia/Tokyo
    if tail != folded and tail in _canonical():
        return _canonical()[tail]
    if explained.get(folded):
        return resolve_zone(explained[folded], {}, site)
    offset = _offset(name)
    return site if offset is not None and offset == _offset_of(site) else None


def zone_hint(lines: list[str]) -> str:
    """What a VTIMEZONE without a known name says: the zone it was made from, or its one offset."""
    located = next((line.partition(":")[2] for line in lines if line.upper().startswith("X-LIC-LOCATION")), "")
    offsets = {line.partition(":")[2].strip() for line in lines if line.upper().startswith("TZOFFSET")}
    return located.strip() or (offsets.pop() if len(offsets) == 1 else "")


@cache
def _canonical() -> dict[str, str]:
    """Never `ZoneInfo(name)` with a stranger's name: some names are directories."""
    return {name.casefold(): name for name in available_timezones() if "/" in name}


def _offset(text: str) -> int | None:
    """Minutes east of Greenwich."""
    found = _OFFSET.fullmatch(text.replace(" ", ""))
    if not found:
        return None
    return (60 * int(found[2]) + int(found[3] or 0)) * (-1 if found[1] == "-" else 1)


def _offset_of(site: str) -> int | None:
    """That of a zone which has only one, now; None for one with summer time."""
    zone = ZoneInfo(site)
    offsets = {zone.utcoffset(datetime(2026, month, 1)) for month in (1, 7)}
    only = offsets.pop()
    return int(only.total_seconds()) // 60 if only is not None and not offsets else None

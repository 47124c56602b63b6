"""Write VTIMEZONE for any zone: one STANDARD and, where clocks change, one DAYLIGHT with yearly rules.

More observances, or lists of dates, make Exchange refuse the whole calendar. A zone that no yearly rule describes gets
no VTIMEZONE; its events are sent in UTC.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

# The rule must hold in all these years. They are fixed, so that bytes do not depend on the day of rendering.
YEARS = range(2024, 2034)

_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
# The date of a zone's last change where earlier times still matter to readers; other zones start in 1970.
_FIXED_SINCE = {"Asia/Tokyo": datetime(1951, 9, 9, 1)}
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of the clocks from one offset to another. `wall` is the wall-clock time just before."""

    wall: datetime
    before: timedelta
    after: timedelta
    name: str


@cache
def vtimezone(zone: str) -> bytes | None:
    """Return the component as bytes, or None when this zone follows no yearly rule."""
    changes = list(_changes(ZoneInfo(zone)))
    if not changes:
        return _component(zone, [_fixed(zone)])
    to_standard = [change for change in changes if change.after < change.before]
    to_daylight = [change for change in changes if change.after > change.before]
    observances = [_yearly("STANDARD", to_standard), _yearly("DAYLIGHT", to_daylight)]
    return _component(zone, [lines for lines in observances if lines]) if all(observances) else None


def _changes(zone: ZoneInfo) -> Iterator[_Change]:
    moment, end = datetime(YEARS.start, 1, 1, tzinfo=UTC), datetime(YEARS.stop, 1, 1, tzinfo=UTC)
    while moment < end:
        tomorrow = moment + timedelta(days=1)
        before, after = _offset(moment, zone), _offset(tomorrow, zone)
        if before != after:
            change = _first_minute(moment, tomorrow, zone)
            wall = (change + before).replace(tzinfo=None)
            yield _Change(wall, before, after, change.astimezone(zone).tzname() or "")
        moment = tomorrow


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta(0)


def _first_minute(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """Return the minute in which the offset of `high` begins, by bisection."""
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        if _offset(middle, zone) == _offset(low, zone):
            low = middle
        else:
            high = middle
    return high


def _fixed(zone: str) -> list[str]:
    start = _FIXED_SINCE.get(zone, _EPOCH)
    now = datetime(YEARS.start, 1, 1, tzinfo=ZoneInfo(zone))
    offset = now.utcoffset() or timedelta(0)
    return _observance("STANDARD", start, offset, offset, now.tzname() or "")


def _yearly(kind: str, changes: list[_Change]) -> list[str] | None:
    """Return the observance of these changes, one in every year; None when there is no such rule."""
    shapes = {(c.wall.month, c.wall.weekday(), c.wall.time(), c.before, c.after, c.name) for c in changes}
    if [change.wall.year for change in changes] != list(YEARS) or len(shapes) != 1:
        return None
    ordinals = set.intersection(*(_ordinals(change.wall) for change in changes))
    if not ordinals:
        return None
    first, ordinal = changes[0], min(ordinals)  # -1, the last, before a number
    start = datetime.combine(_nth(ordinal, first.wall), first.wall.time())
    by_day = f"{ordinal}{_WEEKDAYS[first.wall.weekday()]}"
    rule = f"RRULE:FREQ=YEARLY;BYDAY={by_day};BYMONTH={first.wall.month}"
    return _observance(kind, start, first.before, first.after, first.name, rule)


def _ordinals(day: datetime) -> set[int]:
    """Return the number of a weekday in its month: {2}, or {4, -1} when it is also the last."""
    last = {-1} if day.day + 7 > monthrange(day.year, day.month)[1] else set()
    return {(day.day - 1) // 7 + 1} | last


def _nth(ordinal: int, like: datetime) -> datetime:
    """Return the same weekday of the same month in 1970."""
    days = [datetime(1970, like.month, day + 1) for day in range(monthrange(1970, like.month)[1])]
    same = [day for day in days if day.weekday() == like.weekday()]
    return same[ordinal] if ordinal < 0 else same[ordinal - 1]


def _observance(
    kind: str, start: datetime, before: timedelta, after: timedelta, name: str, rule: str = ""
) -> list[str]:
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{start:%Y%m%dT%H%M%S}",
        *([rule] if rule else []),
        f"TZOFFSETFROM:{_signed(before)}",
        f"TZOFFSETTO:{_signed(after)}",
        f"TZNAME:{name}",
        f"END:{kind}",
    ]


def _signed(offset: timedelta) -> str:
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{'-' if offset < timedelta(0) else '+'}{minutes // 60:02}{minutes % 60:02}"


def _component(zone: str, observances: list[list[str]]) -> bytes:
    lines = [
        "BEGIN:VTIMEZONE",
        f"TZID:{zone}",
        *(line for lines in observances for line in lines),
        "END:VTIMEZONE",
    ]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")

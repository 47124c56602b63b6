"""Split an iCalendar file into components before parsing, so that a broken line or event affects no other.

Accepts lower-case names, blank lines, missing ends and several calendars. Linear; skips nested components.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from icalendar import vDDDTypes, vDuration
from icalendar.parser import Contentline, unescape_backslash

MAX_EVENT = 200_000  # characters of one event
NO_EVENTS = ("VTODO", "VJOURNAL")  # tasks and diaries, which are told and not read

_FOLD = re.compile(r"\n[ \t]")
_FRAME = re.compile(r"(BEGIN|END)\s*:\s*([A-Za-z-]+)\s*", re.IGNORECASE)
_DATE_TIME = re.compile(r"(\d{8})(?:T(\d{4,6})(Z?))?")

Moment = date | datetime | timedelta


@dataclass(frozen=True, slots=True)
class Property:
    """A content line (RFC 5545 3.1); `value` is as in the file."""

    name: str
    params: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """The value as TEXT, unescaped (RFC 5545 3.3.11)."""
        return str(unescape_backslash(self.value)).strip()


@dataclass(slots=True)
class Component:
    """A component with its own properties, inside `calendar`. `whole` is False where the file breaks off."""

    name: str
    calendar: "Component | None" = None
    lines: list[str] = field(default_factory=list)
    size: int = 0
    whole: bool = False

    def properties(self) -> tuple[dict[str, list[Property]], list[str]]:
        """Return the properties by name, in the order of the file, and the lines that are no properties."""
        by_name: dict[str, list[Property]] = {}
        bad = []
        for line in self.lines:
            try:
                name, params, value = Contentline(line).raw_parts()  # type: ignore[no-untyped-call]
            except ValueError:
                bad.append(line[:80])
                continue
            plain = {
                key.upper(): ",".join(param) if isinstance(param, list) else str(param) for key, param in params.items()
            }
            by_name.setdefault(name.upper(), []).append(Property(name.upper(), plain, value.strip()))
        return by_name, bad


def split_components(text: str) -> Iterator[Component]:
    """Yield calendars, time zones and events: each when it is complete, but a calendar at its beginning, still empty."""
    stack: list[Component] = []
    for line in _FOLD.sub("", text).split("\n"):
        frame = _FRAME.fullmatch(line)
        if not frame:
            if stack:
                _keep(stack[-1], line)
        elif frame[1].upper() == "BEGIN":
            yield from _begin(stack, frame[2].upper())
        else:
            yield from _end(stack, frame[2].upper())
    yield from (component for component in stack if component.name in ("VEVENT", "VTIMEZONE"))


def first_property(properties: dict[str, list[Property]], name: str) -> Property | None:
    """Return the first property of a name."""
    return next(iter(properties.get(name, ())), None)


def text_value(properties: dict[str, list[Property]], name: str) -> str:
    """Return the unescaped text of the first property of a name; "" without one."""
    prop = first_property(properties, name)
    return prop.text if prop else ""


def parse_moments(prop: Property) -> Iterator[tuple[Moment, Moment | None]]:
    """Yield each value of a date or time property, naive, or aware if in UTC, with the end or length of a period.

    Raises ValueError.
    """
    for value in filter(None, prop.value.split(",")):
        start, _slash, until = value.partition("/")
        yield parse_moment(start), parse_moment(until) if until else None


def parse_moment(value: str) -> Moment:
    """Parse a date, date-time or duration. Accepts 24:00 as the next midnight. Raises ValueError."""
    value = value.strip().upper()
    if value.startswith(("P", "-P", "+P")):
        duration: timedelta = vDuration.from_ical(value)  # type: ignore[no-untyped-call]
        return duration
    stamp = _DATE_TIME.fullmatch(value)
    if not stamp:
        raise ValueError(value)
    if stamp[2] and stamp[2].startswith("24"):
        return _date_or_time(f"{stamp[1]}T00{stamp[2][2:]:0<4}{stamp[3]}") + timedelta(days=1)
    return _date_or_time(f"{stamp[1]}T{stamp[2]:0<6}{stamp[3]}" if stamp[2] else value)


def _date_or_time(value: str) -> date | datetime:
    parsed = vDDDTypes.from_ical(value)  # type: ignore[no-untyped-call]
    if not isinstance(parsed, date):
        raise ValueError(value)
    return parsed


def _begin(stack: list[Component], name: str) -> Iterator[Component]:
    """Open a component; a new calendar, or an event inside an event, closes what is open."""
    outer = stack[-1] if stack else None
    if outer and outer.name == "VTIMEZONE" and name in ("STANDARD", "DAYLIGHT"):  # its offsets belong to the zone
        outer.lines.append(f"BEGIN:{name}")
        return
    if outer and outer.name == "VEVENT" and name in ("VEVENT", "VCALENDAR"):  # the event before it never ended
        yield stack.pop()
        outer = stack[-1] if stack else None
    if outer is None or name == "VCALENDAR" or outer.name == "VCALENDAR":
        calendar = next((each for each in reversed(stack) if each.name == "VCALENDAR"), None)
        if name == "VCALENDAR":
            stack.clear()
        stack.append(component := Component(name, calendar))
        if name == "VCALENDAR":
            yield component
    elif len(stack) < 6:
        stack.append(Component(name, outer.calendar))


def _end(stack: list[Component], name: str) -> Iterator[Component]:
    """Close a component. The end of an event or a calendar also closes the components left open inside it."""
    if name in ("VEVENT", "VCALENDAR") and any(component.name == name for component in stack):
        while stack[-1].name != name:
            inner = stack.pop()
            if inner.name == "VEVENT":
                yield inner
    if stack and stack[-1].name == name:
        component = stack.pop()
        component.whole = True
        if name in ("VEVENT", "VTIMEZONE", *NO_EVENTS):
            yield component


def _keep(component: Component, line: str) -> None:
    component.size += len(line)
    if line.strip() and component.size <= MAX_EVENT:
        component.lines.append(line)

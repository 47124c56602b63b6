"""An iCalendar file cut into its events before anything is parsed: one broken line or event costs no other.

Lower-case names, blank lines, missing ends and several calendars in one file all occur. Linear; nested parts are passed over.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from icalendar import vDDDTypes, vDuration
from icalendar.parser import Contentline, unescape_backslash

MAX_EVENT = 200_000  # characters of one event

_FOLD = re.compile(r"\n[ \t]")
_FRAME = re.compile(r"(BEGIN|END)\s*:\s*([A-Za-z-]+)\s*", re.IGNORECASE)
_DATE_TIME = re.compile(r"(\d{8})(?:T(\d{4,6})(Z?))?")

Moment = date | datetime | timedelta


@dataclass(frozen=True, slots=True)
class Property:
    """One content line, its value as it stands in the file."""

    name: str
    params: dict[str, str]
    value: str

    @property
    def text(self) -> str:
        """A TEXT value (RFC 5545, 3.3.11)."""
        return str(unescape_backslash(self.value)).strip()


@dataclass(slots=True)
class Component:
    """A component with its own properties; `calendar` is the one around it. `whole` is False where the file broke off."""

    name: str
    calendar: "Component | None" = None
    lines: list[str] = field(default_factory=list)
    size: int = 0
    whole: bool = False

    def properties(self) -> tuple[dict[str, list[Property]], list[str]]:
        """By name, in the order of the file; and the lines that are no properties."""
        found: dict[str, list[Property]] = {}
        bad = []
        for line in self.lines:
            try:
                name, params, value = Contentline(line).raw_parts()  # type: ignore[no-untyped-call]
            except ValueError:
                bad.append(line[:80])
                continue
            plain = {key.upper(): ",".join(one) if isinstance(one, list) else str(one) for key, one in params.items()}
            found.setdefault(name.upper(), []).append(Property(name.upper(), plain, value.strip()))
        return found, bad


def split_components(text: str) -> Iterator[Component]:
    """The calendars, their time zones and events, each once it is complete; a calendar first, while it is still filling."""
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
    yield from (one for one in stack if one.name in ("VEVENT", "VTIMEZONE"))


def first_property(properties: dict[str, list[Property]], name: str) -> Property | None:
    return next(iter(properties.get(name, ())), None)


def text_value(properties: dict[str, list[Property]], name: str) -> str:
    found = first_property(properties, name)
    return found.text if found else ""


def parse_moments(found: Iterable[Property]) -> Iterator[tuple[Property, Moment]]:
    """Each date or time of a list of properties, naive, or in UTC where it says so. A period is its start. Raises ValueError."""
    for one in found:
        for value in filter(None, one.value.split(",")):
            yield one, parse_moment(value.partition("/")[0])


def parse_moment(value: str) -> Moment:
    """Raises ValueError. 24:00, which some programs write, is the next day's midnight."""
    value = value.strip().upper()
    if value.startswith(("P", "-P", "+P")):
        found: timedelta = vDuration.from_ical(value)  # type: ignore[no-untyped-call]
        return found
    stamp = _DATE_TIME.fullmatch(value)
    if not stamp:
        raise ValueError(value)
    if stamp[2] and stamp[2].startswith("24"):
        return _plain(f"{stamp[1]}T00{stamp[2][2:]:0<4}{stamp[3]}") + timedelta(days=1)
    return _plain(f"{stamp[1]}T{stamp[2]:0<6}{stamp[3]}" if stamp[2] else value)


def _plain(value: str) -> date | datetime:
    found = vDDDTypes.from_ical(value)  # type: ignore[no-untyped-call]
    if not isinstance(found, date):
        raise ValueError(value)
    return found


def _begin(stack: list[Component], name: str) -> Iterator[Component]:
    around = stack[-1] if stack else None
    if around and around.name == "VTIMEZONE" and name in ("STANDARD", "DAYLIGHT"):  # its offsets are what is wanted
        return
    if around and around.name == "VEVENT" and name in ("VEVENT", "VCALENDAR"):  # the one before never ended
        yield stack.pop()
        around = stack[-1] if stack else None
    if around is None or name == "VCALENDAR" or around.name == "VCALENDAR":
        calendar = next((one for one in reversed(stack) if one.name == "VCALENDAR"), None)
        if name == "VCALENDAR":
            stack.clear()
        stack.append(part := Component(name, calendar))
        if name == "VCALENDAR":
            yield part
    elif len(stack) < 6:
        stack.append(Component(name, around.calendar))


def _end(stack: list[Component], name: str) -> Iterator[Component]:
    """An event or a calendar also ends what was left open inside it."""
    if name in ("VEVENT", "VCALENDAR") and any(one.name == name for one in stack):
        while stack[-1].name != name:
            inner = stack.pop()
            if inner.name == "VEVENT":
                yield inner
    if stack and stack[-1].name == name:
        part = stack.pop()
        part.whole = True
        if name in ("VEVENT", "VTIMEZONE"):
            yield part


def _keep(part: Component, line: str) -> None:
    part.size += len(line)
    if line.strip() and part.size <= MAX_EVENT:
        part.lines.append(line)

"""What three independent calendar engines see in a calendar, in one form that can be compared with ours."""

from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from ical.calendar_stream import IcsCalendarStream

from helpers.node import Node


class Seen(NamedTuple):
    """An instance: instants in UTC, or dates; the end is exclusive."""

    title: str
    start: str
    end: str
    status: str


def moment(value: Any) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value.isoformat()


def by_recurring_ical_events(calendar: bytes, first: date, last: date) -> list[Seen]:
    events = recurring_ical_events.of(icalendar.Calendar.from_ical(calendar)).between(first, last)
    return sorted(
        Seen(str(event["SUMMARY"]), moment(event.start), moment(event.end), str(event["STATUS"])) for event in events
    )


def by_home_assistant(calendar: bytes, first: date, last: date) -> list[Seen]:
    parsed = IcsCalendarStream.calendar_from_ics(calendar.decode())
    events = parsed.timeline_tz(ZoneInfo("UTC")).overlapping(first, last)  # also what ends after `last`
    return sorted(
        Seen(event.summary, moment(event.dtstart), moment(event.dtend), str(event.status.value)) for event in events
    )


def by_ical_js(node: Node, calendar: bytes, first: date, last: date) -> list[Seen]:
    """`node` runs engines.mjs."""
    question = {"ics": calendar.decode(), "from": first.isoformat(), "to": last.isoformat()}
    return sorted(Seen(*event) for event in node.ask(question))

"""What three independent calendar engines see in a calendar, in one form that can be compared with ours."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from ical.calendar_stream import IcsCalendarStream

SCRIPT = Path(__file__).with_name("engines.mjs")


class Seen(NamedTuple):
    """An instance: instants in UTC, or dates; the end is exclusive."""

    title: str
    start: str
    end: str
    status: str


def moment(value: Any) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else value.isoformat()


def by_recurring_ical_events(calendar: bytes, first: date, last: date) -> list[Seen]:
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(calendar)).between(first, last)
    return sorted(Seen(str(one["SUMMARY"]), moment(one.start), moment(one.end), str(one["STATUS"])) for one in found)


def by_home_assistant(calendar: bytes, first: date, last: date) -> list[Seen]:
    parsed = IcsCalendarStream.calendar_from_ics(calendar.decode())
    found = parsed.timeline_tz(ZoneInfo("UTC")).included(first, last)
    return sorted(Seen(one.summary, moment(one.dtstart), moment(one.dtend), str(one.status.value)) for one in found)


class IcalJs:
    """One Node process that answers a question a line."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def __call__(self, calendar: bytes, first: date, last: date) -> list[Seen]:
        assert self.process.stdin
        assert self.process.stdout
        question = {"ics": calendar.decode(), "from": first.isoformat(), "to": last.isoformat()}
        self.process.stdin.write(json.dumps(question) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer, "ical.js has stopped; its own words are above"
        return sorted(Seen(*one) for one in json.loads(answer))


@contextmanager
def ical_js() -> Iterator[IcalJs]:
    with subprocess.Popen(
        ["node", "--max-old-space-size=256", SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield IcalJs(process)
        assert process.stdin
        process.stdin.close()

"""What the programs of citizens make of our feeds: fetched without a cookie, read by parsers that are not ours."""

import http.client
import json
from datetime import date, datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import feedparser
import icalendar
import recurring_ical_events
import vobject
from ical.calendar_stream import IcsCalendarStream

SYNDICATED = ("atom", "rss", "json")


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()  # the lines of Set-Cookie


class Reader:
    """A polling client on one kept connection."""

    def __init__(self, url: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)

    def ask(self, path: str, *, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """Header names come with underscores: If_None_Match."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, quote(path, safe="/?=&%"), body, named)
        answer = self.connection.getresponse()
        lines = answer.getheaders()
        cookies = tuple(value for name, value in lines if name.lower() == "set-cookie")
        return Answer(answer.status, {name.lower(): value for name, value in lines}, answer.read(), cookies)

    def fetch(self, path: str) -> bytes:
        """The body of what must be there."""
        answer = self.ask(path)
        assert answer.status == 200, f"{path} answers {answer.status}"
        return answer.body

    def close(self) -> None:
        self.connection.close()


class Shown(NamedTuple):
    """An event as a program shows it; the end is exclusive, as iCalendar has it."""

    title: str
    start: date | datetime
    end: date | datetime
    status: str


def shown(calendar: bytes) -> dict[str, list[Shown]]:
    """The events of a calendar as Home Assistant's parser, vobject, and icalendar with its recurrences show them."""
    text = calendar.decode()
    home = IcsCalendarStream.calendar_from_ics(text).events
    old = getattr(vobject.readOne(text), "vevent_list", [])
    dates = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).all()
    return {
        "ical": [Shown(event.summary, event.dtstart, event.dtend, str(event.status.value)) for event in home],
        "vobject": [
            Shown(*(getattr(event, name).value for name in ("summary", "dtstart", "dtend", "status"))) for event in old
        ],
        "recurring": [
            Shown(str(event["SUMMARY"]), event["DTSTART"].dt, event["DTEND"].dt, str(event["STATUS"]))
            for event in dates
        ],
    }


def vevents(calendar: bytes) -> list[Any]:
    return icalendar.Calendar.from_ical(calendar).walk("VEVENT")


class Item(NamedTuple):
    """What a feed reader tells items apart by, and what it shows."""

    guid: str
    title: str
    link: str


def items(reader: Reader) -> dict[str, list[Item]]:
    """The news in each format, newest first."""
    return {form: _items(form, reader.fetch(f"/feed.{form}")) for form in SYNDICATED}


def _items(form: str, body: bytes) -> list[Item]:
    if form == "json":
        return [Item(item["id"], item["title"], item["url"]) for item in json.loads(body)["items"]]
    feed = feedparser.parse(body)
    assert not feed.bozo, feed.get("bozo_exception")
    return [Item(item.id, item.title, item.link) for item in feed.entries]


def pictures(reader: Reader) -> dict[str, tuple[str, int]]:
    """Address and promised bytes of the newest item's picture, in the formats that promise them."""
    newest = {form: feedparser.parse(reader.fetch(f"/feed.{form}")).entries[0] for form in ("atom", "rss")}
    return {form: (item.enclosures[0].href, int(item.enclosures[0].length)) for form, item in newest.items()}

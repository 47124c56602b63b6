"""What programs that are not ours make of the feeds, in the shape of the model."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any, NamedTuple

import feedparser
import icalendar
import recurring_ical_events

from end_to_end.replay.model import Seen

LINE = re.compile(r"開花\d+")
ROW = re.compile(r'<article class="row h-event.*?</article>', re.DOTALL)
MARK = re.compile(r'<strong class="mark[^>]*>([^<]*)</strong>')
LINK = re.compile(r'<a class="u-url name" href="/events/([^"?]+)[^>]*>([^<]*)</a>')


class Item(NamedTuple):
    guid: str
    title: str
    public_id: str
    pictures: int
    at: datetime


def public_id(url: str) -> str:
    return url.rpartition("/")[2].partition("?")[0]


def read_calendar(body: bytes) -> icalendar.Calendar:
    return icalendar.Calendar.from_ical(body)


def dates(calendar: icalendar.Calendar, first: date, last: date) -> set[Seen]:
    """Every date that touches these days on the wall, as recurring-ical-events expands it."""
    found = set()
    for one in recurring_ical_events.of(calendar).all():
        start, end = one["DTSTART"].dt, one["DTEND"].dt
        whole = not isinstance(start, datetime)
        last_day = date.fromordinal(end.toordinal() - 1) if whole else end.date()
        if (start if whole else start.date()) <= last and last_day >= first:
            times = (start, end) if whole else (start.astimezone(UTC), end.astimezone(UTC))
            found.add(Seen(public_id(str(one["URL"])), str(one["SUMMARY"]), *times, str(one["STATUS"])))
    return found


def status_lines(calendar: icalendar.Calendar) -> dict[str, str]:
    """The status line of each event by public id."""
    events = [(public_id(str(one["URL"])), LINE.search(str(one["DESCRIPTION"]))) for one in calendar.walk("VEVENT")]
    return {id_: found[0] for id_, found in events if found}


class Subscriber:
    """A calendar program that keeps what it has fetched: SEQUENCE and LAST-MODIFIED must let it see every change."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], Any] = {}

    def fetch(self, calendar: icalendar.Calendar) -> list[str]:
        """What is wrong with a new version of the calendar."""
        wrong = []
        for one in calendar.walk("VEVENT"):
            key = str(one["UID"]), str(one.get("RECURRENCE-ID") and one["RECURRENCE-ID"].dt)
            plan = [one[name].to_ical() for name in ("DTSTART", "DTEND", "STATUS")] + [str(one.get("RRULE"))]
            if str(one.get("TRANSP")) == "TRANSPARENT" and "緊急" in str(one["SUMMARY"]):
                del plan[1]  # the bar of an emergency without an end grows each week, and nobody plans by it
            now = (plan, str(one["SUMMARY"]), int(one["SEQUENCE"]), one["LAST-MODIFIED"].dt)
            wrong += self._compared(key, self.known.get(key, now), now)
            self.known[key] = now
        return wrong

    def _compared(self, key: Any, was: Any, now: Any) -> list[str]:
        if now[3] < was[3] or now[2] < was[2]:
            return [f"{key} goes back: {was} {now}"]
        if now[0] != was[0] and now[2] == was[2]:
            return [f"{key} has another plan with the same SEQUENCE: {was} {now}"]
        return [f"{key} differs with the same LAST-MODIFIED: {was} {now}"] if now != was and now[3] == was[3] else []


def left_out(calendar: icalendar.Calendar) -> int:
    return int(calendar.get("X-CALENDAR-APP-LEFT-OUT", 0))


def syndicated(body: bytes) -> list[Item]:
    """The items of Atom or RSS, as feedparser reads them."""
    feed = feedparser.parse(body)
    assert not feed.bozo, feed.get("bozo_exception")
    return [
        Item(one.id, one.title, public_id(one.link), len(one.get("media_content", ())), _at(one))
        for one in feed.entries
    ]


def _at(entry: Any) -> datetime:
    return datetime(*(entry.get("updated_parsed") or entry.published_parsed)[:6], tzinfo=UTC)


def json_feed(body: bytes) -> list[Item]:
    return [
        Item(
            one["id"],
            one["title"],
            public_id(one["url"]),
            sum(a["mime_type"][:6] == "image/" for a in one.get("attachments", ())),
            datetime.fromisoformat(one["date_modified"]).astimezone(UTC),
        )
        for one in json.loads(body)["items"]
    ]


def day_page(page: str) -> dict[str, str]:
    """The events of a day by public id, each with its mark and title as a reader sees them."""
    found = {}
    for row in ROW.findall(page):
        mark, link = MARK.search(row), LINK.search(row)
        assert link, row
        found[link[1]] = (f"【{mark[1]}】" if mark else "") + unescape(link[2]).strip()
    return found


def open_data(body: bytes) -> dict[str, str]:
    """The title of each event by public id, as a spreadsheet reads the table."""
    return {row["NO"]: row["イベント名"] for row in csv.DictReader(io.StringIO(body.decode("utf-8-sig")))}

"""Real consumers read the demo city, and a city of a thousand events made to hurt, and agree with our own list.

Calendars and feeds of the second are fetched by district, since no calendar program takes them all at once.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import fastfeedparser
import feedparser
import mf2py
import pytest
from flask import Flask
from icalendar import Calendar
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.engine import make_engine
from calendar_app.db.models import Event
from helpers import cities, hostile, node
from helpers.consumers import Agenda, Known, Libical, by_extruct, by_newsboat, by_vobject
from helpers.engines import Seen, by_home_assistant, by_ical_js, by_recurring_ical_events
from helpers.serving import served
from helpers.town import STOPPED

EARLY, LATE = date(2026, 12, 1), date(2033, 1, 1)  # beyond every date: programs differ on what lies over the edge
# The slow ones take a slice; `make soak` gives them the time for everything.
PAGES = 12
KHAL_DAYS = 30
EVENTS = {"hostile": 200, "hostile, whole": 1000}
FORMATS = ("rss", "atom", "json")
LINK = re.compile(r"https://calendar\.example\.jp/(events|announcements)/\w+")


@dataclass(frozen=True)
class City:
    """What is asked twice is made once."""

    app: Flask
    session: Session
    districts: tuple[str, ...]  # tags; "" is the whole city
    made: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def get(self, path: str, district: str = "") -> bytes:
        answer = self.app.test_client().get(f"{path}?tag={district}" if district else path)
        assert answer.status_code == 200
        return answer.data

    def dates(self, district: str, *, calm: bool = False) -> list[Seen]:
        return [one for one, stormy in self._once(hostile.dated, district) if not (calm and stormy)]

    def items(self, district: str) -> list[tuple[str, str]]:
        return [(guid, tidy(title)) for guid, title in self._once(hostile.told, district)]

    def _once(self, ask: Callable[..., Any], *about: Any) -> Any:
        if (ask, *about) not in self.made:
            self.made[ask, *about] = ask(self.session, *about)
        return self.made[ask, *about]

    def calendars(self) -> Iterator[tuple[str, bytes]]:
        for district in self.districts:
            yield district, self.get("/calendar.ics", district)


@pytest.fixture(scope="module", params=["demo", "hostile", pytest.param("hostile, whole", marks=pytest.mark.soak)])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """Both are looked at on 1 March 2027."""
    events = EVENTS.get(request.param, 0)
    config = cities.hostile_city(tmp_path_factory, events) if events else cities.demo(tmp_path_factory)
    engine = make_engine(config.database_url)
    with cities.looked_at(config) as app, Session(engine) as session:
        yield City(app, session, tuple(hostile.districts(events)) or ("",))
    engine.dispose()


def query(district: str) -> str:
    return f"?tag={quote(district)}" if district else ""


def vevents(calendar: bytes) -> list[Known]:
    return sorted(Known(str(one["UID"]), str(one["SUMMARY"])) for one in Calendar.from_ical(calendar).walk("VEVENT"))


def tidy(text: str | None) -> str:
    """Without the spaces that a program adds or takes."""
    return re.sub(r"\s+", " ", text or "").strip()


# Calendars.


def test_engines_list_our_dates(city: City) -> None:
    """Home Assistant's ical, ical.js."""
    dates = 0
    with node.running("engines.mjs") as javascript:
        for district, calendar in city.calendars():
            ours = city.dates(district)
            assert hostile.within(by_home_assistant(calendar, EARLY, LATE)) == ours
            seen = hostile.within(by_ical_js(javascript, calendar, EARLY, LATE))
            assert not Counter(city.dates(district, calm=True)) - Counter(seen), district
            dates += len(ours)
    assert dates >= 100


def test_recurring_ical_events_lists_our_dates(city: City) -> None:
    for district in city.districts:
        seen = by_recurring_ical_events(city.get("/calendar.ics", district), EARLY, hostile.LAST + timedelta(days=3))
        assert hostile.within(seen) == city.dates(district)


def test_parsers_read_every_event_and_find_no_fault(city: City) -> None:
    """vobject, libical, node-ical; what icalendar reads is what they read."""
    libical = Libical()
    with node.running("readers.mjs") as javascript:
        for district, calendar in city.calendars():
            ours = vevents(calendar)
            assert by_vobject(calendar) == ours
            assert libical.read(calendar) == (ours, 0), district
            seen = javascript.ask({"program": "node-ical", "text": calendar.decode()})
            assert {uid for uid, _title, _status in seen} == {one.uid for one in ours}


def test_libical_would_have_found_faults(city: City) -> None:
    """The judge is awake: what it must object to, it does."""
    calendar = city.get("/calendar.ics", city.districts[0])
    for fault in (b"METHOD:PUBLISH\r\n", b"LINK:nonsense\r\n"):
        _, errors = Libical().read(calendar.replace(b"CALSCALE:", fault + b"CALSCALE:", 1))
        assert errors, fault


def test_12_vdirsyncer_fetches_every_event_and_khal_shows_our_dates(city: City, tmp_path: Path) -> None:
    agree_with_khal(city, city.districts[0], tmp_path, KHAL_DAYS)


@pytest.mark.soak
def test_12_vdirsyncer_and_khal_do_so_everywhere(city: City, tmp_path: Path) -> None:
    for district in city.districts:
        agree_with_khal(city, district, tmp_path / (district or "all"), (hostile.LAST - STOPPED.date()).days)


def agree_with_khal(city: City, district: str, folder: Path, days: int) -> None:
    first, last = STOPPED.date(), STOPPED.date() + timedelta(days=days)
    with served(city.app) as url:
        agenda = Agenda(folder / "agenda", url, [query(district)])
        assert agenda.fill() == [len({one.uid for one in vevents(city.get("/calendar.ics", district))})]
        listed = agenda.shown(f"{first}", f"{last}")
    seen = {(one["title"], one["start-date-long"], one["start-time"], one["status"].strip()) for one in listed}
    ours = {_in_tokyo(one) for one in city.dates(district, calm=True)}
    assert {one for one in ours if f"{first}" <= one[1] <= f"{last}"} <= seen
    assert seen <= {_in_tokyo(one) for one in city.dates(district)} | _of_no_row(city, district, seen)


def _in_tokyo(one: Seen) -> tuple[str, str, str, str]:
    if "T" not in one.start:
        return one.title, one.start, "", one.status
    local = datetime.fromisoformat(one.start).astimezone(ZoneInfo("Asia/Tokyo"))
    return one.title, f"{local:%Y-%m-%d}", f"{local:%H:%M}", one.status


def _of_no_row(city: City, district: str, seen: set[tuple[str, str, str, str]]) -> set[tuple[str, str, str, str]]:
    """What khal may show beside: what began before our list does, and what a change of the clocks touches."""
    calm = {one.title for one in city.dates(district, calm=True)}
    stormy = {one.title for one in city.dates(district)} - calm
    return {one for one in seen if one[1] < f"{hostile.FIRST}" or one[0] in stormy}


# Feeds.


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_feed_readers_in_python_see_our_items(city: City, form: str) -> None:
    """feedparser, fastfeedparser."""
    for district in city.districts:
        feed = city.get(f"/feed.{form}", district)
        parsed = feedparser.parse(feed)
        assert not parsed.bozo
        assert [(one.id, tidy(one.title)) for one in parsed.entries] == city.items(district)
        fast = fastfeedparser.parse(feed.decode()).entries
        assert [(one.id, tidy(one.title), one.link) for one in fast] == [
            (one.id, tidy(one.title), one.link) for one in parsed.entries
        ]
        assert all(LINK.fullmatch(one.link) for one in fast)


def test_feed_readers_in_javascript_see_our_items(city: City) -> None:
    """rss-parser, feedsmith."""
    programs = [("rss-parser", "rss"), ("rss-parser", "atom"), *((f"feedsmith {form}", form) for form in FORMATS)]
    with node.running("readers.mjs") as javascript:
        for (program, form), district in product(programs, city.districts):
            seen = javascript.ask({"program": program, "text": city.get(f"/feed.{form}", district).decode()})
            assert [(guid, tidy(title)) for guid, title, _link in seen] == city.items(district), program
            assert all(LINK.fullmatch(link) for _guid, _title, link in seen), program


def test_newsboat_keeps_our_items(city: City, tmp_path: Path) -> None:
    with served(city.app) as url:
        for form in ("rss", "atom"):
            kept = by_newsboat(tmp_path / form, [f"{url}/feed.{form}{query(one)}" for one in city.districts])
            for district, found in zip(city.districts, kept.values(), strict=True):
                assert sorted((guid, tidy(title)) for guid, title, _ in found) == sorted(city.items(district))


# Pages.


def test_search_engines_and_indieweb_read_event_pages(city: City) -> None:
    public = city.session.scalars(select(Event).where(Event.state == "published").order_by(Event.id)).all()
    for event in public[:: len(public) // PAGES]:
        read_page(city, event)


@pytest.mark.soak
def test_search_engines_and_indieweb_read_every_event_page(city: City) -> None:
    for event in city.session.scalars(select(Event).where(Event.state == "published")):
        read_page(city, event)


def read_page(city: City, event: Event) -> None:
    """extruct, mf2py."""
    url = f"https://calendar.example.jp/events/{event.public_id}"
    page = city.get(f"/events/{event.public_id}").decode()
    found = by_extruct(page, url)
    for described in found["json-ld"]:
        assert tidy(described["name"]) == tidy(event.title)[:99] or described["name"].endswith("…")
        assert {"startDate", "organizer", "eventStatus", "description"} <= set(described)
    about = dict(found["opengraph"][0]["properties"])
    assert about["og:url"] == url
    assert tidy(event.title) in tidy(about["og:title"])
    (parsed,) = (one for one in mf2py.parse(page, url=url)["items"] if "h-event" in one["type"])
    assert tidy(parsed["properties"]["name"][0]) == tidy(event.title)
    assert parsed["properties"]["url"] == [url]
    assert ("start" in parsed["properties"]) == (event.precision == "exact")


# What nobody may see.


def test_nothing_that_is_not_public_is_anywhere(city: City) -> None:
    hidden = city.session.scalars(select(Event).where(Event.state != "published")).all()
    for path, district in product(("/calendar.ics", "/feed.json"), city.districts):
        assert hostile.SECRET not in city.get(path, district).decode(), path
    for path in ("/upcoming.json", "/deadlines.ics", "/", "/calendar/2027/03"):
        assert hostile.SECRET not in city.get(path).decode(), path
    client = city.app.test_client()
    for event in hidden:
        answers = {client.get(f"/events/{event.public_id}{form}").status_code for form in ("", ".ics")}
        assert answers == {410 if event.published_at else 404}
    upcoming = {one["_event"]["ical_uid"] for one in json.loads(city.get("/upcoming.json"))["items"]}
    assert not upcoming & {event.uid for event in hidden}

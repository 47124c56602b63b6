"""Programs of all kinds read the demo city, and a city of words made to hurt, and agree with us on what is in it."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any

import fastfeedparser
import feedparser
import mf2py
import node
import pytest
import recurring_ical_events
import vobject
from conftest import SAKURA, STOPPED, Clock, set_up
from feed_samples import HOSTILE
from flask.testing import FlaskClient
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar
from sqlalchemy.orm import Session

from calendar_app import create_app, db, demo, migrations, publishing
from calendar_app.config import Config, load
from calendar_app.feeds import jsonld
from calendar_app.models import Event, Site

HOSTILE_EVENTS = 120


@pytest.fixture(scope="module")
def programs() -> Iterator[node.Node]:
    with node.running("readers.mjs") as running:
        yield running


@pytest.fixture(scope="module", params=["demo", "hostile"])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of the city; both look at it on 1 March 2027."""
    folder = tmp_path_factory.mktemp(request.param)
    config = load(
        {
            "CALENDAR_INSTANCE": str(folder),
            "CALENDAR_BASE_URL": "https://calendar.example.jp",
            "CALENDAR_SECRET_KEY": "only for tests",
        }
    )
    {"demo": _demo, "hostile": _hostile}[request.param](config)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("calendar_app.web.datetime", Clock)
        yield create_app(config).test_client()


def _demo(config: Config) -> None:
    engine = db.make_engine(config.database_url)
    migrations.upgrade(engine)
    today = STOPPED.date()
    at = datetime.combine(today, time(0), UTC)
    with db.write_session(engine) as session:
        session.add(Site(id=1, site_id="demo.example.jp", changed_at=at - timedelta(days=900)))
        session.flush()
        demo.load(session, today=today, at=at, photo_folder=config.photos, say=lambda _text: None)
        session.commit()


def _hostile(config: Config) -> None:
    set_up(config.database_url)
    engine = db.make_engine(config.database_url)
    with db.write_session(engine) as session:
        for number in range(HOSTILE_EVENTS):
            _publish(session, number)
        session.commit()


def _publish(session: Session, number: int) -> None:
    words = [HOSTILE[(number * step) % len(HOSTILE)] for step in (1, 3, 7, 11)]
    start = datetime(2027, 3, 1, number % 24) + timedelta(days=number)
    values: dict[str, Any] = SAKURA | {
        "title": f"{number} {words[0]}"[:190],
        "summary": words[1],
        "body": words[2],
        "contact": words[3][:100],
        "start": start.isoformat(),
        "end": (start + timedelta(hours=number % 40)).isoformat(),
        "all_day": number % 3 == 0,
        "rule": "FREQ=WEEKLY;COUNT=3" if number % 5 == 0 else "",
    }
    event = publishing.create(session, "event", values, actor=None, at=STOPPED - timedelta(days=1))
    assert isinstance(event, Event)
    publishing.publish(session, event, actor=None, at=STOPPED - timedelta(days=1, minutes=-number))


def tidy(text: str | None) -> str:
    """Without the spaces that a program adds or takes."""
    return re.sub(r"\s+", " ", text or "").strip()


def feed(city: FlaskClient, form: str) -> str:
    return city.get(f"/feed.{form}").get_data(as_text=True)


def ours(city: FlaskClient) -> list[tuple[str, str, str]]:
    items = json.loads(feed(city, "json"))["items"]
    assert len(items) >= 20
    return [(one["id"], tidy(one["title"]), one["url"]) for one in items]


@pytest.mark.parametrize(
    ("program", "form"),
    [
        ("rss-parser", "rss"),
        ("rss-parser", "atom"),
        ("feedsmith rss", "rss"),
        ("feedsmith atom", "atom"),
        ("feedsmith json", "json"),
    ],
)
def test_javascript_readers_see_our_items(city: FlaskClient, programs: node.Node, program: str, form: str) -> None:
    seen = programs.ask({"program": program, "text": feed(city, form)})
    assert [(guid, tidy(title), link) for guid, title, link in seen] == ours(city)


@pytest.mark.parametrize("form", ["rss", "atom"])
def test_python_readers_see_our_items(city: FlaskClient, form: str) -> None:
    by_feedparser = feedparser.parse(feed(city, form))
    assert not by_feedparser.bozo
    by_fast = fastfeedparser.parse(feed(city, form))
    for entries in (by_feedparser.entries, by_fast.entries):
        assert [(one.id, tidy(one.title), one.link) for one in entries] == ours(city)


def test_calendar_programs_see_our_events(city: FlaskClient, programs: node.Node) -> None:
    body = city.get("/calendar.ics").data
    text = body.decode()
    mine = Calendar.from_ical(body).walk("VEVENT")
    masters = {(str(one["UID"]), str(one["STATUS"])) for one in mine if "RECURRENCE-ID" not in one}
    assert len(masters) >= 20
    assert {
        (one.uid, one.status.value) for one in IcsCalendarStream.calendar_from_ics(text).events if not one.recurrence_id
    } == masters
    assert {
        (one.uid.value, one.status.value)
        for one in vobject.readOne(text).vevent_list
        if not hasattr(one, "recurrence_id")
    } == masters
    by_node = {(uid, status) for uid, _title, status in programs.ask({"program": "node-ical", "text": text})}
    assert by_node == masters


def test_a_calendar_lists_what_the_upcoming_feed_lists(city: FlaskClient) -> None:
    items = json.loads(city.get("/upcoming.json").data)["items"]
    first = STOPPED.date()
    found = recurring_ical_events.of(Calendar.from_ical(city.get("/calendar.ics").data)).between(
        first, first + timedelta(days=300)
    )
    titles = {tidy(str(one["SUMMARY"])) for one in found}
    assert {tidy(one["title"]) for one in items} <= titles


def test_search_engines_and_indieweb_read_each_event_page(city: FlaskClient) -> None:
    for item in json.loads(city.get("/upcoming.json").data)["items"][:8]:
        path = item["url"].removeprefix("https://calendar.example.jp")
        page = city.get(path).get_data(as_text=True)
        (script,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
        described = json.loads(script)
        for one in described if isinstance(described, list) else [described]:
            assert one["@type"] in ("Event", *jsonld.TYPES.values())
            assert one["startDate"]
            assert tidy(one["name"]) in tidy(item["title"])
        parsed = mf2py.parse(page, url=item["url"])["items"]
        event = next(one for one in parsed if "h-event" in one["type"])
        assert event["properties"]["name"]
        assert event["properties"]["start"]

"""The main job, end to end: a person with a phone posts an event, and every channel has it. Real server, browser, clients."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import feedparser
import icalendar
import pytest
import recurring_ical_events
import vobject
from conftest import person, set_up
from ical.calendar_stream import IcsCalendarStream
from PIL import Image
from playwright.sync_api import Page
from services import PostgreSQL, Server, browser

from calendar_app import db

TITLE = "角館の桜まつり"
PASSWORD = "correct horse battery"
# Consumers under test say things of their own about the future of Python.
pytestmark = pytest.mark.filterwarnings("default")


@dataclass
class Clerk:
    """A member of staff with a phone, and what the phone's browser complained of."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def sign_in(self) -> None:
        self.page.goto(f"{self.url}/staff/")
        self.page.fill("#email", "staff@example.jp")
        self.page.fill("#password", PASSWORD)
        self.page.click("main button")
        self.page.wait_for_url("**/staff/")

    def post(self, first: date, last: date, photo: bytes) -> str:
        self.page.goto(f"{self.url}/staff/events/new")
        self.page.fill("[name=title]", TITLE)
        self.page.fill("[name=start_date]", first.isoformat())
        self.page.fill("[name=end_date]", last.isoformat())
        self.page.check("[name=all_day]")
        self.page.select_option("[name=venue_id]", label="桧木内川堤")
        self.page.set_input_files("[name=photos]", {"name": "sakura.jpg", "mimeType": "image/jpeg", "buffer": photo})
        self.page.fill("[name=photos_alt]", "満開の桜並木")
        self.page.fill("[name=tags]", "#桜 #仙北市")
        self.page.click("button[value=publish]")
        self.page.wait_for_url("**/staff/entries/*")
        return self.page.url.rsplit("/", 1)[-1]

    def change_dates(self, event: str, first: date, last: date) -> None:
        self.page.goto(f"{self.url}/staff/entries/{event}/edit")
        self.page.fill("[name=start_date]", first.isoformat())
        self.page.fill("[name=end_date]", last.isoformat())
        self.page.click("button[value=save]")
        self.page.wait_for_url(f"**/staff/entries/{event}")

    def cancel(self, event: str, reason: str) -> None:
        self.page.goto(f"{self.url}/staff/entries/{event}/status")
        self.page.fill("#reason-cancel", reason)
        self.page.click("form[action$='/cancel'] button")
        self.page.wait_for_url(f"**/staff/entries/{event}")

    def restore(self, event: str) -> None:
        self.page.goto(f"{self.url}/staff/entries/{event}/status")
        self.page.click("form[action$='/restore'] button")
        self.page.wait_for_url(f"**/staff/entries/{event}")

    def text(self, path: str) -> str:
        self.page.goto(self.url + path)
        return self.page.inner_text("main")

    def get(self, path: str) -> bytes:
        return self.page.request.get(self.url + path).body()

    def vevent(self) -> Any:
        (event,) = icalendar.Calendar.from_ical(self.get("/calendar.ics")).walk("VEVENT")
        return event

    def items(self) -> list[Any]:
        return self.page.request.get(f"{self.url}/feed.json").json()["items"]


@pytest.fixture(params=["sqlite", "postgresql"])
def clerk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clerk]:
    url = f"sqlite:///{tmp_path}/calendar.db"
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        url = server.create_database("journey")
    set_up(url)
    engine = db.make_engine(url)
    with db.write_session(engine) as session:
        person(session)
        session.commit()
    engine.dispose()
    with Server(tmp_path, {"CALENDAR_DATABASE_URL": url}) as server, browser() as chromium:
        phone = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="ja-JP")
        made = Clerk(phone.new_page(), server.url)
        made.page.on("console", lambda message: made.complaints.append(message.text))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        yield made
    if request.param == "postgresql":
        postgresql: PostgreSQL = request.getfixturevalue("postgresql")
        postgresql.drop_database("journey")


def next_festival() -> tuple[date, date]:
    today = date.today()
    first = date(today.year, 4, 15)
    first = first if first > today else date(today.year + 1, 4, 15)
    return first, first.replace(month=5, day=5)


def picture() -> bytes:
    Image.effect_noise((1600, 1067), 60).convert("RGB").save(made := BytesIO(), "JPEG", quality=85)
    return made.getvalue()


def test_an_event_goes_from_the_form_to_every_channel(clerk: Clerk) -> None:
    first, last = next_festival()
    clerk.sign_in()
    event = clerk.post(first, last, picture())
    check_pages(clerk, event, first, last)
    check_calendar_programs(clerk, first, last)
    check_feeds(clerk, event)
    before = clerk.vevent()

    moved = (first + timedelta(days=2), last + timedelta(days=1))
    clerk.change_dates(event, *moved)
    after = clerk.vevent()
    assert after["UID"] == before["UID"]
    assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)
    assert (after["DTSTART"].dt, after["DTEND"].dt) == (moved[0], moved[1] + timedelta(days=1))
    titles = [item["title"] for item in clerk.items()]
    assert titles[0] == f"【日時変更】{TITLE}"
    assert len({item["id"] for item in clerk.items()}) == len(titles) == 2

    clerk.cancel(event, "大雨のため")
    assert "中止" in clerk.text(f"/events/{event}")
    assert "大雨のため" in clerk.text(f"/events/{event}")
    cancelled = clerk.vevent()
    assert (cancelled["STATUS"], cancelled["SUMMARY"]) == ("CANCELLED", f"【中止】{TITLE}")
    assert cancelled["UID"] == before["UID"]
    assert clerk.items()[0]["title"] == f"【中止】{TITLE}"

    clerk.restore(event)
    assert "中止" not in clerk.page.request.get(f"{clerk.url}/calendar.ics").text()
    assert (clerk.vevent()["STATUS"], clerk.vevent()["SEQUENCE"]) == ("CONFIRMED", 3)
    assert clerk.items()[0]["title"] == f"【開催】{TITLE}"
    assert clerk.complaints == []


def check_pages(clerk: Clerk, event: str, first: date, last: date) -> None:
    for path in (f"/calendar/{first:%Y/%m}", f"/calendar/{last:%Y/%m}", f"/calendar/{first:%Y/%m/%d}", "/tags/桜"):
        assert TITLE in clerk.text(path), path
    page = clerk.text(f"/events/{event}")
    assert f"{first.year}年4月15日" in page
    assert "桧木内川堤" in page
    photo = clerk.page.locator("main img[alt='満開の桜並木']").first
    assert photo.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def check_calendar_programs(clerk: Clerk, first: date, last: date) -> None:
    """Each program that a citizen might use sees the same one event, its end exclusive as iCalendar has it."""
    text = clerk.get("/calendar.ics").decode()
    expected = (TITLE, first, last + timedelta(days=1))
    (home,) = IcsCalendarStream.calendar_from_ics(text).events
    assert (home.summary, home.dtstart, home.dtend) == expected
    (evolution,) = vobject.readOne(text).vevent_list
    assert (evolution.summary.value, evolution.dtstart.value, evolution.dtend.value) == expected
    (found,) = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(first, last)
    assert (found["SUMMARY"], found["DTSTART"].dt, found["DTEND"].dt) == expected


def check_feeds(clerk: Clerk, event: str) -> None:
    for form in ("atom", "rss"):
        feed = feedparser.parse(clerk.get(f"/feed.{form}"))
        assert not feed.bozo
        (entry,) = feed.entries
        assert (entry.title, entry.link) == (TITLE, f"{clerk.url}/events/{event}")
        (enclosure,) = [one for one in entry.enclosures if one.type == "image/jpeg"]
        path = enclosure.href.removeprefix(clerk.url)
        assert len(clerk.get(path)) == int(enclosure.length)
    (item,) = clerk.items()
    assert re.fullmatch(rf"tag:.+,\d{{4}}:event/{event}", item["id"])
    assert (item["title"], item["url"], item["tags"]) == (TITLE, f"{clerk.url}/events/{event}", ["桜", "仙北市"])

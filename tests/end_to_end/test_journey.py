"""The main job, end to end: a person with a phone posts an event, and every channel has it. Real server, browser, clients."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from icalendar import Event
from PIL import Image
from playwright.sync_api import Page
from sqlalchemy import Engine

from calendar_app.db.engine import write_session
from helpers.clients import Item, Reader, Shown, items, pictures, shown, vevents
from helpers.services import Server, browser
from helpers.town import person

TITLE = "角館の桜まつり"
ALT = "満開の桜並木"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "locale": "ja-JP"}
SAY_VIOLATIONS = """addEventListener("securitypolicyviolation",
    violation => console.error("policy", violation.violatedDirective, violation.blockedURI))"""


@dataclass
class Clerk:
    """A member of staff with a phone, and what the phone's browser complained of."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def sign_in(self) -> None:
        self.page.goto(f"{self.url}/staff/")
        self.page.fill("#email", "staff@example.jp")
        self.page.fill("#password", "correct horse battery")
        self.page.tap("main button")
        # Whole: the form's own address ends with /staff/ too.
        self.page.wait_for_url(f"{self.url}/staff/")

    def post(self, first: date, last: date, photo: bytes) -> str:
        """Fill in the form and press once; the event's public id."""
        self.page.goto(f"{self.url}/staff/events/new")
        self.page.fill("[name=title]", TITLE)
        self.page.fill("[name=start_date]", first.isoformat())
        self.page.fill("[name=end_date]", last.isoformat())
        self.page.tap("button:text('終日')")
        self.page.select_option("[name=venue_id]", label="桧木内川堤")
        self.page.set_input_files("[name=photos]", {"name": "sakura.jpg", "mimeType": "image/jpeg", "buffer": photo})
        self.page.fill("#thumbs input:visible", ALT)
        self.page.fill("[name=tags]", "#桜 #仙北市")
        self.page.tap("button[value=publish]")
        self.page.wait_for_url("**/staff/entries/*")
        return self.page.url.rsplit("/", 1)[-1]

    def change_dates(self, event: str, first: date, last: date) -> None:
        self.page.goto(f"{self.url}/staff/entries/{event}/edit")
        self.page.fill("[name=start_date]", first.isoformat())
        self.page.fill("[name=end_date]", last.isoformat())
        self.page.fill("[name=note]", "開花が遅れているため")
        self.page.tap("button[value=save]")
        self.page.wait_for_url(f"**/staff/entries/{event}")

    def cancel(self, event: str, reason: str) -> None:
        self.page.goto(f"{self.url}/staff/entries/{event}/status")
        self.page.fill("#reason-cancel", reason)
        self.page.tap("form[action$='/cancel'] button")
        self.page.wait_for_url(f"**/staff/entries/{event}")

    def restore(self, event: str) -> None:
        self.page.goto(f"{self.url}/staff/entries/{event}/status")
        self.page.tap("form[action$='/restore'] button")
        self.page.wait_for_url(f"**/staff/entries/{event}")

    def text(self, path: str) -> str:
        """What a page says to whoever looks at it."""
        self.page.goto(self.url + path)
        return self.page.inner_text("main")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A journey is long. Two processes over PostgreSQL are looked at by `test_freshness`."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("sqlite_url"))
    return request.getfixturevalue("postgresql").create_database("journey", template="template_town")


@pytest.fixture
def clerk(database_url: str, engine: Engine, tmp_path: Path) -> Iterator[Clerk]:
    with write_session(engine) as session:
        person(session)
        session.commit()
    with (
        Server(tmp_path / "instance", {"CALENDAR_DATABASE_URL": database_url}, worker=False) as server,
        browser() as chromium,
    ):
        phone = chromium.new_context(**PHONE)
        phone.add_init_script(SAY_VIOLATIONS)
        phone.set_default_timeout(60_000)
        made = Clerk(phone.new_page(), server.url)
        made.page.on("console", lambda message: made.complaints.append(message.text))
        made.page.on("pageerror", lambda error: made.complaints.append(str(error)))
        yield made


@pytest.fixture
def citizen(clerk: Clerk) -> Iterator[Reader]:
    reader = Reader(clerk.url)
    yield reader
    reader.close()


def next_festival() -> tuple[date, date]:
    """The next 15 April to 5 May that lies ahead: never further than the calendar reaches."""
    today = datetime.now(ZoneInfo("Asia/Tokyo")).date()
    year = today.year + (today >= date(today.year, 4, 15))
    return date(year, 4, 15), date(year, 5, 5)


def picture() -> bytes:
    """A megabyte of JPEG, as from a phone."""
    Image.effect_noise((1600, 1067), 60).convert("RGB").save(made := BytesIO(), "JPEG", quality=85)
    return made.getvalue()


def test_an_event_goes_from_the_form_to_every_channel(clerk: Clerk, citizen: Reader) -> None:
    first, last = next_festival()
    clerk.sign_in()

    event = clerk.post(first, last, picture())
    see_it_on_pages(clerk, event, first, last)
    posted = see_it_in_calendars(citizen, event, TITLE, first, last)
    news = items(citizen)
    for form, found in news.items():
        assert [(one.title, one.link) for one in found] == [(TITLE, f"{clerk.url}/events/{event}")], form
    fetch_its_pictures(citizen, clerk.url)

    first, last = first + timedelta(days=2), last + timedelta(days=1)
    clerk.change_dates(event, first, last)
    moved = see_it_in_calendars(citizen, event, f"【日時変更】{TITLE}", first, last)
    news = see_one_more_item(citizen, news, f"【日時変更】{TITLE}")

    clerk.cancel(event, "大雨のため")
    page = clerk.text(f"/events/{event}")
    assert "中止" in page
    assert "大雨のため" in page
    cancelled = see_it_in_calendars(citizen, event, f"【中止】{TITLE}", first, last, "CANCELLED")
    assert "大雨のため" in cancelled["DESCRIPTION"]
    news = see_one_more_item(citizen, news, f"【中止】{TITLE}")

    clerk.restore(event)
    assert "中止" not in clerk.text(f"/events/{event}").partition("変更のお知らせ")[0]
    restored = see_it_in_calendars(citizen, event, f"【日時変更】{TITLE}", first, last)
    see_one_more_item(citizen, news, f"【開催】{TITLE}")

    versions = [posted, moved, cancelled, restored]
    assert {one["UID"] for one in versions} == {posted["UID"]}
    assert [one["SEQUENCE"] for one in versions] == [0, 1, 2, 3]
    assert clerk.complaints == []


def see_it_on_pages(clerk: Clerk, event: str, first: date, last: date) -> None:
    days = (f"/calendar/{first:%Y/%m}", f"/calendar/{last:%Y/%m}", f"/calendar/{first:%Y/%m/%d}")
    for path in (*days, f"/calendar/{last:%Y/%m/%d}", "/tags/桜", "/tags/仙北市"):
        assert TITLE in clerk.text(path), path
    page = clerk.text(f"/events/{event}")
    assert f"{first.year}年4月15日" in page
    assert "桧木内川堤" in page
    photo = clerk.page.locator(f"main img[alt='{ALT}']").first
    assert photo.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def see_it_in_calendars(
    citizen: Reader, event: str, title: str, first: date, last: date, status: str = "CONFIRMED"
) -> Event:
    """Every program shows this one event and nothing else; its VEVENT, the same in its own file."""
    calendar = citizen.fetch("/calendar.ics")
    for program, found in shown(calendar).items():
        assert found == [Shown(title, first, last + timedelta(days=1), status)], program
    ((whole,), (alone,)) = vevents(calendar), vevents(citizen.fetch(f"/events/{event}.ics"))
    assert whole == alone
    assert isinstance(whole, Event)
    return whole


def see_one_more_item(citizen: Reader, before: dict[str, list[Item]], title: str) -> dict[str, list[Item]]:
    """A feed reader is told: a new item with a guid of its own on top, those it had still below."""
    after = items(citizen)
    for form, (newest, *older) in after.items():
        assert newest.title == title, form
        guids = [one.guid for one in before[form]]
        assert [one.guid for one in older] == guids, form
        assert newest.guid not in guids, form
    return after


def fetch_its_pictures(citizen: Reader, url: str) -> None:
    for form, (address, promised) in pictures(citizen).items():
        assert len(citizen.fetch(address.removeprefix(url))) == promised, form

"""A clerk under the cherry trees: a phone, one thumb, a slow network. Posted in under a minute, and nothing typed is ever lost.

Taps and characters are counted, at a person's pace; the network's time is that of the bytes sent. The machine's own is not looked at.
"""

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, Request
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import DeskSession, Entry, Event, FormDraft
from calendar_app.entries import publishing
from helpers import cities
from helpers.services import Server, browser
from helpers.serving import installation
from helpers.town import person

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "locale": "ja-JP",
    "timezone_id": "Asia/Tokyo",
}
SPEED, LATENCY = 400_000 / 8, 0.4  # bytes a second; seconds
SLOW_3G = {"offline": False, "latency": LATENCY * 1000, "downloadThroughput": SPEED, "uploadThroughput": SPEED}
A_TAP, A_CHARACTER = 1.5, 0.4  # seconds of a person
TITLE = "桜まつり朝市"
ALT = "満開の桜と朝市の人"


@dataclass
class Thumb:
    """One thumb on one phone: it counts what it does."""

    page: Page
    url: str
    taps: int = 0
    typed: int = 0

    def tap(self, what: str) -> None:
        self.page.locator(what).first.tap()
        self.taps += 1

    def type(self, where: str, text: str) -> None:
        """Tap into a field and type."""
        self.tap(where)
        self.page.locator(where).first.press_sequentially(text)
        self.typed += len(text)

    def choose(self, where: str, file: bytes) -> None:
        """Open the camera, press its shutter, accept the picture."""
        self.page.set_input_files(where, {"name": "IMG_0415.jpg", "mimeType": "image/jpeg", "buffer": file})
        self.taps += 3

    def opens(self, path: str) -> None:
        self.page.goto(self.url + path)

    def seconds(self, sent: list[int]) -> float:
        """Of a person, and of a slow network that carries these requests one after the other: bytes both ways."""
        network = sum(sent) / SPEED + len(sent) * LATENCY
        return network + self.taps * A_TAP + self.typed * A_CHARACTER

    def field(self, name: str) -> str:
        return self.page.input_value(f"[name={name}]")


@dataclass
class City:
    """A server, its database, a browser."""

    url: str
    folder: Path
    chromium: Browser
    engine: Engine
    state: Any = None

    def session(self) -> Session:
        return Session(self.engine)

    def phone(self, state: Any = None, **more: Any) -> BrowserContext:
        context = self.chromium.new_context(**PHONE | more, storage_state=state)
        context.set_default_timeout(60_000)
        return context

    def signed_in(self, **more: Any) -> Thumb:
        """A phone that was signed in some time ago: tries at that are rationed."""
        page = self.phone(self.state, **more).new_page()
        page.goto(f"{self.url}/staff/")
        if page.query_selector("#password"):
            sign_in(page)
            page.wait_for_url(f"{self.url}/staff/")
            self.state = page.context.storage_state()
        return Thumb(page, self.url)


def weight(request: Request) -> int:
    """Bytes of a request and its answer. A file's stand in its header alone."""
    return sum(request.sizes().values()) + int(request.all_headers().get("content-length", 0))


def sign_in(page: Page) -> None:
    page.fill("#email", "staff@example.jp")
    page.fill("#password", "correct horse battery")
    page.tap("main form button")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[City]:
    """One for all of these tests: each does its own."""
    folder = tmp_path_factory.mktemp("phone")
    (folder / "calendar.db").write_bytes(sqlite_template.read_bytes())
    engine = make_engine(f"sqlite:///{folder / 'calendar.db'}")
    with write_session(engine) as session:
        clerk = person(session)
        market = {
            "title": "朝市",
            "timezone": "Asia/Tokyo",
            "venue_id": 1,
            "department_id": 1,
            "tags": ["桜", "仙北市"],
        }
        dates = {"start": "2026-05-02T10:00:00", "end": "2026-05-02T12:00:00"}
        old = publishing.create(session, "event", market | dates, actor=clerk, at=datetime(2026, 4, 1, tzinfo=UTC))
        publishing.publish(session, old, actor=clerk, at=datetime(2026, 4, 1, tzinfo=UTC))
        session.commit()
    with installation(folder) as url, browser() as chromium:
        yield City(url, folder, chromium, engine)
    engine.dispose()


def picture() -> bytes:
    """Megabytes of JPEG on its side, as a phone's camera stores it."""
    exif = Image.Exif()
    exif[0x0112] = 6
    leaves = Image.effect_noise((1344, 1008), 24).resize((4032, 3024)).convert("RGB")
    leaves.save(made := BytesIO(), "JPEG", quality=92, exif=exif)
    return made.getvalue()


def test_from_the_desk_to_public_with_a_photo_in_eight_taps_on_slow_3g(city: City) -> None:
    thumb = city.signed_in()
    network = thumb.page.context.new_cdp_session(thumb.page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW_3G)
    asked: list[Request] = []
    thumb.page.on("requestfinished", lambda request: asked.append(request))

    thumb.tap("a[href='/staff/events/new']")
    thumb.type("[name=title]", TITLE)
    thumb.choose("#camera", picture())
    thumb.page.wait_for_selector("#thumbs input:focus")
    thumb.page.keyboard.type(ALT)  # the cursor stands there already, and the photo is on its way
    thumb.typed += len(ALT)
    thumb.tap("[data-fill*=start_date] >> nth=1")
    thumb.tap("[data-fill*=venue_id]")
    thumb.tap("button[value=publish]")
    thumb.page.wait_for_url("**/staff/entries/*", timeout=60_000)

    sent = [weight(request) for request in asked]
    print(f"{thumb.taps} taps, {thumb.typed} characters, {thumb.seconds(sent):.0f} s")
    assert thumb.taps <= 8
    assert thumb.typed <= 40
    with city.session() as session:
        event = session.scalars(select(Event).where(Event.title == TITLE)).one()
        assert event.public
        assert event.venue_id == 1
        assert [(photo.alt, photo.height > photo.width) for photo in event.photos] == [(ALT, True)]
        assert max(event.photos[0].width, event.photos[0].height) <= 2560
    assert 100_000 < sum(sent) < 1_500_000  # the photo, made small by the page, and little else
    assert thumb.seconds(sent) < 60


def test_without_script_it_takes_more_steps_and_works_alike(city: City) -> None:
    thumb = city.signed_in(java_script_enabled=False)
    thumb.tap("a[href='/staff/events/new']")
    thumb.type("[name=title]", "夜の朝市")
    thumb.choose("#photos", picture())
    thumb.type("[name=photos_alt]", ALT)
    thumb.type("[name=start_date]", "明日")
    thumb.page.select_option("[name=venue_id]", label="桧木内川堤")
    thumb.tap("[name=tags_used]")
    thumb.tap("button[value=publish]")
    assert TITLE in thumb.page.inner_text("#odd")  # the one above is there at that time: said once, and no more
    thumb.tap("#odd button")
    thumb.page.wait_for_url("**/staff/entries/*")
    with city.session() as session:
        event = session.scalars(select(Event).where(Event.title == "夜の朝市")).one()
        assert (event.public, len(event.photos), len(event.tags)) == (True, 1, 1)


def test_a_browser_that_dies_gives_the_text_back(city: City) -> None:
    thumb = city.signed_in()
    thumb.opens("/staff/events/new")
    thumb.page.route("**/staff/drafts/*", lambda route: route.abort())  # on a slow machine the desk would know soon
    thumb.type("[name=title]", "消えない朝市")
    thumb.type("[name=start_time]", "10:15")
    state = thumb.page.context.storage_state()  # what the phone's disk holds at this moment: the desk knows nothing yet
    thumb.page.context.close()

    again = Thumb(city.phone(state).new_page(), city.url)
    again.opens("/staff/events/new")
    again.tap("#kept-here a")
    again.page.wait_for_url("**draft=*")
    assert (again.field("title"), again.field("start_time")) == ("消えない朝市", "10:15")
    again.opens("/staff/")
    assert "消えない朝市" in again.page.inner_text("main")

    leaving = Thumb(city.phone(state).new_page(), city.url)
    leaving.opens("/staff/")
    leaving.page.evaluate("addEventListener('submit', event => event.preventDefault())")  # the session is needed again
    leaving.tap("form[action$='/sign-out'] button")
    assert leaving.page.evaluate("Object.keys(localStorage)") == []


def test_another_phone_goes_on_where_the_first_one_stopped(city: City) -> None:
    thumb = city.signed_in()
    thumb.opens("/staff/events/new")
    with thumb.page.expect_response("**/staff/drafts/*"):  # two seconds after the last key
        thumb.type("[name=title]", "庁舎で続きを書く朝市")
    other = city.signed_in()
    other.tap("a:text('庁舎で続きを書く朝市')")
    assert other.field("title") == "庁舎で続きを書く朝市"
    other.tap("[data-fill*=start_date]")
    other.tap("button[value=draft]")
    other.page.wait_for_url("**/staff/entries/*")
    other.opens("/staff/")
    assert other.page.locator("a[href*='draft=']:text('庁舎で続きを書く朝市')").count() == 0


def test_a_server_killed_while_it_saves_loses_nothing(city: City) -> None:
    thumb = city.signed_in()
    with Server(city.folder, {"CALENDAR_SECRET_KEY": cities.SETTINGS["CALENDAR_SECRET_KEY"]}, worker=False) as doomed:
        Thumb(thumb.page, doomed.url).opens("/staff/announcements/new")
        with thumb.page.expect_response("**/staff/drafts/*"):
            thumb.type("[name=title]", "停電のお知らせ")
        with write_session(city.engine) as session:
            session.connection()  # whoever saves now has to wait
            with thumb.page.expect_request("**/staff/announcements/new"):
                thumb.page.locator("button[value=publish]").tap(no_wait_after=True)
            os.killpg(doomed.session, signal.SIGKILL)
    thumb = Thumb(thumb.page.context.new_page(), thumb.url)  # the other tab is on its way to the browser's error page
    thumb.opens("/staff/announcements/new")
    thumb.tap("section.left:visible a")
    thumb.page.wait_for_url("**draft=*")
    assert thumb.field("title") == "停電のお知らせ"
    with city.session() as session:
        assert session.scalar(select(Entry).where(Entry.title == "停電のお知らせ")) is None


@pytest.mark.parametrize("script", [True, False])
def test_a_session_that_ends_while_typing_leads_through_the_sign_in_back_to_the_text(city: City, script: bool) -> None:
    thumb = city.signed_in(java_script_enabled=script)
    title = f"席を外した朝市{'' if script else '二'}"
    thumb.opens("/staff/events/new")
    thumb.type("[name=title]", title)
    with write_session(city.engine) as session:
        session.execute(delete(DeskSession))
        session.commit()
    thumb.type("[name=start_time]", "9:45")
    thumb.tap("button[value=publish]")
    thumb.page.wait_for_selector("#password")
    with city.session() as session:
        drafts = [one.fields for one in session.scalars(select(FormDraft)) if one.fields.get("title") == [title]]
        assert not [one for one in drafts if "9:45" in one.get("start_time", [])]  # nothing is taken from a stranger
    sign_in(thumb.page)
    thumb.page.wait_for_url("**/staff/events/new?draft=*")
    assert (thumb.field("title"), thumb.field("start_time")) == (title, "9:45")


def test_undo_stands_beside_what_was_just_published(city: City) -> None:
    thumb = city.signed_in()
    thumb.opens("/staff/announcements/new")
    thumb.type("[name=title]", "早まったお知らせ")
    thumb.tap("button[value=publish]")
    thumb.page.wait_for_url("**/staff/entries/*")
    thumb.tap(".done-now button")
    thumb.page.wait_for_selector(".state.withdrawn")
    public_id = thumb.page.url.rsplit("/", 1)[-1]
    thumb.tap(".panel.bad button")
    thumb.page.wait_for_selector(".state.published")
    thumb.opens(f"/announcements/{public_id}")
    assert "早まったお知らせ" in thumb.page.inner_text("h1")

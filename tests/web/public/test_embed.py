"""The calendar on other people's pages."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event
from calendar_app.entries import publishing
from helpers.services import browser
from helpers.serving import installation
from helpers.town import NOW, set_up

SITE = "https://calendar.example.jp"


@pytest.fixture
def festival(write: Session, post: Any) -> Event:
    event: Event = post(write)
    post(write, title="おはなし会", tags=["子育て"], start="2027-04-20T00:00:00", end="2027-04-20T00:00:00")
    write.commit()
    return event


def test_a_frame_shows_its_filter_and_may_stand_anywhere(client: FlaskClient, festival: Event) -> None:
    answer = client.get("/embed?tag=桜")
    assert ("角館の桜まつり" in answer.text, "おはなし会" in answer.text) == (True, False)
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in answer.headers
    assert "frame-ancestors 'none'" in client.get("/").headers["Content-Security-Policy"]


@pytest.mark.parametrize("look", ["list", "cards", "month"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_look_in_every_language(client: FlaskClient, festival: Event, look: str, language: str) -> None:
    page = client.get(f"/embed?from=2027-04-01&lang={language}&look={look}").text
    assert '<base target="_top">' in page
    assert ("See all" in page) == (language == "en")


@pytest.mark.parametrize("query", ["look=wall", "theme=pink", "count=0", "count=31", "count=many", "tag=nothing"])
def test_what_is_no_choice_is_refused(client: FlaskClient, festival: Event, query: str) -> None:
    assert client.get(f"/embed?{query}").status_code == 404
    assert client.get(f"/embed/build?{query}").status_code == 404


def test_a_frame_is_dark_only_if_asked(client: FlaskClient, festival: Event) -> None:
    """The frame itself cannot know the page around it; `embed.js` asks for dark where that page is dark."""
    dark = {theme: "dark.css" in client.get(f"/embed?theme={theme}").text for theme in ("auto", "light", "dark")}
    assert dark == {"auto": False, "light": False, "dark": True}


def described(client: FlaskClient, address: str, more: str = "") -> Any:
    return client.get(f"/oembed?url={quote(address, safe='')}{more}")


def test_oembed_of_an_event_is_its_card(client: FlaskClient, write: Session, festival: Event) -> None:
    answer = described(client, f"{SITE}/events/{festival.public_id}", "&maxwidth=320").json
    assert (answer["version"], answer["type"], answer["title"], answer["width"]) == (
        "1.0",
        "rich",
        "角館の桜まつり",
        320,
    )
    frame = re.search(r'src="([^"]+)"', answer["html"])
    assert frame
    assert "角館の桜まつり" in client.get(unescape(frame[1]).removeprefix(SITE)).text
    publishing.withdraw(write, festival, "", actor=None, at=NOW)
    write.commit()
    assert described(client, f"{SITE}/events/{festival.public_id}").status_code == 404


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("/", "/embed"),
        ("/calendar/2027/04?tag=桜", "/embed?tag=%E6%A1%9C"),
        ("/tags/桜", "/embed?tag=%E6%A1%9C"),
        ("/departments/kanko", "/embed?department=kanko"),
    ],
)
def test_oembed_of_a_list_has_its_filter(client: FlaskClient, festival: Event, page: str, shown: str) -> None:
    assert f'src="{SITE}{shown}"' in unescape(described(client, SITE + page).json["html"])
    found = client.get(page).text
    link = re.search(r'application/json\+oembed"[^>]*href="([^"]+)"', found)
    assert link
    assert client.get(unescape(link[1]).removeprefix(SITE)).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["https://elsewhere.example/", f"{SITE}/staff/", f"{SITE}/tags/nothing", f"{SITE}/events/none", "javascript:x", ""],
)
def test_oembed_knows_nothing_of_others(client: FlaskClient, festival: Event, address: str) -> None:
    assert described(client, address).status_code == 404


def test_oembed_in_xml_and_in_nothing_else(client: FlaskClient, festival: Event) -> None:
    answer = described(client, f"{SITE}/", "&format=xml")
    assert ElementTree.fromstring(answer.data).findtext("type") == "rich"
    assert described(client, f"{SITE}/", "&format=yaml").status_code == 501


class Neighbour(BaseHTTPRequestHandler):
    """A page of somebody else, with whatever was pasted into it."""

    pasted = ""

    def do_GET(self) -> None:
        body = f"<!doctype html><meta charset=utf-8><title>x</title><style>*{{color:red}}</style>{self.pasted}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        pass


@pytest.fixture
def neighbour() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Neighbour)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def town_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a town with 25 events from today on."""
    folder = tmp_path_factory.mktemp("town")
    set_up(f"sqlite:///{folder}/calendar.db")
    engine = make_engine(f"sqlite:///{folder}/calendar.db")
    today = datetime.now(ZoneInfo("Asia/Tokyo")).date()
    with write_session(engine) as session:
        for number in range(25):
            day = f"{today + timedelta(days=number)}T00:00:00"
            values = {"title": f"催し{number}", "start": day, "end": day, "all_day": True, "department_id": 1}
            event = publishing.create(session, "event", values, actor=None, at=NOW)
            publishing.publish(session, event, actor=None, at=NOW)
        session.commit()
    engine.dispose()
    with installation(folder) as url:
        yield url


def test_one_line_of_script_in_a_real_page(town_url: str, neighbour: str) -> None:
    """It grows to its content, the two pages' styles stay apart, no cookie is set."""
    line = f'<p><a href="{town_url}/">催し</a></p><script src="{town_url}/embed.js" data-query="count=20"></script>'
    Neighbour.pasted = line
    with browser() as chromium:
        page = chromium.new_page(viewport={"width": 390, "height": 844})
        page.goto(neighbour)
        frame = page.frame_locator("iframe")
        frame.get_by_text("催し19").wait_for()
        page.wait_for_function("document.querySelector('iframe').clientHeight > 1000")
        inside = frame.locator("body").evaluate("body => [body.scrollHeight, getComputedStyle(body).color]")
        assert abs(inside[0] - page.locator("iframe").evaluate("frame => frame.clientHeight")) <= 1
        assert inside[1] != "rgb(255, 0, 0)"
        assert page.locator("iframe").get_attribute("title") == "催し"
        assert page.context.cookies() == []
        frame.get_by_role("link", name="すべて見る").click()
        page.wait_for_url(f"{town_url}/calendar/")


def test_where_scripts_are_blocked_the_link_stays(town_url: str, neighbour: str) -> None:
    with browser() as chromium:
        page = chromium.new_context(java_script_enabled=False).new_page()
        page.goto(f"{town_url}/embed/build")
        Neighbour.pasted = page.locator("#script").input_value()
        assert page.frame_locator("iframe.stage").get_by_text("催し0").is_visible()
        page.goto(neighbour)
        page.get_by_role("link").click()
        assert page.url == f"{town_url}/calendar/"

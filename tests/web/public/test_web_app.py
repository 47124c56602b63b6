"""The site as an app: its name and icons, what it keeps for where there is no network, and what it says of itself."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, Page

from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.entries import publishing
from helpers.services import browser
from helpers.serving import installation
from helpers.town import NOW, SAKURA, set_up


def test_the_manifest_names_the_city_in_the_language_of_its_page(client: FlaskClient) -> None:
    found = {lang: client.get(f"/manifest.webmanifest{query}").json for lang, query in (("ja", ""), ("en", "?lang=en"))}
    assert [one["short_name"] for one in found.values()] == ["まちのカレンダー", "Calendar"]
    assert [one["start_url"] for one in found.values()] == ["/", "/?lang=en"]
    for icon in found["ja"]["icons"]:
        assert client.get(icon["src"]).mimetype == icon["type"]


def test_the_statement_is_the_towns_own_if_it_wrote_one(client: FlaskClient, config: Config) -> None:
    assert "WCAG 2.2" in client.get("/accessibility").text
    (config.instance / "accessibility.md").write_text("# 方針\n\n試験の結果は<script>……", encoding="utf-8")
    (config.instance / "accessibility.en.md").write_text("Our own words", encoding="utf-8")
    assert "試験の結果は" in client.get("/accessibility?lang=ja").text
    assert "Our own words" in client.get("/accessibility?lang=en").text
    assert "試験の結果は<script>" not in client.get("/accessibility?lang=ja").text


@pytest.fixture
def phone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    folder = tmp_path_factory.mktemp("town")
    set_up(f"sqlite:///{folder}/calendar.db")
    engine = make_engine(f"sqlite:///{folder}/calendar.db")
    with write_session(engine) as session:
        event = publishing.create(session, "event", SAKURA, actor=None, at=NOW)
        publishing.publish(session, event, actor=None, at=NOW)
        session.commit()
    engine.dispose()
    with installation(folder) as url, browser() as chromium:
        yield chromium.new_context(base_url=url, viewport={"width": 390, "height": 844})


def go(page: Page, path: str) -> str:
    page.goto(path)
    return page.inner_text("body")


def test_what_was_seen_can_be_read_without_a_network(phone: BrowserContext) -> None:
    page = phone.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.goto("/")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller")
    for path in ("/calendar/2027/04", "/staff/sign-in"):
        page.goto(path)
    assert complaints == []
    phone.set_offline(True)
    seen = go(page, "/calendar/2027/04")
    assert SAKURA["title"] in seen
    assert "つながっていません。最後に見た時の内容です。" in seen
    assert "このページは端末に残っていません" in go(page, "/calendar/2027/05")
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        page.goto("/staff/sign-in")  # nothing of the desk is ever kept
    phone.set_offline(False)
    assert "つながっていません" not in go(page, "/calendar/2027/05")

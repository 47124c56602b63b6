"""The same dates looked at in other ways, and in a real browser what a script adds."""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy.orm import Session

from calendar_app.dates.month_grid import thirds
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event
from calendar_app.entries import publishing, single_dates
from calendar_app.web.public import agenda_and_map
from helpers.services import browser
from helpers.serving import installation
from helpers.town import NOW, set_up

VIEWS = ("/weekend", "/agenda", "/seasons", "/map")


def days(start: str, end: str = "") -> dict[str, Any]:
    return {"start": f"{start}T00:00:00", "end": f"{end or start}T00:00:00", "all_day": True}


def names(page: str) -> list[str]:
    return [unescape(one) for one in re.findall(r'class="u-url name"[^>]*>([^<]+)', page)]


@pytest.mark.parametrize("address", VIEWS)
def test_every_view_takes_the_filter_along(client: FlaskClient, write: Session, post: Any, address: str) -> None:
    """Today is Monday 1 March 2027."""
    post(write, title="雪まつり", tags=["雪"], **days("2027-03-01", "2027-03-20"))
    post(write, title="梅まつり", tags=["梅"], **days("2027-03-06", "2027-03-20"))
    write.commit()
    page = client.get(f"{address}?tag=雪").text
    assert ("雪まつり" in page, "梅まつり" in page) == (True, False)
    for other in VIEWS:
        assert f'href="{other}?tag=%E9%9B%AA"' in page
    assert client.get(f"{address}?tag=none").status_code == 404
    assert "Filter" in client.get(f"{address}?lang=en").text


def test_the_weekend_is_the_coming_one(client: FlaskClient, write: Session, post: Any) -> None:
    for day in ("2027-03-05", "2027-03-06", "2027-03-07", "2027-03-08"):
        post(write, title=day, **days(day))
    write.commit()
    assert names(client.get("/weekend").text) == ["2027-03-06", "2027-03-07"]


def test_the_agenda_goes_on_until_everything_was_there_once(
    client: FlaskClient, write: Session, post: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agenda_and_map, "AGENDA", 4)
    post(write, title="冬の間", **days("2027-02-01", "2027-04-30"))
    for number in range(13):
        day = date(2027, 3, 2) + timedelta(days=number // 6)  # six on one day, more than a page
        post(write, title=f"催し{number}", **days(str(day)))
    write.commit()
    address, seen = "/agenda", []
    while address:
        page = client.get(address).text
        seen += names(page)
        onward = re.search(r'data-onward href="([^"]+)"', page)
        address = unescape(onward[1]) if onward else ""
    assert sorted(seen) == sorted(["冬の間", *(f"催し{number}" for number in range(13))])


@pytest.mark.parametrize(
    ("first", "last", "place"),
    [
        ("2027-01-01", "2027-12-31", (0, 36, 0)),
        ("2026-12-01", "2027-01-31", (0, 3, 33)),
        ("2027-04-20", "2027-05-05", (10, 3, 23)),
        ("2027-12-31", "2028-02-01", (35, 1, 0)),
        ("2027-02-10", "2027-02-11", (3, 2, 31)),
    ],
)
def test_a_season_has_its_place_in_the_year(first: str, last: str, place: tuple[int, int, int]) -> None:
    class Span:
        first_day, last_day = date.fromisoformat(first), date.fromisoformat(last)

    assert thirds(Span(), 2027) == place


def test_a_year_shows_what_lasts(client: FlaskClient, write: Session, post: Any) -> None:
    post(write, title="桜だより", **days("2027-04-10", "2027-05-10"))
    post(write, title="一日だけ", **days("2027-04-10"))
    write.commit()
    page = client.get("/seasons/2027").text
    assert ("桜だより" in page, "一日だけ" in page) == (True, False)
    assert "まだありません" in client.get("/seasons/2028").text
    assert client.get("/seasons/2060").status_code == 404


def test_what_is_free_can_be_asked_for(client: FlaskClient, write: Session, post: Any) -> None:
    for title, fee in (
        ("ゼロ円", {"fee": 0}),
        ("無料の会", {"fee_note": "無料"}),
        ("有料", {"fee": 500}),
        ("不明", {}),
    ):
        post(write, title=title, **fee)
    write.commit()
    titles = {item["title"] for item in client.get("/upcoming.json?fee=free").json["items"]}
    assert titles == {"ゼロ円", "無料の会"}


@pytest.fixture(scope="module")
def town_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a town, its map's pictures its own, with 60 events from today on at one venue."""
    folder = tmp_path_factory.mktemp("town")
    set_up(f"sqlite:///{folder}/calendar.db")
    engine = make_engine(f"sqlite:///{folder}/calendar.db")
    today = datetime.now(ZoneInfo("Asia/Tokyo")).date()
    with write_session(engine) as session:
        for number in range(60):
            values = {"title": f"催し{number}", "department_id": 1, "venue_id": 1} | days(
                str(today + timedelta(number))
            )
            event = publishing.create(session, "event", values, actor=None, at=NOW)
            assert isinstance(event, Event)
            publishing.publish(session, event, actor=None, at=NOW)
        session.commit()
    engine.dispose()
    with installation(folder, CALENDAR_TILES="http://tiles.invalid/{z}/{x}/{y}.png") as url:
        yield url


@pytest.fixture(scope="module")
def tab(town_url: str) -> Iterator[Page]:
    with browser() as chromium:
        yield chromium.new_page(viewport={"width": 390, "height": 844}, locale="ja-JP")


def test_the_map_comes_when_it_is_asked_for(tab: Page, town_url: str) -> None:
    """Nobody else is asked for anything before; then only for pictures."""
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    tab.goto(f"{town_url}/map")
    tab.wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith(town_url)] == []
    tab.get_by_role("button", name="地図を表示").click()
    pin = tab.locator(".pin")
    pin.wait_for()
    elsewhere = [url for url in asked if not url.startswith(town_url)]
    assert elsewhere
    assert all(re.fullmatch(r"http://tiles\.invalid/\d+/\d+/\d+\.png", url) for url in elsewhere)
    x = pin.bounding_box()["x"]  # type: ignore[index]
    tab.locator(".map").focus()
    tab.keyboard.press("ArrowLeft")
    assert pin.bounding_box()["x"] == pytest.approx(x + 80)  # type: ignore[index]
    pin.click()
    assert tab.url.endswith("#venue-1")


def test_a_phone_opens_a_day_beneath_its_week_and_back_finds_it_open(tab: Page, town_url: str) -> None:
    """The coming month, in which each day has an event; its first day is open."""
    month = (datetime.now(ZoneInfo("Asia/Tokyo")).date().replace(day=1) + timedelta(31)).replace(day=1)
    tab.goto(f"{town_url}/calendar/{month:%Y/%m}")
    seen = tab.locator(".slot:visible")
    third = tab.locator(f"#d{month.replace(day=3)} .slot")
    assert seen.count() == 1
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    tab.locator(f'a.date[href$="/{month:%m}/03"]').click()
    assert seen.all_inner_texts() == third.all_inner_texts() != []
    third.click()
    tab.go_back()
    third.wait_for()
    assert seen.count() == 1
    tab.locator(f'a.date[href$="/{month:%m}/03"]').click()
    tab.wait_for_url(f"**/calendar/{month:%Y/%m}/03")


def test_the_agenda_goes_on_by_itself(tab: Page, town_url: str) -> None:
    tab.goto(f"{town_url}/agenda")
    assert tab.locator("article.row").count() == 40
    tab.locator(".onward").scroll_into_view_if_needed()
    tab.get_by_text("催し59").wait_for(state="attached")
    assert tab.locator("article.row").count() == 60
    assert tab.locator("[data-onward]").count() == 0


@pytest.mark.parametrize("address", ["/tags/市", "/departments/kanko", "/agenda", "/map", "/search?q=朝市", "/embed"])
def test_a_series_is_one_card_with_its_next_date_and_rhythm(
    client: FlaskClient, write: Session, post: Any, address: str
) -> None:
    """Today is Monday 1 March 2027."""
    series = {"start": "2027-02-07T06:00:00", "end": "2027-02-07T08:00:00", "rule": "FREQ=WEEKLY;BYDAY=SU;COUNT=9"}
    market = post(write, title="朝市", tags=["市"], all_day=False, **series)
    write.commit()
    page = client.get(address).text
    assert page.count(f'href="/events/{market.public_id}"') == 1
    assert "毎週日曜" in page
    assert re.search(
        "次回：.*(3月7日（日）|午前6時)" if address not in ("/agenda", "/embed") else "3月7日（日）", page, re.S
    )


def test_a_cancelled_date_of_a_series_names_the_date_after_it(client: FlaskClient, write: Session, post: Any) -> None:
    series = {"start": "2027-03-07T06:00:00", "end": "2027-03-07T08:00:00", "rule": "FREQ=WEEKLY;BYDAY=SU;COUNT=9"}
    market = post(write, title="朝市", tags=["市"], all_day=False, **series)
    off = market.occurrences[0].original
    single_dates.change_date(write, market, off, {"status": "cancelled"}, actor=None, at=NOW)
    write.commit()
    [card] = re.findall(r"<article.*?</article>", client.get("/tags/市").text, re.S)
    words = re.sub(r"<[^>]+>|\s", "", card)
    assert words.index("中止") < words.index("3月7日") < words.index("次回：3月14日")
    assert "off" not in re.findall(r'class="([^"]+)"', card)[0].split()

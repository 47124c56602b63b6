"""Choosing what to follow and taking it along: what a citizen presses, and what each program is given."""

import html
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.sharing import qr
from helpers.clients import vevents


@pytest.fixture
def two(write: Session, post: Any) -> None:
    post(write)
    post(write, title="おはなし会", tags=["子育て"], department_id=2, venue_id=None)
    write.commit()


def links(page: str) -> list[str]:
    return [html.unescape(one) for one in re.findall(r'href="([^"]+)"', page)]


def test_pressing_shows_what_it_is_and_how_much(client: FlaskClient, two: None) -> None:
    everything = client.get("/subscribe").text
    assert "カレンダーに入る催し 2件" in everything
    chosen = client.get("/subscribe?tag=桜").text
    assert "カレンダーに入る催し 1件" in chosen
    assert "角館の桜まつり" in chosen
    assert "おはなし会" not in chosen
    assert re.search(r'name="tag" value="桜" checked', chosen)


def test_each_program_gets_the_address_it_can_read(client: FlaskClient, two: None) -> None:
    found = links(client.get("/subscribe?tag=桜&department=kanko").text)
    own = "calendar.example.jp/calendar.ics?tag=%E6%A1%9C&department=kanko"
    assert f"webcal://{own}" in found
    google = next(one for one in found if "calendar.google.com" in one)
    assert parse_qs(urlsplit(google).query)["cid"] == [f"webcal://{own}"]
    for host in ("outlook.live.com", "outlook.office.com"):
        asked = parse_qs(urlsplit(next(one for one in found if host in one)).query)
        assert asked["url"] == [f"https://{own}"]
        assert "#桜" in asked["name"][0]


@pytest.mark.parametrize("query", ["", "tag=桜", "tag=桜&department=-toshokan&lang=en"])
def test_a_short_address_answers_for_ever_with_the_same(client: FlaskClient, two: None, query: str) -> None:
    client.get(f"/subscribe?{query}")  # now it is in the cache
    code = pressed(client, query)
    page = client.get(f"/f/{code}").text
    assert f"webcal://calendar.example.jp/f/{code}.ics" in links(page)
    assert ("Choose only what you want" in page) == ("lang=en" in query)
    for form, long in (("ics", "calendar.ics"), ("atom", "feed.atom"), ("rss", "feed.rss"), ("json", "feed.json")):
        assert client.get(f"/f/{code}.{form}").data == client.get(f"/{long}?{query}").data, form
    assert pressed(client, query) == code


def pressed(client: FlaskClient, query: str) -> str:
    """The code that one gets for a filter."""
    answer = client.post(f"/subscribe?{query}")
    assert answer.status_code == 303
    found = re.fullmatch(r"/f/(\w{6})#address", answer.headers["Location"])
    assert found, answer.headers["Location"]
    return found[1]


def test_a_short_calendar_follows_every_change(client: FlaskClient, write: Session, post: Any) -> None:
    post(write)
    write.commit()
    code = pressed(client, "tag=桜")
    first = client.get(f"/f/{code}.ics")
    post(write, title="花火大会")
    write.commit()
    again = client.get(f"/f/{code}.ics", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    assert len(vevents(again.data)) == 2


def test_an_unknown_code_is_not_the_whole_city(client: FlaskClient, two: None) -> None:
    assert client.get("/f/zzzzzz.ics").status_code == 404


def test_nobody_makes_addresses_without_end(client: FlaskClient, two: None) -> None:
    answers = {client.post(f"/subscribe?from=2027-01-{day:02}").status_code for day in range(1, 32)}
    assert answers == {303, 429}


def test_the_code_to_photograph_holds_the_address() -> None:
    made = qr.svg("https://calendar.example.jp/f/abc234.ics", "x")
    assert made == qr.svg("https://calendar.example.jp/f/abc234.ics", "x")
    side = int(re.findall(r'viewBox="0 0 (\d+) ', made)[0])
    assert side >= 29 + 2 * qr.QUIET
    # The three corners by which a camera finds it: seven dark modules wide.
    for x, y in ((4, 4), (side - 11, 4), (4, side - 11)):
        assert f"M{x} {y}h7v1h-7z" in made

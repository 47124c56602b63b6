"""Conformance, 17 to 24: how every feed is served."""

from collections.abc import Callable
from datetime import timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import publishing
from calendar_app.formats import ics
from helpers.town import NOW, announce

FEEDS = ["/calendar.ics", *(f"/{name}.{form}" for name in ("feed", "upcoming") for form in ("atom", "rss", "json"))]
FEEDS += ["/deadlines.ics", "/deadlines.atom", "/deadlines.rss", "/deadlines.json", "/archive/2027.ics"]
PAGES = ["/", "/calendar/", "/calendar/2027/04", "/calendar/2027/04/15", "/announcements/", "/subscribe", "/tags/桜"]
PAGES += ["/departments/kanko", "/calendar", "/photos/none", "/events/none", "/events/none.ics", "/nothing"]
Post = Callable[..., Event]


@pytest.fixture(autouse=True)
def festival(write: Session, post: Post) -> Event:
    """One event with an application deadline soon, so that no feed is empty."""
    made = post(write, apply_deadline="2027-03-20T17:00:00")
    write.commit()
    return made


def test_17_head_is_get_without_its_body(client: FlaskClient) -> None:
    for path in FEEDS:
        full, head = client.get(path), client.head(path)
        assert (full.status_code, head.status_code, head.data) == (200, 200, b"")
        assert dict(head.headers) == dict(full.headers)
        assert int(head.headers["Content-Length"]) == len(full.data)
        assert f'<https://calendar.example.jp{path}>; rel="self"' in full.headers["Link"]
        assert 'rel="license"' in full.headers["Link"]
        refused = client.post(path)
        assert refused.status_code == 405
        assert {"GET", "HEAD"} <= set(refused.headers["Allow"].split(", "))


def test_18_a_reader_who_has_it_is_told_so_without_a_body(client: FlaskClient) -> None:
    for path in FEEDS:
        full = client.get(path)
        tag = full.headers["ETag"].strip('"')
        for form in ('"{}"', 'W/"{}"', '"{}-gzip"', '"{}-br"', '"{};gzip"', '"other", "{}"', "*"):
            answer = client.get(path, headers={"If-None-Match": form.format(tag)})
            assert (answer.status_code, answer.data) == (304, b""), form
            kept = ("ETag", "Cache-Control", "Vary", "Link", "Access-Control-Allow-Origin", "X-Content-Type-Options")
            assert [answer.headers[name] for name in kept] == [full.headers[name] for name in kept]
            assert "Content-Length" not in answer.headers


def test_19_another_tag_gets_the_whole_even_if_the_date_matches(client: FlaskClient) -> None:
    for path in FEEDS:
        since = {"If-Modified-Since": "Thu, 01 Jan 2099 00:00:00 GMT"}
        assert client.get(path, headers=since).status_code == 304
        assert client.get(path, headers=since | {"If-None-Match": '"old"'}).status_code == 200


def test_20_withdrawing_the_newest_raises_the_time_of_the_last_change(
    client: FlaskClient, write: Session, post: Post
) -> None:
    newest = post(write, title="花火大会", at=NOW + timedelta(minutes=30))
    write.commit()
    before = {path: client.get(path).headers["Last-Modified"] for path in FEEDS}
    publishing.withdraw(write, newest, "", actor=None, at=NOW + timedelta(hours=1))
    write.commit()
    for path, since in before.items():
        after = client.get(path, headers={"If-Modified-Since": since})
        assert after.status_code == 200, path
        assert parsedate_to_datetime(after.headers["Last-Modified"]) > parsedate_to_datetime(since), path


def test_21_what_moved_is_301_what_never_was_404_and_what_was_taken_back_410(
    client: FlaskClient, write: Session, festival: Event
) -> None:
    for old, new in (("/feed/", "rss"), ("/rss.xml", "rss"), ("/atom.xml", "atom")):
        answer = client.get(f"{old}?tag=桜&utm_source=x")
        assert answer.status_code == 301
        assert answer.headers["Location"] == f"https://calendar.example.jp/feed.{new}?tag=%E6%A1%9C"
    for path in ("/calendar.ics?tag=nothing", "/feed.rss?department=nothing", "/events/none.ics", "/f/none.ics"):
        assert client.get(path).status_code == 404, path
    own = f"/events/{festival.public_id}"
    assert {client.get(own).status_code, client.get(f"{own}.ics").status_code} == {200}
    publishing.withdraw(write, festival, "", actor=None, at=NOW)
    write.commit()
    assert {client.get(own).status_code, client.get(f"{own}.ics").status_code} == {410}
    assert festival.title not in client.get("/feed.json").text + client.get("/calendar.ics").text


def test_22_scripts_of_other_websites_may_read_it_and_ask_whether_it_changed(client: FlaskClient) -> None:
    """CORS, as a browser does it: If-None-Match across sites needs leave first."""
    for path in FEEDS:
        asking = {"Origin": "https://hotel.example", "Access-Control-Request-Headers": "if-none-match"}
        leave = client.options(path, headers=asking | {"Access-Control-Request-Method": "GET"})
        assert (leave.status_code, leave.data) == (204, b"")
        assert leave.headers["Access-Control-Allow-Origin"] == "*"
        assert "if-none-match" in leave.headers["Access-Control-Allow-Headers"].lower()
        assert "GET" in leave.headers["Access-Control-Allow-Methods"]
        answer = client.get(path, headers={"Origin": "https://hotel.example"})
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]


def test_23_no_public_address_gives_or_heeds_a_cookie(client: FlaskClient, write: Session, festival: Event) -> None:
    announce(write)
    write.commit()
    page = urlsplit(f"/events/{festival.public_id}").path
    for path in [*FEEDS, *PAGES, page, f"{page}.ics"]:
        answer = client.get(path, headers={"Cookie": "session=1; remember_token=2"})
        assert "Set-Cookie" not in answer.headers, path
        assert "cookie" not in answer.headers.get("Vary", "").lower(), path


def test_24_what_fails_to_render_is_never_an_empty_calendar(
    client: FlaskClient, write: Session, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> bytes:
        raise RuntimeError("no calendar today")

    client.application.testing = False
    good = client.get("/calendar.ics").data
    post(write, title="花火大会")
    write.commit()
    with monkeypatch.context() as patch:
        patch.setattr(ics, "join", broken)
        last, unseen = client.get("/calendar.ics"), client.get("/calendar.ics?tag=桜")
    assert (last.status_code, last.data) == (200, good)
    assert unseen.status_code == 500
    assert unseen.data
    assert "花火大会" in client.get("/calendar.ics").text

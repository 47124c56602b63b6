"""Requests that nobody should send are answered 400 or 404, and slips lead on to what was meant: never 500, never everything."""

from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.entries import publishing
from helpers.cities import cache_of
from helpers.town import NOW, settings

HUGE = 2**63


@pytest.fixture
def config(database_url: str, tmp_path: Any) -> Config:
    """On both databases: each refuses other numbers."""
    return settings(tmp_path, database_url)


@pytest.mark.parametrize(
    "address",
    [
        "/?" + "&".join(f"a{number}=1" for number in range(101)),
        *("/calendar/2147483648/02", "/calendar/1/01/01", "/calendar/0001/01/01", "/calendar/9999/12/31"),
        *("/calendar.ics?from=9999-12-31", "/calendar.ics?from=0001-01-01", "/agenda?from=9999-12-31"),
        *("/events.csv?from=9999-12-31", "/archive/9999.ics", "/seasons/9999", "/paper/0001/01/wall"),
        *("/events/%00", "/tags/%ff", "/calendar.ics?tag=%00", "/calendar.ics?tag=%ff", f"/calendar.ics?venue={HUGE}"),
    ],
)
def test_what_no_calendar_has_is_no_page(address: str, client: FlaskClient) -> None:
    assert client.get(address).status_code in (400, 404)


def test_a_date_of_a_far_year_does_not_stop_an_answer(client: FlaskClient) -> None:
    for date in ("Fri, 01 Jan 99999 00:00:00 GMT", "Fri, 99 Jan 2026 00:00:00 GMT", "x", "0"):
        assert client.get("/feed.atom", headers={"If-Modified-Since": date}).status_code == 200


@pytest.mark.parametrize("host", ["a" * 3000, "ä", "a b", "a/b"])
@pytest.mark.parametrize("path", ["/", "/staff/"])
def test_a_host_that_is_no_name_is_refused(path: str, host: str, client: FlaskClient) -> None:
    assert client.get(path, headers={"Host": host}).status_code == 400


def test_numbers_beyond_the_database_are_no_rows_at_the_desk(desk: FlaskClient, app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/staff") and "number" in rule.arguments and "any(" not in rule.rule:
            address = rule.rule.replace("<int:number>", str(HUGE)).replace("<public_id>", "abcdefgh")
            method = desk.get if "GET" in (rule.methods or ()) else desk.post
            assert method(address).status_code in (404, 405), rule.rule
    assert desk.get(f"/staff/entries?page={HUGE}&department={HUGE}&month=9999-12").status_code in (200, 404)
    app.config["WTF_CSRF_ENABLED"] = False  # as whoever has a form open, with its token
    form = dict.fromkeys(("department_id", "department", "to", "person", "id", "number", "revision", "comment"), HUGE)
    for rule in posts(app):
        assert desk.post(rule, data=form).status_code < 500, rule


@pytest.mark.parametrize("body", [{"a": [1, {"b": 2}]}, [{}], "x"])
def test_a_form_that_gets_json_says_what_is_wrong(body: object, desk: FlaskClient, app: Flask) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    for rule in posts(app):
        assert desk.post(rule, json=body).status_code < 500, rule


def posts(app: Flask) -> list[str]:
    """The addresses of forms without an argument; signing out comes last."""
    rules = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ()) and not rule.arguments]
    return sorted((rule.rule for rule in rules), key=lambda rule: "sign-out" in rule)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("/rss", "/feed.rss"),
        ("/feed", "/feed.rss"),
        ("/ical", "/calendar.ics"),
        ("/calendar.ics/", "/calendar.ics"),
        ("/feed.atom/", "/feed.atom"),
        *(
            (f"/calendar.ics?{typed}", f"/calendar.ics?tag={quote('桜')}")
            for typed in ("TAG=桜", "tag[]=桜", "tags=桜")
        ),
        ("/calendar.ics?tag=%23桜", f"/calendar.ics?tag={quote('桜')}"),
        ("/feed.atom?tag=-%23桜", f"/feed.atom?tag=-{quote('桜')}"),
        *(
            (f"/feed.rss?{typed}=kanko", "/feed.rss?department=kanko")
            for typed in ("departmnet", "Department", "departments")
        ),
    ],
)
def test_a_slip_leads_on_to_what_was_meant(asked: str, meant: str, client: FlaskClient) -> None:
    answer = client.get(asked)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://calendar.example.jp{meant}")


@pytest.mark.parametrize("parameter", ["utm_source=x", "fbclid=1", "form=x", "x=tag", "v=2"])
def test_what_is_no_slip_of_a_filter_says_nothing(parameter: str, client: FlaskClient) -> None:
    assert client.get(f"/feed.atom?{parameter}").status_code == 200


def test_a_page_that_is_not_there_is_asked_of_the_application_once(app: Flask, write: Session) -> None:
    cache, asked = cache_of(app), []
    inner = cache.app
    cache.app = lambda environ, start: (asked.append(environ["PATH_INFO"]), inner(environ, start))[1]
    event = publishing.create(
        write, "event", {"title": "夏まつり", "start": "2027-03-02T00:00:00", "department_id": 1}, actor=None, at=NOW
    )
    page = f"/events/{event.public_id}"
    write.commit()
    client = app.test_client()
    assert [client.get(page).status_code for _ in range(3)] == [404] * 3
    assert asked == [page]
    publishing.publish(write, event, actor=None, at=NOW)
    write.commit()
    assert client.get(page).status_code == 200
    publishing.withdraw(write, event, "", actor=None, at=NOW)
    write.commit()
    assert [client.get(page).status_code for _ in range(2)] == [410] * 2
    assert len(asked) == 3

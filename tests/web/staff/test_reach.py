"""Reach: what people and programs used is counted in months, without anything of a person, and shown at the desk."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import UsageMonth
from calendar_app.web.usage_log import subjects
from helpers.staff_desk import every, publish

BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15"
GOOGLE = "Google-Calendar-Importer; (+https://www.google.com/calendar)"
GOOGLEBOT = "Mozilla/5.0 (compatible; SomeBot/2.1; +http://bot.example/)"


def visit(app: Flask, *paths: str, agent: str = BROWSER) -> None:
    for path in paths:
        app.test_client().get(path, headers={"User-Agent": agent, "X-Forwarded-For": "203.0.113.7"})


def counts(town: Session) -> dict[tuple[str, str], int]:
    return {(row.kind, row.subject): row.number for row in every(town, UsageMonth)}


def test_the_sheet_says_what_was_seen_by_people_and_of_which_department(app: Flask, desk: FlaskClient) -> None:
    public_id = publish(desk)
    visit(app, *[f"/events/{public_id}"] * 3, "/", "/calendar/2027/04")
    visit(app, f"/events/{public_id}", agent=GOOGLEBOT)
    app.extensions["calendar_usage_log"].write()
    visit(app, f"/events/{public_id}")
    app.extensions["calendar_usage_log"].write()
    page = desk.get("/staff/reach/", follow_redirects=True).text
    cell = r"</a></th>\s*<td class=\"number\">(\d+)</td>"
    assert re.findall("角館の桜まつり" + cell, page) == ["4"]
    assert re.findall("観光課" + cell, page) == ["4"]
    assert re.search(r'aria-label="ページの閲覧: .* 6[,"]', page)
    assert desk.get("/staff/reach/2027?of=no-such").status_code == 404


def test_only_counts_are_kept_and_neither_words_nor_tokens(app: Flask, desk: FlaskClient, town: Session) -> None:
    publish(desk)
    visit(app, "/search?q=秘密", "/agenda", "/no-such-page", "/staff/")
    visit(app, "/calendar.ics", "/rss/", agent=GOOGLE)
    code = re.findall(r"\w+", app.test_client().post("/subscribe").location)[-2]
    visit(app, f"/f/{code}", f"/f/{code}.ics")
    app.extensions["calendar_usage_log"].write()
    assert counts(town) == {
        ("page", "/search"): 1,
        ("page", "/agenda"): 1,
        ("feed", "google"): 1,
        ("feed", "browser"): 1,
        ("old", "/rss"): 1,
        ("short", code): 2,
    }


@pytest.mark.parametrize(
    ("path", "query", "status", "expected"),
    [
        ("/follow/private-token", "", 200, [("page", "/follow")]),
        ("/questions/private-token", "", 200, []),
        ("/static/app.css", "", 200, []),
        ("/calendar.ics", "tag=%E6%A1%9C", 301, [("old", "/calendar.ics?tag=%E6%A1%9C")]),
        ("/calendar.ics", "utm_source=x&tag=%E6%A1%9C", 301, []),
        ("/calendar", "", 308, []),
        ("/events/abc.ics", "", 410, [("old", "/events/abc.ics")]),
        ("/events/abc.ics", "", 404, []),
        ("/tags/\xe6\xa1\x9c", "", 200, [("page", "/tags/桜")]),
    ],
)
def test_an_answer_counts_as_one_subject(path: str, query: str, status: int, expected: list[tuple[str, str]]) -> None:
    assert subjects(path, query, BROWSER, status) == expected

"""Whoever comes to a page that is not there, no more there, or that fails, is told how to go on."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import publishing
from helpers.town import NOW

MAIN = re.compile(r"<main.*</main>", re.S)


@pytest.fixture
def withdrawn(write: Session, post: Callable[..., Event]) -> str:
    event = post(write)
    publishing.withdraw(write, event, "", actor=None, at=NOW)
    write.commit()
    return f"/events/{event.public_id}"


def box(page: str) -> str:
    """The one box of search of a page: in its midst, with the words that were looked for."""
    assert page.count('role="search"') == 1
    found = re.search(
        r'role="search" action="/search(?:\?lang=en)?">\s*<input name="q"[^>]* value="([^"]*)"', main(page)
    )
    assert found
    return found[1]


def main(page: str) -> str:
    found = MAIN.search(page)
    assert found
    return found[0]


def links(page: str) -> list[str]:
    return re.findall(r'href="([^"]*)"', main(page))


@pytest.mark.parametrize("path", ["/nowhere", "/events/none", "/calendar/2027/13"])
def test_a_page_that_is_not_there_has_a_box_of_search_and_ways_on_that_lead_somewhere(
    path: str, client: FlaskClient
) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert box(answer.text) == ""
    assert {"/", "/calendar/", "/weekend", "/subscribe"} <= set(links(answer.text))
    assert {one: client.get(one).status_code for one in links(answer.text)} == dict.fromkeys(links(answer.text), 200)


@pytest.mark.parametrize("path", ["/tags/さくら", "/calendar/?tag=さくら", "/search?q=さくら&page=9"])
def test_the_words_of_the_address_stand_in_the_box(path: str, client: FlaskClient) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert box(answer.text) == "さくら"


def test_words_of_an_address_are_never_markup(client: FlaskClient) -> None:
    page = client.get('/tags/さ"><script>alert(1)<').text
    assert "<script>alert" not in page


def test_what_was_withdrawn_helps_on_too_in_the_readers_language(client: FlaskClient, withdrawn: str) -> None:
    answer = client.get(f"{withdrawn}?lang=en")
    assert answer.status_code == 410
    assert box(answer.text) == ""
    assert "/search?lang=en" in answer.text
    assert "/weekend?lang=en" in links(answer.text)


def test_a_failure_of_ours_offers_to_try_again(client: FlaskClient, app: Flask, write: Session) -> None:
    """Not to search: that would fail as well."""
    app.testing = False
    write.execute(text("ALTER TABLE occurrence RENAME TO gone"))
    write.commit()
    answer = client.get("/weekend")
    assert answer.status_code in (500, 503)
    assert links(answer.text)[0] == ""
    assert 'role="search"' not in main(answer.text)


def test_the_desk_leads_back_to_the_desk(desk: FlaskClient) -> None:
    answer = desk.get("/staff/nowhere")
    assert answer.status_code == 404
    assert links(answer.text)[0] == "/staff/"
    assert 'role="search"' not in main(answer.text)

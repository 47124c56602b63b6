"""A feed format is one file and one line: what is registered has addresses, links on pages, and a place in the documents."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app import create_app
from calendar_app.config import Config
from calendar_app.formats import Feed, FeedFormat
from calendar_app.formats.registry import FORMATS
from calendar_app.listings import short_links
from calendar_app.listings.filters import EVERYTHING
from helpers.documents import undocumented_addresses
from helpers.town import NOW, Clock

PLAIN = FeedFormat("txt", "text/plain", "Plain text", render=lambda feed: _lines(feed))


def _lines(feed: Feed) -> bytes:
    return "".join(f"{item.title}\n" for item in feed.items).encode()


@pytest.fixture
def with_plain(config: Config, write: Session, post: Any, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The application with one more format, and nothing else changed."""
    monkeypatch.setattr("calendar_app.web.datetime", Clock)
    monkeypatch.setitem(FORMATS, PLAIN.extension, PLAIN)
    post(write)
    write.commit()
    return create_app(config).test_client()


@pytest.mark.parametrize("address", ["/feed.txt", "/upcoming.txt", "/deadlines.txt"])
def test_a_registered_format_answers_wherever_feeds_of_items_do(with_plain: FlaskClient, address: str) -> None:
    answer = with_plain.get(address)
    assert (answer.status_code, answer.content_type) == (200, "text/plain; charset=utf-8")
    assert f'<https://calendar.example.jp{address}>; rel="self"' in answer.headers["Link"]
    assert ("角館の桜まつり" in answer.text) == (address == "/feed.txt" or "upcoming" in address)


def test_a_registered_format_answers_under_short_names(with_plain: FlaskClient, write: Session) -> None:
    code = short_links.mint(write, EVERYTHING, at=NOW)
    write.commit()
    assert with_plain.get(f"/f/{code}.txt").text == "角館の桜まつり\n"
    assert f"/f/{code}.txt" in with_plain.get(f"/f/{code}").text


@pytest.mark.parametrize("page", ["/", "/subscribe", "/deadlines", "/tags/桜"])
def test_pages_lead_to_a_registered_format(with_plain: FlaskClient, page: str) -> None:
    shown = with_plain.get(page).text
    assert '<link rel="alternate" type="text/plain"' in shown
    assert ">Plain text</a>" in shown


def test_a_format_that_is_not_in_the_documents_is_found(with_plain: FlaskClient) -> None:
    app = with_plain.application
    assert undocumented_addresses(app) == ["/feed.txt", "/upcoming.txt", "/deadlines.txt", "/f/<code>.txt"]


def test_without_it_the_address_is_none(client: FlaskClient) -> None:
    assert client.get("/feed.txt").status_code == 404

"""Groups of people have pages and feeds of their own, from the words that events have anyway."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.text import audiences


@pytest.fixture
def two(write: Session, post: Any) -> None:
    post(write, title="ひろば", audience="未就学児と保護者")
    post(write, title="体操", audience="65歳以上の方")
    post(write, title="まつり", audience="どなたでも")
    write.commit()


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("未就学児と保護者", ["parents"]),
        ("小学生とその家族", ["children"]),
        ("親子", ["parents", "children"]),
        ("市内の中学生・高校生", ["teens"]),
        ("小・中学生", ["children", "teens"]),
        ("おおむね65歳以上の方", ["seniors"]),
        ("外国人住民と日本人", ["foreign"]),
        ("どなたでも", []),
        ("", []),
    ],
)
def test_words_name_groups(text: str, groups: list[str]) -> None:
    assert audiences.of(text) == groups


def test_a_group_has_a_page_and_feeds(client: FlaskClient, two: None) -> None:
    page = client.get("/for/parents").text
    assert "<h1>子育て</h1>" in page
    assert "ひろば" in page.split("<main")[1]
    assert "体操" not in page
    assert "/calendar.ics?audience=parents" in page
    assert "webcal://calendar.example.jp/calendar.ics?audience=parents" in page
    calendar = client.get("/calendar.ics?audience=parents").text
    assert "ひろば" in calendar
    assert "子育て" in calendar.split("BEGIN:VEVENT")[0]
    assert "体操" not in calendar
    assert client.get("/for/nobody").status_code == 404
    assert "<h1>Older people</h1>" in client.get("/for/seniors?lang=en").text


def test_words_still_filter_and_groups_can_be_left_out(client: FlaskClient, two: None) -> None:
    assert "ひろば" in client.get("/calendar.ics?audience=保護者").text
    without = client.get("/calendar.ics?audience=-parents").text
    assert "ひろば" not in without
    assert "まつり" in without


@pytest.mark.parametrize("address", ["/", "/agenda"])
def test_the_first_pages_lead_to_groups_that_something_is_on_for(client: FlaskClient, two: None, address: str) -> None:
    page = client.get(address).text
    assert 'href="/for/parents">子育て' in page
    assert 'href="/for/seniors"' in page
    assert "/for/teens" not in page

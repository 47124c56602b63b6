"""A filter is declared in one place: what is declared chooses, is checked, said in words, offered, and in the one order."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app import fields
from calendar_app.db.models import Entry
from calendar_app.listings.filter_keys import FILTER_KEYS, BadFilter, FilterKey


def _say(_session: Session, value: str, _lang: str) -> str:
    if len(value) != 1:
        raise BadFilter(f"initial={value}")
    return f"{value}で始まる"


INITIAL = FilterKey(
    "initial",
    say=_say,
    conditions=lambda terms: [Entry.title.startswith(terms["initial"][0])],
    heading=fields.LABELS["organizer"],
    options=lambda _session, _lang: [("角", "か"), ("花", "は")],
)


@pytest.fixture
def with_initial(client: FlaskClient, write: Session, post: Any, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """The application with one more filter, and a festival and fireworks."""
    monkeypatch.setitem(FILTER_KEYS, INITIAL.name, INITIAL)
    post(write)
    post(write, title="花火大会")
    write.commit()
    return client


@pytest.mark.parametrize(
    "address", ["/calendar.ics", "/feed.json", "/upcoming.atom", "/events.csv", "/agenda?from=2027-04-15"]
)
def test_a_declared_filter_chooses_everywhere(with_initial: FlaskClient, address: str) -> None:
    joined = "&" if "?" in address else "?"
    shown = with_initial.get(f"{address}{joined}initial=花", follow_redirects=True).text
    assert ("花火大会" in shown, "角館の桜まつり" in shown) == (True, False)


def test_it_is_part_of_the_one_spelling_and_of_the_title(with_initial: FlaskClient) -> None:
    moved = with_initial.get("/feed.json?lang=ja&initial=花&tag=桜")
    assert (moved.status_code, moved.headers["Location"].partition("?")[2]) == (
        301,
        "tag=%E6%A1%9C&initial=%E8%8A%B1&lang=ja",
    )
    assert with_initial.get("/feed.json?initial=花").json["title"].endswith("花で始まる")
    assert with_initial.get("/feed.json?initial=花火").status_code == 404


@pytest.mark.parametrize("page", ["/subscribe", "/embed/build", "/agenda"])
def test_pages_offer_it(with_initial: FlaskClient, page: str) -> None:
    shown = with_initial.get(f"{page}?initial=花").text
    assert "<summary>主催" in shown
    assert 'name="initial" value="花" checked' in shown


@pytest.mark.parametrize("asked", ["fee=free", "window=0-90", "status=full", "audience=小学生", "cancelled=drop"])
def test_what_is_not_offered_to_press_stays_when_more_is_chosen(
    client: FlaskClient, write: Session, post: Any, asked: str
) -> None:
    """The form of the subscribe page sends on whatever the address asked for."""
    post(write, audience="小学生", status="scheduled")
    write.commit()
    key, value = asked.split("=")
    shown = client.get(f"/subscribe?{asked}").text
    hidden, pressed = f'type="hidden" name="{key}" value="{value}"', f'name="{key}" value="{value}" checked'
    assert (hidden in shown) != (pressed in shown)


def test_without_the_declaration_it_is_ignored(client: FlaskClient, write: Session, post: Any) -> None:
    post(write)
    write.commit()
    assert "角館の桜まつり" in client.get("/feed.json?initial=花", follow_redirects=True).text

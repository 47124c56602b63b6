"""One event into somebody's calendar by a link, and what else stands beside it."""

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.entries import publishing
from helpers.town import NOW

EVENING = {"all_day": False, "start": "2027-04-15T18:30:00", "end": "2027-04-15T20:30:00"}


def links(client: FlaskClient, public_id: str) -> dict[str, dict[str, str]]:
    page = client.get(f"/events/{public_id}").text
    found = re.findall(r'href="([^"]+)" rel="external nofollow">(Google|Outlook)', page)
    return {name: {key: one for key, (one,) in parse_qs(urlsplit(unescape(url)).query).items()} for url, name in found}


def test_a_season_is_whole_days_with_an_exclusive_end(client: FlaskClient, write: Session, post: Any) -> None:
    event = post(write)
    write.commit()
    found = links(client, event.public_id)
    assert found["Google"]["dates"] == "20270415/20270506"
    assert (found["Outlook"]["startdt"], found["Outlook"]["enddt"]) == ("2027-04-15", "2027-05-06")
    assert found["Google"]["location"] == "桧木内川堤、秋田県仙北市角館町"
    assert found["Google"]["details"].endswith(f"https://calendar.example.jp/events/{event.public_id}")


def test_an_evening_keeps_its_hours_in_every_zone(client: FlaskClient, write: Session, post: Any) -> None:
    event = post(write, **EVENING)
    write.commit()
    found = links(client, event.public_id)
    assert (found["Google"]["dates"], found["Google"]["ctz"]) == ("20270415T183000/20270415T203000", "Asia/Tokyo")
    assert (found["Outlook"]["startdt"], found["Outlook"]["enddt"]) == ("2027-04-15T09:30:00Z", "2027-04-15T11:30:00Z")


@pytest.mark.parametrize(
    "more", [{"start": "2027-01-01T00:00:00", "end": "2027-01-02T00:00:00"}, {"precision": "month"}]
)
def test_what_is_over_or_has_no_day_yet_goes_into_no_calendar(
    client: FlaskClient, write: Session, post: Any, more: dict[str, Any]
) -> None:
    event = post(write, **more)
    write.commit()
    assert links(client, event.public_id) == {}


def test_what_else_is_near(client: FlaskClient, write: Session, post: Any) -> None:
    event = post(write, **EVENING)
    post(write, title="同じ日", venue_id=None, start="2027-04-15T00:00:00", end="2027-04-15T00:00:00")
    post(write, title="同じ場所", start="2027-06-01T00:00:00", end="2027-06-01T00:00:00")
    post(write, title="遠い", venue_id=None, start="2027-06-01T00:00:00", end="2027-06-01T00:00:00")
    gone = post(write, title="やめた", start="2027-04-15T00:00:00", end="2027-04-15T00:00:00")
    publishing.cancel(write, gone, "", actor=None, at=NOW)
    write.commit()
    related = client.get(f"/events/{event.public_id}").text.partition('id="related"')[2]
    assert [name for name in ("同じ日", "同じ場所", "遠い", "やめた") if name in related] == ["同じ日", "同じ場所"]

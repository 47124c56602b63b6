"""`updated`, `lastBuildDate`, LAST-MODIFIED and Last-Modified of a filter only go up, whatever happens to its newest entry."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import publishing
from helpers.town import NOW, announce

Post = Callable[..., Event]
LATER = NOW + timedelta(hours=1)
SAID = {
    "/feed.atom": r"<updated>(.*?)</updated>",
    "/feed.rss": r"<lastBuildDate>(.*?)</lastBuildDate>",
    "/upcoming.atom": r"<updated>(.*?)</updated>",
    "/calendar.ics": r"^LAST-MODIFIED:(\S+)",
}


def instant(text: str) -> datetime:
    return parsedate_to_datetime(text) if "," in text else datetime.fromisoformat(text)


def said(client: FlaskClient, query: str) -> dict[str, datetime]:
    """When each feed of a filter says that it changed last."""
    found = {}
    for path, pattern in SAID.items():
        text = client.get(path + query).get_data(as_text=True)
        match = re.search(pattern, text, re.MULTILINE)
        assert match, path
        found[path] = instant(match[1])
    return found


def withdraw(session: Session, event: Event) -> None:
    publishing.withdraw(session, event, "", actor=None, at=LATER)


def lose_the_tag(session: Session, event: Event) -> None:
    publishing.save(session, event, {"tags": ["雪"]}, actor=None, at=LATER)


def another_department(session: Session, event: Event) -> None:
    publishing.save(session, event, {"department_id": 2}, actor=None, at=LATER)


@pytest.mark.parametrize("query", ["", "?department=kanko", "?tag=桜", "?tag=桜&department=kanko", "?kind=event"])
@pytest.mark.parametrize("act", [withdraw, lose_the_tag, another_department])
def test_when_the_newest_entry_leaves_no_feed_goes_back(
    act: Callable[[Session, Event], None], query: str, write: Session, client: FlaskClient, post: Post
) -> None:
    post(write, at=NOW)
    newest = post(write, at=NOW + timedelta(minutes=30), title="夜桜")
    write.commit()
    before = said(client, query)
    act(write, newest)
    write.commit()
    after = said(client, query)
    assert {path: after[path] >= before[path] for path in SAID} == dict.fromkeys(SAID, True)
    if act is withdraw:
        assert {path: after[path] >= LATER for path in SAID} == dict.fromkeys(SAID, True)


def test_a_feed_does_not_move_with_what_it_does_not_show(write: Session, client: FlaskClient, post: Post) -> None:
    post(write, tags=["桜"])
    write.commit()
    before = said(client, "?tag=桜")
    post(write, at=LATER, tags=["雪"], department_id=2)
    write.commit()
    assert said(client, "?tag=桜") == before


def test_of_two_changes_within_one_second_the_second_is_seen_by_its_date(
    write: Session, client: FlaskClient, post: Post
) -> None:
    event = post(write)
    write.commit()
    first = client.get("/feed.atom").headers["Last-Modified"]
    publishing.save(write, event, {"title": "夜桜"}, actor=None, at=NOW)
    write.commit()
    answer = client.get("/feed.atom", headers={"If-Modified-Since": first})
    assert answer.status_code == 200
    assert parsedate_to_datetime(answer.headers["Last-Modified"]) > parsedate_to_datetime(first)


@pytest.mark.parametrize("form", ["atom", "rss", "json"])
def test_a_feed_that_names_a_replaced_announcement_follows_it(client: FlaskClient, write: Session, form: str) -> None:
    old = announce(write, title="古いお知らせ", tags=["古"])
    announce(write, title="新しいお知らせ", tags=["新"], supersedes_id=old.id)
    write.commit()
    address = f"/feed.{form}?tag=新"
    assert "古いお知らせ" in client.get(address).get_data(as_text=True)
    publishing.withdraw(write, old, "", actor=None, at=LATER)
    write.commit()
    assert "古いお知らせ" not in client.get(address).get_data(as_text=True)

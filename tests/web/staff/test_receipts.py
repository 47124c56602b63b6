"""Receipts: for each change of an entry the desk sees which channel and which kind of program has had it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from ipaddress import ip_network

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Delivery, FeedReader
from calendar_app.delivery import worker
from calendar_app.delivery.channel import Page
from calendar_app.feeds.reader_kinds import recognise
from helpers.receivers import Reply, Taker, taker
from helpers.staff_desk import publish, send, signed_in
from helpers.town import Clock, person

GOOGLE = "Google-Calendar-Importer; (+https://www.google.com/calendar)"
FEEDLY = "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 37 subscribers)"


@pytest.fixture
def there() -> Iterator[Taker]:
    with taker() as server:
        yield server


@pytest.fixture
def admin(app: Flask, config: Config, write: Session) -> FlaskClient:
    app.extensions["calendar_config"] = replace(config, fetch_networks=(ip_network("127.0.0.0/8"),))
    person(write, "admin@example.jp", role="admin")
    write.commit()
    return signed_in(app, "admin@example.jp")


def work(app: Flask) -> None:
    at = Clock.now(UTC) + timedelta(seconds=1)
    sending = worker.deliver(
        app.extensions["calendar_config"], now=lambda: at, page=lambda _: Page(404, {}, b""), once=True
    )
    list(sending)


def fetch(app: Flask, path: str, agent: str) -> None:
    app.test_client().get(path, headers={"User-Agent": agent})
    app.extensions["calendar_feed_log"].write()


def shares(page: str) -> dict[str, str]:
    """Of each kind: in how many of its feeds the change has arrived."""
    found = re.findall(r'<span class="state \w+">(\d+ / \d+)</span>\s*([^\s<]+)', page)
    return {label: share for share, label in found}


def test_a_cancellation_s_page_says_who_has_it_who_has_not_and_what_to_do(
    app: Flask, admin: FlaskClient, there: Taker
) -> None:
    hook = {"name": "公式サイト", "set-url": there.url(), "set-secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"}
    send(admin, "/staff/channels/new/webhook", hook | {"lang": "ja"})
    public_id = publish(admin)
    fetch(app, "/calendar.ics", GOOGLE)
    fetch(app, "/feed.atom", FEEDLY)
    there.reply = lambda request: Reply(400 if b"event.cancelled" in request.body else 200)
    send(admin, f"/staff/entries/{public_id}/cancel", {"reason": "大雨のため"})
    work(app)
    page = admin.get(f"/staff/entries/{public_id}/told").text
    assert shares(page) == {"Googleカレンダー": "0 / 1", "フィードリーダー": "0 / 1"}
    assert "HTTP 400" in page
    assert "リーダーが知らせる購読者数：37" in page
    assert "「角館の桜まつり」は、中止します。" in page
    assert "大雨のため。" in page
    again = re.search(r'action="(/staff/channels/\d+/again/\d+)"', page)
    assert again
    there.reply = lambda _: Reply()
    send(admin, again[1], {})
    work(app)
    fetch(app, "/calendar.ics", GOOGLE)
    page = admin.get(f"/staff/entries/{public_id}/told").text
    assert shares(page) == {"Googleカレンダー": "1 / 1", "フィードリーダー": "0 / 1"}
    assert "HTTP 400" not in page


def test_a_poll_that_is_answered_304_counts_and_nothing_of_the_reader_is_kept(
    app: Flask, admin: FlaskClient, town: Session
) -> None:
    publish(admin)
    tag = app.test_client().get("/calendar.ics").headers["ETag"]
    headers = {"User-Agent": GOOGLE, "If-None-Match": tag, "X-Forwarded-For": "203.0.113.7"}
    assert app.test_client().get("/calendar.ics", headers=headers).status_code == 304
    app.extensions["calendar_feed_log"].write()
    rows = town.scalars(select(FeedReader).order_by(FeedReader.kind)).all()
    assert [(row.address, row.kind) for row in rows] == [("/calendar.ics", "google"), ("/calendar.ics", "program")]
    assert not re.search("203.0.113.7|Importer", str([vars(row) for row in rows]))


def test_feeds_of_other_entries_and_of_other_tags_are_not_asked_about(app: Flask, admin: FlaskClient) -> None:
    publish(admin, title="雪まつり", tags="雪")
    public_id = publish(admin, tags="桜", key="second")
    other = publish(admin, title="朝市", tags="市", key="third")
    for path in (f"/events/{public_id}.ics", f"/events/{other}.ics", "/calendar.ics?tag=雪", "/calendar.ics?tag=桜"):
        fetch(app, path, GOOGLE)
    page = admin.get(f"/staff/entries/{public_id}/told").text
    assert shares(page) == {"Googleカレンダー": "2 / 2"}


def test_a_draft_was_told_to_nobody(admin: FlaskClient, town: Session) -> None:
    public_id = publish(admin, action="draft")
    assert "だれにも知らせていません" in admin.get(f"/staff/entries/{public_id}/told").text
    assert town.scalars(select(Delivery)).all() == []


@pytest.mark.parametrize(
    ("agent", "kind", "subscribers"),
    [
        (GOOGLE, "google", 0),
        ("macOS/14.4 (23E214) dataaccessd/1.0", "apple", 0),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17328; Pro)", "outlook", 0),
        ("Mozilla/5.0 (Nextcloud Server Crawler)", "nextcloud", 0),
        (FEEDLY, "reader", 37),
        ("Feedbin feed-id:1373711 - 142 subscribers", "reader", 142),
        ("Mozilla/5.0 (compatible; theoldreader.com; 5 subscribers; feed-id=abc)", "reader", 5),
        ("Mozilla/5.0 (compatible; NewReader/1.0; 12 readers)", "reader", 12),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", "browser", 0),
        ("curl/8.5.0", "program", 0),
        ("", "program", 0),
    ],
)
def test_programs_are_known_by_their_kind(agent: str, kind: str, subscribers: int) -> None:
    assert recognise(agent) == (kind, subscribers)

"""The hub, with a subscriber on a real socket: it confirms, is sent the bytes that it would fetch, and leaves."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Delivery, Receiver
from calendar_app.delivery import outbox, worker
from calendar_app.delivery.channel import Page
from calendar_app.delivery.channels import hub as other_hub
from helpers.receivers import Reply, Request, Taker, taker
from helpers.services import free_port
from helpers.staff_desk import every
from helpers.town import STOPPED, published

TOPIC = "https://calendar.example.jp/feed.atom"
SOON = STOPPED + timedelta(seconds=5)


def echo(request: Request) -> Reply:
    challenge = parse_qs(urlsplit(request.path).query).get("hub.challenge", [""])[0]
    return Reply(200, challenge.encode() if request.method == "GET" else b"")


@pytest.fixture
def there() -> Iterator[Taker]:
    with taker() as server:
        server.reply = echo
        yield server


@pytest.fixture
def hub(app: Flask, config: Config) -> Config:
    mine = app.extensions["calendar_config"] = replace(config, fetch_networks=(ip_network("127.0.0.0/8"),))
    return mine


def work(app: Flask, at: datetime = SOON) -> list[str]:
    def page(path: str) -> Page:
        answer = app.test_client().get(path, base_url="https://calendar.example.jp")
        return Page(answer.status_code, {name.lower(): value for name, value in answer.headers}, answer.get_data())

    return list(worker.deliver(app.extensions["calendar_config"], now=lambda: at, page=page, once=True))


def ask(client: FlaskClient, there: Taker, **more: str) -> Any:
    wish = {"hub.mode": "subscribe", "hub.topic": TOPIC, "hub.callback": there.url("/cb?a=1"), "hub.secret": "s"}
    return client.post("/websub", data=wish | {f"hub.{name}": value for name, value in more.items()})


def posted(there: Taker) -> list[Request]:
    return [request for request in there.heard if request.method == "POST"]


@pytest.mark.usefixtures("hub")
def test_a_subscriber_is_sent_what_it_would_fetch(
    app: Flask, client: FlaskClient, write: Session, there: Taker
) -> None:
    assert ask(client, there).status_code == 202
    assert there.heard == [], "the callback is asked later, by the worker"
    work(app)
    asked = parse_qs(urlsplit(there.heard[0].path).query)
    assert (asked["a"], asked["hub.mode"], asked["hub.topic"]) == (["1"], ["subscribe"], [TOPIC])
    assert 60 <= int(asked["hub.lease_seconds"][0]) <= 864_000
    published(write)
    write.commit()
    work(app)
    [sent] = posted(there)
    fetched = client.get("/feed.atom", base_url="https://calendar.example.jp")
    assert sent.body == fetched.data
    assert sent.headers["content-type"] == fetched.headers["Content-Type"]
    assert sent.headers["link"] == f'<https://calendar.example.jp/websub>; rel="hub", <{TOPIC}>; rel="self"'
    assert sent.headers["x-hub-signature"] == f"sha256={hmac.digest(b's', sent.body, hashlib.sha256).hex()}"


@pytest.mark.usefixtures("hub")
def test_only_changes_of_the_topic_are_sent_and_several_at_once_as_one(
    app: Flask, client: FlaskClient, write: Session, there: Taker
) -> None:
    topic = "https://calendar.example.jp/feed.json?tag=%E6%A1%9C"
    published(write, title="前からの催し")
    write.commit()
    ask(client, there, topic=topic)
    work(app)
    published(write, tags=["雪"])
    write.commit()
    work(app)
    assert posted(there) == []
    for number in range(3):
        published(write, title=f"桜{number}")
        write.commit()
    work(app)
    [sent] = posted(there)
    titles = [item["title"] for item in json.loads(sent.body)["items"]]
    assert titles[:3] == ["桜2", "桜1", "桜0"]


@pytest.mark.usefixtures("hub")
def test_who_does_not_confirm_is_no_subscriber(app: Flask, client: FlaskClient, write: Session, there: Taker) -> None:
    for answer in (Reply(200, b"another"), Reply(404)):
        there.reply = lambda _, answer=answer: answer  # type: ignore[misc]
        ask(client, there)
        work(app)
    there.reply = echo
    published(write)
    write.commit()
    work(app)
    assert posted(there) == []


@pytest.mark.usefixtures("hub")
def test_a_topic_that_is_not_its_own_address_is_denied(app: Flask, client: FlaskClient, there: Taker) -> None:
    for topic in ("https://calendar.example.jp/feed.atom?nothing=1", "https://calendar.example.jp/f/none.atom"):
        ask(client, there, topic=topic)
        work(app)
        assert parse_qs(urlsplit(there.heard[-1].path).query)["hub.mode"] == ["denied"]


@pytest.mark.usefixtures("hub")
def test_unsubscribing_is_confirmed_too(
    app: Flask, client: FlaskClient, write: Session, town: Session, there: Taker
) -> None:
    ask(client, there)
    work(app)
    there.reply = lambda _: Reply(422)  # as FreshRSS answers while its lease runs
    ask(client, there, mode="unsubscribe")
    work(app)
    assert len(every(town, Receiver)) == 1
    there.reply = echo
    ask(client, there, mode="unsubscribe")
    work(app)
    assert every(town, Receiver) == []


@pytest.mark.usefixtures("hub")
def test_it_ends_with_its_lease_and_when_the_subscriber_says_gone(
    app: Flask, client: FlaskClient, write: Session, town: Session, there: Taker
) -> None:
    ask(client, there, lease_seconds="3600")
    work(app)
    outbox.prune(write, at=SOON + timedelta(minutes=59))
    write.commit()
    assert len(every(town, Receiver)) == 1
    there.reply = lambda request: Reply(410) if request.method == "POST" else echo(request)
    published(write)
    write.commit()
    work(app)
    assert every(town, Receiver) == []
    assert every(town, Delivery) == []
    ask(client, there, lease_seconds="3600")
    work(app)
    outbox.prune(write, at=SOON + timedelta(minutes=61))
    write.commit()
    assert every(town, Receiver) == []


@pytest.mark.usefixtures("hub")
@pytest.mark.parametrize(
    "more",
    [
        {"mode": "publish"},
        {"topic": "https://elsewhere.example/feed.atom"},
        {"topic": "https://calendar.example.jp/events/x"},
        {"callback": "ftp://example.jp/"},
        {"callback": "http://user:x@example.jp/"},
        {"secret": "x" * 200},
    ],
)
def test_a_wish_that_cannot_be_is_refused_at_once(client: FlaskClient, town: Session, there: Taker, more: Any) -> None:
    assert ask(client, there, **more).status_code == 400
    assert every(town, Receiver) == []


@pytest.mark.usefixtures("config")
def test_a_callback_in_the_town_hall_is_never_asked(app: Flask, client: FlaskClient, there: Taker) -> None:
    ask(client, there)
    assert "refused_address" in work(app)[0]
    assert there.heard == []


@pytest.mark.parametrize("path", ["/feed.atom", "/feed.rss", "/feed.json", "/upcoming.atom", "/calendar.ics?tag=桜"])
def test_every_feed_names_its_hub_and_itself(client: FlaskClient, write: Session, path: str) -> None:
    published(write)
    write.commit()
    answer = client.get(path, base_url="https://calendar.example.jp")
    links = answer.headers["Link"]
    assert '<https://calendar.example.jp/websub>; rel="hub"' in links
    assert links.count('rel="self"') == 1
    if path.endswith((".atom", ".rss")):
        assert answer.data.count(b'rel="hub"') == answer.data.count(b'rel="self"') == 1


def test_a_town_may_name_another_hub_or_none(app: Flask, config: Config, client: FlaskClient) -> None:
    app.extensions["calendar_config"] = replace(config, websub="off")
    assert "hub" not in client.get("/feed.atom").headers["Link"]
    assert client.post("/websub").status_code == 404


def test_another_hub_is_told_of_each_change_and_named_only_where_it_is_told(
    app: Flask, hub: Config, client: FlaskClient, write: Session, there: Taker
) -> None:
    app.extensions["calendar_config"] = elsewhere = replace(hub, websub=there.url("/hub"))
    other_hub.set_up(write, elsewhere, at=STOPPED)
    for number in range(2):
        published(write, title=f"催し{number}")
    write.commit()
    work(app)
    [told] = there.heard
    asked = parse_qs(told.body.decode())
    assert (told.method, told.path, asked["hub.mode"]) == ("POST", "/hub", ["publish"])
    for topic in asked["hub.url"]:
        answer = client.get(topic.removeprefix("https://calendar.example.jp"), base_url="https://calendar.example.jp")
        assert f'<{there.url("/hub")}>; rel="hub"' in answer.headers["Link"], topic
        assert f'<{topic}>; rel="self"' in answer.headers["Link"]
    for other in ("/feed.atom?tag=桜", "/calendar.ics?lang=en"):
        assert "hub" not in client.get(other).headers["Link"], other
    assert b'rel="hub"' not in client.get("/feed.atom?tag=桜").data
    other_hub.set_up(write, hub, at=STOPPED)
    published(write)
    write.commit()
    work(app)
    assert len(there.heard) == 1


@pytest.mark.usefixtures("hub")
def test_of_many_subscribers_each_live_one_gets_each_change_once_and_in_order(
    app: Flask, client: FlaskClient, write: Session, there: Taker
) -> None:
    """A small slice of `benchmarks/hub`: one in ten dead, one in ten slow."""
    nobody = free_port()
    for number in range(30):
        kind = {0: "dead", 1: "slow"}.get(number % 10, "live")
        callback = there.url(f"/{kind}{number}") if kind != "dead" else f"http://127.0.0.1:{nobody}/{number}"
        places = {"topic": TOPIC, "callback": callback}
        write.add(Receiver(channel="websub", key=str(number), query="/feed.atom", settings=places, created_at=STOPPED))
    there.reply = lambda request: time.sleep(0.2 if "slow" in request.path else 0) or Reply(204)  # type: ignore[func-returns-value]
    bodies = []
    for number in range(2):
        published(write, title=f"催し{number}")
        write.commit()
        assert len(work(app, SOON + timedelta(seconds=number))) == (3 if number == 0 else 0), "the dead wait"
        bodies.append(client.get("/feed.atom", base_url="https://calendar.example.jp").data)
    got: dict[str, list[bytes]] = {}
    for request in there.heard:
        got.setdefault(request.path, []).append(request.body)
    assert len(got) == 27
    assert all(each == bodies for each in got.values())

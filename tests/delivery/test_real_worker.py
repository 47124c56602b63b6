"""A real server and its worker, on both databases: a save reaches subscribers by itself, and a killed worker loses nothing."""

import base64
import hashlib
import hmac
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from standardwebhooks.webhooks import Webhook

from calendar_app.config import Config
from calendar_app.db.models import Delivery, Receiver
from calendar_app.delivery import outbox, turns, worker
from calendar_app.delivery.channel import Page
from calendar_app.entries import publishing
from helpers import ROOT
from helpers.receivers import Reply, Request, Taker, taker
from helpers.services import Server
from helpers.surfer import Surfer
from helpers.town import published, settings

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
AT_MOST = 60.0  # seconds for what takes a tenth of one on a quiet machine


@pytest.fixture
def there() -> Iterator[Taker]:
    with taker() as server:
        yield server


@pytest.fixture
def town(tmp_path: Path, database_url: str) -> Config:
    return replace(settings(tmp_path, database_url), fetch_networks=(ip_network("127.0.0.0/8"),))


def environment(town: Config) -> dict[str, str]:
    return {
        "CALENDAR_INSTANCE": str(town.instance),
        "CALENDAR_DATABASE_URL": town.database_url,
        "CALENDAR_SECRET_KEY": town.secret_key,
        "CALENDAR_FETCH_NETWORKS": "127.0.0.0/8",
        "CALENDAR_WORK_SECONDS": "60",
    }


def webhook(session: Session, town: Config, there: Taker, path: str) -> None:
    url = there.url(path)
    to = Receiver(channel="webhook", key=url, query="", settings={"url": url}, lang="ja", created_at=datetime.now(UTC))
    turns.keep_secrets(to, town, {"secret": SECRET})
    session.add(to)


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + AT_MOST
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def confirmed(engine: Engine) -> bool:
    with Session(engine) as seen:  # only reads: who writes would hold up the worker
        return bool(seen.scalar(select(Receiver.query).where(Receiver.channel == "websub")))


def posted(there: Taker, path: str) -> list[Request]:
    return [request for request in there.heard if request.method == "POST" and request.path == path]


def echo(request: Request) -> Reply:
    challenge = parse_qs(urlsplit(request.path).query).get("hub.challenge", [""])[0]
    return Reply(200, challenge.encode())


def test_a_save_goes_out_by_itself_signed_as_the_standards_say(
    session: Session, engine: Engine, town: Config, there: Taker
) -> None:
    there.reply = echo
    webhook(session, town, there, "/hook")
    session.commit()
    with Server(town.instance, environment(town)) as server:
        topic = f"{server.url}/feed.atom"
        wish = {"mode": "subscribe", "topic": topic, "callback": there.url("/hub"), "secret": "geheim"}
        asked = Surfer().go(f"{server.url}/websub", {f"hub.{name}": value for name, value in wish.items()})
        assert asked.status == 202, asked.page
        until(lambda: confirmed(engine))
        published(session, at=datetime.now(UTC))
        session.commit()
        until(lambda: posted(there, "/hook") and posted(there, "/hub"))
        fetched = Surfer().go(topic).page.encode()
    [hook], [hub] = posted(there, "/hook"), posted(there, "/hub")
    assert Webhook(SECRET).verify(hook.body, hook.headers)["type"] == "event.new"
    assert hub.body == fetched
    assert hub.headers["x-hub-signature"] == f"sha256={hmac.digest(b'geheim', hub.body, hashlib.sha256).hex()}"


@contextmanager
def working(town: Config) -> Iterator[subprocess.Popen[bytes]]:
    """A worker as a process of its own, killed in the end."""
    words = [sys.executable, "-m", "calendar_app.cli", "work"]
    with subprocess.Popen(words, cwd=ROOT, env=os.environ | environment(town), stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_worker_killed_while_a_receiver_is_slow_loses_nothing(
    session: Session, engine: Engine, town: Config, there: Taker
) -> None:
    """What it was sending goes out again when its lease has ended, under the same id; the rest goes out once."""
    paths, answering = [f"/{number}" for number in range(4)] + ["/slow"], threading.Event()
    for path in paths:
        webhook(session, town, there, path)
    event = published(session, at=datetime.now(UTC))
    publishing.cancel(session, event, "大雨", actor=None, at=datetime.now(UTC))
    session.commit()
    there.reply = lambda request: Reply() if request.path != "/slow" or answering.wait(AT_MOST) else Reply(500)
    with working(town) as process:
        until(lambda: all(len(posted(there, path)) == (1 if path == "/slow" else 2) for path in paths))
        process.kill()
        process.wait()
    answering.set()
    later = datetime.now(UTC) + outbox.LEASE + timedelta(seconds=1)
    list(worker.deliver(town, now=lambda: later, page=lambda _: Page(404, {}, b""), once=True))
    with Session(engine) as seen:
        assert set(seen.scalars(select(Delivery.state))) == {"sent"}
        for path in paths:
            to = select(Receiver.id).where(Receiver.key == there.url(path)).scalar_subquery()
            owed = list(seen.scalars(select(Delivery.uid).where(Delivery.receiver_id == to).order_by(Delivery.id)))
            ids = [request.headers["webhook-id"] for request in posted(there, path)]
            assert list(dict.fromkeys(ids)) == owed, "each, in order"
            assert len(owed) == 2
    assert len(posted(there, "/slow")) == 3, "the one that was on its way went out twice"


def test_a_turn_that_lasts_longer_than_a_lease_is_not_taken_over(
    session: Session, engine: Engine, town: Config, there: Taker
) -> None:
    webhook(session, town, there, "/slow")
    published(session, at=datetime.now(UTC))
    session.commit()
    clock, answering, stopping = [datetime.now(UTC)], threading.Event(), threading.Event()
    there.reply = lambda _request: Reply() if answering.wait(AT_MOST) else Reply(500)

    def deliver(**how: Any) -> list[str]:
        return list(worker.deliver(town, now=lambda: clock[0], page=lambda _: Page(404, {}, b""), **how))

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(deliver, stopping=stopping.is_set)
        try:
            until(lambda: posted(there, "/slow"))
            clock[0] += 3 * outbox.LEASE
            until(lambda: leased(engine) > clock[0])
            deliver(once=True)
            assert len(posted(there, "/slow")) == 1
        finally:
            stopping.set()
            answering.set()
        first.result()


def leased(engine: Engine) -> datetime:
    with Session(engine) as seen:
        until_when = seen.scalars(select(Receiver.due_at)).one()
    assert until_when
    return until_when

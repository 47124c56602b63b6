"""Shared caches in front, with a stand-in on a real socket that keeps, is purged, and refuses."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from ipaddress import ip_network

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Delivery, Receiver
from calendar_app.delivery import worker
from calendar_app.delivery.channel import Page
from calendar_app.delivery.channels import purge
from calendar_app.entries import publishing
from helpers.receivers import Reply, Request, Taker, taker
from helpers.town import SAKURA, STOPPED, announce, attached, published

SOON = STOPPED + timedelta(seconds=5)


@pytest.fixture
def there() -> Iterator[Taker]:
    with taker() as server:
        yield server


@pytest.fixture
def config(config: Config, there: Taker) -> Config:
    own = ip_network("127.0.0.0/8")
    return replace(config, purge=(there.url("/purge"),), purge_token="geheim", fetch_networks=(own,))


@pytest.fixture
def town(write: Session, config: Config) -> Session:
    """A session of the town, whose cache is known to the outbox."""
    purge.set_up(write, config, at=STOPPED)
    write.commit()
    return write


class SharedCache:
    """Keeps what it may, and forgets what it is told, as a cache by surrogate keys does. It knows no time."""

    def __init__(self, client: FlaskClient, there: Taker) -> None:
        self.client = client
        self.kept: dict[str, tuple[set[str], bytes]] = {}
        there.reply = self.forget

    def get(self, path: str) -> bytes:
        if path not in self.kept:
            answer = self.client.get(path, base_url="https://calendar.example.jp")
            assert answer.status_code == 200, path
            assert answer.headers["Surrogate-Control"] == "max-age=60", path
            self.kept[path] = set(answer.headers["Surrogate-Key"].split()), answer.data
        return self.kept[path][1]

    def forget(self, request: Request) -> Reply:
        assert (request.method, request.path, request.headers["authorization"]) == ("PURGE", "/purge", "Bearer geheim")
        purged = set(request.headers["surrogate-key"].split())
        self.kept = {path: (keys, body) for path, (keys, body) in self.kept.items() if keys.isdisjoint(purged)}
        return Reply()


def work(app: Flask, at: datetime = SOON) -> list[str]:
    config = app.extensions["calendar_config"]
    return list(worker.deliver(config, now=lambda: at, page=lambda _: Page(404, {}, b""), once=True))


def test_a_cache_forgets_what_each_change_touches_and_nothing_else(
    app: Flask, client: FlaskClient, town: Session, there: Taker
) -> None:
    festival = published(town)
    market = published(
        town, title="朝市", start="2027-06-06T06:00:00", end=None, all_day=False, tags=["市"], venue_id=None
    )
    cache, other = SharedCache(client, there), f"/events/{market.public_id}.ics"
    pages = [
        "/",
        "/calendar/2027/04",
        "/calendar.ics?tag=桜",
        "/calendar.ics?tag=市",
        "/feed.atom",
        "/tags/桜",
        "/api/v1/events",
    ]
    paths = [*pages, f"/events/{festival.public_id}", f"/events/{festival.public_id}.ics", other]
    town.commit()
    changes: dict[str, Callable[[], object]] = {
        "a text": lambda: publishing.save(town, festival, {"summary": "満開"}, actor=None, at=STOPPED),
        "a tag": lambda: publishing.save(town, festival, {"tags": ["花"]}, actor=None, at=STOPPED),
        "a cancellation": lambda: publishing.cancel(town, festival, "大雨", actor=None, at=STOPPED),
        "an emergency": lambda: announce(
            town, title="避難指示", importance="emergency", valid_until="2027-03-05T00:00:00+00:00", at=STOPPED
        ),
    }
    work(app)
    for name, change in changes.items():
        before = {path: cache.get(path) for path in paths}
        change()
        town.commit()
        assert work(app) == []
        assert (other in cache.kept) == (name != "an emergency"), name
        assert before != {path: cache.get(path) for path in paths}, name
        for path in paths:
            assert cache.get(path) == client.get(path, base_url="https://calendar.example.jp").data, (name, path)


def test_a_cache_that_is_away_is_told_in_order_and_one_that_refuses_holds_nothing_up(
    app: Flask, town: Session, there: Taker
) -> None:
    event = published(town)
    town.commit()
    there.reply = lambda _: Reply(503)
    assert "HTTP 503" in work(app)[0]
    publishing.cancel(town, event, "大雨", actor=None, at=STOPPED)
    town.commit()
    assert work(app) == [], "it waits a little"
    there.reply = lambda _: Reply()
    work(app, SOON + timedelta(seconds=purge.AGAIN))
    first, again, second = (request.headers["surrogate-key"] for request in there.heard)
    assert first == again != second
    there.reply = lambda _: Reply(403)
    publishing.restore(town, event, actor=None, at=STOPPED)
    town.commit()
    assert "failed: HTTP 403" in work(app, SOON + timedelta(seconds=20))[0]
    assert states(town) == ["sent", "sent", "failed"]


def test_a_purge_that_comes_too_late_is_left_out(app: Flask, town: Session, there: Taker) -> None:
    published(town)
    town.commit()
    there.reply = lambda _: Reply(503)
    work(app)
    later = SOON + 3 * timedelta(seconds=purge.KEEPS)
    assert "HTTP 503" in work(app, later)[0]
    assert (len(there.heard), states(town)) == (1, ["failed"])


def states(town: Session) -> list[str]:
    return list(town.scalars(select(Delivery.state).order_by(Delivery.id)))


@pytest.mark.parametrize(
    ("form", "header", "control", "token"),
    [
        ("fastly", "Surrogate-Key", "Surrogate-Control", ("fastly-key", "geheim")),
        ("cloudflare", "Cache-Tag", "CDN-Cache-Control", ("authorization", "Bearer geheim")),
    ],
)
def test_other_caches_are_spoken_to_as_they_ask(
    built: Flask,
    config: Config,
    town: Session,
    there: Taker,
    form: str,
    header: str,
    control: str,
    token: tuple[str, str],
) -> None:
    app = attached(built, replace(config, purge_form=form))
    event = published(town)
    path = f"/events/{event.public_id}"
    town.commit()
    work(app)
    answer = app.test_client().get(path, base_url="https://calendar.example.jp")
    assert "max-age" in answer.headers[control]
    publishing.cancel(town, event, "大雨", actor=None, at=STOPPED)
    town.commit()
    work(app)
    told = there.heard[-1]
    assert (told.method, told.headers[token[0]]) == ("POST", token[1])
    named = json.loads(told.body)["tags"] if form == "cloudflare" else told.headers["surrogate-key"].split()
    assert set(named) & set(answer.headers[header].replace(",", " ").split())


def test_no_cache_keeps_anything_beyond_midnight_or_a_due_moment(
    app: Flask, client: FlaskClient, town: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Later(datetime):
        moment = datetime(2027, 3, 1, 14, 59, 30, tzinfo=UTC)  # half a minute before midnight in Japan

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:
            return cls.moment.astimezone(tz)

    monkeypatch.setattr("calendar_app.web.datetime", Later)

    def control() -> str:
        return client.get("/", base_url="https://calendar.example.jp").headers["Surrogate-Control"]

    assert control() == "max-age=30"
    event = publishing.create(town, "event", SAKURA, actor=None, at=STOPPED)
    publishing.schedule(town, event, Later.moment + timedelta(seconds=10), actor=None, at=STOPPED)
    town.commit()
    assert control() == "max-age=10"


def test_a_cache_that_is_set_no_more_is_told_nothing_more(
    app: Flask, config: Config, town: Session, there: Taker
) -> None:
    purge.set_up(town, replace(config, purge=()), at=STOPPED)
    published(town)
    town.commit()
    assert (work(app), there.heard) == ([], [])
    assert town.scalar(select(Receiver.id)) is None

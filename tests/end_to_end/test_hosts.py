"""Two hosts on one PostgreSQL, each a server with its worker: nothing is done twice, and no save is missing on either."""

import base64
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Delivery, Event, Receiver, Revision, Source
from calendar_app.delivery import outbox, turns
from calendar_app.entries import publishing
from helpers.clients import Reader
from helpers.hosts import host
from helpers.receivers import Taker, taker
from helpers.services import PostgreSQL, Server
from helpers.town import SAKURA, published, settings

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
HOOKS = 4
ROUNDS = [6, pytest.param(500, marks=pytest.mark.soak)]
AT_MOST = 120.0  # seconds for what takes one on a quiet machine
FAR = "BEGIN:VCALENDAR|VERSION:2.0|PRODID:-//x//x//|BEGIN:VEVENT|UID:far@example.jp|DTSTAMP:20270101T000000Z|"
FAR += "SUMMARY:隣町の市|DTSTART:20300401T100000|END:VEVENT|END:VCALENDAR|"


class Hosts(NamedTuple):
    """The shared database and the addresses of its two servers."""

    engine: Engine
    config: Config
    urls: list[str]


@pytest.fixture
def hosts(postgresql: PostgreSQL, tmp_path: Path) -> Iterator[Hosts]:
    url = postgresql.create_database("hosts", template="template_town")
    config = replace(settings(tmp_path, url), fetch_networks=(ip_network("127.0.0.0/8"),))
    shared = {
        "CALENDAR_DATABASE_URL": url,
        "CALENDAR_BASE_URL": config.base_url,
        "CALENDAR_SECRET_KEY": config.secret_key,
        "CALENDAR_FETCH_NETWORKS": "127.0.0.0/8",
        "CALENDAR_WORK_SECONDS": "1",
        "CALENDAR_BACKUPS_KEPT": "0",
    }
    engine = make_engine(url)
    with Server(tmp_path / "a", shared) as first, Server(tmp_path / "b", shared) as second:
        yield Hosts(engine, config, [first.url, second.url])
    engine.dispose()
    postgresql.drop_database("hosts")


@pytest.fixture
def there() -> Iterator[Taker]:
    with taker() as server:
        yield server


@pytest.mark.parametrize("rounds", ROUNDS)
def test_two_hosts_do_nothing_twice_and_miss_no_save(hosts: Hosts, there: Taker, rounds: int) -> None:
    with host() as neighbour:
        far = neighbour.says("/far.ics", FAR.replace("|", "\r\n"), "Content-Type: text/calendar")
        act(hosts, partial(follow, hosts.config, far=far, hooks=[there.url(f"/{number}") for number in range(HOOKS)]))
        sign = act(hosts, lambda session, at: published(session, at=at, **soon(title="看板")).public_id)
        readers = [Reader(url) for url in hosts.urls]
        stale = [path for number in range(rounds) for path in stale_after_a_save(hosts, readers, sign, number)]
        for reader in readers:
            reader.close()
        until(lambda: all_done(hosts.engine, rounds))
        assert stale == []
        assert len(neighbour.heard) == 1, "one of the workers read the source, once"
    with Session(hosts.engine) as session:
        news = select(Event.title, func.count()).join(Revision, Revision.entry_id == Event.id)
        times = news.where(Event.title.like("予約%"), Revision.kind == "published").group_by(Event.title)
        assert dict(session.execute(times).all()) == {f"予約{n}": 1 for n in range(rounds)}
        owed: dict[str, list[str]] = defaultdict(list)
        for key, uid in session.execute(
            select(Receiver.key, Delivery.uid).join(Delivery.receiver).order_by(Delivery.id)
        ):
            owed[key].append(uid)
        numbers = session.execute(select(Delivery.receiver_id, Delivery.number)).all()
    heard: dict[str, list[str]] = defaultdict(list)
    for request in there.heard:
        heard[there.url(request.path)].append(request.headers["webhook-id"])
    assert heard == owed, "each delivery once, in order"
    assert len(numbers) == len(set(numbers)), "each change once to each"
    assert {len(ids) for ids in heard.values()} == {2 * rounds + 2}, (
        "all that was published, the sign and the market too"
    )


def act(hosts: Hosts, change: Callable[[Session, datetime], Any]) -> Any:
    """Save as a third host does; what the change returns."""
    with write_session(hosts.engine) as session:
        done = change(session, datetime.now(UTC))
        session.commit()
        return done


def follow(config: Config, session: Session, at: datetime, *, far: str, hooks: list[str]) -> None:
    """Follow a source that is due at once, and let some webhooks hear of every change."""
    for url in hooks:
        to = Receiver(channel="webhook", key=url, query="", settings={"url": url}, lang="ja", created_at=at)
        turns.keep_secrets(to, config, {"secret": SECRET})
        session.add(to)
    session.add(Source(name="隣町", url=far, department_id=1, created_at=at, next_at=at))


def stale_after_a_save(hosts: Hosts, readers: list[Reader], sign: str, number: int) -> list[str]:
    """Publish an event, rename another and schedule a third; return the addresses that do not show the first two."""
    title = f"催し{number:04}"
    act(hosts, lambda session, at: published(session, at=at, **soon(title=title, tags=["夏"])))
    act(hosts, partial(rename, public_id=sign, title=f"看板{number:04}"))
    act(hosts, partial(schedule, title=f"予約{number}"))
    shown = {"/calendar.ics?tag=夏": title, "/feed.atom": title, f"/events/{sign}": f"看板{number:04}"}
    return [path for path, text in shown.items() for reader in readers if text.encode() not in reader.fetch(path)]


def soon(**values: Any) -> dict[str, Any]:
    day = datetime.now(UTC).date() + timedelta(days=30)
    return {"start": f"{day}T10:00:00", "end": f"{day}T15:00:00", "all_day": False} | values


def rename(session: Session, at: datetime, *, public_id: str, title: str) -> None:
    event = session.scalars(select(Event).where(Event.public_id == public_id)).one()
    publishing.save(session, event, {"title": title}, actor=None, at=at)


def schedule(session: Session, at: datetime, *, title: str) -> None:
    event = publishing.create(session, "event", SAKURA | soon(title=title), actor=None, at=at)
    publishing.schedule(session, event, at + timedelta(seconds=1), actor=None, at=at)


def all_done(engine: Engine, rounds: int) -> bool:
    """Whether everything scheduled is published, the source is read and nothing waits in the outbox."""
    with Session(engine) as session:
        scheduled = session.scalar(select(Event.id).where(Event.state == "scheduled").limit(1))
        read = session.scalar(select(Source.fetched_at))
        waiting = session.scalar(select(Delivery.id).where(Delivery.state == "waiting").limit(1))
        return bool(read) and not (scheduled or waiting or outbox.behind(session))


def until(happened: Callable[[], object]) -> None:
    deadline = time.monotonic() + AT_MOST
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)

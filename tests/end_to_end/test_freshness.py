"""A save that has returned is seen everywhere: by the next request, in every server process, and never before it is public."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Department, Event, Venue
from calendar_app.entries import due, publishing
from helpers.clients import Reader
from helpers.services import Server
from helpers.serving import installation
from helpers.town import announce, copied

CALENDAR = "/calendar.ics"
FEEDS = [CALENDAR, "/feed.atom", "/feed.rss", "/feed.json", "/upcoming.atom", "/upcoming.rss", "/upcoming.json"]
PAGES = ["/", "/calendar/", "/calendar/2027/04", "/calendar/2027/04/15", "/announcements/", "/subscribe", "/tags/夏"]
PAGES += ["/departments/kanko", "/calendar", "/photos/none", "/events/none", "/events/none.ics", "/nothing"]
EDITS = [40, pytest.param(1000, marks=pytest.mark.soak)]


class City:
    """One database, two processes that serve it, and the town hall that writes."""

    def __init__(self, engine: Engine, urls: list[str]) -> None:
        self.engine = engine
        self.urls = urls
        self.readers = [Reader(url) for url in urls]

    def act(self, change: Callable[[Session, datetime], object]) -> None:
        with write_session(self.engine) as session:
            change(session, datetime.now(UTC))
            session.commit()

    def tags(self, path: str) -> list[str]:
        return [reader.ask(path).headers["etag"] for reader in self.readers]

    def answers(self, path: str, tags: list[str]) -> list[int]:
        """What each process answers to whoever has the version that its tag names."""
        asked = zip(self.readers, tags, strict=True)
        return [reader.ask(path, If_None_Match=tag).status for reader, tag in asked]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("freshness")
    if request.param == "sqlite":
        url = f"sqlite:///{copied(request.getfixturevalue('sqlite_template'), folder)}"
    else:
        url = request.getfixturevalue("postgresql").create_database("freshness", template="template_town")
    settings = {"CALENDAR_DATABASE_URL": url, "CALENDAR_BASE_URL": "https://calendar.example.jp"}
    engine = make_engine(url)
    with Server(folder / "one", settings, worker=False) as one, installation(folder / "two", **settings) as two:
        made = City(engine, [one.url, two])
        yield made
        for reader in made.readers:
            reader.close()
    engine.dispose()


def soon(**values: Any) -> dict[str, Any]:
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    return {
        "title": "夏まつり",
        "start": f"{day}T10:00:00",
        "end": f"{day}T15:00:00",
        "timezone": "Asia/Tokyo",
        "tags": ["夏"],
        "department_id": 1,
        "venue_id": 1,
    } | values


def publish(session: Session, at: datetime, **values: Any) -> Event:
    event = publishing.create(session, "event", soon(**values), actor=None, at=at)
    publishing.publish(session, event, actor=None, at=at)
    return cast(Event, event)


def draft(session: Session, at: datetime) -> None:
    event = publishing.create(session, "event", soon(title="下書き"), actor=None, at=at)
    publishing.save(session, event, {"summary": "まだ内緒"}, actor=None, at=at)


def schedule(session: Session, at: datetime) -> None:
    """For later: the servers' own worker must not be quicker than the test."""
    event = publishing.create(session, "event", soon(title="予約"), actor=None, at=at)
    publishing.schedule(session, event, at + timedelta(hours=1), actor=None, at=at)


def festival(session: Session) -> Event:
    return session.scalars(select(Event).where(Event.state == "published").order_by(Event.id).limit(1)).one()


def saves(**values: Any) -> Callable[[Session, datetime], object]:
    return lambda session, at: publishing.save(session, festival(session), values, actor=None, at=at)


def renames(model: type[Venue | Department], name: str) -> Callable[[Session, datetime], object]:
    return lambda s, at: publishing.save_reference(s, s.get_one(model, 1), {"name": name}, actor=None, at=at)


PUBLIC_CHANGES: dict[str, Callable[[Session, datetime], object]] = {
    "a new event": lambda s, at: publish(s, at, title="花火大会"),
    "a typo": saves(summary="直しました"),
    "new dates": saves(start=soon()["end"], end=None),
    "a status line": lambda s, at: announce(s, about_id=festival(s).id, headline="満開", at=at),
    "a renamed venue": renames(Venue, "新しい堤"),
    "a renamed department": renames(Department, "観光交流課"),
    "a cancellation": lambda s, at: publishing.cancel(s, festival(s), "大雨", actor=None, at=at),
    "a restored event": lambda s, at: publishing.restore(s, festival(s), actor=None, at=at),
    "one withdrawn": lambda s, at: publishing.withdraw(s, festival(s), "", actor=None, at=at),
    "one come due": lambda s, at: due.run(s, at=at + timedelta(hours=2)),
}


def test_every_public_change_is_seen_from_both_processes_and_nothing_else_is(city: City) -> None:
    city.act(publish)
    kept = {path: city.tags(path) for path in FEEDS}
    city.act(draft)
    city.act(schedule)
    for path, tags in kept.items():
        assert city.answers(path, tags) == [304, 304], path
    for name, change in PUBLIC_CHANGES.items():
        tags = city.tags(CALENDAR)
        assert len(set(tags)) == 1, f"before {name}"
        assert city.answers(CALENDAR, tags) == [304, 304], f"before {name}"
        city.act(change)
        assert city.answers(CALENDAR, tags) == [200, 200], name


@pytest.mark.parametrize("edits", EDITS)
def test_many_edits_and_never_a_stale_answer(city: City, edits: int) -> None:
    with ThreadPoolExecutor(2) as editors:
        assert list(editors.map(partial(stale_answers, city, edits), ["盆踊り", "灯籠流し"])) == [0, 0]


def stale_answers(city: City, edits: int, name: str) -> int:
    """Edit an event many times, each time reading from one process or the other what has just been saved."""
    city.act(lambda session, at: publish(session, at, title=name))
    with Session(city.engine) as session:
        event = session.scalars(select(Event).where(Event.title == name)).one()
    paths = (f"/events/{event.public_id}.ics", "/calendar.ics?tag=夏")
    readers = [Reader(url) for url in city.urls]
    stale = 0
    for number in range(edits // 2):
        city.act(partial(retitle, event=event.id, title=f"{name} {number}"))
        body = readers[number % 2].fetch(paths[number // 2 % 2])
        stale += f"SUMMARY:{name} {number}\r\n".encode() not in body
    for reader in readers:
        reader.close()
    return stale


def retitle(session: Session, at: datetime, *, event: int, title: str) -> None:
    publishing.save(session, session.get_one(Event, event), {"title": title}, actor=None, at=at)


def test_feeds_are_the_same_bytes_for_everybody_from_everywhere(city: City) -> None:
    city.act(publish)
    one, two = city.readers
    forged = {"Host": "evil.example", "X_Forwarded_Host": "evil.example", "Cookie": "session=1"}
    for path in FEEDS:
        body = one.fetch(path)
        assert two.fetch(path) == body, path
        assert one.fetch(f"{path}?utm_source=x&fbclid=y") == body, path
        assert one.ask(path, **forged, Accept_Language="en", Accept="text/html").body == body, path

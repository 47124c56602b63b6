"""A save that has returned is seen everywhere: by the next request, in every server process, and never before it is public."""

import http.client
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from conftest import announce, set_up
from services import PostgreSQL, Server
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app import db, publishing
from calendar_app.models import Department, Event, Venue

CALENDAR = "/calendar.ics"


class Reader:
    """A polling client on one kept connection."""

    def __init__(self, url: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)

    def get(self, path: str, tag: str = "", method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        conditional = {"If-None-Match": tag} if tag else {}
        self.connection.request(method, path, headers=conditional | headers)
        answer = self.connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


class City:
    """One database, two server processes, and the town hall that writes."""

    def __init__(self, engine: Engine, urls: list[str]) -> None:
        self.engine = engine
        self.readers = [Reader(url) for url in urls]

    def act(self, change: Callable[[Session, datetime], object]) -> None:
        with db.write_session(self.engine) as session:
            change(session, datetime.now(UTC))
            session.commit()


@pytest.fixture(params=["sqlite", "postgresql"])
def city(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[City]:
    url = f"sqlite:///{tmp_path}/calendar.db"
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        url = server.create_database("fresh")
    set_up(url)
    engine = db.make_engine(url)
    settings = {"CALENDAR_DATABASE_URL": url, "CALENDAR_BASE_URL": "https://calendar.example.jp"}
    with Server(tmp_path / "one", settings) as one, Server(tmp_path / "two", settings) as two:
        made = City(engine, [one.url, two.url])
        yield made
        for reader in made.readers:
            reader.connection.close()
    engine.dispose()
    if request.param == "postgresql":
        server.drop_database("fresh")


def soon() -> dict[str, object]:
    day = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    return {
        "title": "夏まつり",
        "start": f"{day}T10:00:00",
        "end": f"{day}T15:00:00",
        "timezone": "Asia/Tokyo",
        "department_id": 1,
        "venue_id": 1,
    }


def publish(session: Session, at: datetime) -> Event:
    event = publishing.create(session, "event", soon(), actor=None, at=at)
    publishing.publish(session, event, actor=None, at=at)
    assert isinstance(event, Event)
    return event


def only(session: Session) -> Event:
    return session.query(Event).filter_by(state="published").one()


def schedule(session: Session, at: datetime) -> None:
    event = publishing.create(session, "event", soon() | {"title": "予約"}, actor=None, at=at)
    publishing.schedule(session, event, at + timedelta(seconds=1), actor=None, at=at)


PUBLIC_CHANGES: dict[str, Callable[[Session, datetime], object]] = {
    "a typo": lambda s, at: publishing.save(s, only(s), {"summary": "直しました"}, actor=None, at=at),
    "new dates": lambda s, at: publishing.save(s, only(s), {"start": soon()["end"], "end": None}, actor=None, at=at),
    "a status line": lambda s, at: announce(s, about_id=only(s).id, headline="満開", at=at),
    "a renamed venue": lambda s, at: publishing.save_thing(
        s, s.get_one(Venue, 1), {"name": "新しい堤"}, actor=None, at=at
    ),
    "a renamed department": lambda s, at: publishing.save_thing(
        s, s.get_one(Department, 1), {"contact": "0187-11-1111"}, actor=None, at=at
    ),
    "a cancellation": lambda s, at: publishing.cancel(s, only(s), "大雨", actor=None, at=at),
    "a restored event": lambda s, at: publishing.restore(s, only(s), actor=None, at=at),
    "one withdrawn": lambda s, at: publishing.withdraw(s, only(s), "", actor=None, at=at),
}


def test_every_public_change_is_seen_from_both_processes_and_nothing_else_is(city: City) -> None:
    city.act(publish)
    tags = ["", ""]
    for name, change in PUBLIC_CHANGES.items():
        for number, reader in enumerate(city.readers):
            _, headers, _ = reader.get(CALENDAR)
            tags[number] = headers["etag"]
            assert reader.get(CALENDAR, tags[number])[0] == 304, f"before {name}"
        assert tags[0] == tags[1]
        city.act(change)
        assert [reader.get(CALENDAR, tag)[0] for reader, tag in zip(city.readers, tags, strict=True)] == [200, 200], (
            name
        )
    tags = [reader.get(CALENDAR)[1]["etag"] for reader in city.readers]
    city.act(schedule)  # not public yet
    assert [reader.get(CALENDAR, tag)[0] for reader, tag in zip(city.readers, tags, strict=True)] == [304, 304]
    city.act(lambda s, at: publishing.run_due(s, at=at + timedelta(minutes=1)))
    assert [reader.get(CALENDAR, tag)[0] for reader, tag in zip(city.readers, tags, strict=True)] == [200, 200]


def test_many_edits_and_never_a_stale_answer(city: City) -> None:
    city.act(publish)
    with Session(city.engine) as session:
        path = f"/events/{only(session).public_id}.ics"
    stale, edits = 0, 1000 if city.engine.dialect.name == "sqlite" else 300
    for number in range(edits):
        city.act(lambda s, at, n=number: publishing.save(s, only(s), {"title": f"夏まつり {n}"}, actor=None, at=at))  # type: ignore[misc]
        _, _, body = city.readers[number % 2].get(path)
        stale += f"SUMMARY:夏まつり {number}\r\n".encode() not in body
    assert stale == 0


FEEDS = ["/calendar.ics", "/feed.atom", "/feed.rss", "/feed.json", "/upcoming.atom", "/upcoming.rss", "/upcoming.json"]


def test_feeds_are_the_same_bytes_for_everybody_from_everywhere(city: City) -> None:
    city.act(publish)
    one, two = city.readers
    for path in FEEDS:
        status, headers, body = one.get(path)
        assert status == 200
        assert two.get(path)[2] == body
        assert one.get(f"{path}?utm_source=x&fbclid=y")[2] == body
        assert one.get(path, Host="evil.example", Cookie="session=1", **{"X-Forwarded-Host": "evil.example"})[2] == body
        assert "set-cookie" not in headers
        assert headers["vary"] == "Accept-Encoding"
        assert headers["access-control-allow-origin"] == "*"
        assert 'rel="self"' in headers["link"]
        status, head, nothing = one.get(path, method="HEAD")
        assert (status, nothing) == (200, b"")
        assert {**head, "date": ""} == {**headers, "date": ""}
        status, refused, _ = one.get(path, method="POST")
        assert status == 405
        assert "GET" in refused["allow"]

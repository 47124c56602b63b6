"""A region: a prefecture follows five towns that run this program, over HTTP, and shows what they show, each thing once."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Announcement, Entry, Event, Site, Source
from calendar_app.entries import publishing, single_dates
from calendar_app.importing.sources import fetch, follow, towns
from helpers import cities
from helpers.hosts import Host, host
from helpers.services import free_port
from helpers.serving import served
from helpers.town import NOW, STOPPED, announce, copied, published

NAMES = ("仙北市", "大仙市", "横手市", "湯沢市", "美郷町")
GIVEN: dict[str, Any] = {"actor": None, "at": STOPPED}


class City:
    """An installation in a folder: its database, and a client of its pages."""

    def __init__(self, config: Config) -> None:
        self.config, self.app = config, cities.over(config)
        self.client: FlaskClient = self.app.test_client()
        self.at = STOPPED

    @contextmanager
    def writing(self) -> Iterator[Session]:
        engine = make_engine(self.config.database_url)
        with write_session(engine) as session:
            yield session
            session.commit()
        engine.dispose()

    def page(self, path: str) -> str:
        return self.client.get(path, base_url=self.config.base_url).text

    def titles(self) -> list[str]:
        found = self.client.get("/api/v1/events", base_url=self.config.base_url).json
        return [each["title"] for each in found["items"]]

    def known_as(self, title: str) -> Any:
        items = self.client.get("/api/v1/events", base_url=self.config.base_url).json["items"]
        [found] = [each for each in items if each["title"] == title]
        return found


class Region(City):
    """A prefecture, read at our word."""

    def follow(self, name: str, url: str) -> int:
        with self.writing() as session:
            return follow.start_following(session, name, url, 1, {}, at=NOW).id

    def read(self, *, now: bool = True) -> None:
        self.at += timedelta(days=1)
        with self.writing() as session:
            numbers = list(session.scalars(sa.select(Source.id).order_by(Source.id)))
        for number in numbers:
            follow.refresh(self.writing, number, self.config, at=self.at, now=now)

    def source(self, number: int = 1) -> Source:
        with self.writing() as session:
            source = session.get_one(Source, number)
            session.expunge(source)
            return source


Found = Callable[[str], City]


@pytest.fixture
def found(sqlite_template: Path, tmp_path: Path) -> Iterator[Found]:
    """Make a town and serve it."""
    with ExitStack() as stack:
        stack.enter_context(cities.stopped_clock())

        def make(name: str) -> City:
            folder, port = tmp_path / name, free_port()
            folder.mkdir()
            copied(sqlite_template, folder)
            city = City(cities.config_of(folder, CALENDAR_BASE_URL=f"http://127.0.0.1:{port}"))
            with city.writing() as session:
                session.get_one(Site, 1).site_id = f"{port}.example.jp"
            stack.enter_context(served(city.app, port))
            return city

        yield make


@pytest.fixture
def region(sqlite_template: Path, tmp_path: Path) -> Region:
    (folder := tmp_path / "region").mkdir()
    copied(sqlite_template, folder)
    config = cities.config_of(folder, CALENDAR_BASE_URL="https://region.example.jp")
    return Region(replace(config, fetch_networks=(ip_network("127.0.0.0/8"),)))


@pytest.fixture
def town(found: Found, region: Region) -> City:
    """One town, followed."""
    city = found("仙北市")
    region.follow("仙北市", f"{city.config.base_url}{towns.PATH}")
    return city


def test_a_page_over_five_towns_shows_every_event_with_its_town(found: Found, region: Region) -> None:
    for place, name in enumerate(NAMES):
        city = found(name)
        with city.writing() as session:
            published(
                session, title=f"{name}の雪まつり", start=f"2027-03-0{place + 2}T10:00:00", end=None, all_day=False
            )
            published(session, title="県民駅伝", start="2027-03-07T09:00:00", end=None, all_day=False)
            announce(session, title=f"{name}のお知らせ")
        region.follow(name, f"{city.config.base_url}{towns.PATH}")
    region.read()
    page = region.page("/agenda")
    rows = re.findall(r'<article class="row.*?</article>', page, re.DOTALL)
    assert all(any(f"{name}の雪まつり" in each and f">{name}<" in each for each in rows) for name in NAMES)
    assert [f">{'・'.join(NAMES)}<" in each for each in rows if "県民駅伝" in each] == [True]
    assert len(rows) == 6
    news = region.page("/announcements/")
    assert all(f"{name}のお知らせ" in news for name in NAMES)
    event = region.known_as("湯沢市の雪まつり")
    assert event["town"] == "湯沢市"
    assert "湯沢市" in region.page(f"/events/{event['id']}")
    assert "市町村：湯沢市" in region.page("/calendar.ics").replace("\r\n ", "")


def test_every_change_arrives_with_cancellations_and_withdrawals(town: City, region: Region) -> None:
    series = {"start": "2027-04-06T10:00:00", "end": "2027-04-06T11:00:00", "all_day": False}
    with town.writing() as session:
        event = published(session, title="体操", rule="FREQ=WEEKLY;COUNT=4", slots=[["13:00", "14:00"]], **series)
        single_dates.set_status(session, event, event.occurrences[0].original, "cancelled", "雨", **GIVEN)
        other, news = published(session, title="市場"), announce(session, title="断水")
        ids = event.id, other.id, news.id
    region.read()
    there, here = town.known_as("体操"), region.known_as("体操")
    for name in ("start", "end", "rule", "slots", "overrides", "tags", "when", "summary"):
        assert here[name] == there[name], name
    assert here["venue"]["name"] == there["venue"]["name"]
    assert here["official_url"] == there["url"]
    assert here["contact"] == there["department"]["contact"]  # that of the town, not of the region
    with town.writing() as session:
        publishing.cancel(session, session.get_one(Event, ids[0]), "大雪のため", **GIVEN)
        publishing.withdraw(session, session.get_one(Event, ids[1]), "誤り", **GIVEN)
        publishing.save(session, session.get_one(Entry, ids[2]), {"title": "断水（終了）"}, **GIVEN)
    region.read()
    cancelled = region.known_as("体操")
    assert (cancelled["status"], cancelled["reason"], cancelled["id"]) == ("cancelled", "大雪のため", here["id"])
    assert region.titles() == ["体操"]
    assert "断水（終了）" in region.page("/announcements/")
    with town.writing() as session:
        publishing.restore(session, session.get_one(Event, ids[0]), **GIVEN)
        publishing.restore(session, session.get_one(Event, ids[1]), **GIVEN)
    region.read()
    assert sorted(region.titles()) == ["体操", "市場"]
    assert region.known_as("体操")["status"] == "scheduled"


def test_our_own_withdrawal_stays_when_the_town_changes_its_event(town: City, region: Region) -> None:
    with town.writing() as session:
        number = published(session, title="体操").id
    region.read()
    with region.writing() as session:
        publishing.withdraw(session, session.scalars(sa.select(Event)).one(), "", **GIVEN)
    with town.writing() as session:
        publishing.save(session, session.get_one(Event, number), {"title": "新しい体操"}, **GIVEN)
    region.read()
    assert region.titles() == []


def test_an_event_that_two_towns_know_stays_while_one_of_them_has_it(found: Found, region: Region) -> None:
    numbers = []
    cities_ = [found("仙北市"), found("大仙市")]
    for city, title in zip(cities_, ("県民 駅伝", "県民駅伝"), strict=True):
        with city.writing() as session:
            numbers.append(published(session, title=title).id)
        region.follow(NAMES[len(numbers) - 1], f"{city.config.base_url}{towns.PATH}")
    region.read()
    shown = region.known_as("県民 駅伝")
    assert shown["town"] == "仙北市・大仙市"
    with cities_[0].writing() as session:
        publishing.withdraw(session, session.get_one(Event, numbers[0]), "", **GIVEN)
    region.read()
    left = region.known_as("県民駅伝")
    assert (left["town"], left["id"]) == ("大仙市", shown["id"])
    with cities_[0].writing() as session:
        publishing.restore(session, session.get_one(Event, numbers[0]), **GIVEN)
    region.read()
    assert region.known_as("県民駅伝")["town"] == "大仙市・仙北市"
    with cities_[1].writing() as session:  # no longer the same event
        publishing.save(session, session.get_one(Event, numbers[1]), {"title": "市民マラソン"}, **GIVEN)
    region.read()
    assert {each["title"]: each["town"] for each in _events(region)} == {
        "市民マラソン": "大仙市",
        "県民 駅伝": "仙北市",
    }
    with cities_[0].writing() as session:
        publishing.withdraw(session, session.get_one(Event, numbers[0]), "", **GIVEN)
    region.read()
    assert region.titles() == ["市民マラソン"]


def _events(city: City) -> list[Any]:
    return city.client.get("/api/v1/events", base_url=city.config.base_url).json["items"]


def test_a_town_whose_history_broke_is_read_anew_and_the_desk_is_told(
    town: City, region: Region, sqlite_template: Path
) -> None:
    with town.writing() as session:
        published(session, title="体操")
    region.read()
    (folder := town.config.instance.with_name("restored")).mkdir()
    copied(sqlite_template, folder)
    restored = City(cities.config_of(folder))  # from an old backup, and gone on since
    with restored.writing() as session:
        published(session, title="市場", at=STOPPED)
    with served(restored.app) as url:
        with region.writing() as session:
            session.get_one(Source, 1).url = url + towns.PATH
        region.read()
    assert region.titles() == ["市場"]
    assert "初めから読み直し" in follow.problem_message(region.source(), "ja")
    assert region.source().failures == 0


@pytest.fixture
def liar() -> Iterator[Host]:
    with host() as made:
        yield made


def changes(*, number: int = 1, wrong: str = "", last: int = 1) -> str:
    subject = {"number": number, "at": "2027-03-01T00:00:00+00:00", "kind": "published", "subject": "event:1"}
    line = " ".join(str(value) for value in subject.values())
    link = hashlib.sha256(f"\n{line}".encode()).hexdigest()
    change = subject | {"hash": wrong or link}
    page = {"head": {"number": last, "hash": link}, "changes": [change], "objects": [], "tombstones": [], "next": None}
    return json.dumps(page)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (changes(wrong="0" * 64), "chain_broken"),
        (changes(number=0), "chain_broken"),
        ('{"head": {"number": 1}}', "no_town"),
        ("{}", "no_town"),
        ("<html>", "no_town"),
    ],
)
def test_a_list_that_is_no_chain_is_a_failure_that_is_told(liar: Host, region: Region, body: str, problem: str) -> None:
    liar.says("/api/v1/changes?since=0&limit=100", body)
    region.follow("仙北市", liar.url(towns.PATH))
    region.read()
    assert (region.source().problem, region.source().failures) == (problem, 1)
    assert follow.problem_message(region.source(), "en")


def test_a_reading_that_broke_off_goes_on_where_it_was(
    town: City, region: Region, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(towns, "AT_ONCE", 2)
    with town.writing() as session:
        for number in range(4):
            published(session, title=f"体操{number}")
    asked: list[str] = []

    def breaks(url: str) -> bytes:
        asked.append(url)
        if len(asked) == 3:
            raise fetch.Unreachable("broken")
        return town.client.get(url.removeprefix(town.config.base_url), base_url=town.config.base_url).data

    with pytest.raises(fetch.Unreachable):
        towns.read(region.writing, 1, breaks, at=STOPPED)
    done = region.source().number
    assert done > 0
    towns.read(region.writing, 1, breaks, at=STOPPED)
    assert asked[3].startswith(f"{town.config.base_url}{towns.PATH}?since={done}&")
    assert sorted(region.titles()) == [f"体操{number}" for number in range(4)]


def test_an_emergency_of_a_town_is_important_here_and_no_emergency(town: City, region: Region) -> None:
    with town.writing() as session:
        announce(session, title="避難指示", importance="emergency")
    region.read()
    with region.writing() as session:
        assert session.scalars(sa.select(Announcement.importance)).all() == ["important"]


def test_two_towns_that_follow_each_other_do_not_send_back_what_they_took(town: City, region: Region) -> None:
    with region.writing() as session:
        published(session, title="県の催し")
    with town.writing() as session:
        published(session, title="市の催し", start="2027-05-01T00:00:00", end=None)
    region.read()
    client = region.client

    def get(url: str) -> bytes:
        return client.get(url.removeprefix(region.config.base_url), base_url=region.config.base_url).data

    with town.writing() as session:
        number = follow.start_following(session, "県", f"{region.config.base_url}{towns.PATH}", 1, {}, at=NOW).id
    towns.read(town.writing, number, get, at=STOPPED)
    assert sorted(town.titles()) == ["市の催し", "県の催し"]

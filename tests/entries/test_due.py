"""What becomes due by the clock, with the worker dead: each channel a second before the moment, at it, and long after."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Event, Revision
from calendar_app.entries import due, publishing
from conftest import settings
from helpers.town import SAKURA, STOPPED, published

MOMENT = STOPPED + timedelta(hours=6)
SECOND, WEEK = timedelta(seconds=1), timedelta(days=7)
Hands = Callable[[datetime], None]


class Clock(datetime):
    """The application's clock, with its hands in the test's."""

    stands = STOPPED

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(Clock.stands.timestamp(), tz)


@pytest.fixture
def config(database_url: str, tmp_path: Path) -> Config:
    return settings(tmp_path, database_url)


@pytest.fixture
def hands(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Hands:
    monkeypatch.setattr("calendar_app.web.datetime", Clock)
    return lambda moment: monkeypatch.setattr(Clock, "stands", moment)


def scheduled(session: Session, at: datetime = MOMENT, **values: Any) -> str:
    """The address of a new event; afterwards the session holds no lock."""
    event = publishing.create(session, "event", SAKURA | values, actor=None, at=STOPPED)
    publishing.schedule(session, event, at, actor=None, at=STOPPED)
    page = f"/events/{event.public_id}"
    session.commit()
    return page


def emergency(session: Session, until: datetime = MOMENT) -> None:
    values = {"title": "避難指示", "department_id": 1, "importance": "emergency", "valid_until": until.isoformat()}
    entry = publishing.create(session, "announcement", values, actor=None, at=STOPPED)
    publishing.publish(session, entry, actor=None, at=STOPPED)
    session.commit()


def channels(client: FlaskClient, word: str) -> set[str]:
    """The addresses that hold the word."""
    asked = ("/", "/agenda", "/calendar.ics", "/feed.atom", "/feed.rss", "/feed.json", "/upcoming.json")
    return {path for path in asked if word in client.get(path).get_data(as_text=True)}


def test_a_scheduled_event_is_public_at_its_moment_and_not_before(
    write: Session, client: FlaskClient, hands: Hands
) -> None:
    page = scheduled(write, start="2027-03-02T00:00:00", end="2027-03-03T00:00:00")
    hands(MOMENT - SECOND)
    assert (client.get(page).status_code, channels(client, "角館の桜まつり")) == (404, set())
    hands(MOMENT)
    everywhere = {"/", "/agenda", "/calendar.ics", "/feed.atom", "/feed.rss", "/feed.json", "/upcoming.json"}
    assert (client.get(page).status_code, channels(client, "角館の桜まつり")) == (200, everywhere)
    write.expire_all()
    assert write.query(Event).one().published_at == MOMENT


def test_an_emergency_ends_at_its_moment_and_calendars_drop_it_for_a_week(
    write: Session, client: FlaskClient, hands: Hands
) -> None:
    emergency(write)
    hands(MOMENT - SECOND)
    assert "/" in channels(client, "避難指示")
    assert "STATUS:CANCELLED" not in client.get("/calendar.ics").get_data(as_text=True)
    hands(MOMENT)
    assert 'class="emergency"' not in client.get("/").get_data(as_text=True)
    assert "STATUS:CANCELLED" in client.get("/calendar.ics").get_data(as_text=True)
    hands(MOMENT + WEEK + timedelta(days=1))
    assert "避難指示" not in client.get("/calendar.ics").get_data(as_text=True)


def test_found_thirteen_days_late_an_emergency_still_has_its_cancelled_week(
    write: Session, client: FlaskClient, hands: Hands
) -> None:
    emergency(write)
    late = MOMENT + timedelta(days=13)
    hands(late)
    assert "STATUS:CANCELLED" in client.get("/calendar.ics").get_data(as_text=True)
    hands(late + WEEK + timedelta(days=1))
    assert "避難指示" not in client.get("/calendar.ics").get_data(as_text=True)


def test_an_event_published_after_its_own_date_is_no_news(write: Session, client: FlaskClient, hands: Hands) -> None:
    page = scheduled(write, start="2027-03-02T00:00:00", end="2027-03-03T00:00:00")
    hands(MOMENT + timedelta(days=13))
    assert client.get(page).status_code == 200
    assert not channels(client, "角館の桜まつり") & {"/feed.atom", "/feed.rss", "/feed.json"}
    write.expire_all()
    assert write.query(Event).one().published_at == MOMENT


@pytest.mark.filterwarnings("ignore:.*was deleted while still open")  # kept for the life of its thread
def test_the_history_says_that_the_clock_did_it(write: Session, desk: FlaskClient, hands: Hands) -> None:
    page = scheduled(write)
    hands(MOMENT)
    history = desk.get(page.replace("/events/", "/staff/entries/") + "/history").get_data(as_text=True)
    _, newest, scheduling, created = history.split('<li class="panel">')
    assert "時刻により自動" in newest
    assert "時刻により自動" not in scheduling + created


def test_what_is_due_is_done_once_whoever_asks(write: Session, app: Flask, hands: Hands) -> None:
    page = scheduled(write)
    hands(MOMENT)
    with ThreadPoolExecutor(4) as readers:
        pages = list(readers.map(lambda _: app.test_client().get(page).status_code, range(8)))
    assert pages == [200] * 8
    write.expire_all()
    assert [row.kind for row in write.query(Revision)].count("published") == 1


def test_the_next_moment_is_known_after_each_piece_of_due_work(session: Session) -> None:
    scheduled(session)
    emergency(session, MOMENT + SECOND)
    assert not due.waits(session, at=MOMENT - SECOND)
    assert [entry.title for entry in due.run(session, at=MOMENT)] == ["角館の桜まつり"]
    assert not due.waits(session, at=MOMENT)
    assert [entry.title for entry in due.run(session, at=MOMENT + SECOND)] == ["避難指示"]
    assert not due.waits(session, at=MOMENT + timedelta(days=3000))


def test_a_date_that_nobody_confirmed_passes_at_midnight_by_one_change_of_the_clock(session: Session) -> None:
    days = {"start": "2027-02-21T00:00:00", "end": "2027-03-01T00:00:00", "precision": "part", "certainty": "planned"}
    event = published(session, **days)
    midnight = STOPPED + timedelta(hours=12)
    assert not due.waits(session, at=midnight - SECOND)
    assert due.run(session, at=midnight) == [event]
    last = event.revisions[0]
    assert (last.kind, last.public, last.notable, last.by_clock) == ("passed", True, False, True)
    assert (event.sequence, event.changed_at) == (0, midnight)
    assert not due.waits(session, at=midnight + timedelta(days=3000))


def test_the_health_page_tells_of_a_worker_that_is_silent(client: FlaskClient, config: Config, hands: Hands) -> None:
    assert client.get("/healthz").json["status"] == "late"
    config.worker_alive.touch()
    seen = datetime.fromtimestamp(config.worker_seen, UTC)
    hands(seen + timedelta(seconds=30))
    assert client.get("/healthz").json["status"] == "ok"
    hands(seen + timedelta(seconds=70))
    told = client.get("/healthz").json
    assert (told["status"], told["worker"]) == ("late", seen.isoformat(timespec="seconds"))

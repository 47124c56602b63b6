"""An emergency is everywhere at once while it is in force, and gone from everywhere after."""

import json
from collections.abc import Callable
from datetime import timedelta, tzinfo
from typing import Any, Self

import feedparser
import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from icalendar import Event as Vevent
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement
from calendar_app.entries import due, publishing
from calendar_app.importing import ImportContext, detect
from helpers.town import NOW, STOPPED, Clock, announce, published

FLOOD = {
    "title": "大雨に関する避難指示",
    "summary": "高台へ避難してください。",
    "importance": "emergency",
    "department_id": 2,
    "valid_until": "2027-03-02T15:00:00+00:00",  # midnight at the end of 2 March in Japan
    "tags": ["大雨"],
}


class Later(Clock):
    """The application's clock, moved on."""

    by = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp((STOPPED + Later.by).timestamp(), tz)


@pytest.fixture
def clock(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.setattr("calendar_app.web.datetime", Later)
    return lambda days: monkeypatch.setattr(Later, "by", timedelta(days=days))


FEEDS = ("/feed.atom", "/feed.rss", "/upcoming.atom", "/upcoming.rss", "/deadlines.rss")


@pytest.fixture
def flood(write: Session, post: Any) -> Announcement:
    notice = announce(write, **FLOOD)
    post(write, at=NOW + timedelta(minutes=5), title="あとからの催し", apply_deadline="2027-03-20T17:00:00")
    write.commit()
    assert isinstance(notice, Announcement)
    return notice


def vevents(client: FlaskClient, address: str, uid: str) -> list[Vevent]:
    return [one for one in Calendar.from_ical(client.get(address).data).walk("VEVENT") if one["UID"] == uid]


@pytest.mark.parametrize(
    "address", ["/calendar.ics", "/deadlines.ics", "/calendar.ics?tag=桜", "/calendar.ics?venue=1"]
)
def test_every_calendar_has_it_for_as_long_as_it_is_valid(
    client: FlaskClient, flood: Announcement, address: str
) -> None:
    (one,) = vevents(client, address, flood.uid)
    assert one["SUMMARY"] == "【緊急】大雨に関する避難指示"
    assert [one[name].dt.isoformat() for name in ("DTSTART", "DTEND")] == ["2027-03-01", "2027-03-03"]
    assert (one["TRANSP"], one["STATUS"], one["CATEGORIES"].cats[0]) == ("TRANSPARENT", "CONFIRMED", "緊急")
    assert "高台へ避難してください。" in one["DESCRIPTION"]
    assert one["DESCRIPTION"].endswith(f"/announcements/{flood.public_id}")


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("kind=event", False),
        ("kind=announcement", True),
        ("kind=-announcement", False),
        ("department=toshokan", True),
        ("department=kanko", False),
        ("department=-toshokan", False),
        ("fee=free&status=cancelled", True),
    ],
)
def test_only_kind_and_department_keep_it_out(
    client: FlaskClient, flood: Announcement, query: str, there: bool
) -> None:
    assert len(vevents(client, f"/calendar.ics?{query}", flood.uid)) == there
    titles = [one.title for one in feedparser.parse(client.get(f"/feed.atom?{query}").data).entries]
    assert ("【緊急】大雨に関する避難指示" in titles) is there


@pytest.mark.parametrize("address", FEEDS)
def test_it_stands_on_top_of_every_feed_once(client: FlaskClient, flood: Announcement, address: str) -> None:
    titles = [one.title for one in feedparser.parse(client.get(address).data).entries]
    assert titles[0] == "【緊急】大雨に関する避難指示"
    assert titles.count(titles[0]) == 1
    assert len(titles) > 1


def test_it_stands_on_top_of_the_json_feed_frames_and_paper(client: FlaskClient, flood: Announcement) -> None:
    assert json.loads(client.get("/feed.json").data)["items"][0]["title"] == "【緊急】大雨に関する避難指示"
    for address in ("/", "/agenda", "/embed", "/paper/2027/03/list", "/paper/2027/03/wall"):
        page = client.get(address).text
        assert "緊急" in page.split("大雨に関する避難指示")[0], address


def test_over_it_is_cancelled_for_a_week_and_then_gone(
    client: FlaskClient, write: Session, flood: Announcement, clock: Any
) -> None:
    (before,) = vevents(client, "/calendar.ics", flood.uid)
    clock(days=2)
    due.run(write, at=NOW + timedelta(days=2))
    write.commit()
    (after,) = vevents(client, "/calendar.ics", flood.uid)
    assert (after["STATUS"], after["SUMMARY"]) == ("CANCELLED", "【終了】【緊急】大雨に関する避難指示")
    assert after["SEQUENCE"] == before["SEQUENCE"] + 1
    assert after["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt
    top = feedparser.parse(client.get("/feed.atom").data).entries[0].title
    assert top == "あとからの催し"
    for address in ("/", "/paper/2027/03/list"):
        assert "避難指示" not in client.get(address).text.split("<h1")[0]
    clock(days=10)
    assert not vevents(client, "/calendar.ics", flood.uid)


@pytest.mark.parametrize("late", [timedelta(days=10), timedelta(days=40)])
def test_published_after_its_end_it_is_in_no_calendar_and_on_no_page(
    client: FlaskClient, write: Session, clock: Any, late: timedelta
) -> None:
    at = STOPPED + late
    notice = publishing.create(write, "announcement", FLOOD, actor=None, at=NOW)
    publishing.publish(write, notice, actor=None, at=at)
    assert due.run(write, at=at) == []
    write.commit()
    clock(days=late.days)
    assert not vevents(client, "/calendar.ics", notice.uid)
    assert "避難指示" not in client.get("/agenda").text.split("<h1")[0]


def test_without_an_end_its_bar_grows_week_by_week(client: FlaskClient, write: Session, clock: Any) -> None:
    notice = announce(write, **FLOOD | {"valid_until": None})
    write.commit()
    ends, changed = [], []
    for days in (0, 6, 7, 13, 14):
        clock(days=days)
        (one,) = vevents(client, "/calendar.ics", notice.uid)
        ends.append(one["DTEND"].dt.isoformat())
        changed.append(one["LAST-MODIFIED"].dt)
    assert ends == ["2027-03-08", "2027-03-08", "2027-03-15", "2027-03-15", "2027-03-22"]
    assert changed[0] == changed[1] < changed[2] == changed[3] < changed[4]


def test_withdrawn_it_is_gone_at_once(client: FlaskClient, write: Session, flood: Announcement) -> None:
    publishing.withdraw(write, flood, "誤報", actor=None, at=NOW)
    write.commit()
    assert not vevents(client, "/calendar.ics", flood.uid)


def test_the_calendars_own_time_never_goes_back(client: FlaskClient, write: Session, flood: Announcement) -> None:
    def stamp() -> Any:
        return Calendar.from_ical(client.get("/calendar.ics?tag=桜").data)["LAST-MODIFIED"].dt

    publishing.save(write, flood, {"summary": "第2報"}, actor=None, at=NOW + timedelta(hours=1))
    write.commit()
    newest = stamp()
    publishing.withdraw(write, flood, "誤報", actor=None, at=NOW + timedelta(hours=2))
    write.commit()
    assert stamp() > newest


def test_another_town_that_imports_the_calendar_takes_the_events_and_leaves_the_emergency(
    client: FlaskClient, write: Session
) -> None:
    published(write)
    announce(write, **FLOOD)
    write.commit()
    data = client.get("/calendar.ics").data
    assert data.count(b"BEGIN:VEVENT") == 2
    parsed = detect.parse_file(data, ImportContext("Asia/Tokyo", NOW.date(), NOW.date().replace(year=2030)))
    assert [row.values["title"] for row in parsed.rows] == ["角館の桜まつり"]
    assert [note.code for note in parsed.notes] == ["emergencies"]

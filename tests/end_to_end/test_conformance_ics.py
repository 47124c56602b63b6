"""Conformance, 01 to 16: what programs that read iCalendar rely on. Each test is one assertion of a list of 32.

The others are in `test_conformance_http` (17 to 24) and `test_conformance_feeds` (25 to 32); 12 asks vdirsyncer itself.
"""

import logging
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session

from calendar_app.dates.recurrence import Repeat
from calendar_app.db.models import Event, Venue
from calendar_app.entries import publishing, single_dates
from calendar_app.formats import EventItem, ics, ics_limits
from calendar_app.listings import queries
from calendar_app.text.markup import clean
from formats.test_ics import (
    ALL,
    by_home_assistant,
    by_recurring_ical_events,
    by_vobject,
    calendar,
    expected,
    unfolded,
    value,
)
from helpers import ROOT, TESTS
from helpers.feed_samples import CALENDARS, CONCERT, HALL, HORIZON, HOSTILE, at, event, everything, feed
from helpers.town import NOW

EACH = pytest.mark.parametrize("name", CALENDARS)
LATER = NOW + timedelta(hours=1)
Post = Callable[..., Event]


def vevents(made: bytes) -> list[Any]:
    return Calendar.from_ical(made).walk("VEVENT")


def test_01_bytes_depend_on_nothing_but_the_values() -> None:
    """All formats: neither the render, the hash seed, the machine's zone, nor its locale may show."""
    script = "import hashlib; from helpers import feed_samples; print(hashlib.sha256(repr(feed_samples.everything()).encode()).hexdigest())"

    def digest(**environment: str) -> str:
        path = os.pathsep.join([str(TESTS), str(ROOT), os.environ.get("PYTHONPATH", "")])
        run = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": path, **environment},
            capture_output=True,
            text=True,
            check=True,
        )
        return run.stdout

    assert everything() == everything()
    first = digest(PYTHONHASHSEED="1", TZ="Asia/Tokyo", LC_ALL="ja_JP.UTF-8")
    assert first == digest(PYTHONHASHSEED="2", TZ="America/New_York", LC_ALL="C")


@EACH
def test_02_every_line_is_short_and_whole(name: str) -> None:
    made = ics.render(feed(), CALENDARS[name], HORIZON)
    assert made.endswith(b"END:VCALENDAR\r\n")
    for line in made.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()


@EACH
def test_03_nothing_that_breaks_a_client_is_sent(name: str) -> None:
    made = ics.render(feed(), CALENDARS[name], HORIZON)
    text = made.decode().replace("\r\n", "")
    assert not re.search("[\x00-\x08\x0a-\x1f\x7f-\x9f\ufeff\u2028\u2029]", text)
    lines = unfolded(made)
    for forbidden in ("METHOD", "BEGIN:VALARM", "ORGANIZER", "ATTENDEE", "EXRULE"):
        assert not [line for line in lines if re.match(rf"{forbidden}\b", line)]
    assert not [line for line in lines[: lines.index("BEGIN:VTIMEZONE")] if line.startswith("UID")]
    assert lines[1] == "VERSION:2.0"


def test_04_every_uid_stands_once_and_every_event_is_stamped() -> None:
    made = vevents(calendar(*ALL))
    keys = [(str(one["UID"]), str(one.get("RECURRENCE-ID"))) for one in made]
    assert len(set(keys)) == len(keys)
    assert all(one["DTSTAMP"].dt == one["LAST-MODIFIED"].dt for one in made)


@pytest.mark.parametrize(
    ("first", "last", "after"),
    [
        (at(4, 15), None, "20270416"),
        (at(4, 15), at(4, 15), "20270416"),
        (at(4, 30), at(4, 30), "20270501"),
        (at(2, 28, year=2028), at(2, 28, year=2028), "20280229"),
        (at(2, 29, year=2028), at(2, 29, year=2028), "20280301"),
        (at(12, 30), at(12, 31), "20280101"),
    ],
)
def test_05_an_all_day_event_ends_on_the_morning_after(first: datetime, last: datetime | None, after: str) -> None:
    made = calendar(event(Repeat(first, last, all_day=True)))
    assert value(made, "DTSTART") == f";VALUE=DATE:{first:%Y%m%d}"
    assert value(made, "DTEND") == f";VALUE=DATE:{after}"
    assert value(made, "TRANSP") == ":TRANSPARENT"


def test_06_every_zone_named_is_described_and_nothing_twice() -> None:
    made = calendar(*ALL).decode()
    named = set(re.findall(r"TZID=([^:;]+)", made))
    described = re.findall(r"^TZID:(.*)\r$", made, re.MULTILINE)
    assert named <= set(described)
    assert described == sorted(set(described))
    for block in made.split("BEGIN:VTIMEZONE")[1:]:
        assert block.count("BEGIN:STANDARD") == 1


SERIES = [
    *ALL,
    event(Repeat(at(4, 4), at(4, 5), True, "FREQ=WEEKLY;UNTIL=20270530", exdates=(at(4, 11),)), uid="days@x"),
]


def test_07_until_exceptions_and_overrides_are_of_the_type_of_the_start() -> None:
    made = vevents(calendar(*SERIES))
    masters = {str(one["UID"]): one for one in made if "RECURRENCE-ID" not in one}
    for one in made:
        start, timed = one["DTSTART"], isinstance(one["DTSTART"].dt, datetime)
        for until in one.get("RRULE", {}).get("UNTIL", []):
            assert isinstance(until, datetime) == timed
            assert not timed or str(until.tzinfo) == "UTC"
        moments = [one["RECURRENCE-ID"]] if "RECURRENCE-ID" in one else one["EXDATE"].dts if "EXDATE" in one else []
        like = masters[str(one["UID"])]["DTSTART"]
        for moment in moments:
            assert type(moment.dt) is type(like.dt)
            assert not timed or moment.dt.tzinfo == like.dt.tzinfo
        assert type(one["DTEND"].dt) is type(start.dt)


def test_08_no_orphan_override_no_rdate_and_no_rule_of_one_date() -> None:
    once = event(Repeat(at(4, 4, 8), at(4, 4, 12), rule="FREQ=WEEKLY;COUNT=1"), uid="once@x")
    made = vevents(calendar(*SERIES, once))
    rules = {str(one["UID"]): one["RRULE"] for one in made if "RRULE" in one}
    assert {str(one["UID"]) for one in made if "RECURRENCE-ID" in one} <= rules.keys()
    assert not [one for one in made if "RDATE" in one]
    assert [1] not in [rule.get("COUNT") for rule in rules.values()]
    assert all("COUNT" in rule or "UNTIL" in rule for rule in rules.values())


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.uid)
def test_09_calendar_programs_find_the_dates_that_we_show(one: EventItem) -> None:
    made = calendar(one)
    assert by_recurring_ical_events(made) == expected(one)
    assert by_home_assistant(made) == expected(one)
    assert by_vobject(made) == expected(one)


@pytest.mark.parametrize("typed", HOSTILE, ids=range(len(HOSTILE)))
def test_10_any_text_arrives_cleaned_and_breaks_nothing(typed: str) -> None:
    one = replace(
        CONCERT,
        title=typed,
        summary=typed,
        contact=typed,
        categories=(typed,),
        place=replace(HALL, name=typed),
    )
    made = ics.render(feed(title=typed, description=typed, licence=typed, publisher=typed), [one], HORIZON)
    (read,) = Calendar.from_ical(made).events
    assert str(read["SUMMARY"])[:90] == (clean(typed, lines=False)[:90] or "—")
    assert clean(typed).strip()[:1_800] in str(read["DESCRIPTION"])
    assert made.count(b"\r\nBEGIN:VEVENT\r\n") == made.count(b"\r\nEND:VEVENT\r\n") == 1
    assert by_home_assistant(made) == by_vobject(made) == expected(one)


def test_10_the_program_refuses_to_run_without_its_assertions() -> None:
    done = subprocess.run(
        [sys.executable, "-O", "-c", "import calendar_app"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "python -O" in done.stderr


def test_11_what_no_longer_fits_is_logged_and_can_be_reached(
    client: FlaskClient, write: Session, post: Post, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ics_limits, "MAX_VEVENTS", 3)
    for number in range(5):
        post(write, title=f"第{number}回", start=f"2027-04-0{number + 1}T00:00:00", tags=[f"部{number}"])
    write.commit()
    with caplog.at_level(logging.WARNING):
        body = client.get("/calendar.ics").data.decode().replace("\r\n ", "")
    assert len(vevents(body.encode())) == 3
    assert "2 events left out" in caplog.text
    assert "\r\nX-CALENDAR-APP-LEFT-OUT:2\r\n" in body
    assert "遠い日の催しが2件入っていません" in body[: body.index("BEGIN:VEVENT")]
    page = client.get("/subscribe").text
    assert "今日から遠い日の催しが2件入っていません。" in page
    assert "カレンダーに入る催し 3件" in page
    assert 'href="/subscribe?from=2027-04-01"' in page
    assert 'href="/subscribe?department=kanko"' in page
    assert "LEFT-OUT" not in client.get("/calendar.ics?tag=部4").text
    assert len(vevents(client.get("/calendar.ics?tag=部4").data)) == 1
    assert len(vevents(client.get("/archive/2027.ics").data)) == 5


@pytest.mark.parametrize("limit", [(ics_limits, "MAX_VEVENTS"), (queries, "MAX_EVENTS")], ids=["VEVENTs", "events"])
@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("/calendar/2027/04", "今日から遠い日の催しは、このカレンダーに入っていません。"),
        ("/calendar/2027/09", "今日から遠い日の催しは、このカレンダーに入っていません。"),
        ("/agenda", "今日から遠い日の催しは、このカレンダーに入っていません。"),
        ("/staff/", "今日から遠い日の催しが2件入っていません。"),
    ],
)
def test_11_every_page_that_offers_the_calendar_says_what_it_leaves_out(
    desk: FlaskClient,
    write: Session,
    post: Post,
    monkeypatch: pytest.MonkeyPatch,
    limit: tuple[Any, str],
    page: str,
    told: str,
) -> None:
    for number in range(3):
        post(write, title=f"第{number}回", start=f"2027-04-0{number + 1}T00:00:00")
    write.commit()
    monkeypatch.setattr(*limit, 3)
    assert told not in desk.get(page).text
    for number in range(2):
        post(write, title=f"次の第{number}回", start="2027-04-08T00:00:00", at=LATER)
    write.commit()
    assert "X-CALENDAR-APP-LEFT-OUT:2\r\n" in desk.get("/calendar.ics").text
    body = desk.get(page).text
    assert told in body
    for split in ("/archive/", "/subscribe?to=2027-03-31", "/subscribe?from=2027-04-01", "/subscribe"):
        assert f'href="{split}"' in body


def test_11_a_filtered_month_says_what_its_own_calendar_leaves_out(
    client: FlaskClient, write: Session, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ics_limits, "MAX_VEVENTS", 1)
    for number in range(3):
        post(write, title=f"第{number}回", start=f"2027-04-0{number + 1}T00:00:00", tags=["桜"])
    post(write, title="花火", start="2027-04-09T00:00:00", tags=["花火"])
    write.commit()
    body = client.get("/calendar/2027/04?tag=桜").text
    assert "今日から遠い日の催しは、このカレンダーに入っていません。" in body
    assert 'href="/archive/?tag=%E6%A1%9C"' in body
    assert "入っていません" not in client.get("/calendar/2027/04?tag=花火").text


def test_11_a_calendar_is_never_too_long_for_clients() -> None:
    fragment = ics.vevents(CONCERT, "ja", HORIZON)
    made = ics.join(feed(), [((at(4, 1) + timedelta(days=day), ""), fragment) for day in range(1_003)], [])
    assert made.count(b"BEGIN:VEVENT") <= 1_000
    assert len(made) < 905_000


def test_13_a_renamed_venue_moves_its_events_on(client: FlaskClient, write: Session, post: Post) -> None:
    post(write)
    write.commit()
    (before,) = vevents(client.get("/calendar.ics").data)
    publishing.save_reference(write, write.get_one(Venue, 1), {"name": "新しい堤"}, actor=None, at=LATER)
    write.commit()
    (after,) = vevents(client.get("/calendar.ics").data)
    assert after["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt
    assert after["SEQUENCE"] == before["SEQUENCE"]
    assert "新しい堤" in after["LOCATION"]


def test_14_a_change_of_one_date_moves_its_series_on_and_so_does_taking_it_back(
    client: FlaskClient, write: Session, post: Post
) -> None:
    weekly = {"start": "2027-04-04T08:00:00", "end": "2027-04-04T10:00:00", "all_day": False}
    one = post(write, rule="FREQ=WEEKLY;COUNT=4", **weekly)
    write.commit()
    seen = [vevents(client.get("/calendar.ics").data)]
    for change in ({"status": "cancelled", "note": "強風のため"}, {}):
        single_dates.change_date(write, one, datetime(2027, 4, 11, 8), change, actor=None, at=LATER)
        write.commit()
        seen.append(vevents(client.get("/calendar.ics").data))
    assert [len(made) for made in seen] == [1, 2, 1]
    times = [made[0]["LAST-MODIFIED"].dt for made in seen]
    assert times == sorted(set(times))
    assert {made["SEQUENCE"] for made in seen[1]} == {1}


def test_15_a_cancelled_event_stays_as_cancelled(client: FlaskClient, write: Session, post: Post) -> None:
    one = post(write, title="花火大会", start="2027-08-16T19:00:00", end="2027-08-16T21:00:00", all_day=False)
    write.commit()
    before = client.get("/calendar.ics").data
    publishing.cancel(write, one, "大雨の予報のため中止します。", actor=None, at=LATER)
    write.commit()
    made = client.get("/calendar.ics").data
    assert value(made, "UID") == value(before, "UID")
    assert value(made, "DTSTART") == value(before, "DTSTART")
    assert value(made, "SUMMARY") == ":【中止】花火大会"
    assert value(made, "STATUS") == ":CANCELLED"
    assert value(made, "TRANSP") == ":TRANSPARENT"
    assert (value(before, "SEQUENCE"), value(made, "SEQUENCE")) == (":0", ":1")
    assert value(made, "DESCRIPTION").startswith(":【中止】大雨の予報のため中止します。")


def test_16_a_single_event_opens_no_new_calendar() -> None:
    made = ics.render_single(CONCERT, HORIZON)
    head = unfolded(made[: made.index(b"BEGIN:VTIMEZONE")])
    assert [line.partition(":")[0] for line in head if line] == ["BEGIN", "VERSION", "PRODID", "CALSCALE"]
    assert made.count(b"BEGIN:VEVENT") == 1
    assert date.fromisoformat("2027-04-18") == vevents(made)[0]["DTSTART"].dt.date()


def test_the_last_change_of_a_calendar_never_goes_back(client: FlaskClient, write: Session, post: Post) -> None:
    post(write)
    newest = post(write, title="花火大会", at=NOW + timedelta(minutes=30))
    write.commit()
    before = Calendar.from_ical(client.get("/calendar.ics").data)["LAST-MODIFIED"].dt
    publishing.withdraw(write, newest, "", actor=None, at=LATER)
    write.commit()
    assert Calendar.from_ical(client.get("/calendar.ics").data)["LAST-MODIFIED"].dt > before


@pytest.mark.parametrize(
    "limit", ["calendar_app.formats.ics_limits.MAX_VEVENTS", "calendar_app.listings.queries.MAX_EVENTS"]
)
def test_11_what_runs_and_what_is_near_stays_and_the_furthest_is_left_out(
    client: FlaskClient, write: Session, post: Post, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(limit, 4)
    days = {
        "running": "2027-02-01",
        "near": "2027-03-02",
        "far": "2027-12-01",
        "past": "2027-02-20",
        "old": "2027-01-05",
    }
    for title, day in days.items():
        end = "2027-03-20" if title == "running" else day
        post(write, title=title, start=f"{day}T00:00:00", end=f"{end}T00:00:00")
    write.commit()
    body = client.get("/calendar.ics").data
    assert [title for title in days if f"SUMMARY:{title}\r\n".encode() in body] == ["running", "near", "far", "past"]
    assert b"X-CALENDAR-APP-LEFT-OUT:1\r\n" in body

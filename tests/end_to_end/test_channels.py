"""One event walked through every change: at each step, each channel says what its readers need to hear."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import feedparser
import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import publishing, single_dates
from helpers.clients import vevents
from helpers.town import NOW

WEEKLY: dict[str, Any] = {
    "title": "朝市",
    "start": "2027-04-04T08:00:00",
    "end": "2027-04-04T10:00:00",
    "timezone": "Asia/Tokyo",
    "rule": "FREQ=WEEKLY;BYDAY=SU;UNTIL=20270425",
    "department_id": 1,
    "venue_id": 1,
}
ONE = datetime(2027, 4, 18, 9)


@dataclass
class Walk:
    """An event and the clock; every step is an hour later."""

    session: Session
    client: FlaskClient
    event: Event
    at: datetime = NOW
    seen: list[str] = field(default_factory=list)

    def step(self, act: Callable[..., object], *given: Any, **named: Any) -> None:
        self.at += timedelta(hours=1)
        act(self.session, self.event, *given, actor=None, at=self.at, **named)
        self.session.commit()

    def calendar(self) -> dict[str, Any]:
        """The VEVENTs, by "" for the master and by RECURRENCE-ID for a single date."""
        found = vevents(self.client.get("/calendar.ics").data)
        return {f"{one['RECURRENCE-ID'].dt:%m-%d %H:%M}" if "RECURRENCE-ID" in one else "": one for one in found}

    def news(self) -> list[str]:
        """The titles of the items that are new since the last look, the same in every format."""
        atom, rss = (feedparser.parse(self.client.get(f"/feed.{form}").data).entries for form in ("atom", "rss"))
        items = json.loads(self.client.get("/feed.json").data)["items"]
        ids = [one.id for one in atom]
        assert ids == [one.id for one in rss] == [one["id"] for one in items]
        new = [one["title"] for one in items if one["id"] not in self.seen]
        assert new == [one.title for one in atom if one.id not in self.seen]
        self.seen = ids
        return new

    def search_engine(self) -> list[dict[str, Any]]:
        page = self.client.get(f"/events/{self.event.public_id}").text
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
        assert found
        described = json.loads(found[1])
        return described if isinstance(described, list) else [described]


@pytest.fixture
def walk(write: Session, client: FlaskClient) -> Walk:
    event = publishing.create(write, "event", WEEKLY, actor=None, at=NOW)
    assert isinstance(event, Event)
    publishing.publish(write, event, actor=None, at=NOW)
    write.commit()
    return Walk(write, client, event)


def said(one: Any) -> tuple[str, str, str, int]:
    return str(one["SUMMARY"]), str(one["STATUS"]), str(one["TRANSP"]), int(one["SEQUENCE"])


def test_each_step_is_said_by_each_channel(walk: Walk) -> None:
    uid = str(walk.calendar()[""]["UID"])
    assert said(walk.calendar()[""]) == ("朝市", "CONFIRMED", "OPAQUE", 0)
    assert walk.news() == ["朝市"]
    status, starts = "https://schema.org/Event", "2027-04-04T08:00:00+09:00"
    assert [one["eventStatus"] for one in walk.search_engine()] == [status + "Scheduled"] * 4

    walk.step(publishing.save, {"summary": "とれたて野菜"})  # a typo, a nicer word: nobody is told
    assert said(walk.calendar()[""])[3] == 0
    assert walk.news() == []

    walk.step(publishing.save, {"start": "2027-04-04T09:00:00", "end": "2027-04-04T11:00:00"}, note="準備のため")
    assert said(walk.calendar()[""]) == ("【日時変更】朝市", "CONFIRMED", "OPAQUE", 1)
    assert walk.calendar()[""]["DTSTART"].dt.hour == 9
    assert walk.news() == ["【日時変更】朝市"]
    first = walk.search_engine()[0]
    assert (first["eventStatus"], first["previousStartDate"]) == (status + "Rescheduled", starts)

    walk.step(publishing.save, {"start": "2027-04-04T09:30:00", "end": "2027-04-04T11:30:00"})  # moved again
    assert said(walk.calendar()[""])[3] == 2
    assert walk.news() == ["【日時変更】朝市"]
    assert walk.search_engine()[0]["previousStartDate"] == [starts, "2027-04-04T09:00:00+09:00"]
    walk.step(publishing.save, {"start": "2027-04-04T09:00:00", "end": "2027-04-04T11:00:00"})
    assert walk.news() == ["【日時変更】朝市"]

    walk.step(single_dates.change_date, ONE, {"status": "cancelled", "note": "強風のため"})
    assert said(walk.calendar()["04-18 09:00"]) == ("【中止】朝市", "CANCELLED", "TRANSPARENT", 4)
    assert "強風のため" in walk.calendar()["04-18 09:00"]["DESCRIPTION"]
    assert walk.calendar()[""]["LAST-MODIFIED"].dt == walk.at
    assert "EXDATE" not in walk.calendar()[""]
    assert walk.news() == ["【中止】朝市（4月18日（日））"]
    assert walk.search_engine()[2]["eventStatus"] == status + "Cancelled"

    walk.step(publishing.cancel, "熊の出没のため")
    assert said(walk.calendar()[""]) == ("【中止】朝市", "CANCELLED", "TRANSPARENT", 5)
    assert str(walk.calendar()[""]["DESCRIPTION"]).startswith("【中止】熊の出没のため")
    assert walk.news() == ["【中止】朝市"]
    assert {one["eventStatus"] for one in walk.search_engine()} == {status + "Cancelled"}
    assert walk.search_engine()[0]["startDate"] == "2027-04-04T09:00:00+09:00"

    walk.step(publishing.restore)
    assert said(walk.calendar()[""])[1:] == ("CONFIRMED", "OPAQUE", 6)
    assert said(walk.calendar()["04-18 09:00"])[1] == "CANCELLED"  # that one date was cancelled for its own reason
    assert walk.news() == ["【開催】朝市"]

    walk.step(single_dates.change_date, ONE, {})
    assert list(walk.calendar()) == [""]
    assert walk.news() == ["【開催】朝市（4月18日（日））"]

    walk.step(publishing.postpone, "道路工事のため")
    assert said(walk.calendar()[""]) == ("【延期】朝市", "CANCELLED", "TRANSPARENT", 8)
    assert walk.news() == ["【延期】朝市"]
    assert {one["eventStatus"] for one in walk.search_engine()} == {status + "Postponed"}

    later = {
        "start": "2027-05-02T09:00:00",
        "end": "2027-05-02T11:00:00",
        "rule": "FREQ=WEEKLY;BYDAY=SU;UNTIL=20270523",
    }
    walk.step(publishing.save, later)
    assert said(walk.calendar()[""]) == ("【日時変更】朝市", "CONFIRMED", "OPAQUE", 9)
    assert walk.calendar()[""]["DTSTART"].dt.date().isoformat() == "2027-05-02"
    assert walk.news() == ["【日時変更】朝市"]
    assert walk.search_engine()[0]["eventStatus"] == status + "Rescheduled"

    walk.step(publishing.withdraw, "")
    assert walk.calendar() == {}
    assert walk.news() == []
    assert walk.client.get(f"/events/{walk.event.public_id}").status_code == 410
    walk.step(publishing.restore)
    assert str(walk.calendar()[""]["UID"]) == uid


def test_a_cancelled_event_is_off_also_on_the_day_that_was_to_be_held(walk: Walk) -> None:
    walk.step(single_dates.decide, datetime(2027, 4, 4, 8), "held")
    held = walk.calendar()["04-04 08:00"]
    assert said(held)[:2] == ("【開催決定】朝市", "CONFIRMED")
    assert str(held["DESCRIPTION"]).startswith("【開催決定】予定どおり開催します。")
    walk.step(publishing.cancel, "熊の出没のため")
    assert {said(one)[:2] for one in walk.calendar().values()} == {("【中止】朝市", "CANCELLED")}
    assert {one["eventStatus"] for one in walk.search_engine()} == {"https://schema.org/EventCancelled"}
    assert "開催決定" not in walk.client.get("/calendar/2027/04/04").text

"""【日時変更】 stays as long as it is news, and its end is a change that every reader gets."""

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from icalendar import Calendar
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import due, publishing
from calendar_app.staff import undo
from helpers.town import NOW, announce

# NOW is Monday noon, 1 March 2027 (JST 9:00).
WEEKLY = {
    "start": "2027-03-02T10:00:00",
    "end": "2027-03-02T11:00:00",
    "all_day": False,
    "rule": "FREQ=WEEKLY;COUNT=20",
}
DAILY = WEEKLY | {"rule": "FREQ=DAILY;COUNT=40"}
MONTHLY = WEEKLY | {"rule": "FREQ=MONTHLY;BYDAY=1TU;COUNT=6"}
ONCE = WEEKLY | {"rule": ""}


def moved(session: Session, post: Any, values: dict[str, Any]) -> Event:
    event: Event = post(session, **values)
    at = NOW + timedelta(minutes=1)
    publishing.save(session, event, {"start": "2027-03-02T13:00:00", "end": "2027-03-02T14:00:00"}, actor=None, at=at)
    assert event.status == "rescheduled"
    return event


@pytest.mark.parametrize(
    ("values", "gone"),
    [(WEEKLY, 9), (DAILY, 7), (MONTHLY, 37), (ONCE, 2)],
    ids=["weekly", "daily", "monthly", "once"],
)
def test_the_mark_goes_when_the_new_dates_are_known(session: Session, post: Any, values: Any, gone: int) -> None:
    event = moved(session, post, values)
    days = (day for day in range(60) if due.run(session, at=NOW + timedelta(days=day, hours=1)))
    assert next(days) == gone
    assert event.status == "scheduled"


def test_cancelled_dates_teach_nobody_the_new_time(session: Session, post: Any) -> None:
    off = [{"original": f"2027-03-{day:02}T10:00:00", "status": "cancelled"} for day in (2, 9)]
    event = moved(session, post, WEEKLY | {"overrides": off})
    assert not due.run(session, at=NOW + timedelta(days=10))
    assert event.status == "rescheduled"


def test_its_end_reaches_calendars_without_an_update_of_plans(client: FlaskClient, write: Session, post: Any) -> None:
    event = moved(write, post, WEEKLY)
    write.commit()
    address = f"/events/{event.public_id}.ics"
    before = Calendar.from_ical(client.get(address).data).walk("VEVENT")[0]
    assert before["SUMMARY"].startswith("【日時変更】")
    items = client.get("/feed.atom").text.count("<entry>")
    due.run(write, at=NOW + timedelta(days=10))
    write.commit()
    after = Calendar.from_ical(client.get(address).data).walk("VEVENT")[0]
    assert after["SUMMARY"] == "角館の桜まつり"
    assert after["LAST-MODIFIED"].dt > before["LAST-MODIFIED"].dt
    assert after["SEQUENCE"] == before["SEQUENCE"]
    assert client.get("/feed.atom").text.count("<entry>") == items
    page = client.get(f"/events/{event.public_id}").text
    assert "previousStartDate" not in page
    assert "EventRescheduled" not in page


def test_a_colleague_can_bring_it_back(session: Session, post: Any) -> None:
    event = moved(session, post, WEEKLY)
    due.run(session, at=NOW + timedelta(days=10))
    session.refresh(event)
    assert undo.undo(session, event.revisions[0], actor=None, at=NOW + timedelta(days=10))
    assert event.status == "rescheduled"


def test_a_cancelled_event_stays_cancelled(session: Session, post: Any) -> None:
    event = moved(session, post, WEEKLY)
    publishing.cancel(session, event, "雨", actor=None, at=NOW + timedelta(hours=1))
    due.run(session, at=NOW + timedelta(days=60))
    assert event.status == "cancelled"


def test_time_that_is_prolonged_is_in_force_again(session: Session) -> None:
    notice: Any = announce(session, valid_until="2027-03-02T00:00:00+00:00")
    due.run(session, at=NOW + timedelta(days=2))
    assert notice.expired
    publishing.save(
        session, notice, {"valid_until": "2027-03-09T00:00:00+00:00"}, actor=None, at=NOW + timedelta(days=2)
    )
    assert not notice.expired

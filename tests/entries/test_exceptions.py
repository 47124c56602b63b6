"""A series that moves to other weekdays: its cancelled dates go along, or somebody is told that they cannot."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import advice, publishing, revisions
from helpers.staff_desk import TYPED, entry, send
from helpers.town import NOW

LATER = NOW + timedelta(hours=1)
THURSDAYS: dict[str, Any] = {
    "title": "朝市",
    "start": "2027-04-01T08:00:00",
    "end": "2027-04-01T10:00:00",
    "all_day": False,
    "rule": "FREQ=WEEKLY;BYDAY=TH;UNTIL=20270430",
    "exdates": ["2027-04-15T08:00:00"],
}
FRIDAYS: dict[str, Any] = {
    "start": "2027-04-02T08:00:00",
    "end": "2027-04-02T10:00:00",
    "rule": "FREQ=WEEKLY;BYDAY=FR;UNTIL=20270430",
}
CANCELLED = [{"original": "2027-04-15T08:00:00", "status": "cancelled", "note": "暴風"}]

Post = Callable[..., Event]


def days(event: Event) -> list[int]:
    return [occurrence.wall_start.day for occurrence in event.occurrences if occurrence.status != "cancelled"]


def lost(event: Event, **after: Any) -> list[str]:
    before = revisions.values(event)
    return [piece.found for piece in advice.lost_dates(before, before | after)]


def test_an_excluded_date_goes_to_the_new_weekday_of_its_week(session: Session, post: Post) -> None:
    event = post(session, **THURSDAYS)
    assert days(event) == [1, 8, 22, 29]
    assert lost(event, **FRIDAYS) == []
    publishing.save(session, event, FRIDAYS, actor=None, at=LATER)
    assert days(event) == [2, 9, 23, 30]


def test_a_cancelled_date_goes_along_with_its_reason(session: Session, post: Post) -> None:
    event = post(session, **THURSDAYS | {"exdates": [], "overrides": CANCELLED})
    assert lost(event, **FRIDAYS) == []
    publishing.save(session, event, FRIDAYS, actor=None, at=LATER)
    assert days(event) == [2, 9, 23, 30]
    assert [one.note for one in event.occurrences if one.status == "cancelled"] == ["暴風"]


@pytest.mark.parametrize(
    ("rule", "new_start", "goes_ahead"),
    [
        ("FREQ=WEEKLY;INTERVAL=2;BYDAY=TH;COUNT=3", "2027-04-08T08:00:00", [(4, 8), (5, 6)]),
        ("FREQ=DAILY;INTERVAL=14;COUNT=3", "2027-04-08T08:00:00", [(4, 8), (5, 6)]),
        ("FREQ=MONTHLY;BYDAY=1TH;COUNT=3", "2027-04-15T08:00:00", [(4, 15), (6, 17)]),
    ],
    ids=["fortnightly", "every 14 days", "monthly"],
)
def test_the_cancelled_date_of_a_longer_period_goes_along_by_weeks(
    rule: str, new_start: str, goes_ahead: list[tuple[int, int]], session: Session, post: Post
) -> None:
    second = "2027-05-06T08:00:00" if "MONTHLY" in rule else "2027-04-15T08:00:00"
    event = post(session, **THURSDAYS | {"rule": rule, "exdates": [second]})
    moved = {"start": new_start, "end": new_start.replace("08:", "10:"), "rule": rule.replace("1TH", "3TH")}
    assert lost(event, **moved) == []
    publishing.save(session, event, moved, actor=None, at=LATER)
    assert [(day.month, day.day) for day in (one.wall_start for one in event.occurrences)] == goes_ahead


def test_a_fortnightly_date_without_a_place_in_the_new_weeks_is_told(session: Session, post: Post) -> None:
    fortnightly = "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,TH;UNTIL=20270430"
    event = post(session, **THURSDAYS | {"rule": fortnightly})
    after = {"start": "2027-04-08T08:00:00", "end": "2027-04-08T10:00:00"}
    assert lost(event, **after, rule=fortnightly.replace("TU,TH", "TH")) == ["2027-04-15"]


@pytest.mark.parametrize("how", [{}, {"exdates": [], "overrides": CANCELLED}])
def test_two_days_a_week_become_one_and_the_cancelled_date_is_lost(
    session: Session, post: Post, how: dict[str, Any]
) -> None:
    twice = {"rule": "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270430"}
    event = post(session, **THURSDAYS | twice | how)
    assert lost(event, **FRIDAYS) == ["2027-04-15"]
    assert lost(event, **FRIDAYS, exdates=[], overrides=[]) == []  # taken out by hand
    assert lost(event, title="夕市") == []


def test_dates_that_cannot_be_read_give_no_advice_of_their_own(session: Session, post: Post) -> None:
    assert lost(post(session, **THURSDAYS), rule="FREQ=SECONDLY") == []


def test_the_form_asks_once_before_a_cancelled_week_goes_ahead(
    desk: FlaskClient, write: Session, town: Session, post: Post
) -> None:
    event = post(write, **THURSDAYS | {"rule": "FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270430"})
    path, version = f"/staff/entries/{event.public_id}/edit", str(event.version)
    write.commit()
    form = {name: text for name, text in TYPED.items() if name != "all_day"} | {
        "title": "朝市",
        "start_date": "2027-04-02",
        "start_time": "8:00",
        "end_date": "",
        "end_time": "10:00",
        "repeats": "weekly",
        "weekdays": "4",
        "repeat_until": "2027-04-30",
        "left_out": "2027-04-15 8:00",
        "version": version,
        "note": "曜日を改めました",
        "warned": "",
        "action": "save",
    }
    asked = send(desk, path, form)
    assert asked.status_code == 422
    odd = asked.text.split('id="odd"')[1].split("</section>")[0]
    assert '<a href="#repeats">' in odd
    assert "2027年4月15日（木）" in odd
    assert entry(town, path.split("/")[3]).rule.startswith("FREQ=WEEKLY;BYDAY=TU,TH")
    assert send(desk, path, form | {"warned": "y"}).status_code == 303
    assert date(2027, 4, 16) in {one.first_day for one in entry(town, path.split("/")[3]).occurrences}

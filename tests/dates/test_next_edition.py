"""Next year's edition: the right weekday of the right week, or the same date where that is what returns."""

from datetime import date
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.dates import next_edition
from helpers.staff_desk import TYPED, entry, picture, publish, send, value

TODAY = date(2027, 3, 1)


def moved(start: str, end: str | None = None, earlier: tuple[date, ...] = (), **more: Any) -> dict[str, Any]:
    values, _move = next_edition.next_year({"start": start, "end": end} | more, earlier, TODAY)
    return values


@pytest.mark.parametrize(
    ("start", "new"),
    [
        ("2026-04-18T10:00:00", "2027-04-17T10:00:00"),  # the third Saturday
        ("2026-09-20T08:00:00", "2027-09-19T08:00:00"),  # the third Sunday
        ("2026-05-31T09:00:00", "2027-05-30T09:00:00"),  # the fifth Sunday is the last
        ("2024-05-25T10:00:00", "2027-05-22T10:00:00"),  # the next that is not over
        ("2026-01-01T00:00:00", "2028-01-01T00:00:00"),  # New Year's day is no weekday
    ],
)
def test_the_same_weekday_of_the_same_week(start: str, new: str) -> None:
    assert moved(start)["start"] == new


def test_a_season_keeps_its_dates() -> None:
    values = moved("2026-04-15T00:00:00", "2026-05-05T00:00:00")
    assert (values["start"], values["end"]) == ("2027-04-15T00:00:00", "2027-05-05T00:00:00")


def test_what_was_on_one_date_in_two_years_keeps_it() -> None:
    assert moved("2026-08-10T18:00:00", earlier=(date(2025, 8, 10),))["start"] == "2027-08-10T18:00:00"
    assert moved("2026-08-08T18:00:00", earlier=(date(2025, 8, 9),))["start"] == "2027-08-14T18:00:00"


def test_all_that_is_counted_from_it_moves_along() -> None:
    more = {
        "apply_deadline": "2026-04-10T00:00:00",
        "rule": "FREQ=WEEKLY;UNTIL=20260620",
        "exdates": ["2026-05-02T10:00:00"],
    }
    values = moved("2026-04-18T10:00:00", "2026-04-18T12:00:00", **more)
    assert values["end"] == "2027-04-17T12:00:00"
    assert values["apply_deadline"] == "2027-04-09T00:00:00"
    assert values["rule"] == "FREQ=WEEKLY;UNTIL=20270619"
    assert values["exdates"] == []


def test_a_form_for_the_next_edition_says_what_it_moved_and_joins_the_two(desk: FlaskClient, town: Session) -> None:
    old = publish(desk, start_date="2027-04-17", end_date="", photos=(picture(), "a.jpg"), photos_alt="朝の市")
    path = f"/staff/events/new?from={old}&next=year"
    page = desk.get(path).text
    assert value(page, "start_date") == "2028-04-15"
    assert "2027年4月17日（土） → 2028年4月15日（土）" in page
    photo = value(page, "photo")
    form = TYPED | {"start_date": "2028-04-15", "end_date": "", "previous": value(page, "previous"), "photo": photo}
    answer = send(desk, "/staff/events/new", form | {f"alt-{photo}": "朝の市"})
    made = entry(town, answer.headers["Location"].rsplit("/", 1)[1])
    assert made.previous.public_id == old
    assert [one.alt for one in made.photos] == ["朝の市"]
    assert len(made.previous.photos) == 1


def test_a_copy_has_everything_but_the_date(desk: FlaskClient) -> None:
    old = publish(
        desk, all_day="", start_time="10:15", end_date="", apply="電話", deadline_date="4/1", contact="観光課"
    )
    page = desk.get(f"/staff/events/new?from={old}").text
    kept = {name: value(page, name) for name in ("title", "start_date", "start_time", "deadline_date", "contact")}
    expected = {
        "title": "角館の桜まつり",
        "start_date": "",
        "start_time": "10:15",
        "deadline_date": "",
        "contact": "観光課",
    }
    assert kept == expected


def test_nothing_that_is_not_there_can_be_copied(desk: FlaskClient) -> None:
    assert desk.get("/staff/events/new?from=nothing").status_code == 404

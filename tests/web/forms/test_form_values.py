"""What is typed ↔ values: a form filled from values reads back as the same values."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from calendar_app.web.forms import EventForm, form_values

TODAY = date(2027, 3, 1)
TOKYO = ZoneInfo("Asia/Tokyo")
WHEN = ("start", "end", "all_day")


@pytest.fixture
def page(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context("/staff/"):
        yield


def form_of(**fields: str) -> EventForm:
    return EventForm(MultiDict({"title": "夏まつり", **fields}))


def read(form: EventForm) -> dict[str, Any]:
    values = form_values.read(form, "event", today=TODAY, zone=TOKYO, was={})
    return {name: values.get(name) for name in WHEN}


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    ("fields", "start", "end", "all_day"),
    [
        ({"start_date": "4/15"}, "2027-04-15T00:00:00", "2027-04-15T00:00:00", True),
        ({"start_date": "令和9年4月15日", "end_date": "5/5"}, "2027-04-15T00:00:00", "2027-05-05T00:00:00", True),
        ({"start_date": "12/30", "end_date": "1/3"}, "2027-12-30T00:00:00", "2028-01-03T00:00:00", True),
        ({"start_date": "4/15", "start_time": "10:00"}, "2027-04-15T10:00:00", None, False),
        ({"start_date": "4/15", "start_time": "午後6時半", "end_time": "24:00"}, "2027-04-15T18:30:00", "2027-04-16T00:00:00", False),
        ({"start_date": "12/31", "start_time": "23:00", "end_time": "25:30"}, "2027-12-31T23:00:00", "2028-01-01T01:30:00", False),
        ({"start_date": "4/15", "start_time": "10:00", "all_day": "y"}, "2027-04-15T00:00:00", "2027-04-15T00:00:00", True),
    ],
)  # fmt: skip
def test_dates_and_times_are_read_as_people_write_them(
    fields: dict[str, str], start: str, end: str | None, all_day: bool
):
    form = form_of(**fields)
    assert read(form) == {"start": start, "end": end, "all_day": all_day}
    assert not form.errors


@pytest.mark.usefixtures("page")
def test_a_weekday_that_is_not_that_day_s_leaves_the_date_as_it_is_typed():
    form = form_of(start_date="2027年4月15日（月）")
    assert read(form)["start"] == "2027-04-15T00:00:00"
    assert not form.errors


moments = st.datetimes(datetime(2027, 1, 1), datetime(2028, 12, 31)).map(lambda at: at.replace(second=0, microsecond=0))


@pytest.mark.usefixtures("page")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@example(datetime(2027, 1, 1), timedelta(), False)  # a timed event at midnight is not all day
@example(datetime(2027, 4, 15, 10), timedelta(days=2, hours=14), False)  # it ends at midnight, days later
@example(datetime(2027, 4, 15, 20), timedelta(hours=14), False)  # over night: later than can be typed as 29:59
@given(moments, st.timedeltas(timedelta(), timedelta(days=9)), st.booleans())
def test_an_edited_event_keeps_its_times(start: datetime, length: timedelta, all_day: bool):
    end = start + timedelta(minutes=length // timedelta(minutes=1))
    if all_day:
        start, end = datetime.combine(start, datetime.min.time()), datetime.combine(end, datetime.min.time())
    values = {"start": start.isoformat(), "end": end.isoformat(), "all_day": all_day}
    form = form_of()
    form_values.fill(form, values, TOKYO)
    assert read(form) == values
    assert not form.errors

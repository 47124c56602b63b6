"""A date with another day's weekday beside it: read as the date says, told, mended by one press, never refused by the form."""

import re
from datetime import datetime

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry
from helpers.staff_desk import NEW, TYPED, entry, errors, every, publish, send, value


def test_a_weekday_of_another_day_is_a_warning_with_two_mends_and_blocks_nothing(
    desk: FlaskClient, town: Session
) -> None:
    typed = TYPED | {"start_date": "2027-04-20(日)", "end_date": ""}
    asked = send(desk, NEW, typed | {"warned": ""})
    assert asked.status_code == 422
    assert errors(asked.text) == {}
    assert "2027年4月20日は日曜日ではなく火曜日です" in asked.text
    ways = re.findall(r'name="mend" value="(start_date=[0-9-]+)"', asked.text)
    assert {*ways} == {"start_date=2027-04-20", "start_date=2027-04-18"}
    mended = send(desk, NEW, typed | {"action": "", "mend": "start_date=2027-04-18"})
    assert value(mended.text, "start_date") == "2027-04-18"
    assert 'name="mend"' not in mended.text
    assert every(town, Entry) == []
    assert entry(town, publish(desk, **typed)).start == datetime(2027, 4, 20)  # pressed again: as the date says


def test_a_draft_with_a_weekday_of_another_day_is_saved_and_says_so(desk: FlaskClient, town: Session) -> None:
    typed = TYPED | {"start_date": "4/20 Sun", "end_date": "", "action": "draft", "warned": ""}
    made = send(desk, NEW, typed)
    assert made.status_code == 303
    assert "日曜日ではなく火曜日です" in desk.get(made.headers["Location"]).text


def test_while_typing_the_mends_come_with_the_advice(desk: FlaskClient) -> None:
    advice = send(desk, "/staff/preview", {"start_date": "4/20(日)", "kind": "event"}, NEW).json["advice"]
    assert [(one["field"], [day for _said, day in one["mends"]]) for one in advice] == [
        ("start_date", ["2027-04-20", "2027-04-18"])
    ]

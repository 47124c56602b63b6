"""Import at the desk, through HTTP: look first, take what is ticked, take it back."""

import io
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from helpers.clients import vevents
from helpers.import_samples import calendar, event, table
from helpers.staff_desk import send, signed_in
from helpers.town import person

CONCERT = event("UID:1@example.org", "SUMMARY:春の演奏会", "DTSTART:20270410T090000Z", "DTEND:20270410T110000Z")
FAIR = event("UID:2@example.org", "SUMMARY:<b>物産展</b>", "DTSTART;VALUE=DATE:20270501")
PATH = "/staff/import"


def upload(desk: FlaskClient, text: str, name: str = "hall.ics") -> Any:
    return send(desk, PATH, {"file": (io.BytesIO(text.encode()), name)})


def look(desk: FlaskClient, text: str) -> str:
    """The address of the preview."""
    answer = upload(desk, text)
    assert answer.status_code == 303
    return str(answer.headers["Location"])


def titles(client: FlaskClient) -> set[str]:
    return {str(one["SUMMARY"]) for one in vevents(client.get("/calendar.ics").data)}


def take(desk: FlaskClient, preview: str, **form: Any) -> Any:
    return send(desk, preview.partition("?")[0], {"source": "hall", "department": "1"} | form)


def test_looking_publishes_nothing_and_escapes_what_it_shows(desk: FlaskClient, client: FlaskClient) -> None:
    page = desk.get(look(desk, calendar(CONCERT, FAIR))).text
    assert "春の演奏会" in page
    assert "<b>物産展" not in page
    assert titles(client) == set()


def test_what_is_ticked_is_published_and_taken_back_as_one(desk: FlaskClient, client: FlaskClient) -> None:
    preview = look(desk, calendar(CONCERT, FAIR))
    done = take(desk, preview, row=["1"], mend=["1"])
    assert titles(client) == {"春の演奏会"}
    act = done.headers["Location"]
    assert "春の演奏会" in desk.get(act).text
    send(desk, f"{act}/undo", {}, page=act)
    assert titles(client) == set()
    assert desk.get(preview).status_code == 404  # dealt with


def test_defects_are_named_with_their_mends(desk: FlaskClient, client: FlaskClient) -> None:
    text = table("おはなし会,2027-05-10,2027-05-01,10:00,11:00,,絵本の時間")
    answer = upload(desk, text, "list.csv")
    page = desk.get(answer.headers["Location"]).text
    assert re.search(r"⚠ .*終", page)


def test_the_preview_speaks_as_people_do(desk: FlaskClient) -> None:
    series = CONCERT.replace("END:VEVENT", "RRULE:FREQ=WEEKLY;COUNT=3\r\nEND:VEVENT")
    page = desk.get(look(desk, calendar(series))).text
    assert re.search(r"2027年4月10日（土）午後6時〜午後8時\s*（全3回）", page)
    assert "UTF-8" in page
    answer = upload(desk, table("朝市,2027-05-02,,8:00,,,"), "list.csv")
    page = desk.get(answer.headers["Location"]).text
    assert "イベントの表" in page or "イベント一覧" in page
    assert "00:00" not in page


def test_the_same_event_in_another_file_is_proposed_as_the_same(desk: FlaskClient, client: FlaskClient) -> None:
    take(desk, look(desk, calendar(CONCERT)), row=["1"])
    preview = look(desk, calendar(CONCERT.replace("UID:1@", "UID:1-new@")))
    assert not re.search(r'name="row" value="1" checked', desk.get(preview).text)
    take(desk, preview, row=["1"], mend=["1"])
    assert len(vevents(client.get("/calendar.ics").data)) == 1


@pytest.mark.parametrize("text", ["", "<!doctype html><p>404", "ただの文章です。"])
def test_a_file_that_is_none_says_why(desk: FlaskClient, text: str) -> None:
    answer = upload(desk, text)
    assert answer.status_code == 422
    assert 'id="file-error"' in answer.text


def test_a_calendar_without_events_has_nothing_to_take(desk: FlaskClient) -> None:
    page = desk.get(look(desk, "BEGIN:VCALENDAR\r\n" + "X" * 100)).text
    assert "何も見つかりませんでした" in page
    assert "選んだものを公開する" not in page


def test_nobody_takes_for_another_department_or_over_its_entries(
    app: Flask, desk: FlaskClient, client: FlaskClient, write: Session
) -> None:
    person(write, "other@example.jp", department=2)
    write.commit()
    take(desk, look(desk, calendar(CONCERT)), row=["1"])
    other = signed_in(app, "other@example.jp")
    changed = CONCERT.replace("春の演奏会", "乗っ取り")
    assert take(other, look(other, calendar(changed)), row=["1"]).status_code == 403
    take(other, look(other, calendar(changed)), row=["1"], department="2")
    assert titles(client) == {"春の演奏会"}


@pytest.mark.parametrize("name", ["../config.toml", "x" * 32, "0" * 32])
def test_only_what_was_uploaded_is_read(desk: FlaskClient, name: str) -> None:
    assert desk.get(f"{PATH}/{name}").status_code == 404

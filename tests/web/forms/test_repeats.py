"""Dates that repeat, are not known yet, or change: typed in the form, looked at beforehand, kept, and told to the public."""

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from calendar_app.db.engine import write_session
from calendar_app.db.models import Event, Revision
from calendar_app.entries import publishing
from calendar_app.web.forms import EventForm, form_values
from helpers.clients import vevents
from helpers.services import browser
from helpers.serving import installation
from helpers.staff_desk import NEW, entry, errors, every, publish, send, signed_in, value
from helpers.town import NOW, person

TODAY, TOKYO = date(2027, 3, 1), ZoneInfo("Asia/Tokyo")
STORIES: dict[str, Any] = {
    "title": "おはなし会",
    "department_id": "1",
    "start_date": "2027-04-10",
    "start_time": "10:30",
    "end_time": "11:00",
    "end_date": "",
    "all_day": [],
    "repeats": "monthly_weekday",
    "action": "publish",
}
WITHIN_A_YEAR = {"repeat_until": "2028-03-31"}


@pytest.fixture
def page(app: Flask) -> Iterator[None]:
    app.config["WTF_CSRF_ENABLED"] = False
    with app.test_request_context("/staff/"):
        yield


def read(was: dict[str, Any] | None = None, **fields: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The values that the form gives, and what is wrong with it."""
    form = EventForm(MultiDict(STORIES | fields))
    values = form_values.read(form, "event", today=TODAY, zone=TOKYO, was=was or {})
    return values, form.errors


def of(public_id: str) -> str:
    return f"/staff/entries/{public_id}/edit"


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"repeats": ""}, ""),
        ({"repeats": "weekly"}, "FREQ=WEEKLY;BYDAY=SA;UNTIL=20280331"),
        ({"repeats": "weekly", "weekdays": ["1", "4"], "repeat_count": "10回"}, "FREQ=WEEKLY;BYDAY=TU,FR;COUNT=10"),
        ({"repeats": "biweekly", "repeat_until": "9/30"}, "FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;UNTIL=20270930"),
        ({"repeats": "monthly_date"}, "FREQ=MONTHLY;BYMONTHDAY=10;UNTIL=20280331"),
        ({"repeats": "monthly_date", "month_days": "１、15日 末日"}, "FREQ=MONTHLY;BYMONTHDAY=1,15,-1;UNTIL=20280331"),
        ({"repeats": "monthly_weekday"}, "FREQ=MONTHLY;BYDAY=2SA;UNTIL=20280331"),
        ({"nths": ["2", "4"], "weekdays": "5"}, "FREQ=MONTHLY;BYDAY=2SA,4SA;UNTIL=20280331"),
        ({"repeats": "monthly_last", "weekdays": "2"}, "FREQ=MONTHLY;BYDAY=-1WE;UNTIL=20280331"),
        ({"repeats": "yearly", "repeat_count": "3"}, "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=10;COUNT=3"),
    ],
)
def test_a_repeat_is_chosen_in_words_and_kept_as_a_rule_with_an_end(fields: dict[str, Any], rule: str):
    values, wrong = read(**fields)
    assert not wrong
    assert values["rule"] == rule


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    "fields",
    [
        {"repeats": "weekly", "weekdays": ["1", "4"], "skips": ["holiday", "obon"], "slots": "13:00-14:30、15:00"},
        {"repeats": "biweekly", "repeat_count": "12"},
        {"repeats": "monthly_date", "month_days": "1、末日", "shift": "next_weekday"},
        {"repeats": "monthly_weekday", "nths": ["1", "-1"], "left_out": "2027-07-03\n2027-08-07 10:30"},
        {"repeats": "monthly_last", "own_dates": "2027-12-24\n2027-12-25 13:00-15:00"},
        {"repeats": "yearly", "start_time": "", "end_time": ""},
        {"repeats": "dates", "own_dates": "2027-04-17\n2027-04-24 14:00-16:00\n2027-05-01 9:30"},
        {"repeats": "", "slots": "13:00-13:30"},
        {"start_date": "例年4月下旬", "repeats": ""},
        {"start_date": "2027年4月中旬〜5月上旬（確定）", "repeats": ""},
        {"start_date": "2027年秋", "certainty": "forecast", "repeats": ""},
    ],
)
def test_an_edited_repeat_reads_back_as_it_was(fields: dict[str, Any]):
    values, wrong = read(**fields)
    assert not wrong
    shown = EventForm(None)
    form_values.fill(shown, values, TOKYO)
    sent = MultiDict((field.name, one) for field in shown for one in _sent(field.data))
    again = form_values.read(EventForm(sent), "event", today=TODAY, zone=TOKYO, was=values)
    assert again == values | {"summary_easy": ""}  # it is a translation once the form has shown it


def _sent(data: Any) -> list[str]:
    """What a browser sends for a field that holds this."""
    if isinstance(data, list):
        return [str(one) for one in data]
    return [str(data)] if data not in (None, False) else []


@pytest.mark.usefixtures("page")
def test_a_date_of_its_own_may_end_at_another_time():
    values, _wrong = read(repeats="dates", own_dates="4/17\n4/24 14:00-16:00\n5/1 10:30-11:00")
    assert values["rdates"] == ["2027-04-17T00:00:00", "2027-04-24T14:00:00", "2027-05-01T10:30:00"]
    assert values["overrides"] == [{"original": "2027-04-24T14:00:00", "end": "2027-04-24T16:00:00"}]
    shorter, _wrong = read(values, repeats="dates", own_dates="4/17\n4/24 14:00")
    assert shorter["overrides"] == []


@pytest.mark.usefixtures("page")
@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"repeat_until": "2027-04-09"}, "repeat_until"),
        ({"repeat_until": "いつまでも"}, "repeat_until"),
        ({"repeat_until": "2028-03-31", "repeat_count": "3"}, "repeat_count"),
        ({"repeats": "monthly_date", "month_days": "32"}, "month_days"),
        ({"repeats": "dates"}, "own_dates"),
        ({"repeats": "dates", "own_dates": "4/31"}, "own_dates"),
        ({"left_out": "ときどき"}, "left_out"),
        ({"slots": "昼ごろ"}, "slots"),
        ({"slots": "13:00", "start_time": ""}, "slots"),
        ({"own_dates": "4/20 13:00", "start_time": ""}, "own_dates"),
        ({"start_date": "4月下旬"}, "repeats"),
        ({"start_date": "4月下旬", "repeats": "", "slots": "13:00"}, "slots"),
        ({"start_date": "4月下旬", "end_date": "5/10", "repeats": ""}, "end_date"),
        ({"start_date": "13月", "repeats": ""}, "start_date"),
        ({"reserve_date": "2027-04-09", "repeats": ""}, "reserve_date"),
        ({"open_date": "2027-04-09", "deadline_date": "2027-04-01", "repeats": ""}, "deadline_date"),
    ],
)
def test_what_cannot_be_read_is_an_error_at_its_field(fields: dict[str, Any], field: str):
    _values, wrong = read(**fields)
    assert list(wrong) == [field]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"repeats": "weekly", "repeat_until": "2099-12-31"}, "repeat_until"),
        ({"repeats": "weekly", "repeat_count": "999999"}, "repeat_count"),
        ({"repeats": "weekly", "repeat_count": "-1"}, "repeat_count"),
        ({"repeats": "weekly", "weekdays": ["0", "1", "2", "3", "4", "5", "6"], "repeat_count": "2000", "slots": "13:00"}, "repeats"),
        ({"start_date": "2027-02-28", "repeats": "monthly_date", "month_days": "31", "repeat_until": "3/1"}, "repeats"),
        ({"repeats": "weekly", "left_out": "4/10\n4/17", "repeat_count": "2"}, "repeats"),
        ({"repeats": "secondly"}, "repeats"),
        ({"repeats": "rule"}, "repeats"),
        ({"weekdays": "9"}, "weekdays"),
        ({"weekdays": "金"}, "weekdays"),
        ({"nths": "77"}, "nths"),
        ({"skips": "<b>"}, "skips"),
        ({"shift": "sideways"}, "shift"),
        ({"month_days": "1" * 500}, "month_days"),
        ({"own_dates": "4/15\n" * 2000}, "own_dates"),
        ({"certainty": "divine", "repeats": ""}, "certainty"),
        ({"weather_rule": "snow", "repeats": ""}, "weather_rule"),
    ],
)  # fmt: skip
def test_a_repeat_without_bounds_or_sense_is_refused_and_nothing_typed_is_lost(
    desk: FlaskClient, town: Session, fields: dict[str, Any], field: str
):
    answer = send(desk, NEW, STORIES | {"summary": "えほん"} | fields)
    assert answer.status_code == 422
    assert field in errors(answer.text)
    assert (value(answer.text, "title"), value(answer.text, "summary")) == ("おはなし会", "えほん")
    assert every(town, Event) == []


def test_a_series_is_posted_and_every_date_is_public(desk: FlaskClient, client: FlaskClient, town: Session):
    public_id = publish(desk, **STORIES | {"nths": "2", "weekdays": "5", "skips": "holiday"} | WITHIN_A_YEAR)
    made = entry(town, public_id)
    assert made.rule == "FREQ=MONTHLY;BYDAY=2SA;UNTIL=20280331"
    assert made.skips == ["holiday"]
    assert len(made.occurrences) == 12
    assert "おはなし会" in client.get("/calendar/2027/06/12").text
    page = desk.get(of(public_id)).text
    assert 'value="monthly_weekday"' in page
    assert value(page, "repeat_until") == "2028-03-31"


def test_a_start_beside_its_rule_moves_to_the_first_date_and_the_preview_says_so(desk: FlaskClient, town: Session):
    beside = STORIES | {"start_date": "2027-04-05", "nths": "2", "weekdays": "5"} | WITHIN_A_YEAR
    shown = send(desk, NEW, beside | {"action": "preview"}).text
    assert "4月5日" in shown.split('id="preview"')[1]
    assert value(shown, "start_date") == "2027-04-05"
    made = entry(town, publish(desk, **beside))
    assert (made.start, made.end) == (datetime(2027, 4, 10, 10, 30), datetime(2027, 4, 10, 11))


def told(page: str) -> str:
    """What the preview of a page says."""
    return page.split('id="preview"')[1].split("</fieldset>")[0]


def test_the_preview_says_the_rule_the_dates_and_what_is_left_out_and_saves_nothing(desk: FlaskClient, town: Session):
    weekly = {"repeats": "weekly", "skips": ["holiday", "obon"], "left_out": "6/5", "action": "preview", "title": ""}
    answer = send(desk, NEW, STORIES | {"start_date": "2027-05-01"} | weekly | WITHIN_A_YEAR)
    assert answer.status_code == 200
    said = told(answer.text)
    assert "毎週土曜日（2028年3月31日まで）" in said
    assert "every Saturday, until 31 March 2028" in said
    assert "2027年 5/1(土) 10:30–11:00" in said
    assert "6月5日" in said
    assert "お盆" in said
    assert said.count("10:30–11:00") == 10
    assert errors(answer.text) == {}
    assert every(town, Event) == []


def test_the_preview_is_asked_for_while_typing(desk: FlaskClient, town: Session):
    typed_now = STORIES | {"nths": "2", "weekdays": "5"}
    answer = send(desk, "/staff/preview", typed_now | WITHIN_A_YEAR, page=NEW)
    assert answer.status_code == 200
    lines = [line for one in answer.json["sections"] for line in one["lines"]]
    assert "毎月第2土曜日（2028年3月31日まで）" in lines
    english = send(desk, "/staff/preview?lang=en", typed_now, page=NEW).json["sections"]
    assert english[-1]["lines"][:2] == ["2027: Sat 10 Apr 10:30–11:00", "Sat 8 May 10:30–11:00"]
    wrong = send(desk, "/staff/preview", typed_now | {"repeat_until": "2099-01-01"}, page=NEW).json["sections"]
    assert [one["tone"] for one in wrong] == ["bad"]
    assert every(town, Event) == []


def test_the_preview_of_another_department_s_entry_is_refused(app: Flask, desk: FlaskClient, write: Session):
    public_id = publish(desk, **STORIES)
    person(write, "library@example.jp", department=2)
    write.commit()
    answer = send(signed_in(app, "library@example.jp"), "/staff/preview", STORIES | {"entry": public_id}, page=NEW)
    assert answer.status_code == 403


def test_an_edit_says_what_becomes_of_the_dates_that_were_changed_one_by_one(
    desk: FlaskClient, write: Session, town: Session
):
    public_id = publish(desk, **STORIES | {"repeats": "weekly", "weekdays": ["5", "6"], "repeat_until": "2027-06-30"})
    overrides = [
        {"original": "2027-04-17T10:30:00", "status": "cancelled", "note": "館内整理"},
        {"original": "2027-04-18T10:30:00", "status": "full"},
    ]
    publishing.save(
        write, write.get_one(Event, entry(town, public_id).id), {"overrides": overrides}, actor=None, at=NOW
    )
    write.commit()
    later = {"repeats": "weekly", "weekdays": "5", "start_time": "13:00", "end_time": "14:00", "asked": "y"}
    edit = STORIES | later | {"repeat_until": "2027-06-30", "version": str(entry(town, public_id).version)}
    said = told(send(desk, of(public_id), edit | {"action": "preview"}).text)
    lost, kept = said.split('class="warn"')[1].split("</section>")[:2]
    assert "4月18日" in lost
    assert "4月17日" in kept
    assert "館内整理" in kept
    assert send(desk, of(public_id), edit).status_code == 303
    cancelled = [one for one in entry(town, public_id).occurrences if one.status == "cancelled"]
    assert [one.wall_start for one in cancelled] == [datetime(2027, 4, 17, 13)]


def test_a_rule_that_the_form_has_no_words_for_is_said_and_kept(desk: FlaskClient, write: Session, town: Session):
    public_id = publish(desk, **STORIES | {"repeats": ""})
    rule = "FREQ=MONTHLY;INTERVAL=3;BYDAY=2SA;UNTIL=20280331"
    publishing.save(write, write.get_one(Event, entry(town, public_id).id), {"rule": rule}, actor=None, at=NOW)
    write.commit()
    assert "3か月ごとの第2土曜日" in desk.get(of(public_id)).text
    edit = STORIES | {"repeats": "rule", "title": "おはなしの会", "version": str(entry(town, public_id).version)}
    assert send(desk, of(public_id), edit).status_code == 303
    assert (entry(town, public_id).rule, entry(town, public_id).title) == (rule, "おはなしの会")


def test_an_imprecise_date_is_understood_and_said(desk: FlaskClient, client: FlaskClient, town: Session):
    vague = STORIES | {"start_date": "例年4月下旬", "repeats": "", "start_time": "10:00"}
    assert "2027年4月21日" in told(send(desk, NEW, vague | {"action": "preview"}).text)
    made = entry(town, public_id := publish(desk, **vague))
    assert (made.precision, made.certainty, made.all_day) == ("part", "usual", True)
    assert (made.start.day, made.end.day) == (21, 30)
    assert "例年4月下旬" in client.get(f"/events/{public_id}").text
    page = desk.get(of(public_id)).text
    assert value(page, "start_date") == "2027年4月下旬"
    assert '<option selected value="usual">' in page


def test_what_happens_in_bad_weather_is_kept_and_public(desk: FlaskClient, client: FlaskClient, town: Session):
    rain = {"weather_rule": "reserve", "reserve_date": "4/17", "decision": "当日午前6時に決定", "weather": "小雨決行"}
    opens = {"open_date": "3/15", "open_time": "9:00", "deadline_date": "4/1"}
    made = entry(town, public_id := publish(desk, **STORIES | {"repeats": ""} | rain | opens))
    assert made.reserve_start == datetime(2027, 4, 17, 10, 30)
    assert (made.apply_start, made.apply_deadline) == (datetime(2027, 3, 15, 9), datetime(2027, 4, 1))
    shown = str(vevents(client.get(f"/events/{public_id}.ics").data)[0]["DESCRIPTION"])
    for words in ("雨天順延（小雨決行）", "当日午前6時に決定", "4月17日（土）午前10時30分", "3月15日（月）午前9時"):
        assert words in shown
    page = desk.get(of(public_id)).text
    shown_again = {name: value(page, name) for name in ("reserve_date", "reserve_time", "open_time", "deadline_time")}
    assert list(shown_again.values()) == ["2027-04-17", "10:30", "09:00", ""]


def test_changed_dates_of_a_public_event_are_asked_for_a_reason_once(
    desk: FlaskClient, client: FlaskClient, town: Session
):
    public_id = publish(desk, **STORIES | {"repeats": ""})
    moved = STORIES | {"repeats": "", "start_date": "2027-04-17", "version": str(entry(town, public_id).version)}
    asked = send(desk, of(public_id), moved)
    assert asked.status_code == 422
    assert 'id="ask"' in asked.text
    assert "autofocus" in asked.text
    assert entry(town, public_id).start.day == 10
    assert value(asked.text, "start_date") == "2027-04-17"
    told_why = {"asked": value(asked.text, "asked"), "note": "会場の都合により"}
    assert send(desk, of(public_id), moved | told_why).status_code == 303
    assert "会場の都合により" in client.get("/feed.atom").text


def test_pressing_again_without_a_reason_saves(desk: FlaskClient, town: Session):
    public_id = publish(desk, **STORIES | {"repeats": "", "start_date": "4月下旬"})
    known = STORIES | {"repeats": "", "start_date": "2027-04-24", "version": str(entry(town, public_id).version)}
    asked = send(desk, of(public_id), known)
    assert asked.status_code == 422
    assert send(desk, of(public_id), known | {"asked": value(asked.text, "asked")}).status_code == 303
    made = entry(town, public_id)
    assert (made.precision, made.certainty, made.start.day) == ("exact", "confirmed", 24)
    assert [row.kind for row in every(town, Revision)].count("confirmed") == 1


@pytest.mark.parametrize(
    "change", [{"title": "おはなしの会"}, {"venue_id": "1"}, {"start_date": "5月上旬", "certainty": "planned"}]
)
def test_other_changes_are_not_asked_for_a_reason(desk: FlaskClient, town: Session, change: dict[str, str]):
    public_id = publish(desk, **STORIES | {"repeats": "", "start_date": "4月下旬"})
    version = str(entry(town, public_id).version)
    edit = STORIES | {"repeats": "", "start_date": "4月下旬", "version": version} | change
    assert send(desk, of(public_id), edit).status_code == 303


def test_two_people_s_changes_of_date_and_rule_are_both_kept(desk: FlaskClient, write: Session, town: Session):
    public_id = publish(desk, **STORIES | WITHIN_A_YEAR)
    opened = entry(town, public_id)
    version = str(opened.version)
    theirs = {"rule": "FREQ=WEEKLY;BYDAY=SA;UNTIL=20270630"}
    publishing.save(write, write.get_one(Event, opened.id), theirs, actor=None, at=NOW)
    write.commit()
    edit = STORIES | WITHIN_A_YEAR | {"summary": "えほんの時間", "version": version}
    answer = send(desk, of(public_id), edit)
    assert answer.status_code == 409
    assert value(answer.text, "repeat_until") == "2027-06-30"
    assert '<option selected value="weekly">' in answer.text


@pytest.fixture
def phone(engine: Engine, database_url: str, tmp_path: Path) -> Iterator[tuple[Page, str]]:
    with write_session(engine) as session:
        person(session)
        session.commit()
    with (
        installation(tmp_path / "instance", CALENDAR_DATABASE_URL=database_url) as url,
        browser() as chromium,
    ):
        made = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, locale="ja-JP")
        made.set_default_timeout(60_000)
        page = made.new_page()
        page.goto(f"{url}/staff/")
        page.fill("#email", "staff@example.jp")
        page.fill("#password", "correct horse battery")
        page.tap("main button")
        page.wait_for_url(f"{url}/staff/")
        yield page, url


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, sqlite_url: str) -> str:
    """A browser is slow: one engine is enough here."""
    return sqlite_url


def test_a_thumb_makes_every_second_saturday_and_sees_the_dates_at_once(phone: tuple[Page, str]):
    page, url = phone
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{url}/staff/events/new")
    year = datetime.now(TOKYO).year + 1
    page.fill("[name=title]", "おはなし会")
    page.press("[name=title]", "Enter")  # looks at the dates; publishes nothing
    page.fill("[name=start_date]", f"{year}-04-01")
    page.fill("[name=start_time]", "10:30")
    page.fill("[name=end_time]", "11:00")
    page.tap(".repeat summary")
    page.select_option("[name=repeats]", "monthly_weekday")
    page.tap("[name=nths][value='2']")
    page.tap("[name=weekdays][value='5']")
    page.tap("[name=skips][value=holiday]")
    page.locator("#preview").get_by_text(f"毎月第2土曜日（{year + 1}年3月31日まで）").wait_for()
    assert "10:30–11:00" in page.inner_text("#preview")
    assert not page.is_visible("[name=month_days]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.tap("button[value=publish]")
    page.wait_for_url("**/staff/entries/*")
    page.goto(page.url + "/edit")
    assert page.is_checked("[name=nths][value='2']")
    assert page.input_value("[name=repeat_until]") == f"{year + 1}-03-31"
    assert complaints == []

"""Single dates at the staff desk, through HTTP: what a person types and taps, and what citizens get of it."""

import re
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, Revision, Venue
from calendar_app.entries import publishing, single_dates
from helpers.clients import vevents
from helpers.staff_desk import errors, send, signed_in, value
from helpers.town import NOW, STOPPED, person

# The pages are looked at on 1 March 2027, a Monday.
MARKET: dict[str, Any] = {
    "title": "朝市",
    "start": "2027-02-01T08:00:00",
    "end": "2027-02-01T10:00:00",
    "all_day": False,
    "rule": "FREQ=WEEKLY;BYDAY=MO;UNTIL=20270331",
    "tags": [],
}
TODAYS: dict[str, Any] = MARKET | {
    "title": "花見列車",
    "start": "2027-03-01T18:00:00",
    "end": "2027-03-01T20:00:00",
    "rule": "",
    "weather_rule": "cancelled",
}


@pytest.fixture
def made(write: Session, post: Any) -> Any:
    """Publish an event, and let everybody see it; its public id."""

    def make(**values: Any) -> str:
        event: Event = post(write, **values)
        public_id = event.public_id
        write.commit()
        return public_id

    return make


@pytest.fixture
def market(made: Any) -> str:
    return str(made(**MARKET))


def address(public_id: str, stamp: str = "20270308T0800") -> str:
    return f"/staff/entries/{public_id}/dates/{stamp}"


def fields(page: str) -> dict[str, str]:
    names = ("start_date", "start_time", "end_date", "end_time", "note", "version")
    venue = re.search(r'<option selected value="(\d*)"', page)
    return {name: value(page, name) for name in names if f'name="{name}"' in page} | {
        "venue_id": venue[1] if venue else ""
    }


def press(desk: FlaskClient, path: str, action: str, **typed: str) -> Any:
    return send(desk, path, fields(desk.get(path).text) | typed | {"action": action})


def event(write: Session, public_id: str) -> Event:
    write.rollback()
    return write.scalars(select(Event).where(Event.public_id == public_id)).one()


def changes(write: Session, public_id: str) -> list[Any]:
    found = event(write, public_id).overrides
    write.rollback()
    return list(found)


def news(client: FlaskClient) -> list[str]:
    return [one.title for one in feedparser.parse(client.get("/feed.atom").data).entries]


def calendar(client: FlaskClient) -> dict[str, str]:
    """The titles in the city's calendar, by the day of a single date."""
    found = vevents(client.get("/calendar.ics").data)
    return {f"{one['RECURRENCE-ID'].dt:%m-%d}" if "RECURRENCE-ID" in one else "": str(one["SUMMARY"]) for one in found}


def act_of(answer: Any) -> str:
    return str(answer.headers["Location"].partition("act=")[2])


def test_the_dates_of_a_series_are_listed_from_a_month_back(desk: FlaskClient, market: str) -> None:
    page = desk.get(f"/staff/entries/{market}/dates").text
    assert address(market, "20270201T0800") in page
    assert address(market, "20270329T0800") in page
    assert f"/staff/entries/{market}/dates" in desk.get(f"/staff/entries/{market}").text


def test_a_cancelled_date_is_known_everywhere_at_once_and_one_press_takes_it_back(
    desk: FlaskClient, client: FlaskClient, market: str, write: Session
) -> None:
    answer = press(desk, address(market), "cancel", note="大雪のため")
    assert answer.status_code == 303
    assert calendar(client) == {"": "朝市", "03-08": "【中止】朝市"}
    assert news(client)[0] == "【中止】朝市（3月8日（月））"
    assert "大雪のため" in client.get(f"/events/{market}").text
    page = desk.get(answer.headers["Location"]).text
    assert "【中止】朝市（3月8日（月））" in page

    path = f"/staff/bulk/{act_of(answer)}/undo"
    undone = send(desk, path, {"back": market}, page=answer.headers["Location"])
    assert undone.headers["Location"].endswith(f"/staff/entries/{market}/dates")
    assert changes(write, market) == []
    assert calendar(client) == {"": "朝市"}
    assert news(client)[0] == "【開催】朝市（3月8日（月））"


def test_a_date_is_moved_as_typed_and_goes_back_to_normal(
    desk: FlaskClient, client: FlaskClient, market: str, write: Session
) -> None:
    page = desk.get(address(market)).text
    assert fields(page) | {"version": ""} == {
        "start_date": "2027-03-08",
        "start_time": "08:00",
        "end_date": "",
        "end_time": "10:00",
        "venue_id": "1",
        "note": "",
        "version": "",
    }
    answer = press(desk, address(market), "save", start_date="3月9日（火）", start_time="午後1時", end_time="25:30")
    assert answer.status_code == 303
    moved = {"start": "2027-03-09T13:00:00", "end": "2027-03-10T01:30:00", "status": "rescheduled"}
    assert changes(write, market) == [{"original": "2027-03-08T08:00:00"} | moved]
    assert news(client)[0] == "【日時変更】朝市（3月8日（月））"
    assert fields(desk.get(address(market)).text)["end_time"] == "25:30"
    press(desk, address(market), "normal")
    assert changes(write, market) == []


def test_another_venue_a_note_and_full(desk: FlaskClient, client: FlaskClient, market: str, write: Session) -> None:
    publishing.save_reference(write, hall := Venue(), {"name": "交流センター"}, actor=None, at=NOW)
    number = hall.id
    write.commit()
    press(desk, address(market), "save", venue_id=str(number), note="屋内で")
    assert news(client)[0] == "【会場変更】朝市（3月8日（月））"
    assert "交流センター" in desk.get(f"/staff/entries/{market}/dates").text
    press(desk, address(market), "full")
    press(desk, address(market), "save", note="立ち見のみ")  # it stays full
    (change,) = changes(write, market)
    assert (change["status"], change["venue_id"], change["note"]) == ("full", number, "立ち見のみ")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"start_date": ""}, "start_date"),
        ({"start_time": "昼ごろ"}, "start_time"),
        ({"start_time": ""}, "start_time"),
        ({"end_time": "7:00"}, "end_time"),
        ({"end_date": "3月7日"}, "end_date"),
        ({"note": "長" * 301}, "note"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_typed_is_lost(
    desk: FlaskClient, market: str, write: Session, typed: dict[str, str], field: str
) -> None:
    answer = press(desk, address(market), "save", **{"note": "書きかけの文", "end_time": "11:11"} | typed)
    assert answer.status_code == 422
    assert field in errors(answer.text)
    shown = fields(answer.text)
    kept = {"note": "書きかけの文", "end_time": "11:11"} | typed
    assert {name: shown[name] for name in kept} == kept
    assert changes(write, market) == []


def test_what_a_colleague_changed_meanwhile_is_seen_first(desk: FlaskClient, market: str, write: Session) -> None:
    typed = fields(desk.get(address(market)).text) | {"note": "書きかけの文", "action": "cancel"}
    publishing.save(write, event(write, market), {"summary": "とれたて"}, actor=None, at=NOW)
    write.commit()
    answer = send(desk, address(market), typed)
    assert answer.status_code == 409
    assert fields(answer.text)["note"] == "書きかけの文"
    again = send(desk, address(market), typed | {"version": fields(answer.text)["version"]})
    assert again.status_code == 303
    assert changes(write, market)[0]["status"] == "cancelled"


def test_all_that_follow_move_to_another_hour(
    desk: FlaskClient, client: FlaskClient, market: str, write: Session
) -> None:
    answer = press(desk, address(market), "following", start_time="9:00", end_time="11:00", note="春の時間です。")
    assert answer.status_code == 303
    later = event(write, re.search(r"entries/(\w+)/dates", answer.headers["Location"])[1])  # type: ignore[index]
    assert (later.start.isoformat(), later.previous.public_id) == ("2027-03-08T09:00:00", market)
    assert [one.wall_start.day for one in event(write, market).occurrences] == [1, 8, 15, 22, 1]
    write.rollback()
    assert news(client)[:2] == ["朝市", "【日時変更】朝市"]
    assert "3月8日（月）より前の日は、これまでどおりです。" in desk.get(answer.headers["Location"]).text


@pytest.mark.parametrize(("typed", "field"), [({"start_date": "2027-03-09"}, "start_date"), ({}, "start_time")])
def test_all_that_follow_change_only_time_and_place(
    desk: FlaskClient, market: str, typed: dict[str, str], field: str
) -> None:
    answer = press(desk, address(market), "following", **typed)
    assert answer.status_code == 422
    assert field in errors(answer.text)


def test_a_series_ends_here_and_says_why(desk: FlaskClient, client: FlaskClient, market: str, write: Session) -> None:
    press(desk, address(market), "end", note="担い手不足のため")
    assert news(client)[0] == "【中止】朝市"
    assert len(event(write, market).occurrences) == 5


def test_only_who_may_edit_the_series_changes_its_dates(
    app: Flask, desk: FlaskClient, market: str, write: Session
) -> None:
    act = act_of(press(desk, address(market), "cancel"))
    person(write, "other@example.jp", department=2)
    write.commit()
    other = signed_in(app, "other@example.jp")
    assert other.get(f"/staff/entries/{market}/dates").status_code == 403
    assert other.get(address(market)).status_code == 403
    for path in (f"{address(market)}/decide", f"/staff/bulk/{act}/undo"):
        assert send(other, path, {"choice": "held"}, page="/staff/").status_code == 403
    assert changes(write, market)[0]["status"] == "cancelled"


def test_every_address_refuses_a_stranger(app: Flask, client: FlaskClient, market: str) -> None:
    app.config["WTF_CSRF_ENABLED"] = False
    rules = [
        rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in ("single_dates", "batch_dates")
    ]
    assert len(rules) == 9
    for rule in rules:
        path = re.sub(r"<[^>]+>", "1", rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(path, method=method)
            assert answer.status_code == 401 or "/staff/sign-in" in answer.headers["Location"], (method, path)


@pytest.mark.parametrize("path", ["20270309T0800", "20270308T0900", "x"])
def test_a_date_that_there_is_not_is_not_found(desk: FlaskClient, market: str, path: str) -> None:
    assert desk.get(address(market, path)).status_code == 404


def test_what_has_a_single_date_is_edited_as_an_event(desk: FlaskClient, made: Any) -> None:
    public_id = made(**TODAYS)
    assert desk.get(f"/staff/entries/{public_id}/dates").status_code == 404
    assert "/dates" not in desk.get(f"/staff/entries/{public_id}").text


def test_the_morning_is_one_tap_and_one_more_takes_it_back(
    desk: FlaskClient, client: FlaskClient, made: Any, write: Session
) -> None:
    public_id = made(**TODAYS)
    page = desk.get("/staff/").text
    path = f"{address(public_id, '20270301T1800')}/decide"
    assert path in page
    assert 'value="reserve"' not in page
    answer = send(desk, path, {"choice": "cancelled", "note": "雨のため"}, page="/staff/")
    assert calendar(client) == {"": "【中止】花見列車"}
    assert news(client)[0] == "【中止】花見列車"
    page = desk.get(answer.headers["Location"]).text
    assert path not in page
    undo = re.search(r'action="(/staff/bulk/[^"]+/undo)"', page)
    assert undo
    assert send(desk, undo[1], {"back": "desk"}, page="/staff/").headers["Location"].endswith("/staff/")
    assert calendar(client) == {"": "花見列車"}
    assert path in desk.get("/staff/").text


def test_what_goes_ahead_is_said_and_asked_no_more(desk: FlaskClient, client: FlaskClient, made: Any) -> None:
    public_id = made(**MARKET | {"weather_rule": "light_rain"})
    path = f"{address(public_id, '20270301T0800')}/decide"
    send(desk, path, {"choice": "held"}, page="/staff/")
    assert calendar(client) == {"": "朝市", "03-01": "【開催決定】朝市"}
    assert path not in desk.get("/staff/").text
    again = send(desk, path, {"choice": "cancelled"}, page="/staff/")  # a colleague's page, still open
    assert again.status_code == 303
    assert calendar(client)["03-01"] == "【開催決定】朝市"


def test_the_reserve_date_is_named_on_its_button(desk: FlaskClient, client: FlaskClient, made: Any) -> None:
    public_id = made(**TODAYS | {"weather_rule": "reserve", "reserve_start": "2027-03-06T18:00:00"})
    assert "3月6日（土）" in desk.get("/staff/").text
    send(desk, f"{address(public_id, '20270301T1800')}/decide", {"choice": "reserve"}, page="/staff/")
    (one,) = vevents(client.get("/calendar.ics").data)
    assert (one["DTSTART"].dt.isoformat(), str(one["SUMMARY"])) == ("2027-03-06T18:00:00+09:00", "【日時変更】花見列車")


@pytest.mark.parametrize("choice", ["reserve", "", "x"])
def test_what_was_not_offered_is_refused(desk: FlaskClient, made: Any, choice: str) -> None:
    path = f"{address(made(**TODAYS), '20270301T1800')}/decide"
    assert send(desk, path, {"choice": choice}, page="/staff/").status_code == 400


@pytest.mark.parametrize(
    ("values", "asked"),
    [
        ({}, True),
        ({"start": "2027-03-02T18:00:00", "end": None}, True),
        ({"start": "2027-03-03T18:00:00", "end": None}, False),
        ({"weather_rule": "held"}, False),
        ({"weather_rule": ""}, False),
        ({"department_id": 2}, False),
        ({"start": "2027-03-01T00:00:00", "end": "2027-03-20T00:00:00", "all_day": True}, False),
        ({"start": "2027-03-01T00:00:00", "end": "2027-03-01T00:00:00", "all_day": True}, True),
    ],
)
def test_the_desk_asks_about_ones_own_dates_of_today_and_tomorrow(
    desk: FlaskClient, made: Any, values: dict[str, Any], asked: bool
) -> None:
    made(**TODAYS | values)
    assert ("/decide" in desk.get("/staff/").text) == asked


def test_an_administrator_is_asked_about_all(app: Flask, write: Session, made: Any) -> None:
    made(**TODAYS | {"department_id": 2})
    person(write, "boss@example.jp", role="admin")
    write.commit()
    assert "/decide" in signed_in(app, "boss@example.jp").get("/staff/").text


def test_a_change_is_taken_back_from_the_history_later(desk: FlaskClient, market: str, write: Session) -> None:
    single_dates.set_status(
        write, event(write, market), event(write, market).start, "cancelled", "", actor=None, at=NOW
    )
    number = write.scalars(select(Revision.number).order_by(Revision.number.desc()).limit(1)).one()
    write.commit()
    path = f"/staff/entries/{market}/undo/{number}"
    assert send(desk, path, {}, page="/staff/").status_code == 303
    assert changes(write, market) == []
    assert send(desk, f"/staff/entries/{market}/undo/1", {}, page="/staff/").status_code == 404


STORM = {"first": "3/1", "last": "3月9日"}


def bulk(desk: FlaskClient, **more: str) -> Any:
    return desk.get("/staff/bulk", query_string=STORM | more)


def ticks(page: str) -> list[str]:
    return re.findall(r'name="date" value="([^"]+)"', page)


def test_a_storm_is_one_act_and_so_is_its_end(
    desk: FlaskClient, client: FlaskClient, market: str, made: Any, write: Session
) -> None:
    train = made(**TODAYS)
    page = bulk(desk).text
    assert ticks(page) == [f"{market}/20270301T0800", f"{train}/20270301T1800", f"{market}/20270308T0800"]
    assert page.count(" checked") == 3
    answer = send(
        desk, "/staff/bulk", STORM | {"date": ticks(page), "reason": "暴風のため"}, page="/staff/bulk?first=3/1"
    )
    assert answer.status_code == 303
    assert calendar(client)["03-08"] == "【中止】朝市"
    assert news(client)[:3] == ["【中止】花見列車", "【中止】朝市（3月8日（月））", "【中止】朝市（3月1日（月））"]
    result = desk.get(answer.headers["Location"]).text
    assert "【中止】朝市（3月8日（月））" in result
    send(desk, f"{answer.headers['Location']}/undo", {}, page=answer.headers["Location"])
    assert changes(write, market) == []
    assert event(write, train).status == "scheduled"
    write.rollback()
    assert not [title for title in calendar(client).values() if "中止" in title]


def test_others_dates_are_shown_without_a_box_and_not_cancelled(
    desk: FlaskClient, market: str, made: Any, write: Session
) -> None:
    theirs = made(**TODAYS | {"department_id": 2})
    page = bulk(desk).text
    assert "花見列車" in page
    assert not [name for name in ticks(page) if name.startswith(theirs)]
    forged = STORM | {"date": f"{theirs}/20270301T1800", "reason": "暴風"}
    assert send(desk, "/staff/bulk", forged, page="/staff/bulk?first=3/1").status_code == 422
    assert event(write, theirs).status == "scheduled"
    write.rollback()


def test_an_error_loses_neither_reason_nor_ticks(desk: FlaskClient, market: str) -> None:
    ticked = f"{market}/20270308T0800"
    answer = send(desk, "/staff/bulk", STORM | {"date": ticked, "reason": ""}, page="/staff/bulk?first=3/1")
    assert answer.status_code == 422
    assert re.findall(r'value="([^"]+)"\s+checked', answer.text) == [ticked]
    answer = send(desk, "/staff/bulk", STORM | {"reason": "暴風のため"}, page="/staff/bulk?first=3/1")
    assert answer.status_code == 422
    assert value(answer.text, "reason") == "暴風のため"


@pytest.mark.parametrize(
    ("typed", "status"),
    [
        ({"first": "2月31日"}, 422),
        ({"first": ""}, 422),
        ({"last": "2027-02-20"}, 422),
        ({"last": "2027-12-31"}, 422),
        ({"last": ""}, 200),
        ({"outdoors": "y"}, 200),
        ({"tag": "#桜", "venue": "1", "category": "festival", "department": "kanko"}, 200),
        ({"venue": "x", "department": "-", "tag": "#"}, 200),
    ],
)
def test_what_is_typed_stays_in_the_form(desk: FlaskClient, market: str, typed: dict[str, str], status: int) -> None:
    answer = bulk(desk, **typed)
    assert answer.status_code == status
    kept = STORM | {name: text for name, text in typed.items() if name in ("first", "last", "tag")}
    assert {name: value(answer.text, name) for name in kept} == kept


def test_what_is_over_for_a_minute_is_in_the_history_only(desk: FlaskClient, market: str, write: Session) -> None:
    act = act_of(press(desk, address(market), "cancel"))
    for row in write.scalars(select(Revision).where(Revision.batch == act)):
        row.at = STOPPED - timedelta(minutes=2)
    write.commit()
    page = f"/staff/entries/{market}/dates?act={act}"
    assert "/undo" not in desk.get(page).text
    assert "/undo" in desk.get(f"/staff/bulk/{act}").text


def test_an_event_warns_of_what_it_meets_and_is_published_all_the_same(desk: FlaskClient, made: Any) -> None:
    made(**TODAYS | {"title": "音楽会", "department_id": 2})
    public_id = made(**TODAYS)
    page = desk.get(f"/staff/entries/{public_id}").text
    assert "音楽会" in page
    assert "学習資料館" in page
    page = desk.get("/staff/clashes").text
    assert "音楽会" in page
    assert "花見列車" in page


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_every_page_is_there_in_both_languages(desk: FlaskClient, market: str, made: Any, lang: str) -> None:
    made(**TODAYS | {"weather_rule": "reserve"})
    act = act_of(press(desk, address(market), "cancel"))
    for path in ("/staff/", f"/staff/entries/{market}/dates", address(market), "/staff/bulk", "/staff/clashes"):
        assert desk.get(path, query_string={"lang": lang}).status_code == 200
    assert desk.get(f"/staff/bulk/{act}", query_string={"lang": lang}).status_code == 200


def test_a_storm_leaves_the_season_unticked_and_closes_it_on_its_days_only(
    desk: FlaskClient, write: Session, made: Any
) -> None:
    market = made(**TODAYS)
    season = made(
        title="展覧会", start="2027-02-20T00:00:00", end="2027-04-03T00:00:00", all_day=True, rule="", tags=[]
    )
    days = {"first": "2027-03-01", "last": "2027-03-02"}
    page = desk.get("/staff/bulk", query_string=days).text
    boxes = re.findall(r'<input type="checkbox" name="date" value="([^"]+)"\s*(checked)?', page)
    assert [(name[:8], ticked) for name, ticked in boxes] == [(market, "checked"), (season, "")]
    answer = send(desk, "/staff/bulk", days | {"date": [name for name, _ in boxes], "reason": "暴風のため"})
    assert answer.status_code == 303
    write.expire_all()
    states = {event.public_id: (event.status, event.date_note) for event in write.scalars(select(Event))}
    assert states[market] == ("cancelled", "")
    assert states[season] == ("scheduled", "2027年3月1日（月）〜2日（火）は休みます。")
    assert "3月1日（月）〜2日（火）は休みます。暴風のため" in desk.get(f"/events/{season}").text

"""One answer for several people, earlier answers used again, passing on with a reason, and the sheet of the month."""

import re
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Department, Event, Feedback, User
from calendar_app.feedback import answers, inbox, monthly_sheet, reactions, similar
from helpers.staff_desk import every, send, value
from helpers.town import NOW, STOPPED, person
from helpers.town import published as post_event

TOKYO = ZoneInfo("Asia/Tokyo")


def write_in(session: Session, text: str, entry: Event | None, *, hours: float = 1, kind: str = "question") -> Feedback:
    given: Any = {"entry": entry, "department": session.get_one(Department, 1), "zone": TOKYO}
    return inbox.receive(session, inbox.Submission(kind, text), at=STOPPED - timedelta(hours=hours), **given)


def act(desk: FlaskClient, number: int, verb: str, **form: Any) -> Any:
    page = f"/staff/questions/{number}"
    shown = re.search(r'name="version" value="(\d+)"', desk.get(page).text)
    return send(desk, f"{page}/{verb}", {"version": shown[1] if shown else "0"} | form, page)


def test_one_answer_serves_those_who_ask_the_same_and_nobody_else(
    desk: FlaskClient, write: Session, town: Session
) -> None:
    event = post_event(write)
    asked = [
        write_in(write, text, event) for text in ("駐車場はありますか。", "雨のときは？", "駐車場はどこにありますか。")
    ]
    elsewhere = write_in(write, "駐車場はありますか。", None)
    numbers = [each.id for each in (*asked, elsewhere)]
    write.commit()
    page = desk.get(f"/staff/questions/{numbers[0]}").text
    offered = [int(number) for number in re.findall(r'name="also" value="(\d+)"', page)]
    assert offered == [numbers[2], numbers[1]], "the most similar first, and only about the same entry"
    form = {"text": "200台あります。", "also": [str(numbers[2]), str(numbers[3])]}
    assert act(desk, numbers[0], "answer", **form).status_code == 303
    states = {row.id: (row.state, row.answer) for row in every(town, Feedback)}
    assert states[numbers[0]] == states[numbers[2]] == ("answered", "200台あります。")
    assert states[numbers[1]][0] == states[numbers[3]][0] == "waiting"


def test_an_earlier_answer_is_used_again_by_a_press(desk: FlaskClient, write: Session) -> None:
    me = write.query(User).first()
    assert me
    for text, answer in (("犬は入れますか", "犬はご遠慮ください。"), ("駐車場は何台ですか", "200台あります。")):
        inbox.answer(write, write_in(write, text, None), answer, actor=me, at=NOW)
    number = write_in(write, "駐車場はありますか", None).id
    write.commit()
    page = desk.get(f"/staff/questions/{number}").text
    assert page.index("200台あります。") < page.index("犬はご遠慮ください。")
    link = re.search(r'href="(/staff/questions/\d+\?earlier=\d+)#answer"', page)
    assert link
    assert value(desk.get(link[1]).text, "text") == "200台あります。"


@pytest.mark.parametrize(
    ("text", "other", "least", "most"), [("駐車場は", "駐車場は", 1, 1), ("駐車場は", "ﾁｭｳ", 0, 0.1), ("", "", 0, 0)]
)
def test_likeness(text: str, other: str, least: float, most: float) -> None:
    assert least <= similar.likeness(text, other) <= most


def test_a_question_is_new_then_taken_on_and_is_passed_on_only_with_a_reason(
    desk: FlaskClient, write: Session, town: Session
) -> None:
    number = write_in(write, "蔵書はありますか", None).id
    write.commit()
    assert "新着" in desk.get(f"/staff/questions/{number}").text
    act(desk, number, "take")
    assert "担当決定" in desk.get(f"/staff/questions/{number}").text
    refused = act(desk, number, "pass", department="2")
    assert refused.status_code == 422
    assert 'id="reason-error"' in refused.text
    assert every(town, Feedback)[0].department_id == 1
    assert act(desk, number, "pass", department="2", reason="蔵書のことです").status_code == 303
    assert every(town, Feedback)[0].department_id == 2


def test_the_sheet_of_a_month_says_what_came_and_how_long_it_waited(session: Session) -> None:
    me, event = person(session), post_event(session)
    fast, slow, mistake = (
        write_in(session, text, event, kind=kind)
        for text, kind in (("一", "question"), ("二", "question"), ("三", "mistake"))
    )
    write_in(session, "四", event, kind="thanks")
    waiting = write_in(session, "五", event)
    waiting.entry = None
    inbox.answer(session, fast, "はい", actor=me, at=STOPPED)
    inbox.answer(session, slow, "はい", actor=me, at=STOPPED + timedelta(days=10))
    inbox.answer(session, mistake, "直しました", actor=me, at=STOPPED + timedelta(hours=1))
    answers.publish(session, fast, "一？", "はい", actor=me, at=STOPPED)
    write_in(session, "先月", event, hours=24 * 5)
    reactions.add(session, event, "want", "m", day=STOPPED.date(), at=STOPPED)
    sheet = monthly_sheet.of_month(session, session.get_one(Department, 1), 2027, 3, TOKYO)
    assert sheet.received == {"question": 3, "mistake": 1, "thanks": 1}
    assert (sheet.answered, sheet.in_time, sheet.corrected, sheet.waiting) == (3, 2, 1, 2)
    assert sheet.median == timedelta(hours=2)
    assert [each.public_question for each in sheet.published] == ["一？"]
    assert sheet.reactions == {"want": 1}
    before = monthly_sheet.of_month(session, session.get_one(Department, 1), 2027, 2, TOKYO)
    assert (before.received, before.answered, before.waiting) == ({"question": 1}, 0, 1)
    other = monthly_sheet.of_month(session, session.get_one(Department, 2), 2027, 3, TOKYO)
    assert (other.received, other.reactions) == ({}, {})


def test_the_sheet_is_a_page_of_the_desk(app: Flask, desk: FlaskClient, client: FlaskClient, write: Session) -> None:
    write_in(write, "一", None)
    write.commit()
    page = desk.get("/staff/questions/month/2027/03").text
    assert "市民の声（2027年3月）" in page
    assert "観光課" in page
    assert "/staff/questions/month/2027/03" in desk.get("/staff/questions").text
    assert desk.get("/staff/questions/month/2027/13").status_code == 404
    assert client.get("/staff/questions/month/2027/03").status_code == 302

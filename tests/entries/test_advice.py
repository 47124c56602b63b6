"""What looks odd before it is public: each rule says it, and keeps still where nothing is odd."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import advice, duplicates
from helpers.staff_desk import NEW, TYPED, every, send
from helpers.town import NOW, announce

TODAY = date(2027, 3, 1)
PLAIN: dict[str, Any] = {"title": "朝市", "start": "2027-04-20T10:00:00"}
ASKING = TYPED | {"warned": ""}


def found(**values: Any) -> list[tuple[str, str, str]]:
    return [(one.code, one.field, one.found) for one in advice.check_values(PLAIN | values, TODAY)]


@pytest.mark.parametrize(
    ("values", "code", "field", "piece"),
    [
        ({"start": "2027-02-27T10:00:00"}, "past", "start", ""),
        ({"photos": [{"id": 1, "alt": ""}]}, "alt", "photos", ""),
        ({"apply": "電話で申し込み"}, "deadline", "apply_deadline", ""),
        ({"body": "4月20日（月）に開きます。"}, "weekday", "body", "4月20日（月）"),
        ({"summary": "2027/4/20(金・祝)まで"}, "weekday", "summary", "2027/4/20(金・祝)"),
        ({"contact": "佐藤 090-1234-5678"}, "mobile", "contact", "090-1234-5678"),
        ({"body": "07012345678まで"}, "mobile", "body", "07012345678"),
        ({"contact": "hana.sato@gmail.com"}, "mail", "contact", "hana.sato@gmail.com"),
        ({"contact": "taro@docomo.ne.jp"}, "mail", "contact", "taro@docomo.ne.jp"),
        ({"title": "①朝市"}, "letters", "title", "①"),
        ({"organizer": "㈱さくら ㍻髙"}, "letters", "organizer", "㈱㍻髙"),
        ({"summary": "ﾗｲﾄｱｯﾌﾟ"}, "letters", "summary", "ﾗｲﾄｱｯﾌﾟ"),
        ({"body": "[こちら](https://example.jp/)"}, "here", "body", "こちら"),
        ({"body": "Please click here."}, "here", "body", "click here"),
    ],
)
def test_it_says_what_looks_odd(values: dict[str, Any], code: str, field: str, piece: str) -> None:
    assert found(**values) == [(code, field, piece)]


@pytest.mark.parametrize(
    "values",
    [
        {"start": "2027-02-27T10:00:00", "end": "2027-03-01T10:00:00"},
        {"start": "2027-02-01T10:00:00", "rule": "FREQ=WEEKLY;COUNT=20"},
        {"photos": [{"id": 1, "alt": "桜"}]},
        {"apply": "申込不要。当日会場へ"},
        {"apply": "電話", "apply_deadline": "2027-04-10T00:00:00"},
        {"body": "4月20日（火）、2027/4/20(火)、1月15日に"},
        {"contact": "観光課 0187-43-3352 kanko@city.semboku.lg.jp"},
        {"title": "桜まつり〜春～ 〇×－50㎡".replace("㎡", "")},
        {"body": "お申し込みはこちらの[申込フォーム](https://example.jp/)から"},
    ],
)
def test_it_keeps_still_where_nothing_is_odd(values: dict[str, Any]) -> None:
    assert found(**values) == []


def test_titles_are_alike_but_for_spaces_width_and_a_letter() -> None:
    assert duplicates.similar_titles("角館の桜まつり", "角館 の桜まつり！")
    assert duplicates.similar_titles("ＡＢＣ教室", "abc教室")
    assert not duplicates.similar_titles("角館の桜まつり", "田沢湖マラソン")


def test_it_is_asked_once_and_pressing_again_publishes(desk: FlaskClient, town: Session) -> None:
    odd = ASKING | {"contact": "090-1234-5678"}
    answer = send(desk, NEW, odd)
    assert answer.status_code == 422
    assert '<a href="#contact">' in answer.text
    assert "090-1234-5678" in answer.text.split('id="odd"')[1].split("</section>")[0]
    assert every(town, Event) == []
    assert send(desk, NEW, odd | {"warned": "y"}).status_code == 303


def test_a_draft_is_never_asked_about(desk: FlaskClient) -> None:
    assert send(desk, NEW, ASKING | {"contact": "090-1234-5678", "action": "draft"}).status_code == 303


def test_what_meets_it_and_what_it_repeats_are_named(desk: FlaskClient, write: Session, post: Any) -> None:
    hours = {"start": "2027-04-20T10:00:00", "end": "2027-04-20T12:00:00", "all_day": False}
    post(write, title="子ども朝市", audience="小学生", **hours)
    announce(write, title="観光課からのお知らせ", at=NOW + timedelta(hours=1))
    write.commit()
    one_day = {name: text for name, text in ASKING.items() if name != "all_day"}
    when = {"start_date": "2027-04-20", "end_date": "", "start_time": "11:00", "end_time": "13:00"}
    for more, said in (
        ({"title": "落語会"}, "venue_id"),
        ({"title": "工作", "venue_id": "", "audience": "小学生と家族"}, "audience"),
        ({"title": "子ども朝市！", "venue_id": ""}, "title"),
    ):
        answer = send(desk, NEW, one_day | when | more)
        odd = answer.text.split('id="odd"')[1].split("</section>")[0]
        assert (odd.count("<li>"), f'href="#{said}"' in odd, "子ども朝市" in odd) == (1, True, True)


def test_only_what_an_edit_makes_odd_is_asked_about(desk: FlaskClient, write: Session, post: Any) -> None:
    event = post(write, contact="090-1234-5678")
    path, version = f"/staff/entries/{event.public_id}/edit", str(event.version)
    write.commit()
    form = ASKING | {
        "contact": "090-1234-5678",
        "version": version,
        "action": "save",
        "summary": "見ごろです",
    }
    assert send(desk, path, form | {"body": "①"}).status_code == 422
    assert send(desk, path, form).status_code == 303


def test_the_script_hears_it_while_it_is_typed(desk: FlaskClient, town: Session) -> None:
    answer = send(desk, "/staff/preview", ASKING | {"kind": "event", "contact": "090-1234-5678"}, page=NEW)
    assert [(one["code"], one["field"]) for one in answer.get_json()["advice"]] == [("mobile", "contact")]
    assert every(town, Event) == []

"""What citizens wrote, at the desk: it stands there at once, somebody takes it, answers it, and may put it on the page."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.dates import business_days
from calendar_app.db.models import Department, Event, Feedback, Revision, User
from calendar_app.delivery import mail_worker, weekly_digest
from calendar_app.feedback import answers, inbox, statistics
from calendar_app.staff import undo
from helpers.asking import Hands, asker
from helpers.post_office import PostOffice, post_office
from helpers.staff_desk import every, publish, send, signed_in, value
from helpers.town import NOW, STOPPED, person

Post = Callable[..., Event]
TOKYO = ZoneInfo("Asia/Tokyo")
LIST, ONE = "/staff/questions", "/staff/questions/1"


@pytest.fixture
def ask(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    hands = Hands()
    monkeypatch.setattr("calendar_app.web.public.feedback.now", hands)
    return asker(client, hands)


@pytest.fixture
def public_id(desk: FlaskClient) -> str:
    return publish(desk)


@pytest.fixture
def asked(ask: Callable[..., Any], public_id: str) -> str:
    """A question about 角館の桜まつり; its private page."""
    return str(ask(f"/events/{public_id}/ask", name="太郎", email="taro@example.jp").headers["Location"])


@pytest.fixture
def other(app: Flask, write: Session) -> FlaskClient:
    person(write, "other@example.jp").name = "高橋 健"
    write.commit()
    return signed_in(app, "other@example.jp")


@pytest.fixture
def library(app: Flask, write: Session) -> FlaskClient:
    person(write, "library@example.jp", department=2)
    write.commit()
    return signed_in(app, "library@example.jp")


def press(client: FlaskClient, verb: str, version: int = 0, **form: str) -> Any:
    page = client.get(ONE).text
    shown = re.search(r'name="version" value="(\d+)"', page)
    form["version"] = str(version or (shown[1] if shown else 0))
    return send(client, f"{ONE}/{verb}", form, ONE)


def test_a_question_stands_on_the_desk_at_once_and_leaves_it_when_it_is_answered(
    desk: FlaskClient, library: FlaskClient, asked: str, client: FlaskClient
) -> None:
    page = desk.get("/staff/").text
    assert "駐車場はありますか。" in page.split('id="to-do"')[1].split('id="on"')[0]
    assert "回答待ちの質問 1件" in desk.get("/staff/entries").text
    assert "駐車場" not in library.get("/staff/").text
    assert "駐車場" in library.get(f"{LIST}?of=all").text
    assert press(desk, "answer", text="はい、\n200台分あります。https://example.jp/p").status_code == 303
    assert "駐車場" not in desk.get("/staff/").text
    assert "駐車場" in desk.get(f"{LIST}?show=answered").text
    private = client.get(asked).text
    assert "200台分あります。" in private
    assert '<a href="https://example.jp/p"' in private


def test_the_number_is_asked_for_again_without_sending_it_again(
    desk: FlaskClient, ask: Any, public_id: str, client: FlaskClient
) -> None:
    first = desk.get(f"{LIST}/waiting.json")
    assert first.get_json() == {"waiting": 0, "late": 0, "text": ""}
    tag = {"If-None-Match": first.headers["ETag"]}
    assert desk.get(f"{LIST}/waiting.json", headers=tag).status_code == 304
    ask(f"/events/{public_id}/ask")
    changed = desk.get(f"{LIST}/waiting.json", headers=tag)
    assert (changed.status_code, changed.get_json()["waiting"]) == (200, 1)
    assert changed.get_json()["text"] in desk.get(LIST).text, "script and reload say the same"
    assert client.get(f"{LIST}/waiting.json").status_code == 302


def test_what_waits_too_long_is_red_and_the_oldest_stands_first(desk: FlaskClient, write: Session, post: Post) -> None:
    event = post(write)
    for days, text in ((1, "新しい質問"), (9, "古い質問"), (4, "中くらい")):
        given: Any = {"entry": event, "department": None, "at": STOPPED - timedelta(days=days), "zone": TOKYO}
        inbox.receive(write, inbox.Submission("question", text), **given)
    write.commit()
    page = desk.get("/staff/").text
    places = [page.index(text) for text in ("古い質問", "中くらい", "新しい質問")]
    assert places == sorted(places)
    assert "期限すぎ 1件" in desk.get("/staff/entries").text
    late = re.findall(r'class="line asked late">\s*<a[^>]*>([^<]+)', page)
    assert late == ["古い質問"]
    assert "9日待ち" in page


def test_of_two_who_answer_at_once_the_second_is_told_and_keeps_the_text(
    desk: FlaskClient, other: FlaskClient, asked: str, client: FlaskClient, town: Session
) -> None:
    seen = every(town, Feedback)[0].version
    assert press(other, "answer", seen, text="先の答え").status_code == 303
    late = press(desk, "answer", seen, text="後の答え")
    assert late.status_code == 409
    assert "高橋 健" in late.text.split('id="conflict"')[1].split("</section>")[0]
    assert value(late.text, "text") == "後の答え"
    assert "先の答え" in client.get(asked).text
    assert press(desk, "answer", text="改めた答え").status_code == 303
    assert "改めた答え" in client.get(asked).text


def test_one_takes_it_and_the_other_sees_who(desk: FlaskClient, other: FlaskClient, asked: str, town: Session) -> None:
    seen = every(town, Feedback)[0].version
    press(other, "take", seen)
    assert "高橋 健が回答" in desk.get("/staff/").text
    assert "駐車場" in other.get(f"{LIST}?show=mine").text
    assert press(desk, "take", seen).status_code == 409
    press(other, "give_back")
    assert "高橋 健が回答" not in desk.get("/staff/").text


def test_it_goes_to_the_department_that_knows_with_a_word(
    desk: FlaskClient, library: FlaskClient, asked: str, client: FlaskClient
) -> None:
    assert press(library, "answer", text="x").status_code == 403
    assert "taro@example.jp" not in library.get(ONE).text, "who asked is for those who answer"
    assert press(desk, "pass", department="2", reason="蔵書のことです").status_code == 303
    page = library.get(ONE).text
    assert "蔵書のことです" in page
    assert "taro@example.jp" in page
    assert "駐車場" in library.get("/staff/").text
    assert "駐車場" not in desk.get("/staff/").text
    assert press(desk, "answer", text="x").status_code == 403
    assert press(library, "answer", text="はい").status_code == 303
    assert "学習資料館" in client.get(asked).text
    assert press(desk, "comment", comment="ありがとう").status_code == 303, "every colleague may say something"
    assert "ありがとう" in library.get(ONE).text


@pytest.mark.parametrize(("verb", "show"), [("close", "all"), ("spam", "spam")])
def test_what_needs_no_answer_is_put_aside_and_one_press_brings_it_back(
    desk: FlaskClient, asked: str, verb: str, show: str
) -> None:
    assert press(desk, verb).status_code == 303
    assert "駐車場" not in desk.get("/staff/").text
    assert "駐車場" in desk.get(f"{LIST}?show={show}").text
    press(desk, "reopen")
    assert "駐車場" in desk.get("/staff/").text


def test_an_empty_or_endless_answer_comes_back(desk: FlaskClient, asked: str) -> None:
    assert press(desk, "answer", text=" ").status_code == 422
    long = press(desk, "answer", text="長" * 4001)
    assert long.status_code == 422
    assert value(long.text, "text") == "長" * 4001


def test_after_a_correction_the_asker_is_told_in_two_presses(desk: FlaskClient, ask: Any, public_id: str) -> None:
    ask(f"/events/{public_id}/ask", kind="mistake", text="日付が違います")
    assert f"/staff/entries/{public_id}/edit" in desk.get(ONE).text
    link = re.search(r'href="(/staff/questions/1\?told=corrected[^"#]*)', desk.get(f"/staff/entries/{public_id}").text)
    assert link
    assert "訂正しました" in value(desk.get(link[1]).text, "text")
    assert "訂正" not in value(desk.get(ONE).text, "text")


def test_what_citizens_typed_is_never_a_link_or_markup_at_the_desk(desk: FlaskClient, ask: Any, public_id: str) -> None:
    ask(f"/events/{public_id}/ask", text="<b>見て</b> https://evil.example/ ください", name="<i>x</i>")
    for page in ("/staff/", LIST, ONE, f"/staff/entries/{public_id}"):
        text = desk.get(page).text
        assert "<b>見て" not in text
        assert "<i>x" not in text
        assert 'href="https://evil' not in text


# On the page


def test_question_and_answer_stand_on_the_page_in_the_feed_and_in_search_until_they_are_taken_off(
    desk: FlaskClient, asked: str, public_id: str, client: FlaskClient, town: Session
) -> None:
    page, feed = f"/events/{public_id}", "/feed.json"
    before = {path: client.get(path).headers["ETag"] for path in (page, feed)}
    press(desk, "answer", text="あります")
    assert client.get(page).headers["ETag"] == before[page]
    assert press(desk, "publish", question="駐車場は？", answer="200台分あります。").status_code == 303
    shown = client.get(page)
    assert shown.headers["ETag"] != before[page]
    assert "駐車場は？" in shown.text
    assert "太郎" not in shown.text
    items = client.get(feed).get_json(force=True)["items"]
    assert items[0]["title"].startswith("【回答】")
    assert "A. 200台分あります。" in items[0]["content_html"]
    assert len(items) == 2
    assert public_id in client.get("/search?q=200台分").text
    press(desk, "publish", question="駐車場は？", answer="300台分あります。")
    assert "300台分" in client.get(page).text
    assert len(client.get(feed).get_json(force=True)["items"]) == 2, "other words are no news"
    assert public_id not in client.get("/search?q=200台分").text
    press(desk, "withdraw")
    for path in before:
        assert "駐車場は？" not in client.get(path).text
    kinds = [one.kind for one in every(town, Revision) if one.kind.startswith("qa_")]
    assert kinds == ["qa_published", "qa_changed", "qa_withdrawn"]
    history = desk.get(f"/staff/entries/{public_id}/history").text
    assert "A. 300台分あります。" in history
    assert "質問と回答を取り下げ" in history


def test_only_who_may_edit_the_entry_puts_answers_on_its_page(
    desk: FlaskClient, library: FlaskClient, asked: str
) -> None:
    press(desk, "pass", department="2", reason="蔵書のことです")
    press(library, "answer", text="はい")
    assert "ページに載せる" not in library.get(ONE).text
    assert press(library, "publish", question="q", answer="a").status_code == 403


def test_empty_words_do_not_go_onto_the_page(
    desk: FlaskClient, asked: str, public_id: str, client: FlaskClient
) -> None:
    press(desk, "answer", text="あります")
    assert press(desk, "publish", question="", answer="a").status_code == 422
    assert 'id="qa"' not in client.get(f"/events/{public_id}").text


def test_undo_takes_back_what_was_put_on_the_page(session: Session, post: Post) -> None:
    event, actor = post(session), person(session)
    given: Any = {"actor": actor, "at": NOW}
    one = inbox.receive(session, inbox.Submission("question", "q"), entry=event, department=None, at=NOW, zone=TOKYO)
    inbox.answer(session, one, "a", **given)
    assert answers.publish(session, one, "Q1", "A1", **given)
    assert not answers.publish(session, one, "Q1", "A1", **given)
    answers.publish(session, one, "Q1", "A2", **given)
    rows = {row.number: row for row in session.query(Revision).where(Revision.kind.startswith("qa_"))}
    published, changed = (rows[number] for number in sorted(rows))
    assert undo.undo(session, changed, **given)
    assert (one.public_answer, one.published_at is not None) == ("A1", True)
    assert not undo.undo(session, changed, **given), "nothing of it is left"
    assert undo.undo(session, published, **given)
    assert one.published_at is None
    answers.publish(session, one, "Q1", "A3", **given)
    assert not undo.undo(session, published, **given), "other words stand there since"


# Mail, letters, numbers


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with post_office() as made:
        yield made


def test_the_answer_goes_out_by_mail_once(app: Flask, desk: FlaskClient, asked: str, office: PostOffice) -> None:
    mailed = app.extensions["calendar_config"] = replace(app.extensions["calendar_config"], mail_server=office.url)
    press(desk, "answer", text="はい、あります。")
    for _ in range(2):
        list(mail_worker.run(mailed, at=STOPPED + timedelta(minutes=1)))
    (letter,) = office.letters
    assert letter["To"] == "taro@example.jp"
    assert letter["Subject"] == "【仙北市 まちのカレンダー】お問い合わせへの回答"
    text = letter.get_content()
    assert text.startswith("太郎 様")
    assert "はい、あります。" in text
    assert "> 駐車場はありますか。" in text
    assert f"https://calendar.example.jp{asked}" in text


def test_mondays_letter_counts_what_waits(app: Flask, write: Session, post: Post) -> None:
    config, me = app.extensions["calendar_config"], person(write)
    monday = STOPPED.astimezone(TOKYO).date()
    assert "回答待ち" not in weekly_digest.compose(write, me, monday, config, "stop")
    given: Any = {"entry": post(write), "department": None, "at": STOPPED - timedelta(days=9), "zone": TOKYO}
    inbox.receive(write, inbox.Submission("question", "q"), **given)
    assert "1件が回答待ちです（うち期限すぎ 1件）" in weekly_digest.compose(write, me, monday, config, "stop")


@pytest.mark.usefixtures("asked")
def test_the_freshness_board_has_who_is_asked(desk: FlaskClient) -> None:
    board = desk.get("/staff/freshness").text.rpartition("<table")[2]
    assert "観光課" in board
    assert "学習資料館" not in board


def test_how_fast_each_department_answers(session: Session, post: Post) -> None:
    event, actor = post(session), person(session)
    for hours in (1, 5, 30):
        given: Any = {"entry": event, "department": None, "at": NOW, "zone": TOKYO}
        one = inbox.receive(session, inbox.Submission("question", f"{hours}"), **given)
        inbox.answer(session, one, "a", actor=actor, at=NOW + timedelta(hours=hours))
    site = inbox.receive(session, inbox.Submission("question", "x"), **given | {"entry": None})
    rows = statistics.response_times(session, site.due_at)
    told = [(row.department and row.department.slug, row.waiting.late, row.answered, row.median) for row in rows]
    assert told[0] == (None, 1, 0, None)
    assert ("kanko", 0, 3, timedelta(hours=5)) in told
    assert ("toshokan", 0, 0, None) in told


def test_a_head_says_within_how_many_days_the_department_answers(
    app: Flask, desk: FlaskClient, write: Session, town: Session, client: FlaskClient
) -> None:
    person(write, "head@example.jp", role="head")
    write.commit()
    head = signed_in(app, "head@example.jp")
    path = f"{LIST}/reply-days/1"
    assert send(desk, path, {"days": "5"}, "/staff/news").status_code == 403
    for days, kept in (("5", 5), ("0", 5), ("31", 5), ("x", 5)):
        assert send(head, path, {"days": days}, "/staff/departments").status_code == 303
        town.rollback()
        assert town.get_one(Department, 1).reply_days == kept
    assert "5開庁日" in client.get("/departments/kanko/ask").text


@pytest.mark.parametrize(
    ("asked", "days", "due"),
    [
        ("2027-03-01T09:00", 2, "2027-03-04"),
        ("2027-03-05T23:59", 1, "2027-03-09"),  # Friday evening: Monday
        ("2027-12-28T10:00", 1, "2028-01-05"),  # the turn of the year: 4 January works
        ("2027-05-02T10:00", 2, "2027-05-08"),  # Golden Week
    ],
)
def test_working_days(asked: str, days: int, due: str) -> None:
    at = datetime.fromisoformat(asked).replace(tzinfo=TOKYO)
    assert business_days.due(at, days, TOKYO) == datetime.fromisoformat(due).replace(tzinfo=TOKYO)


def test_strangers_see_nothing_of_it(client: FlaskClient, asked: str, town: Session) -> None:
    for path in (LIST, ONE, f"{LIST}/waiting.json"):
        assert client.get(path).status_code == 302
    assert "駐車場" not in json.dumps([one.snapshot for one in every(town, Revision)], ensure_ascii=False)
    assert every(town, User)

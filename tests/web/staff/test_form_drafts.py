"""Forms as they are being typed: kept for the person who types, bounded, and given back."""

import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, FormDraft, Photo, User
from calendar_app.entries import form_drafts
from calendar_app.staff import suggestions
from helpers.staff_desk import NEW, TYPED, entry, every, picture, publish, send, signed_in, value
from helpers.town import NOW, STOPPED, person

KEY = "Abc_def-1234"


def left(town: Session) -> list[FormDraft]:
    """Forms that are not finished; of those that are, nothing may stay but their key."""
    found = every(town, FormDraft)
    assert not any(one.fields for one in found if one.finished)
    return [one for one in found if not one.finished]


def keep(client: FlaskClient, key: str = KEY, **fields: Any) -> Any:
    return send(client, f"/staff/drafts/{key}", {"kind": "event"} | fields, page=NEW)


def test_what_is_typed_comes_back_in_the_form_and_stands_on_the_desk(desk: FlaskClient, town: Session) -> None:
    assert keep(desk, title="書きかけの朝市", skips=["holiday", "obon"]).get_json() == {"at": "12:00"}
    assert "書きかけの朝市" in desk.get("/staff/").text
    assert "書きかけの朝市" in desk.get(NEW).text.split('id="entry"')[0]
    page = desk.get(f"{NEW}?draft={KEY}").text
    assert (value(page, "title"), value(page, "key")) == ("書きかけの朝市", KEY)
    assert page.count("checked> ") >= 2
    publish(desk, key=KEY)
    assert left(town) == []
    keep(desk, title="ボタンのあとに届いた")
    assert left(town) == []


def test_a_form_of_an_entry_is_kept_apart(desk: FlaskClient) -> None:
    public_id = publish(desk)
    keep(desk, f"edit-{public_id}", entry=public_id, title="直しかけ", version="2")
    path = f"/staff/entries/{public_id}/edit"
    assert value(desk.get(path).text, "title") == "角館の桜まつり"
    assert value(desk.get(f"{path}?draft=edit-{public_id}").text, "title") == "直しかけ"


def test_thrown_away_is_gone(desk: FlaskClient, town: Session) -> None:
    keep(desk, title="いらない")
    assert send(desk, f"/staff/drafts/{KEY}/drop", {}, page=NEW).status_code == 303
    assert left(town) == []


def test_another_device_hears_which_forms_are_finished_and_keeps_nothing_more_of_them(
    app: Flask, desk: FlaskClient, town: Session
) -> None:
    keep(desk, title="一台目で書いた")
    publish(desk, key=KEY)
    other = signed_in(app, "staff@example.jp")
    finished = re.search(r"data-finished='([^']+)'", other.get(NEW).text)
    assert finished
    assert json.loads(finished[1]) == {KEY: STOPPED.timestamp() * 1000}
    keep(other, title="二台目に残っていた")
    assert left(town) == []


def test_a_form_of_an_entry_can_be_edited_again_after_it_was_finished(desk: FlaskClient, town: Session) -> None:
    public_id = publish(desk)
    key = f"edit-{public_id}"
    keep(desk, key, entry=public_id, title="一度目")
    send(desk, f"/staff/drafts/{key}/drop", {}, page=NEW)
    keep(desk, key, entry=public_id, title="二度目")
    assert [one.fields["title"] for one in left(town)] == [["二度目"]]


def test_nobody_sees_what_somebody_else_is_typing(app: Flask, desk: FlaskClient, write: Session) -> None:
    keep(desk, title="わたしの下書き")
    person(write, "other@example.jp")
    write.commit()
    other = signed_in(app, "other@example.jp")
    assert "わたしの下書き" not in other.get(f"{NEW}?draft={KEY}").text
    assert "わたしの下書き" not in other.get("/staff/").text


def test_what_no_form_of_ours_sends_is_refused(desk: FlaskClient, town: Session) -> None:
    assert keep(desk, kind="user", title="x").status_code == 400
    assert keep(desk, "x!", title="x").status_code == 400
    assert keep(desk, body="x" * 201_000).status_code == 400
    assert every(town, FormDraft) == []


def test_the_oldest_go_and_a_month_forgets(session: Session) -> None:
    user = person(session)
    for number in range(form_drafts.MOST + 3):
        at = NOW + timedelta(minutes=number)
        assert form_drafts.save_draft(session, user, f"key{number:04}", {"title": [str(number)]}, kind="event", at=at)
    assert len(form_drafts.unfinished_drafts(session, user)) == form_drafts.MOST
    form_drafts.prune(session, at=NOW + form_drafts.KEPT + timedelta(minutes=10))
    assert {one.fields["title"][0] for one in form_drafts.unfinished_drafts(session, user)} == {
        str(number) for number in range(10, 23)
    }


def test_a_signed_out_form_is_carried_through_the_sign_in(app: Flask, client: FlaskClient, write: Session) -> None:
    person(write)
    write.commit()
    client.environ_base = {"wsgi.url_scheme": "https", "HTTP_HOST": "calendar.example.jp"}
    answer = client.post(NEW, data=TYPED | {"key": KEY, "title": "<期限切れ>&"})
    assert answer.status_code == 401
    assert write.scalar(select(FormDraft)) is None
    write.rollback()
    carried, token, then = (value(answer.text, name) for name in ("typed", "csrf_token", "next"))
    form = {"email": "staff@example.jp", "typed": carried, "csrf_token": token, "next": then}
    headers = {"Referer": "https://calendar.example.jp/staff/sign-in"}
    wrong = client.post("/staff/sign-in", data=form | {"password": "wrong"}, headers=headers)
    assert json.loads(value(wrong.text, "typed"))["key"] == KEY
    right = client.post("/staff/sign-in", data=form | {"password": "correct horse battery"}, headers=headers)
    assert value(client.get(right.headers["Location"]).text, "title") == "<期限切れ>&"


@pytest.mark.parametrize(
    "typed", ["no json", "[]", '{"key": 1}', '{"key": "abcdefg", "fields": 3, "kind": "event", "entry": ""}']
)
def test_what_is_no_form_is_not_carried(
    app: Flask, write: Session, town: Session, client: FlaskClient, typed: str
) -> None:
    person(write)
    write.commit()
    client.environ_base = {"wsgi.url_scheme": "https", "HTTP_HOST": "calendar.example.jp"}
    form = {"email": "staff@example.jp", "password": "correct horse battery", "typed": typed}
    assert send(client, "/staff/sign-in", form).status_code == 302
    assert every(town, FormDraft) == []


def test_a_photo_is_taken_as_soon_as_it_is_chosen(desk: FlaskClient, town: Session) -> None:
    told = send(desk, "/staff/photos/new", {"photos": (picture(), "a.jpg")}, page=NEW).get_json()
    assert (told["width"], told["height"]) == (640, 480)
    with desk.get(told["src"]) as shown:
        assert shown.mimetype == "image/webp"
    public_id = publish(desk, photo=str(told["id"]), **{f"alt-{told['id']}": "桜"})
    assert [one.alt for one in entry(town, public_id).photos] == ["桜"]
    refused = send(desk, "/staff/photos/new", {"photos": (io.BytesIO(b"hello"), "a.jpg")}, page=NEW)
    assert refused.status_code == 422
    assert refused.get_json()["error"]
    assert len(every(town, Photo)) == 1


def test_a_photo_needs_the_form_s_token(desk: FlaskClient) -> None:
    assert desk.post("/staff/photos/new", data={"photos": (picture(), "a.jpg")}).status_code == 400


def test_habits_are_one_s_own_first(session: Session, post: Any) -> None:
    user = person(session)
    for number in range(3):
        post(
            session,
            title=f"課の催し{number}",
            tags=["課"],
            start="2027-04-01T13:00:00",
            end="2027-04-01T14:00:00",
            all_day=False,
        )
    mine = post(session, title="わたしの催し", tags=["桜"], contact="桜田 内線12", category_id=1)
    mine.author_id = user.id
    post(session, title="よその催し", tags=["よそ"], department_id=2)
    session.flush()
    usual = suggestions.habits_of(session, user, "event")
    assert (usual.tags, usual.times) == (["桜", "課"], [("13:00", "14:00")])
    assert (usual.venues, usual.category, usual.contact) == ([1], 1, "桜田 内線12")


def test_a_look_at_every_channel_keeps_nothing(desk: FlaskClient, town: Session) -> None:
    answer = send(
        desk, NEW, TYPED | {"action": "preview", "summary": "シダレザクラ", "venue_id": "", "venue_new": "芸術村"}
    )
    looks = answer.text.split('id="channels"')[1].split("</section>")[0]
    assert looks.count("<article") == 6
    assert looks.count("角館の桜まつり") == 6
    assert "【とき】 2027年4月15日（木）〜5月5日（水・祝）" in looks
    assert "芸術村" in looks
    assert every(town, Event) == []
    assert town.scalar(select(User.id)) is not None


def test_one_press_takes_back_what_was_just_done(desk: FlaskClient, town: Session, client: FlaskClient) -> None:
    public_id = publish(desk)
    done = f"/staff/entries/{public_id}"
    edit = TYPED | {"title": "別の題名", "version": str(entry(town, public_id).version), "action": "save"}
    send(desk, f"{done}/edit", edit)
    for was, now in (("別の題名", "角館の桜まつり"), ("角館の桜まつり", "別の題名")):
        assert entry(town, public_id).title == was
        act = desk.get(done).text.split("/staff/bulk/")[1].split("/undo")[0]
        answer = send(desk, f"/staff/bulk/{act}/undo", {"back": f"entry/{public_id}"}, page=done)
        assert answer.headers["Location"] == done
        assert entry(town, public_id).title == now
    assert client.get(f"/events/{public_id}").status_code == 200

"""The desk is live: it asks for one number, cheaply, and learns at once what happened in its department, and in no other."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db.models import Delivery, Event, Receiver
from calendar_app.delivery import outbox
from calendar_app.delivery.fediverse import people
from calendar_app.feedback import inbox, reactions
from calendar_app.web import pulse
from helpers.staff_desk import send, signed_in
from helpers.town import NOW, STOPPED, person
from helpers.town import published as post_event

TOKYO = ZoneInfo("Asia/Tokyo")
Number = Callable[[], int]


@pytest.fixture
def event(write: Session) -> Event:
    made = post_event(write)
    write.commit()
    return made


@pytest.fixture
def number(app: Flask, write: Session, monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], int]:
    """The number that the desk of a department gets."""
    monkeypatch.setattr(pulse, "READ_AGAIN", 0.0)
    key = app.extensions["calendar_config"].secret_key

    def ask(department: int | None) -> int:
        write.commit()
        return int(app.test_client().get(f"{pulse.address(key, department)}&since=x").text)

    return ask


def asked(write: Session, event: Event, text: str = "駐車場はありますか。", kind: str = "question") -> Any:
    given: Any = {"entry": event, "department": None, "at": STOPPED - timedelta(minutes=1), "zone": TOKYO}
    return inbox.receive(write, inbox.Submission(kind, text), **given)


def lines(desk: FlaskClient) -> list[str]:
    return [line["text"] for line in desk.get("/staff/live.json").json["lines"]]


def test_the_pulse_answers_204_until_something_happens_and_only_to_a_signed_address(
    app: Flask, event: Event, write: Session, number: Any
) -> None:
    key = app.extensions["calendar_config"].secret_key
    since = number(1)
    stranger = app.test_client()
    same = stranger.get(f"{pulse.address(key, 1)}&since={since}")
    assert (same.status_code, same.data, same.headers.get("Set-Cookie")) == (204, b"", None)
    others, all_of = number(2), number(None)
    asked(write, event)
    assert number(1) > since
    assert number(2) == others, "another department is left in peace"
    assert number(None) > all_of
    for wrong in (pulse.PATH, f"{pulse.PATH}?of=1&key=", pulse.address(key, 1).replace("of=1", "of=2")):
        assert stranger.get(wrong).status_code == 403


def test_what_citizens_write_and_their_reactions_are_on_the_open_desk(
    desk: FlaskClient, event: Event, write: Session, number: Any
) -> None:
    before = number(1)
    asked(write, event)
    asked(write, event, "ありがとう", "thanks")
    spam = asked(write, event, "安い薬")
    spam.state = "spam"
    write.commit()
    written = number(1)
    reactions.add(write, event, "want", "a", day=STOPPED.date(), at=NOW)
    reactions.add(write, event, "want", "b", day=STOPPED.date(), at=NOW)
    assert before < written < number(1)
    shown = lines(desk)
    assert [line.split(" ・ ")[0] for line in shown] == [
        "お礼：ありがとう",
        "質問：駐車場はありますか。",
        "今日の反応：行きたい 2",
    ]
    page = desk.get("/staff/").text
    assert all(line in page for line in shown), "a reload says the same as the script"
    assert f'data-number="{number(1)}"' in page


def test_a_delivery_that_fails_is_on_the_desk(desk: FlaskClient, write: Session, number: Any) -> None:
    to = Receiver(channel="webhook", key="k", name="新聞社", department_id=1, created_at=NOW, since=0)
    write.add(to)
    write.flush()
    write.add(Delivery(uid="u", receiver_id=to.id, key="try", made_at=NOW))
    write.flush()
    row = write.query(Delivery).one()
    before = number(1)
    turn = outbox.Turn(to.id, outcomes=[outbox.Outcome(row.id, "failed", "404")])
    outbox.finish(write, [turn], at=STOPPED)
    assert number(1) > before
    assert lines(desk) == ["送れていません：新聞社"]
    row.settled_at = STOPPED - timedelta(days=2)
    write.commit()
    assert lines(desk) == []


def test_a_colleague_who_edits_the_same_entry_is_named_on_the_form_and_on_the_desk(
    app: Flask, desk: FlaskClient, event: Event, write: Session, number: Any
) -> None:
    person(write, "jiro@example.jp").name = "佐藤 次郎"
    public_id = event.public_id
    write.commit()
    jiro = signed_in(app, "jiro@example.jp")
    form = f"/staff/entries/{public_id}/edit"
    before = number(1)
    key = f"edit-{public_id}"
    typed = {"kind": "event", "entry": public_id, "title": "角館の桜まつり2"}
    assert send(jiro, f"/staff/drafts/{key}", typed, form).status_code == 200
    first = number(1)
    assert first > before
    send(jiro, f"/staff/drafts/{key}", typed | {"title": "角館の桜まつり3"}, form)
    assert number(1) == first, "not at every key"
    assert lines(desk) == ["佐藤 次郎さんが編集中：角館の桜まつり"]
    assert (
        desk.get("/staff/live.json", query_string={"beside": public_id}).json["beside"] == "佐藤 次郎さんも編集中です。"
    )
    assert "佐藤 次郎さんも編集中です。" in desk.get(form).text
    assert lines(jiro) == [], "nobody is told of oneself"
    send(jiro, f"/staff/drafts/{key}/drop", {}, form)
    assert lines(desk) == []


def test_strangers_are_told_nothing(client: FlaskClient) -> None:
    assert client.get("/staff/live.json").status_code == 302


def test_what_the_fediverse_does_with_an_entry_is_on_its_departments_desk(
    desk: FlaskClient, event: Event, write: Session, number: Any
) -> None:
    since = number(1)
    for n, kind in enumerate(("like", "like", "reply")):
        who = people.Person(f"https://social.example/users/{n}", f"https://social.example/users/{n}/inbox")
        people.react(write, "key", event, kind, who, f"https://social.example/{n}", at=STOPPED)
    assert number(1) > since
    assert any("お気に入り 2、返信 1" in line for line in lines(desk))
    assert "お気に入り 2" in desk.get(f"/staff/entries/{event.public_id}").text

"""Staff declare words that mean the same: the index follows at once, and the page tells who changed what."""

from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import SpellingGroup
from calendar_app.entries import search_index
from helpers.staff_desk import send, signed_in
from helpers.town import person

PAGE = "/staff/spellings"


def found(client: FlaskClient, word: str) -> bool:
    return "長逗留の宿" in client.get(f"/calendar.ics?q={word}").text


def desk_of(app: Flask, write: Session, role: str) -> FlaskClient:
    person(write, f"{role}@example.jp", role=role)
    write.commit()
    return signed_in(app, f"{role}@example.jp")


def test_a_group_finds_from_now_on_and_no_longer_when_removed(
    app: Flask, client: FlaskClient, write: Session, post: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr(search_index, "AT_ONCE", 1)
    for title in ("長逗留の会", "長逗留の宿"):
        post(write, title=title)
    desk = desk_of(app, write, "admin")
    assert not found(client, "湯治")
    assert send(desk, PAGE, {"words": "湯治　長逗留"}).status_code == 303
    assert search_index.catch_up(write)  # as the worker does with what is beyond the first few
    write.commit()
    assert found(client, "湯治")
    page = desk.get(f"{PAGE}?q=湯治").text
    assert "「湯治」で公開中の2件" in page
    assert "同じ意味： 長逗留" in page
    number = write.scalars(select(SpellingGroup.id)).one()
    write.commit()
    assert send(desk, f"{PAGE}/{number}/remove", {}).status_code == 303
    search_index.catch_up(write)
    write.commit()
    assert not found(client, "湯治")
    assert 'name="words" value="湯治 長逗留"' in desk.get(PAGE).text  # the history can add it again


def test_what_is_no_new_group_is_refused_and_stays_in_the_form(app: Flask, write: Session) -> None:
    desk = desk_of(app, write, "admin")
    for typed in ("湯治", "桜 さくら", "「」 、", " ".join(f"語{number}" for number in range(13))):
        answer = send(desk, PAGE, {"words": typed})
        assert (answer.status_code, f'value="{typed}"' in answer.text) == (422, True)
    assert write.scalars(select(SpellingGroup)).all() == []


def test_a_member_reads_the_table_and_changes_nothing(app: Flask, write: Session) -> None:
    desk = desk_of(app, write, "member")
    page = desk.get(PAGE).text
    assert "変更は管理者が行います" in page
    assert 'name="words"' not in page
    assert send(desk, PAGE, {"words": "湯治 長逗留"}).status_code == 403

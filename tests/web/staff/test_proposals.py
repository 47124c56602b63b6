"""A change that a colleague of another department proposes, and the press that takes it over."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from helpers.staff_desk import TYPED, entry, publish, send, signed_in
from helpers.town import person


@pytest.fixture
def library(app: Flask, write: Session) -> FlaskClient:
    """The desk of the other department."""
    person(write, "library@example.jp", department=2)
    write.commit()
    return signed_in(app, "library@example.jp")


def proposed(library: FlaskClient, public_id: str, **more: str) -> str:
    """Propose a change, and return the address that takes it over."""
    form = {name: TYPED[name] for name in ("title", "start_date", "end_date", "all_day", "venue_id")}
    assert send(library, f"/staff/entries/{public_id}/propose", form | more).status_code == 303
    return f"/staff/entries/{public_id}"


def test_a_refused_edit_says_whose_entry_it_is(desk: FlaskClient, library: FlaskClient) -> None:
    public_id = publish(desk)
    answer = library.get(f"/staff/entries/{public_id}/edit", follow_redirects=True)
    assert "観光課 0187-00-0000" in answer.text
    assert "観光課の記事" in answer.text


def test_the_owner_takes_a_proposal_over_with_one_press(desk: FlaskClient, library: FlaskClient, town: Session) -> None:
    public_id = publish(desk)
    page = proposed(library, public_id, title="角館の桜まつり2027", why="年を入れてください")
    assert entry(town, public_id).title == "角館の桜まつり"
    assert "この変更を取り入れる" not in library.get(page).text
    shown = desk.get(page).text
    assert "年を入れてください" in shown
    take = re.search(r'action="(/staff/comments/\d+/take)"', shown)
    assert take
    assert send(library, take[1], {}).status_code == 403
    send(desk, take[1], {})
    changed = entry(town, public_id)
    assert (changed.title, f"{changed.start:%F}") == ("角館の桜まつり2027", "2027-04-15")
    assert "この変更を取り入れる" not in desk.get(page).text


def test_a_proposal_does_not_undo_what_the_owner_changed_meanwhile(
    desk: FlaskClient, library: FlaskClient, town: Session
) -> None:
    public_id = publish(desk)
    page = proposed(library, public_id, title="桜祭り")
    send(
        desk,
        f"{page}/edit",
        TYPED | {"title": "桜まつり", "version": str(entry(town, public_id).version), "action": "save"},
    )
    take = re.search(r'action="(/staff/comments/\d+/take)"', desk.get(page).text)
    assert take
    assert "合わなくなりました" in desk.get(send(desk, take[1], {}).headers["Location"]).text
    assert entry(town, public_id).title == "桜まつり"

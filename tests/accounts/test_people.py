"""Who works at the desk: let in by a link that works once, closed at once, and who may do it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from calendar_app.accounts import people
from calendar_app.db.models import Department, Invitation, Revision, User
from calendar_app.entries.editing import Invalid
from helpers.staff_desk import every, send, signed_in
from helpers.town import NOW, STOPPED, person

PEOPLE = "/staff/people"
TYPED = {"name": "新人 太郎", "email": "New@example.jp", "role": "member", "department_id": "1"}
PASSWORD = {"password": "a long walk home", "password_again": "a long walk home", "name": "新人 太郎"}


@pytest.fixture
def head(app: Flask, write: Session) -> FlaskClient:
    person(write, "head@example.jp", role="head")
    write.commit()
    return signed_in(app, "head@example.jp")


@pytest.fixture
def admin(app: Flask, write: Session) -> FlaskClient:
    person(write, "admin@example.jp", role="admin")
    write.commit()
    return signed_in(app, "admin@example.jp")


def link(client: FlaskClient, **more: str) -> str:
    """Invite somebody; the path of the link."""
    answer = send(client, PEOPLE, TYPED | more)
    found = re.search(r'value="https://calendar.example.jp(/staff/invitation/[^"]+)"', answer.text)
    assert found, answer.text[:2000]
    return found[1]


def stranger(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base = {"wsgi.url_scheme": "https", "HTTP_HOST": "calendar.example.jp"}
    return client


def post(client: FlaskClient, path: str, form: dict[str, Any]) -> int:
    return int(send(client, path, form, PEOPLE).status_code)


def test_an_invited_person_chooses_a_password_and_is_in(app: Flask, head: FlaskClient, town: Session) -> None:
    path, guest = link(head), stranger(app)
    assert "観光課" in guest.get(path).text
    assert guest.get("/staff/").status_code == 302
    assert send(guest, path, PASSWORD).headers["Location"] == "/staff/"
    assert "新人 太郎" in guest.get("/staff/").text
    made = town.scalar(select(User).where(User.email == "new@example.jp"))
    assert made
    assert (made.role, made.department_id, made.name) == ("member", 1, "新人 太郎")


def test_a_link_works_once_and_looking_at_it_uses_nothing_up(app: Flask, head: FlaskClient, town: Session) -> None:
    path = link(head)
    assert [stranger(app).get(path).status_code for _ in range(3)] == [200] * 3
    second = stranger(app)
    token = re.search(r'csrf_token" value="([^"]+)', second.get(path).text)
    assert token
    send(stranger(app), path, PASSWORD)
    headers = {"Referer": f"https://calendar.example.jp{path}"}
    assert second.post(path, data=PASSWORD | {"csrf_token": token[1]}, headers=headers).status_code == 410
    assert second.get(path).status_code == 410
    assert second.get("/staff/").status_code == 302
    assert len([one for one in every(town, User) if one.email == "new@example.jp"]) == 1


def test_of_two_who_press_at_once_one_gets_in(session: Session) -> None:
    boss = person(session, "boss@example.jp", role="admin")
    home = session.get_one(Department, 1)
    given: Any = {"email": "a@example.jp", "name": "A", "role": "member", "department": home}
    _, token = people.invite(session, actor=boss, at=NOW, **given)
    accepted = [people.accept(session, token, name="A", password_hash="x", at=NOW) for _ in range(2)]
    assert [one is not None for one in accepted] == [True, False]


@pytest.mark.parametrize("days", [0, 6, 7])
def test_a_link_is_good_for_seven_days(session: Session, days: int) -> None:
    boss = person(session, "boss@example.jp", role="admin")
    given: Any = {"email": "a@example.jp", "name": "A", "role": "admin", "department": None}
    _, token = people.invite(session, actor=boss, at=NOW, **given)
    assert (people.find_invitation(session, token, at=NOW + timedelta(days=days)) is not None) is (days < 7)


def test_a_link_taken_back_or_replaced_opens_nothing(app: Flask, head: FlaskClient, town: Session) -> None:
    first, second = link(head), link(head)
    assert stranger(app).get(first).status_code == 410
    number = every(town, Invitation)[-1].id
    assert post(head, f"{PEOPLE}/invitations/{number}/revoke", {}) == 303
    assert stranger(app).get(second).status_code == 410


def test_the_token_is_nowhere_but_on_the_page_that_showed_it(app: Flask, head: FlaskClient, town: Session) -> None:
    path = link(head)
    token = path.rsplit("/", 1)[1]
    assert token not in head.get(PEOPLE).text
    rows = [*every(town, Invitation), *every(town, Revision)]
    kept = [str({column.key: getattr(row, column.key) for column in row.__table__.columns}) for row in rows]
    assert not any(token in one for one in kept)
    shown = stranger(app).get(path)
    assert shown.headers["Referrer-Policy"] == "same-origin"
    assert shown.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "typed", [{"password": "short", "password_again": "short"}, {"password_again": "something else"}]
)
def test_a_weak_or_mistyped_password_uses_nothing_up(app: Flask, head: FlaskClient, typed: dict[str, str]) -> None:
    path, guest = link(head), stranger(app)
    answer = send(guest, path, PASSWORD | typed)
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.text
    assert send(guest, path, PASSWORD).status_code == 303


@pytest.mark.parametrize(
    "typed",
    [{"role": "head"}, {"role": "admin"}, {"role": "mayor"}, {"department_id": "2"}, {"department_id": ""}],
)
def test_a_head_invites_members_of_the_own_department_only(
    head: FlaskClient, town: Session, typed: dict[str, str]
) -> None:
    assert send(head, PEOPLE, TYPED | typed).status_code == (403 if typed.get("department_id") != "" else 422)
    assert every(town, Invitation) == []


def test_a_member_invites_and_closes_nobody(desk: FlaskClient, write: Session, town: Session) -> None:
    other = person(write, "other@example.jp").id
    write.commit()
    assert "<form" not in desk.get(PEOPLE).text.split("<main")[1].split("</main>")[0]
    assert send(desk, PEOPLE, TYPED, "/staff/").status_code == 403
    for verb in ("close", "reopen", "place"):
        assert send(desk, f"{PEOPLE}/{other}/{verb}", {"role": "admin"}, "/staff/").status_code == 403
    assert send(desk, "/staff/departments/1/officer", {"officer": "わたし"}, "/staff/").status_code == 403
    assert {one.role for one in every(town, User)} == {"member"}


@pytest.mark.parametrize("typed", [{"email": "nobody"}, {"email": "admin@example.jp"}, {"name": ""}])
def test_what_is_wrong_with_an_invitation_stands_at_its_field(admin: FlaskClient, typed: dict[str, str]) -> None:
    answer = send(admin, PEOPLE, TYPED | typed)
    assert answer.status_code == 422
    assert f'id="{next(iter(typed))}-error"' in answer.text
    assert f'value="{(TYPED | typed)["email"]}"' in answer.text


def test_closing_an_account_ends_its_sessions_and_opening_brings_none_back(
    app: Flask, head: FlaskClient, write: Session
) -> None:
    other = person(write, "other@example.jp").id
    write.commit()
    theirs = signed_in(app, "other@example.jp")
    assert theirs.get("/staff/").status_code == 200
    assert post(head, f"{PEOPLE}/{other}/close", {}) == 303
    assert theirs.get("/staff/").status_code == 302
    assert post(head, f"{PEOPLE}/{other}/reopen", {}) == 303
    assert theirs.get("/staff/").status_code == 302
    assert signed_in(app, "other@example.jp").get("/staff/").status_code == 200


@pytest.mark.parametrize(("role", "department"), [("head", 1), ("admin", 1), ("member", 2)])
def test_a_head_closes_no_peer_and_nobody_elsewhere(
    head: FlaskClient, write: Session, role: str, department: int
) -> None:
    other = person(write, "other@example.jp", role=role, department=department).id
    write.commit()
    assert post(head, f"{PEOPLE}/{other}/close", {}) == 403


def test_nobody_closes_the_own_account(admin: FlaskClient, town: Session) -> None:
    me = every(town, User)[0]
    assert post(admin, f"{PEOPLE}/{me.id}/close", {}) == 403


def test_the_database_knows_three_roles_and_no_fourth(session: Session) -> None:
    for role in ("member", "head", "admin"):
        person(session, f"{role}@example.jp", role=role)
    with pytest.raises(IntegrityError):
        person(session, "mayor@example.jp", role="mayor")


def test_the_last_administrator_stays(session: Session) -> None:
    first, second = (person(session, f"{name}@example.jp", role="admin") for name in "ab")
    people.set_active(session, second, False, actor=first, at=NOW)
    home = session.get_one(Department, 1)
    with pytest.raises(Invalid):
        people.assign_role(session, first, "member", home, actor=first, at=NOW)
    with pytest.raises(Invalid):
        people.set_active(session, first, False, actor=first, at=NOW)


def test_an_administrator_gives_roles_and_departments(admin: FlaskClient, write: Session, town: Session) -> None:
    other = person(write, "other@example.jp").id
    write.commit()
    assert post(admin, f"{PEOPLE}/{other}/place", {"role": "head", "department_id": "2"}) == 303
    town.rollback()
    changed = town.get_one(User, other)
    assert (changed.role, changed.department_id) == ("head", 2)


def test_the_list_says_since_when_and_when_last(desk: FlaskClient) -> None:
    shown = desk.get(PEOPLE).text
    assert "桜田 花子" in shown
    assert "2027年3月1日" in shown


def test_a_press_officer_is_public_with_the_day_and_those_before_are_kept(
    head: FlaskClient, client: FlaskClient
) -> None:
    page, path = "/staff/departments", "/staff/departments/1/officer"
    assert send(head, path, {"officer": "佐藤 花子", "since": "令和8年4月1日"}, page).status_code == 303
    assert send(head, path, {"officer": "伊藤 美咲", "since": "2027-02-01"}, page).status_code == 303
    shown = client.get("/departments/kanko").text
    assert "伊藤 美咲" in shown
    assert "2027年2月1日" in shown
    assert "佐藤 花子" not in shown
    assert "佐藤 花子" in head.get(f"{page}?open=1").text
    assert send(head, "/staff/departments/2/officer", {"officer": "伊藤 美咲"}, page).status_code == 403


def test_ones_own_name_and_letters_are_ones_own_to_change(desk: FlaskClient, town: Session) -> None:
    assert "メール" in desk.get("/staff/me").text or "mail" in desk.get("/staff/me").text
    assert send(desk, "/staff/me", {"name": "桜田 はな"}).status_code == 303
    me = every(town, User)[0]
    assert (me.name, me.weekly_mail) == ("桜田 はな", False)
    send(desk, "/staff/me", {"name": "", "weekly_mail": "y"})
    me = every(town, User)[0]
    assert (me.name, me.weekly_mail) == ("桜田 はな", True)


def test_a_new_colleague_does_not_begin_with_years_to_read(session: Session) -> None:
    boss = person(session, "boss@example.jp", role="admin")
    given: Any = {"email": "a@example.jp", "name": "A", "role": "admin", "department": None}
    _, token = people.invite(session, actor=boss, at=NOW, **given)
    user = people.accept(session, token, name="", password_hash="x", at=STOPPED)
    assert user
    assert user.seen_revision > 0
    assert user.name == "A"

"""A forgotten password: a link by mail or by hand, once, for a time, and the same answer for everybody."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.accounts import people, reset, second_factor, totp
from calendar_app.db.models import Mail, Throttle, User
from calendar_app.delivery import letters
from helpers.staff_desk import every, send, signed_in, stranger
from helpers.town import NOW, STOPPED, person

NEW = {"new_password": "amber crossing lamp", "new_password_again": "amber crossing lamp"}


@pytest.fixture
def mailing(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    given = replace(app.extensions["calendar_config"], mail_server="smtp://mail.example.jp")
    monkeypatch.setitem(app.extensions, "calendar_config", given)


def enters(app: Flask, password: str) -> bool:
    form = {"email": "staff@example.jp", "password": password}
    return bool(send(stranger(app), "/staff/sign-in", form).status_code == 302)


@pytest.mark.usefixtures("mailing")
def test_a_mail_brings_a_link_that_works_once(app: Flask, desk: FlaskClient, town: Session) -> None:
    assert send(stranger(app), "/staff/forgotten", {"email": "STAFF@example.jp"}).status_code == 200
    mail = every(town, Mail)[0]
    assert mail.recipient == "staff@example.jp"
    assert "http" not in mail.body  # who reads the table learns no link
    letter = letters.build_message(mail, app.extensions["calendar_config"], at=STOPPED).get_content()
    path = re.search(r"https://calendar.example.jp(/staff/reset/\S+)", letter)[1]  # type: ignore[index]
    guest = stranger(app)
    assert [guest.get(path).status_code for _ in range(2)] == [200] * 2
    assert guest.get(path).headers["Referrer-Policy"] == "same-origin"
    assert (
        send(guest, path, NEW | {"new_password": "password123", "new_password_again": "password123"}).status_code == 422
    )
    assert send(guest, path, NEW).status_code == 303
    assert guest.get(path).status_code == 410
    assert desk.get("/staff/").status_code == 302  # every session has ended
    assert enters(app, "amber crossing lamp")
    assert not enters(app, "correct horse battery")


@pytest.mark.usefixtures("mailing")
def test_nobody_learns_who_has_an_account_and_nobody_is_flooded(app: Flask, desk: FlaskClient, town: Session) -> None:
    known = send(stranger(app), "/staff/forgotten", {"email": "staff@example.jp"}).text
    unknown = send(stranger(app), "/staff/forgotten", {"email": "nobody@example.jp"}).text
    token = re.compile(r'value="[^"]{40,}"')
    assert token.sub("", known) == token.sub("", unknown)
    for _ in range(10):
        send(stranger(app), "/staff/forgotten", {"email": "staff@example.jp"})
    assert len(every(town, Mail)) <= 5


def test_an_administrator_hands_over_a_link_for_a_lost_phone(app: Flask, desk: FlaskClient, write: Session) -> None:
    person(write, "admin@example.jp", role="admin")
    member = person(write, "third@example.jp")
    secret = totp.new_secret()
    second_factor.turn_on(write, member, secret, totp.code(secret, int(NOW.timestamp()) // 30), secret_key="k", at=NOW)
    number = member.id
    write.commit()
    page = send(signed_in(app, "admin@example.jp"), f"/staff/people/{number}/reset", {}, "/staff/people").text
    path = re.search(r'value="https://calendar.example.jp(/staff/reset/[^"]+)"', page)[1]  # type: ignore[index]
    assert send(stranger(app), path, NEW).status_code == 303
    form = {"email": "third@example.jp", "password": "amber crossing lamp"}
    assert send(stranger(app), "/staff/sign-in", form).status_code == 302
    assert send(desk, f"/staff/people/{number}/reset", {}, "/staff/me").status_code == 403


def test_links_end_with_time_with_a_newer_one_and_with_the_account(session: Session) -> None:
    user = person(session)
    _link, first = reset.make(session, user, actor=None, at=NOW)
    assert reset.find(session, first, at=NOW + timedelta(minutes=59))
    assert reset.find(session, first, at=NOW + timedelta(minutes=60)) is None
    _link, second = reset.make(session, user, actor=user, at=NOW)
    assert reset.find(session, first, at=NOW) is None
    assert reset.find(session, second, at=NOW + timedelta(hours=47))
    assert [reset.use(session, second, "x", at=NOW) is None for _ in range(2)] == [False, True]
    _link, third = reset.make(session, user, actor=None, at=NOW)
    user.active = False
    assert reset.find(session, third, at=NOW) is None


def test_without_a_mail_server_there_is_no_such_page(app: Flask) -> None:
    assert stranger(app).get("/staff/forgotten").status_code == 404


def test_a_new_password_role_or_state_ends_open_links(app: Flask, desk: FlaskClient, write: Session) -> None:
    head = person(write, "head@example.jp", role="admin")
    write.commit()
    user = next(found for found in every(write, User) if found != head)
    old = "correct horse battery"

    def made() -> str:
        token = reset.make(write, user, actor=head, at=STOPPED)[1]
        write.commit()
        return token

    def works(token: str) -> bool:
        found = reset.find(write, token, at=STOPPED) is not None
        write.commit()
        return found

    token = made()
    assert works(token)
    assert send(desk, "/staff/password", NEW | {"password": old}).status_code == 303
    assert not works(token)
    token = made()
    people.assign_role(write, user, "admin", None, actor=head, at=STOPPED)
    assert not works(token)
    token = made()
    people.set_active(write, head, False, actor=user, at=STOPPED)  # whoever made it has gone
    assert not works(token)
    for active in (False, True):
        token = token if active else made()
        people.set_active(write, head, True, actor=user, at=STOPPED)
        people.set_active(write, user, active, actor=head, at=STOPPED)
    assert not works(token)


@pytest.mark.usefixtures("mailing")
def test_a_stranger_ends_no_link_made_by_hand(app: Flask, desk: FlaskClient, write: Session) -> None:
    head = person(write, "head@example.jp", role="admin")
    write.commit()
    user = next(found for found in every(write, User) if found != head)
    _, token = reset.make(write, user, actor=head, at=STOPPED)
    write.commit()
    send(stranger(app), "/staff/forgotten", {"email": "staff@example.jp"})
    assert reset.find(write, token, at=STOPPED)


@pytest.mark.usefixtures("mailing")
def test_a_flood_of_invented_addresses_leaves_no_rows_and_no_names(app: Flask, write: Session) -> None:
    for number in range(20):
        assert send(stranger(app), "/staff/forgotten", {"email": f"n{number}@example.jp"}).status_code == 200
    keys = [row.key for row in every(write, Throttle)]
    assert len(keys) <= 6
    assert not any("@" in key for key in keys)


@pytest.mark.usefixtures("mailing")
def test_a_sent_letter_keeps_no_link(app: Flask, desk: FlaskClient, write: Session) -> None:
    send(stranger(app), "/staff/forgotten", {"email": "staff@example.jp"})
    [mail] = every(write, Mail)
    assert mail.body
    letters.record_result(write, mail.id, "", at=STOPPED)
    assert mail.body == ""

"""Signing in: slowed down by failures alone, never locked out; a session ends where its row ends."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.accounts import addresses, attempts, passwords, sessions
from calendar_app.config import Config
from calendar_app.db.models import DeskSession, SignInRecord, Throttle, User
from calendar_app.web.staff import sign_in
from helpers.staff_desk import every, send, signed_in, stranger, value
from helpers.town import NOW, STOPPED, person, settings

PATH = "/staff/sign-in"
GOOD = "correct horse battery"
HOME, AWAY = "192.0.2.1", "198.51.100.7"


@pytest.fixture
def colleague(write: Session) -> User:
    user = person(write)
    write.commit()
    return user


def attempt(client: FlaskClient, password: str = GOOD, email: str = "staff@example.jp", address: str = HOME) -> Any:
    client.environ_base |= {"REMOTE_ADDR": address}
    return send(client, PATH, {"email": email, "password": password, "remember": "y"})


def inside(client: FlaskClient) -> bool:
    return bool(client.get("/staff/").status_code == 200)


def test_correct_sign_ins_are_never_counted(app: Flask, colleague: User, town: Session) -> None:
    assert [attempt(stranger(app)).status_code for _ in range(25)] == [302] * 25
    assert every(town, Throttle) == []


def test_failures_slow_down_for_seconds_and_are_said(app: Flask, colleague: User) -> None:
    client = stranger(app)
    assert [attempt(client, "wrong").status_code for _ in range(11)] == [200] * 10 + [429]
    answer = attempt(client)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 30
    assert value(answer.text, "email") == "staff@example.jp"


def test_a_stranger_keeps_nobody_out_who_has_signed_in_here_before(app: Flask, colleague: User) -> None:
    mine = stranger(app)
    attempt(mine)
    send(mine, "/staff/sign-out", {}, "/staff/")
    for number in range(70):  # from many networks, and from the colleague's own
        attempt(stranger(app), "wrong", address=f"203.0.113.{number}" if number % 5 else HOME)
    assert attempt(stranger(app), address=AWAY).status_code == 429
    assert attempt(mine).status_code == 302


def test_every_spelling_of_an_address_is_one_account(app: Flask, colleague: User) -> None:
    wide = {ord(letter): chr(ord(letter) + 0xFEE0) for letter in "abcdefghijklmnopqrstuvwxyz@."}
    plain = "staff@example.jp"
    spellings = [plain[:cut].translate(wide) + plain[cut:].upper() for cut in range(len(plain))]
    spellings += [plain[:cut] + mark + plain[cut:] for cut in range(len(plain)) for mark in ("\u00ad", "\u200b", " ")]
    spellings += [plain.replace(".", "。")]
    assert len(set(spellings)) >= 60
    assert {addresses.normalize(spelling) for spelling in spellings} == {plain}
    client = stranger(app)
    assert [attempt(client, "wrong", email).status_code for email in spellings[:12]] == [200] * 10 + [429] * 2


def test_an_unknown_address_is_answered_as_a_known_one(app: Flask, colleague: User) -> None:
    known, unknown = stranger(app), stranger(app)
    first = [attempt(known, "wrong").status_code for _ in range(12)]
    second = [attempt(unknown, "wrong", "nobody@example.jp", AWAY).status_code for _ in range(12)]
    assert first == second


def test_the_longest_wait_is_half_a_minute(session: Session) -> None:
    chosen = attempts.buckets("a@example.jp", HOME, "")
    for _ in range(60):
        attempts.count_failure(session, chosen, at=NOW)
    assert 0 < attempts.seconds_to_wait(session, chosen, at=NOW) <= 30
    assert attempts.seconds_to_wait(session, chosen, at=NOW + timedelta(seconds=30)) == 0
    other = attempts.buckets("a@example.jp", HOME, "a known browser")
    assert attempts.seconds_to_wait(session, other, at=NOW) == 0


def test_the_ipv6_addresses_of_one_subscriber_are_one_network() -> None:
    assert attempts.network("2001:db8:1:2::1") == attempts.network("2001:db8:1:2:ffff::9")
    assert attempts.network("2001:db8:1:3::1") != attempts.network("2001:db8:1:2::1")


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "short"),
        ("x" * 129, "long"),
        ("password123", "guessable"),
        ("qwertyuiop", "guessable"),
        ("semboku2027", "guessable"),
        ("sakuramatsuri", "guessable"),
        ("staff@example.jp", "guessable"),
        ("correct horse battery", ""),
        ("夜明けの青い自転車と猫", ""),
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password: str, code: str) -> None:
    assert passwords.weakness(password, ["staff@example.jp"]) == code


def test_the_same_letters_are_the_same_password_however_composed() -> None:
    stored = passwords.hash_password("がくえんさいのよる")
    assert passwords.verify(stored, "か\u3099くえんさいのよる")
    assert not passwords.verify(stored, "かくえんさいのよる")
    assert not passwords.verify(None, "nobody has this password")


def test_a_copied_cookie_is_dead_after_sign_out(app: Flask, colleague: User) -> None:
    client = stranger(app)
    attempt(client)
    copied = client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert copied
    thief = stranger(app)
    thief.set_cookie(copied.key, copied.value, secure=True)
    assert inside(thief)
    send(client, "/staff/sign-out", {}, "/staff/")
    assert not inside(thief)


def test_a_session_ends_unused_and_by_age(session: Session, tmp_path: Any) -> None:
    config = settings(tmp_path, "")
    user = person(session)
    key = sessions.begin(session, user, device="", at=NOW)
    idle = timedelta(hours=config.session_idle_hours)
    row = sessions.find(session, key, config, at=NOW + idle - timedelta(minutes=1))
    assert row
    assert sessions.find(session, key, config, at=NOW + idle) is None
    moment = NOW
    while moment < NOW + timedelta(days=config.session_days) - idle / 2:
        moment += idle / 2
        sessions.touch(session, row.id, at=moment)
    assert sessions.find(session, key, config, at=moment)
    assert sessions.find(session, key, config, at=NOW + timedelta(days=config.session_days)) is None
    sessions.delete_ended(session, config, at=NOW + timedelta(days=config.session_days))
    assert session.scalars(select(DeskSession)).all() == []


def test_use_keeps_a_session_alive(app: Flask, desk: FlaskClient, write: Session, town: Session) -> None:
    row = write.scalars(select(DeskSession)).one()
    row.seen_at = STOPPED - timedelta(hours=1)
    write.commit()
    desk.get("/staff/")
    assert every(town, DeskSession)[0].seen_at == STOPPED


def test_the_devices_are_listed_and_signed_out_singly_or_all(app: Flask, desk: FlaskClient) -> None:
    phone, office = signed_in(app, "staff@example.jp"), stranger(app)
    office.environ_base |= {"HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0) Chrome/140 Safari/537.36 Edg/140"}
    attempt(office)
    page = desk.get("/staff/me").text
    assert "Windows Edge" in page
    ends = re.findall(r'action="(/staff/me/sessions/\d+/end)"', page)
    assert len(ends) == 2
    assert send(desk, ends[0], {}, "/staff/me").status_code == 303
    assert [inside(client) for client in (desk, phone, office)].count(True) == 2
    send(desk, "/staff/me/sessions/end-others", {}, "/staff/me")
    assert [inside(client) for client in (desk, phone, office)] == [True, False, False]


def test_nobody_ends_the_session_of_somebody_else(app: Flask, desk: FlaskClient, write: Session) -> None:
    person(write, "other@example.jp")
    write.commit()
    other = signed_in(app, "other@example.jp")
    mine = write.scalars(select(DeskSession.id).join(User).where(User.email == "staff@example.jp")).one()
    send(other, f"/staff/me/sessions/{mine}/end", {}, "/staff/me")
    assert inside(desk)


def test_a_new_password_signs_out_every_other_device(app: Flask, desk: FlaskClient) -> None:
    phone = signed_in(app, "staff@example.jp")
    new = "amber crossing lamp"
    form = {"password": GOOD, "new_password": new, "new_password_again": new}
    assert send(desk, "/staff/password", form).status_code == 303
    assert inside(desk)
    assert not inside(phone)
    assert attempt(stranger(app)).status_code == 200
    assert attempt(stranger(app), new).status_code == 302


@pytest.mark.parametrize(
    "form",
    [
        {"password": "wrong", "new_password": "amber crossing lamp", "new_password_again": "amber crossing lamp"},
        {"password": GOOD, "new_password": "amber crossing lamp", "new_password_again": "amber crossing lamb"},
        {"password": GOOD, "new_password": "password123", "new_password_again": "password123"},
    ],
)
def test_a_refused_password_changes_nothing(app: Flask, desk: FlaskClient, form: dict[str, str]) -> None:
    answer = send(desk, "/staff/password", form)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert attempt(stranger(app)).status_code == 302


def test_the_password_page_is_rationed(desk: FlaskClient) -> None:
    form = {"password": "wrong", "new_password": "amber crossing lamp", "new_password_again": "amber crossing lamp"}
    assert [send(desk, "/staff/password", form).status_code for _ in range(11)] == [422] * 10 + [429]


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/staff/people?x=1", "/staff/people?x=1"),
        *((evil, "/staff/") for evil in ("//evil.example", "/\\evil", "https://evil.example/staff/", "/staff/../x")),
        *((evil, "/staff/") for evil in ("/staff//evil.example", "/staff\\@evil", "javascript:alert(1)", "/", "")),
    ],
)
def test_after_the_sign_in_only_the_desk_is_next(app: Flask, colleague: User, wanted: str, leads: str) -> None:
    answer = send(stranger(app), PATH, {"email": "staff@example.jp", "password": GOOD, "next": wanted})
    assert answer.headers["Location"] == leads


def test_accounts_are_managed_only_after_a_fresh_proof(app: Flask, write: Session, town: Session) -> None:
    person(write, "admin@example.jp", role="admin")
    write.commit()
    client = signed_in(app, "admin@example.jp")
    row = write.scalars(select(DeskSession)).one()
    row.proved_at = STOPPED - timedelta(hours=1)
    write.commit()
    form = {"name": "新人", "email": "new@example.jp", "role": "member", "department_id": "1"}
    asked = send(client, "/staff/people", form)
    assert asked.status_code == 401
    assert value(asked.text, "email") == "new@example.jp"
    assert send(client, "/staff/people", form | {"proof": "wrong"}).status_code == 401
    done = send(client, "/staff/people", form | {"proof": GOOD})
    assert "/staff/invitation/" in done.text
    assert "/staff/invitation/" in send(client, "/staff/people", form | {"email": "b@example.jp"}).text


def test_the_journal_tells_administrators_who_signed_in_and_what_was_refused(
    app: Flask, colleague: User, write: Session, town: Session
) -> None:
    attempt(stranger(app), "wrong")
    attempt(stranger(app), "wrong", "nobody@example.jp", AWAY)
    attempt(stranger(app))
    assert [(row.kind, row.network) for row in every(town, SignInRecord)] == [
        ("refused", HOME),
        ("refused", AWAY),
        ("signed_in", HOME),
    ]
    person(write, "admin@example.jp", role="admin")
    write.commit()
    assert AWAY in signed_in(app, "admin@example.jp").get("/staff/people/sign-ins").text
    refused = signed_in(app, "admin@example.jp").get("/staff/people/sign-ins?only=refused").text
    assert (AWAY in refused, refused.count('<li class="line">')) == (True, 2)
    assert signed_in(app, "staff@example.jp").get("/staff/people/sign-ins").status_code == 403


def test_the_journal_keeps_what_a_person_had_no_right_to_but_a_loop_cannot_fill_it(
    app: Flask, colleague: User, write: Session, town: Session
) -> None:
    client = signed_in(app, "staff@example.jp")
    client.environ_base |= {"REMOTE_ADDR": HOME}
    for _ in range(sign_in.DENIED_AN_HOUR + 5):
        assert client.get("/staff/people/sign-ins").status_code == 403
    denied = [row for row in every(town, SignInRecord) if row.kind == "denied"]
    assert {(row.user_id, row.request, row.network) for row in denied} == {
        (colleague.id, "GET /staff/people/sign-ins", HOME)
    }
    assert len(denied) == sign_in.DENIED_AN_HOUR
    person(write, "admin@example.jp", role="admin")
    write.commit()
    listed = signed_in(app, "admin@example.jp").get("/staff/people/sign-ins?only=refused").text
    assert "<code>GET /staff/people/sign-ins</code>" in listed


def test_a_closed_account_is_out_at_once(app: Flask, desk: FlaskClient, write: Session, config: Config) -> None:
    write.scalars(select(User)).one().active = False
    write.commit()
    assert not inside(desk)
    assert attempt(stranger(app)).status_code == 200

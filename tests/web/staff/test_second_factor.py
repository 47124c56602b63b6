"""The second factor: a code works once, codes on paper stand in for a lost phone, a rule can ask for it."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.accounts import second_factor, totp
from calendar_app.db.models import RecoveryCode, User
from helpers.staff_desk import every, send, signed_in, stranger, value
from helpers.town import NOW, STOPPED, person

OWN, CODE = "/staff/me/second-factor", "/staff/sign-in/code"
STEP = int(STOPPED.timestamp()) // totp.SECONDS


def right(secret: str, apart: int = 0) -> str:
    return totp.code(secret, STEP + apart)


def turned_on(client: FlaskClient, town: Session) -> tuple[str, list[str]]:
    """Turn it on as a person does; the secret and the recovery codes."""
    page = client.get(OWN).text
    secret = "".join(re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].split())  # type: ignore[index]
    form = {"secret": value(page, "secret"), "code": right(secret), "action": "on"}
    answer = client.post(OWN, data=form | {"csrf_token": value(page, "csrf_token")}, headers={"Referer": f"https://calendar.example.jp{OWN}"})  # fmt: skip
    return secret, re.findall(r"<code>(\w{4}-\w{4}-\w{4})</code>", answer.text)


def enter(client: FlaskClient, code: str, **more: str) -> Any:
    """The password, then the code."""
    form = {"email": "staff@example.jp", "password": "correct horse battery"}
    page = send(client, "/staff/sign-in", form | more)
    assert page.status_code == 200
    assert client.get("/staff/").status_code == 302  # the password alone opens nothing
    headers = {"Referer": "https://calendar.example.jp/staff/sign-in"}
    return client.post(CODE, data={"code": code, "csrf_token": value(page.text, "csrf_token")}, headers=headers)


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B: the SHA-1 key is "12345678901234567890"; the last six of its eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    moments = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: totp.code(secret, at // 30) for at in moments} == moments


def test_signing_in_asks_for_the_code_and_takes_each_once(app: Flask, desk: FlaskClient, town: Session) -> None:
    secret, codes = turned_on(desk, town)
    assert len(codes) == second_factor.CODES
    assert enter(stranger(app), "000000").status_code == 200
    assert enter(stranger(app), right(secret)).status_code == 200  # turning it on has used this one
    client = stranger(app)
    assert enter(client, right(secret, 1)).status_code == 302
    assert client.get("/staff/").status_code == 200
    assert enter(stranger(app), right(secret, 1)).status_code == 200
    assert enter(stranger(app), right(secret, 3)).status_code == 200


def test_a_recovery_code_works_once_and_is_stored_as_a_hash(app: Flask, desk: FlaskClient, town: Session) -> None:
    _secret, codes = turned_on(desk, town)
    assert not {row.code_hash for row in every(town, RecoveryCode)} & {code.replace("-", "") for code in codes}
    assert enter(stranger(app), codes[0].upper()).status_code == 302
    assert enter(stranger(app), codes[0]).status_code == 200
    assert enter(stranger(app), codes[1].replace("-", " ")).status_code == 302


def test_wrong_codes_slow_down_as_wrong_passwords_do(app: Flask, desk: FlaskClient, town: Session) -> None:
    turned_on(desk, town)
    client = stranger(app)
    assert enter(client, "1").status_code == 200
    answers = []
    for _ in range(12):
        page = client.get("/staff/sign-in").text
        form = {"code": "1", "csrf_token": value(page, "csrf_token")}
        headers = {"Referer": "https://calendar.example.jp/staff/sign-in"}
        answers.append(client.post(CODE, data=form, headers=headers).status_code)
    assert answers == [200] * 9 + [429] * 3


def test_a_code_without_the_password_opens_nothing(app: Flask, desk: FlaskClient, town: Session) -> None:
    secret, _codes = turned_on(desk, town)
    client = stranger(app)
    page = client.get("/staff/sign-in").text
    form = {"code": right(secret, 1), "csrf_token": value(page, "csrf_token")}
    client.post(CODE, data=form, headers={"Referer": "https://calendar.example.jp/staff/sign-in"})
    assert client.get("/staff/").status_code == 302


def test_of_two_who_send_one_code_at_once_one_is_let_in(session: Session) -> None:
    user = person(session)
    secret = totp.new_secret()
    assert second_factor.turn_on(
        session, user, secret, totp.code(secret, int(NOW.timestamp()) // 30), secret_key="k", at=NOW
    )
    later = NOW + timedelta(minutes=1)
    code = totp.code(secret, int(later.timestamp()) // 30)
    assert [second_factor.accept(session, user, code, secret_key="k", at=later) for _ in range(2)] == [True, False]


def test_turning_it_off_ends_secret_and_codes(desk: FlaskClient, town: Session) -> None:
    turned_on(desk, town)
    assert send(desk, OWN, {"action": "off"}).status_code == 303
    assert every(town, RecoveryCode) == []
    assert town.scalars(select(User)).one().totp_secret is None


def test_a_role_that_needs_it_gets_nowhere_without_it(
    app: Flask, write: Session, town: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    person(write, "admin@example.jp", role="admin")
    person(write)
    write.commit()
    ruled = replace(app.extensions["calendar_config"], second_factor=("admin",))
    monkeypatch.setitem(app.extensions, "calendar_config", ruled)
    admin, member = signed_in(app, "admin@example.jp"), signed_in(app, "staff@example.jp")
    assert admin.get("/staff/people").headers["Location"] == OWN
    assert member.get("/staff/people").status_code == 200
    turned_on(admin, town)
    assert admin.get("/staff/people").status_code == 200
    send(admin, OWN, {"action": "off"})
    assert admin.get("/staff/people").status_code == 200


def test_codes_that_come_at_once_are_slowed_down_like_codes_one_after_the_other(
    app: Flask, desk: FlaskClient, town: Session
) -> None:
    turned_on(desk, town)
    guests = [stranger(app) for _ in range(14)]
    form = {"email": "staff@example.jp", "password": "correct horse battery"}
    tokens = [value(send(guest, "/staff/sign-in", form).text, "csrf_token") for guest in guests]
    headers = {"Referer": "https://calendar.example.jp/staff/sign-in"}

    def guess(guest: FlaskClient, token: str) -> int:
        return int(guest.post(CODE, data={"code": "000000", "csrf_token": token}, headers=headers).status_code)

    with ThreadPoolExecutor(len(guests)) as at_once:
        answers = Counter(at_once.map(guess, guests, tokens))
    assert answers == {200: 10, 429: 4}


def test_a_new_password_ends_what_the_old_one_began(app: Flask, desk: FlaskClient, write: Session) -> None:
    secret, _ = turned_on(desk, write)
    client = stranger(app)
    page = send(client, "/staff/sign-in", {"email": "staff@example.jp", "password": "correct horse battery"})
    every(write, User)[0].password = "another"
    write.commit()
    headers = {"Referer": "https://calendar.example.jp/staff/sign-in"}
    form = {"code": right(secret, 1), "csrf_token": value(page.text, "csrf_token")}
    assert client.post(CODE, data=form, headers=headers).headers["Location"].startswith("/staff/sign-in")

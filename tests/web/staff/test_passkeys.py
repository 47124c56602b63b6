"""Passkeys: one signature lets in, as both factors; no other answer does: copied, late, from elsewhere, removed, closed."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.accounts import people, reset, totp
from calendar_app.db.models import DeskSession, Mail, Passkey, SignInRecord, Throttle, User
from helpers.authenticator import PRESENT, Authenticator
from helpers.staff_desk import every, send, signed_in, stranger
from helpers.town import NOW, STOPPED, Clock, person

ANSWER, OFFER, ADD = "/staff/sign-in/passkey", "/staff/me/passkeys", "/staff/me/passkeys/add"
ME, SIGN_IN = "/staff/me", "/staff/sign-in"


def offered(client: FlaskClient, page: str = ME) -> dict[str, Any]:
    page = send(client, OFFER, {}, page).text
    return json.loads(unescape(re.search(r'data-new-passkey="([^"]+)"', page)[1]))  # type: ignore[index, no-any-return]


def added(client: FlaskClient, device: Authenticator | None = None, name: str = "") -> Authenticator:
    """Add a passkey as a person does."""
    device = device or Authenticator()
    answer = send(client, ADD, {"passkey": device.create(offered(client)), "name": name}, ME)
    assert answer.status_code == 303, answer.text
    return device


def asked(client: FlaskClient) -> dict[str, Any]:
    client.get(SIGN_IN)
    return client.get(ANSWER).json  # type: ignore[no-any-return]


def enter(client: FlaskClient, answer: str, **more: str) -> Any:
    return send(client, ANSWER, {"passkey": answer} | more, SIGN_IN)


def test_a_passkey_signs_in_without_an_address_and_is_written_down(
    app: Flask, desk: FlaskClient, town: Session
) -> None:
    device = added(desk, name="自分のスマホ")
    client = stranger(app)
    assert enter(client, device.get(asked(client)), next="/staff/people").headers["Location"] == "/staff/people"
    assert client.get("/staff/").status_code == 200
    assert "自分のスマホ" in client.get(ME).text
    assert [row.kind for row in every(town, SignInRecord)] == ["passkey_added", "passkey"]
    assert every(town, Passkey)[0].used_at == STOPPED


def test_a_passkey_is_enough_beside_an_authenticator_app(app: Flask, desk: FlaskClient, write: Session) -> None:
    device = added(desk)
    every(write, User)[0].totp_secret = totp.new_secret()
    write.commit()
    client = stranger(app)
    assert enter(client, device.get(asked(client))).status_code == 302


def refused_devices() -> dict[str, Callable[[Authenticator], Authenticator]]:
    return {
        "from another origin": lambda device: replace(device, origin="https://calendar.example.jp.evil.example"),
        "from our origin without encryption": lambda device: replace(device, origin="http://calendar.example.jp"),
        "without finger or PIN": lambda device: replace(device, flags=PRESENT),
        "signed by another key": lambda device: replace(device, key=Authenticator().key),
        "of another person's handle": lambda device: replace(device, handle=Authenticator().id),
        "unknown": lambda device: replace(device, id=Authenticator().id),
    }


@pytest.mark.parametrize("case", refused_devices())
def test_a_wrong_answer_is_refused(case: str, app: Flask, desk: FlaskClient, town: Session) -> None:
    device = refused_devices()[case](added(desk))
    client = stranger(app)
    assert enter(client, device.get(asked(client))).status_code == 200
    assert client.get("/staff/").status_code == 302
    assert every(town, SignInRecord)[-1].kind == "refused"


@pytest.mark.parametrize(
    "answer", ["", "[]", "{}", "1" * 30_000, '{"id": 1}', '{"id": "x", "response": []}', "[" * 9000]
)
def test_nonsense_is_refused(answer: str, app: Flask) -> None:
    assert enter(stranger(app), answer).status_code == 200


def test_an_answer_for_another_host_is_refused(app: Flask, desk: FlaskClient) -> None:
    device, client = added(desk), stranger(app)
    assert enter(client, device.get(asked(client) | {"rpId": "example.jp"})).status_code == 200
    assert asked(client)["rpId"] == "calendar.example.jp"
    client.environ_base |= {"HTTP_HOST": "evil.example"}
    assert client.get(ANSWER).json["rpId"] == "calendar.example.jp"  # type: ignore[index]


def test_an_answer_works_once_in_the_browser_that_was_asked_within_five_minutes(
    app: Flask, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, mine, other = added(desk), stranger(app), stranger(app)
    answer = device.get(asked(mine))
    assert enter(other, answer).status_code == 200
    with mine.session_transaction() as cookie:
        copied = dict(cookie)
    assert enter(mine, answer).status_code == 302
    assert enter(mine, answer).status_code == 200
    with other.session_transaction() as cookie:
        cookie.update(copied)
    assert enter(other, answer).status_code == 200
    late = device.get(asked(mine))
    monkeypatch.setattr(
        Clock, "now", classmethod(lambda cls, tz=None: cls.fromtimestamp(STOPPED.timestamp() + 301, tz))
    )
    assert "時間がかかりすぎました" in enter(mine, late).text


def test_a_device_that_counts_must_count_on(app: Flask, desk: FlaskClient) -> None:
    device = added(desk, Authenticator(counted=5))
    client = stranger(app)
    for counted, status in ((6, 302), (6, 200), (5, 200), (0, 200), (7, 302)):
        assert enter(client, replace(device, counted=counted).get(asked(client))).status_code == status, counted


def test_a_removed_passkey_and_those_of_a_closed_account_open_nothing(
    app: Flask, desk: FlaskClient, write: Session, town: Session
) -> None:
    first, second = added(desk), added(desk)
    client = stranger(app)
    number = every(town, Passkey)[0].id
    assert send(desk, f"{OFFER}/{number}/remove", {}, ME).status_code == 303
    assert enter(client, first.get(asked(client))).status_code == 200
    user = every(write, User)[0]
    people.set_active(write, user, False, actor=user, at=NOW)
    write.commit()
    assert enter(client, second.get(asked(client))).status_code == 200
    people.set_active(write, user, True, actor=user, at=NOW)
    write.commit()
    assert enter(client, second.get(asked(client))).status_code == 200


def test_nobody_else_renames_or_removes_a_passkey(app: Flask, desk: FlaskClient, write: Session, town: Session) -> None:
    added(desk, name="電話")
    person(write, "other@example.jp", role="admin")
    write.commit()
    other, number = signed_in(app, "other@example.jp"), every(town, Passkey)[0].id
    send(other, f"{OFFER}/{number}/rename", {"name": "x"}, ME)
    send(other, f"{OFFER}/{number}/remove", {}, ME)
    assert [key.name for key in every(town, Passkey)] == ["電話"]
    send(desk, f"{OFFER}/{number}/rename", {"name": " 仕事の\n電話 "}, ME)
    assert [key.name for key in every(town, Passkey)] == ["仕事の 電話"]


@pytest.mark.parametrize(
    "device", [Authenticator(origin="https://evil.example"), Authenticator(flags=PRESENT)], ids=["origin", "no PIN"]
)
def test_a_wrong_device_is_not_added(device: Authenticator, desk: FlaskClient, town: Session) -> None:
    assert send(desk, ADD, {"passkey": device.create(offered(desk))}, ME).status_code == 422
    assert every(town, Passkey) == []


def test_an_answer_adds_once_and_a_device_belongs_to_one(app: Flask, desk: FlaskClient, write: Session) -> None:
    person(write, "other@example.jp")
    write.commit()
    device = Authenticator()
    made = device.create(offered(desk))
    assert [send(desk, ADD, {"passkey": made}, ME).status_code for _ in range(2)] == [303, 422]
    assert [held["id"] for held in offered(desk)["excludeCredentials"]] == [device.id]
    other = signed_in(app, "other@example.jp")
    assert send(other, ADD, {"passkey": device.create(offered(other))}, ME).status_code == 422


def test_wrong_answers_slow_down_as_wrong_passwords_do(app: Flask, desk: FlaskClient, town: Session) -> None:
    wrong = replace(added(desk), key=Authenticator().key)
    client = stranger(app)
    answers = [enter(client, wrong.get(asked(client))).status_code for _ in range(12)]
    assert answers == [200] * 10 + [429] * 2
    unknown = stranger(app)
    unknown.environ_base |= {"REMOTE_ADDR": "198.51.100.7"}
    assert enter(unknown, "{}").status_code == 200
    assert len(every(town, Throttle)) == 3 + 3


def test_a_passkey_proves_who_one_is_and_only_ones_own(
    app: Flask, desk: FlaskClient, write: Session, town: Session
) -> None:
    person(write, "admin@example.jp", role="admin")
    write.commit()
    admin = signed_in(app, "admin@example.jp")
    mine, theirs = added(admin), added(desk)
    for row in every(write, DeskSession):
        row.proved_at = STOPPED - timedelta(hours=1)
    write.commit()
    number = next(user.id for user in every(town, User) if user.role == "member")
    close = f"/staff/people/{number}/close"
    page = send(admin, close, {}, "/staff/people")
    assert page.status_code == 401
    assert 'name="proof_passkey"' in page.text
    for device, status in ((theirs, 401), (mine, 303)):
        form = {"proof": "", "proof_passkey": device.get(admin.get(ANSWER).json)}  # type: ignore[arg-type]
        assert send(admin, close, form, "/staff/people").status_code == status


def test_adding_and_removing_asks_for_a_proof(desk: FlaskClient, write: Session, town: Session) -> None:
    added(desk)
    every(write, DeskSession)[0].proved_at = STOPPED - timedelta(hours=1)
    write.commit()
    number = every(town, Passkey)[0].id
    for path in (OFFER, ADD, f"{OFFER}/{number}/remove"):
        assert send(desk, path, {}, ME).status_code == 401, path
    assert len(every(town, Passkey)) == 1


def test_the_rule_of_a_second_factor_is_met_and_the_password_alone_is_not_enough(
    app: Flask, write: Session, town: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    ruled = replace(app.extensions["calendar_config"], second_factor=("admin",))
    monkeypatch.setitem(app.extensions, "calendar_config", ruled)
    person(write, role="admin")
    write.commit()
    admin = signed_in(app, "staff@example.jp")
    assert admin.get(ME).headers["Location"] == "/staff/me/second-factor"
    device, own = Authenticator(), "/staff/me/second-factor"
    assert f'action="{OFFER}"' in admin.get(own).text
    assert send(admin, ADD, {"passkey": device.create(offered(admin, own))}, own).headers["Location"] == ME
    assert admin.get(ME).status_code == 200
    client = stranger(app)
    page = send(client, SIGN_IN, {"email": "staff@example.jp", "password": "correct horse battery"})
    assert page.status_code == 200
    assert "data-passkey=" in page.text
    assert client.get("/staff/").status_code == 302
    assert enter(client, device.get(asked(client))).status_code == 302


def test_a_link_made_by_hand_removes_passkeys_and_one_by_mail_does_not(
    desk: FlaskClient, write: Session, town: Session
) -> None:
    added(desk)
    user = every(write, User)[0]
    for actor, left in ((None, 1), (user, 0)):
        _link, token = reset.make(write, user, actor=actor, at=NOW)
        reset.use(write, token, "hash", at=NOW)
        write.commit()
        assert len(every(town, Passkey)) == left


def test_the_owner_is_told_by_mail(
    app: Flask, desk: FlaskClient, town: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(desk)
    assert every(town, Mail) == []
    mailing = replace(app.extensions["calendar_config"], mail_server="smtp://mail.example.jp")
    monkeypatch.setitem(app.extensions, "calendar_config", mailing)
    added(desk)
    send(desk, f"{OFFER}/{every(town, Passkey)[0].id}/remove", {}, ME)
    letters = every(town, Mail)
    assert {letter.recipient for letter in letters} == {"staff@example.jp"}
    assert ["追加されました" in letters[0].body, "削除されました" in letters[1].body] == [True, True]


def test_a_site_without_a_name_offers_none(app: Flask, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    numbered = replace(app.extensions["calendar_config"], base_url="http://127.0.0.1:8000")
    monkeypatch.setitem(app.extensions, "calendar_config", numbered)
    assert "passkey" not in stranger(app).get(SIGN_IN).text.replace("passkeys.js", "")
    assert stranger(app).get(ANSWER).status_code == 404

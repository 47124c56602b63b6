"""Secrets in the database: none stands there in the clear, those from before are sealed, another key seals them anew."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app.accounts import second_factor, totp
from calendar_app.config import Config
from calendar_app.config.sealing import Unreadable
from calendar_app.db import migrations
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Receiver, User
from calendar_app.delivery import turns
from calendar_app.operations import doctor, sealed_secrets
from helpers.commands import run
from helpers.town import NOW, person

SECRET = totp.new_secret()
CODE = totp.code(SECRET, int(NOW.timestamp()) // totp.SECONDS)


def opens(session: Session, secret_key: str) -> bool:
    """Whether the code of the app is right, with this key."""
    user = session.scalars(sa.select(User)).one()
    user.totp_step = 0
    return second_factor.accept(session, user, CODE, secret_key=secret_key, at=NOW)


def test_a_secret_is_sealed_when_an_app_is_taken(session: Session) -> None:
    user = person(session)
    assert second_factor.turn_on(session, user, SECRET, CODE, secret_key="k", at=NOW)
    assert SECRET not in (user.totp_secret or "")
    assert (opens(session, "k"), opens(session, "another key")) == (True, False)
    assert (sealed_secrets.unreadable(session, "k"), sealed_secrets.unreadable(session, "another key")) == (0, 1)


def test_secrets_from_before_work_and_are_sealed_by_init(engine: Engine) -> None:
    migrations.downgrade(engine, "0022")
    with engine.begin() as connection:
        names = "email, name, active, handle, totp_secret, totp_step, role, created_at, seen_revision, seen_comment, weekly_mail"
        values = {"secret": SECRET, "at": NOW.replace(tzinfo=None)}
        row = "'a@example.jp', 'a', true, 'h', :secret, 0, 'admin', :at, 0, 0, true"
        connection.execute(sa.text(f'INSERT INTO "user" ({names}) VALUES ({row})'), values)
    migrations.upgrade(engine)
    with write_session(engine) as session:
        assert opens(session, "k")
        assert sealed_secrets.seal_open(session, "k") == 1
        assert opens(session, "k")
        assert sealed_secrets.seal_open(session, "k") == 0
        session.commit()
    migrations.downgrade(engine, "0022")  # the program of that time reads no sealed secret
    with engine.connect() as connection:
        assert connection.scalar(sa.text('SELECT totp_secret FROM "user"')) is None


def test_another_key_seals_every_secret_anew(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    key = config.instance / "secret_key"
    key.write_text("only for tests")
    engine = make_engine(config.database_url)
    with write_session(engine) as session:
        second_factor.turn_on(session, person(session), SECRET, CODE, secret_key="only for tests", at=NOW)
        receiver = Receiver(channel="x", key="x", created_at=NOW)
        session.add(receiver)
        turns.keep_secrets(receiver, config, {"token": "a token"})
        session.commit()
    answer = run(config, monkeypatch, "rotate-secret")
    assert answer.exit_code == 0, answer.output
    with write_session(engine) as session:
        assert (opens(session, key.read_text()), opens(session, "only for tests")) == (True, False)
        receiver = session.scalars(sa.select(Receiver)).one()
        assert turns.settings_of(receiver, replace(config, secret_key=key.read_text())) == {"token": "a token"}
        assert next(iter(doctor.secrets(config, engine))).level == "fault"
        with pytest.raises(Unreadable):
            sealed_secrets.seal_again(session, "only for tests", "k")
    engine.dispose()

"""One person's data is given out and erased, wherever it stands; nobody else's is touched."""

import json
from pathlib import Path

import pytest
import sqlalchemy as sa

from calendar_app.accounts import people, sessions
from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import (
    Department,
    DeskSession,
    Feedback,
    FormDraft,
    Identity,
    Invitation,
    Mail,
    Passkey,
    RecoveryCode,
    ResetLink,
    Revision,
    SignInRecord,
    User,
)
from calendar_app.entries import publishing
from calendar_app.operations import tables
from helpers.commands import run
from helpers.town import NOW, SAKURA, person, settings

WHO, OTHER = "hanako@example.jp", "taro@example.jp"


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Config:
    config = settings(tmp_path, database_url)
    with write_session(make_engine(database_url)) as session:
        for number, email in enumerate((WHO, OTHER)):
            user = person(session, email, role="admin")
            publishing.create(session, "event", SAKURA, actor=user, at=NOW)
            session.add(FormDraft(user_id=user.id, key="k", kind="event", fields={"title": [email]}, updated_at=NOW))
            session.add(Mail(key=f"m{number}", recipient=email, subject="s", body=f"dear {email}", due_at=NOW))
            asked = {"kind": "question", "text": f"I am {email}", "name": email, "email": email.upper()}
            session.add(Feedback(token=str(number), asked_at=NOW, due_at=NOW, **asked))
            sessions.begin(session, user, device=f"phone of {email}", at=NOW)
            journal = {"user_id": user.id, "at": NOW, "kind": "signed_in", "device": f"phone of {email}"}
            session.add(SignInRecord(**journal))
            if email == OTHER:  # the first person made a link for the second one
                session.add(SignInRecord(user_id=user.id, actor_id=1, at=NOW, kind="reset_link", network="192.0.2.77"))
            session.add(RecoveryCode(user_id=user.id, code_hash=f"{number}"))
            session.add(ResetLink(user_id=user.id, token_hash=f"{number}", expires_at=NOW))
            held = {"credential_id": f"{number}", "public_key": "k", "sign_count": 0, "created_at": NOW}
            session.add(Passkey(user_id=user.id, name=f"phone of {email}", **held))
            session.add(Identity(user_id=user.id, issuer="https://login", subject=email, linked_at=NOW))
            department = session.get(Department, 1)
            invited = f"new-{email}"
            people.invite(session, email=invited, name=email, role="member", department=department, actor=user, at=NOW)
        session.commit()
    return config


def everything(config: Config) -> str:
    engine = make_engine(config.database_url)
    with tables.snapshot(engine) as connection:
        held = tables.tables_of(connection, tables.MADE_AGAIN)
        lines = [tables.line(row) for table in held for row in tables.rows_of(connection, table)]
    engine.dispose()
    return b"".join(lines).decode().lower()


def test_everything_about_a_person_is_given_out(town: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    given = run(town, monkeypatch, "person", "export", WHO)
    assert given.exit_code == 0, given.output
    found = json.loads(given.output)
    assert set(found) == {
        *("user", "entry", "draft", "mail", "feedback", "revision", "invitation"),
        *("desk_session", "sign_in_record", "recovery_code", "reset_link", "passkey", "identity"),
    }
    assert OTHER not in given.output
    assert "argon2" not in given.output


def test_a_person_is_erased_and_nobody_else(town: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(town, monkeypatch, "person", "erase", f"new-{WHO}", "--yes").exit_code == 0
    done = run(town, monkeypatch, "person", "erase", WHO, "--yes")
    assert done.exit_code == 0, done.output
    assert "backups hold the old rows" in done.output
    left = everything(town)
    assert WHO not in left
    assert left.count(OTHER) >= 6
    with write_session(make_engine(town.database_url)) as session:
        users = session.scalars(sa.select(User).order_by(User.id)).all()
        assert [user.active for user in users] == [False, True]
        assert session.scalar(sa.select(sa.func.count(Revision.number))) > 3
        for model in (DeskSession, SignInRecord, RecoveryCode, ResetLink, Passkey, Identity):
            assert set(session.scalars(sa.select(model.user_id))) == {users[1].id}
        assert {row.network for row in session.scalars(sa.select(SignInRecord))} == {""}
        assert session.scalar(sa.select(Invitation.email)) == f"new-{OTHER}"
    assert run(town, monkeypatch, "person", "export", WHO).exit_code == 1


def test_an_unknown_person_is_said(town: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in (("export", "nobody@example.jp"), ("erase", "nobody@example.jp", "--yes")):
        done = run(town, monkeypatch, "person", *words)
        assert (done.exit_code, "nothing is kept" in done.output) == (1, True)


def test_the_key_is_replaced_where_it_is_a_file(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = run(config, monkeypatch, "rotate-secret")
    assert (refused.exit_code, "CALENDAR_SECRET_KEY" in refused.output) == (1, True)
    key = config.instance / "secret_key"
    key.write_text("only for tests")
    assert run(config, monkeypatch, "rotate-secret").exit_code == 0
    assert len(key.read_text()) > 40
    assert key.stat().st_mode & 0o777 == 0o600

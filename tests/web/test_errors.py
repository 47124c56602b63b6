"""A save that cannot be done answers with all that was typed, and sends it again at a press."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from calendar_app.db import engine as database
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event
from helpers.staff_desk import NEW, TYPED, every, send, value


def test_a_save_that_meets_a_locked_database_keeps_the_text_and_is_sent_again(
    app: Flask, desk: FlaskClient, town: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "PRAGMAS", ("PRAGMA busy_timeout=50", *database.PRAGMAS[1:]))
    app.extensions["calendar_engine"].dispose()
    title = '<消えない>&"朝市"'
    other = make_engine(str(app.extensions["calendar_config"].database_url))
    with write_session(other) as holding:
        holding.execute(database.sa.text("UPDATE site SET revision = revision"))
        answer = send(desk, NEW, TYPED | {"title": title, "key": "Abc_def-1234"})
        assert answer.status_code == 503
        assert answer.headers["Retry-After"]
    assert value(answer.text, "title") == title
    assert 'name="password"' not in answer.text
    form = {name: value(answer.text, name) for name in (*TYPED, "key", "csrf_token")}
    again = desk.post(NEW, data=form, headers={"Referer": f"https://calendar.example.jp{NEW}"})
    assert again.status_code == 303
    assert [event.title for event in every(town, Event)] == [title]
    other.dispose()

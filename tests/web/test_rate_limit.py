"""Rations of public forms: what is counted when two first attempts arrive at once."""

import threading

from sqlalchemy import Engine

from calendar_app.db.engine import write_session
from calendar_app.db.models import Throttle
from calendar_app.web import rate_limit
from helpers.town import NOW


def test_two_first_attempts_at_once_are_both_counted(engine: Engine) -> None:
    """On PostgreSQL the second used to fail, because the first had inserted the row but not committed it."""
    answers = []

    def second() -> None:
        with write_session(engine) as session:
            answers.append(rate_limit.allow(session, {"short:x": 1}, at=NOW))
            session.commit()

    with write_session(engine) as session:
        answers.append(rate_limit.allow(session, {"short:x": 1}, at=NOW))
        other = threading.Thread(target=second)
        other.start()
        other.join(0.5)  # it waits for this transaction
        assert len(answers) == 1
        session.commit()
    other.join(30)
    assert answers == [True, False]
    with write_session(engine) as session:
        assert session.get_one(Throttle, "short:x").level == 1

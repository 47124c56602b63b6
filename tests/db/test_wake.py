"""A commit wakes the worker at once, on both databases; what is not committed does not."""

import threading
import time

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app.db import wake
from calendar_app.db.engine import make_engine
from helpers.town import published

LONG = 60.0  # seconds; a test that fails waits so long


def waited(listen: wake.Wait, seconds: float) -> float:
    began = time.monotonic()
    listen(seconds)
    return time.monotonic() - began


def test_a_save_wakes_who_waits(engine: Engine, session: Session) -> None:
    with wake.listening(make_engine(engine.url.render_as_string(hide_password=False))) as listen:
        published(session)
        assert waited(listen, 0.2) >= 0.2, "nothing is committed yet"
        waiting = threading.Thread(target=session.commit)
        waiting.start()
        assert waited(listen, LONG) < LONG
        waiting.join()
        assert waited(listen, 0.2) >= 0.2, "one commit, one call"


def test_what_was_saved_before_the_wait_ends_it_and_what_was_taken_back_does_not(
    engine: Engine, session: Session
) -> None:
    with wake.listening(engine) as listen:
        published(session)
        session.rollback()
        assert waited(listen, 0.2) >= 0.2
        published(session)
        session.commit()
        assert waited(listen, LONG) < LONG


def test_a_save_without_a_worker_is_a_save(engine: Engine, session: Session) -> None:
    with wake.listening(engine):
        pass
    published(session)
    session.commit()

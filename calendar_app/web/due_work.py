"""The due work of a server process: done by the first reader who asks after its moment, if the worker has not."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine

from calendar_app.db.engine import write_session
from calendar_app.entries import due

log = logging.getLogger(__name__)

PAUSE = 10.0  # seconds after a failure: a disk that cannot be written to must not make every reader wait


def doer(engine: Engine, now: Callable[[], datetime]) -> Callable[[], None]:
    """A function that does what is due at `now()` (aware). One thread works, the others wait for it.

    A failure is logged and tried again after a pause; until then readers get what there is.
    """
    working = threading.Lock()
    resumes = 0.0

    def do_due() -> None:
        nonlocal resumes
        with working:
            if time.monotonic() < resumes:
                return
            try:
                with write_session(engine) as session:
                    for entry in due.run(session, at=now()):
                        log.info("due: %s", entry.public_id)
                    session.commit()
            except Exception:
                log.exception("what is due could not be done; readers get what there is")
                resumes = time.monotonic() + PAUSE

    return do_due

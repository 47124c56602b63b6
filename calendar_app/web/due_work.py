"""The due work of a server process. The first request after its moment does it, unless the worker has already done it."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine

from calendar_app.db.engine import write_session
from calendar_app.entries import due

log = logging.getLogger(__name__)

PAUSE = 10.0  # seconds without a new attempt after a failure, so that a broken disk does not delay every reader


def doer(engine: Engine, now: Callable[[], datetime]) -> Callable[[], None]:
    """Make a function that does the work due at `now()` (an aware instant). One thread works, the others wait for it.

    It logs a failure and tries again after ten seconds; until then readers get the current state.
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

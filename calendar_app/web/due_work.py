"""The due work of a server process. The first request after its moment does it, unless the worker has already done it."""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.engine import Engine

from calendar_app.db.engine import write_session
from calendar_app.entries import due, revisions

log = logging.getLogger(__name__)

PATIENCE = (
    0.5  # seconds for which readers wait for the work, which may itself wait for the write lock of another process
)
PAUSE = 10.0  # seconds without a new attempt after a failure, so that a broken disk does not delay every reader


class DueWork:
    """Does the work due at `now()` (an aware instant) in a thread of its own.

    Whoever asks first after its moment begins it, and everybody who asks meanwhile waits until it is done. Only when it has
    no write lock after a second do they get the state before it, while the work goes on waiting for the lock. A failure is
    logged, and the work is tried again after ten seconds.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self.engine = engine
        self.now = now
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._locked = threading.Event()  # whether the work waits for nobody
        self._patient_until = self._resumes = 0.0  # by the monotonic clock

    def __call__(self) -> None:
        with self._starting:
            if self._thread is None:
                if time.monotonic() < self._resumes:
                    return
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._patient_until = time.monotonic() + PATIENCE
                self._locked.clear()
                self._thread.start()
            thread = self._thread
        if self._locked.wait(max(0.0, self._patient_until - time.monotonic())):
            thread.join()

    def _work(self) -> None:
        try:
            with write_session(self.engine) as session:
                revisions.lock(session)
                self._locked.set()
                for entry in due.run(session, at=self.now()):
                    log.info("due: %s", entry.public_id)
                session.commit()
        except Exception:
            log.exception("what is due could not be done; readers get what there is")
            self._resumes = time.monotonic() + PAUSE
        finally:
            self._locked.set()
            self._thread = None

"""Tell open desks whether something has happened, in front of everything else, because each asks about once a second.

The answer is one number: 204 while it is the one that the desk knows, else 200 with the new one. It needs no session: the address is signed for a
department, and the number says nothing but that it rose. The numbers of all departments are read twice a second at most, however many desks ask.
"""

import hashlib
import hmac
import logging
import threading
import time
from collections.abc import Callable, Iterable
from urllib.parse import parse_qs, urlencode

from calendar_app.db.desk_signals import NO_DEPARTMENT
from calendar_app.web.wsgi import Environ, StartResponse

log = logging.getLogger(__name__)

PATH = "/staff/live/pulse"
ALL = "all"  # of an administrator, who sees every department
READ_AGAIN = 0.5  # seconds
HEADERS = [("Content-Type", "text/plain"), ("Cache-Control", "no-store")]


class Pulse:
    """WSGI middleware. `numbers()` reads the number of each department and may raise; `key` signs addresses."""

    def __init__(
        self,
        app: Callable[[Environ, StartResponse], Iterable[bytes]],
        numbers: Callable[[], dict[int, int]],
        key: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.app = app
        self.numbers = numbers
        self.key = key
        self.clock = clock
        self._lock = threading.Lock()
        self._known: dict[int, int] = {}
        self._read_at = -READ_AGAIN

    def __call__(self, environ: Environ, start: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] != PATH:
            return self.app(environ, start)
        asked = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        of = asked.get("of", "")
        if not hmac.compare_digest(asked.get("key", "").encode(), signature(self.key, of).encode()):
            start("403 FORBIDDEN", [*HEADERS, ("Content-Length", "0")])
            return []
        body = str(number(self._now(), of)).encode()
        if body == asked.get("since", "").encode():
            start("204 NO CONTENT", [HEADERS[1]])
            return []
        start("200 OK", [*HEADERS, ("Content-Length", str(len(body)))])
        return [body]

    def _now(self) -> dict[int, int]:
        """The numbers, read anew when the last reading is old. While the database is away they stay as they were."""
        with self._lock:
            if self.clock() - self._read_at >= READ_AGAIN:
                try:
                    self._known = self.numbers()
                except Exception:
                    log.exception("the numbers of the desks cannot be read")
                self._read_at = self.clock()
            return self._known


def number(numbers: dict[int, int], of: str) -> int:
    """Return the number that the desk of a department sees, with what belongs to none, or that of all."""
    return sum(numbers.values()) if of == ALL else numbers.get(int(of), 0) + numbers.get(NO_DEPARTMENT, 0)


def address(key: str, department_id: int | None) -> str:
    """Return the signed address of a department's pulse; None stands for all."""
    of = ALL if department_id is None else str(department_id)
    return f"{PATH}?{urlencode({'of': of, 'key': signature(key, of)})}"


def signature(key: str, of: str) -> str:
    return hmac.new(key.encode(), f"pulse {of}".encode(), hashlib.sha256).hexdigest()[:32]

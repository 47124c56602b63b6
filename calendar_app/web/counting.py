"""Count every request and its time, in front of everything else."""

import time
from collections.abc import Callable, Iterable
from typing import Any

from calendar_app.operations.counters import Counters

PROBES = ("/healthz", "/readyz", "/metrics")
FEEDS = (".ics", ".atom", ".rss", ".json", ".csv")


class Counting:
    """WSGI middleware; the time is that until the answer is ready."""

    def __init__(self, app: Callable[..., Iterable[bytes]], counters: Counters) -> None:
        self.app = app
        self.counters = counters

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        begun = time.perf_counter()
        status = "500"

        def noting(said: str, *more: Any) -> Any:
            nonlocal status
            status = said
            return start(said, *more)

        try:
            return self.app(environ, noting)
        finally:
            self.counters.add(_kind(environ["PATH_INFO"]), int(status[:3]), time.perf_counter() - begun)


def _kind(path: str) -> str:
    if path.startswith("/staff"):
        return "staff"
    if path in PROBES:
        return "probe"
    return "feed" if path.endswith(FEEDS) else "page"

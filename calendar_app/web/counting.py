"""Count every request and its time, and what is used, in front of everything else."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from time import perf_counter
from typing import Any

from calendar_app.operations.counters import Counters
from calendar_app.web.usage_log import UsageLog

PROBES = ("/healthz", "/readyz", "/metrics")
FEEDS = (".ics", ".atom", ".rss", ".json", ".csv")


class Counting:
    """WSGI middleware; the time is that until the answer is ready."""

    def __init__(self, app: Callable[..., Iterable[bytes]], counters: Counters, usage: UsageLog) -> None:
        self.app = app
        self.counters = counters
        self.usage = usage

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        begun, status = perf_counter(), "500"

        def noting(said: str, *more: Any) -> Any:
            nonlocal status
            status = said
            return start(said, *more)

        try:
            return self.app(environ, noting)
        finally:
            self.counters.add(_kind(environ["PATH_INFO"]), int(status[:3]), perf_counter() - begun)
            self.usage.note(environ, int(status[:3]))


@lru_cache(maxsize=1024)
def _kind(path: str) -> str:
    if path.startswith("/staff"):
        return "staff"
    if path in PROBES:
        return "probe"
    return "feed" if path.endswith(FEEDS) else "page"

"""Remember what the newest revisions touched, to tell which kept answers they cannot have changed."""

import threading
from collections.abc import Callable, Iterable

from calendar_app.entries.last_changes import EVERYTHING

SHOWS = "calendar_app.shows"  # where a view leaves the keys on which its answer depends, in the request's environment
MOST = 100_000  # keys; beyond, everything counts as touched


class Touched:
    """The newest public revision that touched each key, of those since this process began.

    `touches_after(number)` gives the touches of each later revision, oldest first, None for everything. It may raise.
    """

    def __init__(self, touches_after: Callable[[int], Iterable[tuple[int, list[str] | None]]]) -> None:
        self._touches_after = touches_after
        self._last: dict[str, int] = {}
        self._known: int | None = None  # up to this revision
        self._lock = threading.Lock()

    def learn(self, number: int) -> None:
        """Learn of every revision up to `number`, the newest one; call it before `untouched`."""
        if number == self._known:
            return
        with self._lock:
            if self._known is None or number < self._known:  # a database that was put back: nothing is known of it
                self._last = {EVERYTHING: number}
            elif number > self._known:
                for newer, touches in self._touches_after(self._known):
                    self._last |= dict.fromkeys([EVERYTHING] if touches is None else touches, newer)
                if len(self._last) > MOST:
                    self._last = {EVERYTHING: number}
            self._known = number

    def untouched(self, keys: Iterable[str], since: int, until: int) -> bool:
        """Tell whether no revision after `since`, up to `until`, touched one of the keys.

        False when `until` is not known: a slower thread may have taken its older number for a database that was put back.
        """
        with self._lock:
            known = self._known is not None and until <= self._known
            return known and all(self._last.get(key, 0) <= since for key in (EVERYTHING, *keys))

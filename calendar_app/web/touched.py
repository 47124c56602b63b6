"""Remember what the newest revisions touched, to tell which kept answers they cannot have changed."""

import threading
from collections.abc import Callable, Iterable

from calendar_app.entries.last_changes import EVERYTHING

SHOWS = "calendar_app.shows"  # where a view leaves the keys on which its answer depends, in the request's environment
MOST = 100_000  # keys; beyond, everything counts as touched


class Touched:
    """The newest public revision that touched each key, of those since this process began.

    `touches_after(number)` gives the touches of each later revision, oldest first, None for everything; `holds(number, link)`
    tells whether the database still has a revision with its link in the chain. Both may raise. `history` counts the databases
    that were put back while this process ran: what was made of an earlier one says nothing of this one.
    """

    def __init__(
        self,
        touches_after: Callable[[int], Iterable[tuple[int, list[str] | None]]],
        holds: Callable[[int, str], bool],
    ) -> None:
        self.history = 0
        self._touches_after = touches_after
        self._holds = holds
        self._last: dict[str, int] = {}
        self._known: tuple[int, str] | None = None  # up to this revision, with its link
        self._lock = threading.Lock()

    def learn(self, number: int, link: str) -> bool:
        """Learn of every revision up to `number`, the newest one; call it before `untouched`. True if a database was put back."""
        if (number, link) == self._known:
            return False
        with self._lock:
            known, put_back = self._known, False
            if known is None or (put_back := not self._holds(*known)):
                self._last = {EVERYTHING: number}
                self.history += put_back
            elif number <= known[0]:  # a slower thread read it before the others
                return False
            else:
                for newer, touches in self._touches_after(known[0]):
                    self._last |= dict.fromkeys([EVERYTHING] if touches is None else touches, newer)
                if len(self._last) > MOST:
                    self._last = {EVERYTHING: number}
            self._known = number, link
            return put_back

    def untouched(self, keys: Iterable[str], since: int, until: int) -> bool:
        """Tell whether no revision after `since`, up to `until`, touched one of the keys. False when `until` is not known."""
        with self._lock:
            known = self._known is not None and until <= self._known[0]
            return known and all(self._last.get(key, 0) <= since for key in (EVERYTHING, *keys))

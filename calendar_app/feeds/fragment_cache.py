"""Fragments of feeds (an event's VEVENTs, an item's XML), rendered once for each change and kept in a file across restarts.

The file is only a copy: whatever is missing or unreadable is rendered again, and the file may be deleted at any time. A
fragment is found by its name and its stamp. The stamp holds all that its bytes depend on, so an old one is never served.
"""

import hashlib
import json
import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from calendar_app.db.engine import sqlite

log = logging.getLogger(__name__)

STANDS_ON = ("babel", "icalendar", "feedgen", "lxml", "jpholiday", "tzdata")
SOURCES = Path(__file__).resolve().parent.parent  # the package
SCHEMA = "CREATE TABLE IF NOT EXISTS piece (name TEXT PRIMARY KEY, stamp TEXT, body BLOB) WITHOUT ROWID"
CHOSEN = "SELECT name, stamp, body FROM piece WHERE name IN (SELECT value FROM json_each(?))"
PRAGMAS = ("PRAGMA busy_timeout=200", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF")


class FragmentKey(NamedTuple):
    """Which fragment is wanted: its name, and the stamp of exactly that from which it must have been rendered."""

    name: str
    stamp: str


@cache
def renderer() -> str:
    """Changes with any line of the program, or version of what it stands on, that could change a byte of a feed."""
    digest = hashlib.sha256(repr([version(name) for name in STANDS_ON]).encode())
    for pattern in ("**/*.py", "translations/*/LC_MESSAGES/messages.po"):
        for path in sorted(SOURCES.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class Fragments:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.renderer = renderer()
        self._own = threading.local()

    def get_or_render(
        self, form: str, about: str, keys: Sequence[FragmentKey], render: Callable[[list[str]], Mapping[str, bytes]]
    ) -> list[bytes]:
        """The fragments in the order of `keys`; `render` makes those that are not kept yet, all at once, by name.

        `form` keeps formats and languages apart; `about` is what all of them depend on beside their stamps.
        A fragment that cannot be rendered is empty: the others must not be lost with it.
        """
        common = hashlib.sha256(f"{self.renderer} {about}".encode()).hexdigest()[:16]
        stamps = {key.name: f"{common} {key.stamp}" for key in keys}
        have = self._stored(form, stamps)
        if missing := [name for name in stamps if name not in have]:
            rendered = render(missing)
            self._store((f"{form} {name}", stamps[name], body) for name, body in rendered.items())
            have |= rendered
        return [have.get(key.name, b"") for key in keys]

    def _stored(self, form: str, stamps: Mapping[str, str]) -> dict[str, bytes]:
        names = json.dumps([f"{form} {name}" for name in stamps])
        rows = self._try(lambda connection: connection.execute(CHOSEN, [names]).fetchall()) or []
        fragments = ((name.removeprefix(f"{form} "), stamp, body) for name, stamp, body in rows)
        return {name: body for name, stamp, body in fragments if stamp == stamps[name]}

    def _store(self, fragments: Iterable[tuple[str, str, bytes]]) -> None:
        rows = list(fragments)

        def write(connection: Any) -> None:
            with connection:
                connection.executemany("INSERT OR REPLACE INTO piece VALUES (?, ?, ?)", rows)

        self._try(write)

    def _try(self, act: Callable[[Any], Any]) -> Any:
        """None when the file cannot be used now. One that is no database any more is begun afresh."""
        try:
            return act(self._connection())
        except (sqlite.Error, OSError) as error:
            log.warning("%s cannot be used: %s", self.path, error)
            if type(error) is sqlite.DatabaseError:  # not its subclasses: a lock is none of the file's faults
                self._own.__dict__.clear()
                with suppress(OSError):
                    self.path.unlink(missing_ok=True)
        return None

    def _connection(self) -> Any:
        """One for each thread."""
        if not hasattr(self._own, "connection"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite.connect(self.path, timeout=0.2)
            for statement in (*PRAGMAS, SCHEMA):
                connection.execute(statement)
            self._own.connection = connection
        return self._own.connection

"""Cache fragments of feeds (an event's VEVENTs, an item's XML): rendered once for each change, kept in a file.

The file is only a copy: missing or unreadable fragments are rendered again, and the file may be deleted at any time. A
fragment is found by its name and its stamp. The stamp covers everything its bytes depend on, so no old one is served.
"""

import hashlib
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from calendar_app.db.engine import sqlite
from calendar_app.text import countries
from calendar_app.text.countries import Country

log = logging.getLogger(__name__)

STANDS_ON = ("babel", "icalendar", "feedgen", "lxml", "jpholiday", "tzdata")
SOURCES = Path(__file__).resolve().parent.parent  # the package
SCHEMA = "CREATE TABLE IF NOT EXISTS fragment (name TEXT PRIMARY KEY, stamp TEXT, body BLOB) WITHOUT ROWID"
CHOSEN = "SELECT name, stamp, body FROM fragment WHERE name IN (SELECT value FROM json_each(?))"
WAIT, PAUSE = 0.05, 2.0  # seconds: how long a reader waits for the file, and how long all leave it alone after that
LOCKED = "locked"  # in what SQLite says while another holds the file
OPENING = 1.0  # seconds to wait for the file when it is opened, once for each thread
PRAGMAS = (f"PRAGMA busy_timeout={WAIT * 1000:.0f}", "PRAGMA journal_mode=WAL", "PRAGMA synchronous=OFF")


class FragmentKey(NamedTuple):
    """The key of a fragment: its name, and the stamp of everything it is rendered from."""

    name: str
    stamp: str


@cache
def renderer(country: Country) -> str:
    """Hash what could change a byte of a feed: the program, its libraries, the country.

    Outside Japan the holidays come from a library of their own.
    """
    libraries = STANDS_ON if country.code == "JP" else (*STANDS_ON, "holidays")
    digest = hashlib.sha256(repr([country.code, country.region, *map(version, libraries)]).encode())
    for pattern in ("**/*.py", "translations/*/LC_MESSAGES/messages.po"):
        for path in sorted(SOURCES.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class Fragments:
    """The fragments in one file. Each thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.renderer = renderer(countries.here())
        self._own = threading.local()
        self._resumes = 0.0  # by the monotonic clock

    def get_or_render(
        self, form: str, about: str, keys: Sequence[FragmentKey], render: Callable[[list[str]], Mapping[str, bytes]]
    ) -> list[bytes]:
        """Return the fragments in the order of `keys`. `render` makes all missing ones at once, by name.

        `form` keeps formats and languages apart; `about` is what all fragments depend on besides their stamps. A
        fragment that cannot be rendered is empty, so that the others are not lost.
        """
        common = hashlib.sha256(f"{self.renderer} {about}".encode()).hexdigest()[:16]
        stamps = {f"{form} {key.name}": f"{common} {key.stamp}" for key in keys}
        have = self._stored(stamps)
        if missing := [name for name in stamps if name not in have]:
            begin = len(form) + 1
            rendered = {f"{form} {name}": body for name, body in render([name[begin:] for name in missing]).items()}
            self._store((name, stamps[name], body) for name, body in rendered.items())
            have |= rendered
        return [have.get(f"{form} {key.name}", b"") for key in keys]

    def _stored(self, stamps: Mapping[str, str]) -> dict[str, bytes]:
        names = json.dumps([*stamps])
        rows = self._try(lambda connection: connection.execute(CHOSEN, [names]).fetchall(), reading=True)
        return {name: body for name, stamp, body in rows or () if stamp == stamps[name]}

    def _store(self, fragments: Iterable[tuple[str, str, bytes]]) -> None:
        rows = list(fragments)

        def write(connection: Any) -> None:
            with connection:
                connection.executemany("INSERT OR REPLACE INTO fragment VALUES (?, ?, ?)", rows)

        self._try(write)

    def _try(self, act: Callable[[Any], Any], *, reading: bool = False) -> Any:
        """Return the result of `act`, or None when the file cannot be used now. A file that is no database is replaced.

        While another process holds the file, readers render for themselves and keep nothing, rather than wait each time.
        """
        if time.monotonic() < self._resumes:
            return None
        try:
            return act(self._connection())
        except (sqlite.Error, OSError) as error:
            level = logging.DEBUG if LOCKED in str(error) else logging.WARNING  # to be held for a moment is no fault
            log.log(level, "%s cannot be used: %s", self.path, error)
            if type(error) is sqlite.DatabaseError:  # not its subclasses: a lock does not mean a broken file
                self._own.__dict__.clear()
                with suppress(OSError):
                    self.path.unlink(missing_ok=True)
            elif reading:
                self._resumes = time.monotonic() + PAUSE
        return None

    def _connection(self) -> Any:
        """Return this thread's connection."""
        if not hasattr(self._own, "connection"):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._own.connection = self._opened()
        return self._own.connection

    def _opened(self) -> Any:
        """Open the file. To begin or to end its journal, another process holds it whole for a moment, for which this waits."""
        patient_until = time.monotonic() + OPENING
        while True:
            connection = sqlite.connect(self.path, timeout=WAIT)
            try:
                for statement in (*PRAGMAS, SCHEMA):
                    connection.execute(statement)
                return connection
            except sqlite.Error as error:
                connection.close()
                if LOCKED not in str(error) or time.monotonic() > patient_until:
                    raise
            time.sleep(0.01)

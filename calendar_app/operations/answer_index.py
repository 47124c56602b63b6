"""The index of the answers kept as files (`operations.answer_files`): what each file shows, its time and its size.

It is used by whoever holds the lock of the folder. It is only a copy of what lies there: one that is damaged is begun anew.
"""

import json
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from calendar_app.db.engine import sqlite
from calendar_app.entries.last_changes import EVERYTHING

REMEMBERED = 7 * 86400  # seconds for which the time of a file that has gone is remembered
SCHEMA = """
CREATE TABLE IF NOT EXISTS file (name TEXT PRIMARY KEY, digest TEXT, time INTEGER, bytes INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS shows (key TEXT, name TEXT, PRIMARY KEY (key, name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS shows_name ON shows (name);
CREATE TABLE IF NOT EXISTS state (day TEXT, until REAL, bytes INTEGER, started REAL);
INSERT INTO state SELECT '', 0, 0, 0 WHERE NOT EXISTS (SELECT 1 FROM state);
"""
PRAGMAS = ("busy_timeout=5000", "journal_mode=WAL", "synchronous=OFF")
SIZE = "(SELECT bytes FROM file WHERE name = ?)"


class File(NamedTuple):
    """A file that is there, or, with 0 bytes, that was there: its digest, its time in seconds since 1970, its size."""

    digest: str
    time: int
    bytes: int


class State(NamedTuple):
    """The local day of the files, the instant until which they may be shown, their size, the machine's start."""

    day: str
    until: float
    bytes: int
    started: float


class AnswerIndex:
    """The index in one SQLite file, opened when it is first needed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._opened: Any = None

    def find(self, name: str) -> File | None:
        row = self._open().execute("SELECT digest, time, bytes FROM file WHERE name = ?", (name,)).fetchone()
        return File(*row) if row else None

    def remember(self, name: str, file: File, shows: Collection[str] | None) -> None:
        """Enter a file, and the keys of `entries.last_changes` on which it depends, None for everything."""
        with self._open() as index:
            index.execute("BEGIN")
            self._forget(index, [name])
            index.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", (name, *file))
            keys = (EVERYTHING,) if shows is None else shows
            index.executemany("INSERT OR IGNORE INTO shows VALUES (?, ?)", [(key, name) for key in keys])
            index.execute("UPDATE state SET bytes = bytes + ?", (file.bytes,))

    def showing(self, keys: Iterable[str]) -> list[str]:
        """Return the names of the files that depend on one of these keys, or on everything."""
        query = "SELECT DISTINCT name FROM shows WHERE key IN (SELECT value FROM json_each(?))"
        return [name for (name,) in self._open().execute(query, (json.dumps([*keys, EVERYTHING]),))]

    def present(self) -> set[str]:
        """Return the names of all files that are there."""
        return {name for (name,) in self._open().execute("SELECT name FROM file WHERE bytes > 0")}

    def forget(self, names: list[str]) -> None:
        """Note that these files are gone; their times stay known."""
        with self._open() as index:
            index.execute("BEGIN")
            self._forget(index, names)

    def forget_all(self, now: float) -> None:
        """Note that every file is gone. Times stay known for a week: by then a new file's time is later anyway."""
        with self._open() as index:
            index.execute("BEGIN")
            index.execute("UPDATE file SET bytes = 0")
            index.execute("DELETE FROM file WHERE time < ?", (now - REMEMBERED,))
            index.execute("DELETE FROM shows")
            index.execute("UPDATE state SET bytes = 0")

    @property
    def state(self) -> State:
        return State(*self._open().execute("SELECT day, until, bytes, started FROM state").fetchone())

    def show_until(self, until: float) -> None:
        self._open().execute("UPDATE state SET until = ?", (until,))

    def begin_day(self, day: str) -> None:
        self._open().execute("UPDATE state SET day = ?", (day,))

    def note_start(self, started: float) -> None:
        self._open().execute("UPDATE state SET started = ?", (started,))

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def _forget(self, index: Any, names: list[str]) -> None:
        each = [(name,) for name in names]
        index.executemany("DELETE FROM shows WHERE name = ?", each)
        index.executemany(f"UPDATE state SET bytes = bytes - coalesce({SIZE}, 0)", each)  # noqa: S608 - no outside text
        index.executemany("UPDATE file SET bytes = 0 WHERE name = ?", each)

    def _open(self) -> Any:
        if self._opened is None:
            try:
                self._opened = _connect(self.path)
            except sqlite.DatabaseError:
                for damaged in self.path.parent.glob(f"{self.path.name}*"):
                    with suppress(FileNotFoundError):
                        damaged.unlink()
                self._opened = _connect(self.path)
        return self._opened


def _connect(path: Path) -> Any:
    connection = sqlite.connect(path, isolation_level=None, check_same_thread=False)
    path.chmod(0o600)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    connection.executescript(SCHEMA)
    return connection

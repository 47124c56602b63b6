"""Count requests over all server processes, exactly: each process counts in a small mapped file of its own.

A process holds a lock on its file. The counts of processes that have ended are added to one file, so totals never go down.
"""

import fcntl
import mmap
import os
import struct
import tempfile
import threading
import weakref
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KINDS = ("page", "feed", "staff", "probe")
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, float("inf"))  # seconds
CLASSES = 5  # of status codes: 1xx to 5xx
WIDTH = CLASSES + len(BOUNDS) + 1  # numbers of one kind; the last is the sum of microseconds
FIRST = {kind: number * WIDTH for number, kind in enumerate(KINDS)}  # of the numbers of each kind
NUMBERS = len(KINDS) * WIDTH
LAYOUT = struct.Struct(f"<{NUMBERS}Q")
ENDED = "ended"


class Counters:
    """The counts of this process, and the sum of all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._adding = threading.Lock()
        self._counts: memoryview | None = None

    def _open(self) -> memoryview:
        """Make the file of this process, at its first request. A disk that takes no file costs the numbers, not the answers."""
        try:
            with _locked(self.folder):
                _collect_ended(self.folder)
                file, _ = tempfile.mkstemp(dir=self.folder, prefix="process-")
                weakref.finalize(self, os.close, file)
                fcntl.flock(file, fcntl.LOCK_EX)
                os.write(file, bytes(LAYOUT.size))
            return memoryview(mmap.mmap(file, LAYOUT.size)).cast("Q")
        except OSError:
            return memoryview(bytearray(LAYOUT.size)).cast("Q")

    def add(self, kind: str, status: int, seconds: float) -> None:
        """Count one request."""
        first, bucket = FIRST[kind], bisect_left(BOUNDS, seconds)
        with self._adding:
            if self._counts is None:
                self._counts = self._open()
            self._counts[first + min(max(status // 100, 1), CLASSES) - 1] += 1
            self._counts[first + CLASSES + bucket] += 1
            self._counts[first + WIDTH - 1] += int(max(seconds, 0) * 1e6)

    def totals(self) -> list[int]:
        """Give the sum over all processes, those that have ended too, in the layout of this module."""
        with _locked(self.folder):
            return [sum(column) for column in zip([0] * NUMBERS, *map(_read, self._files()), strict=True)]

    def _files(self) -> list[Path]:
        return [path for path in self.folder.iterdir() if path.name == ENDED or path.name.startswith("process-")]


def of_kind(totals: list[int], kind: str) -> tuple[list[int], list[int], float]:
    """Give of one kind: the requests by class of status, by duration, and the sum of seconds."""
    first = KINDS.index(kind) * WIDTH
    counts = totals[first : first + WIDTH]
    return counts[:CLASSES], counts[CLASSES:-1], counts[-1] / 1e6


def _read(path: Path) -> tuple[int, ...]:
    body = path.read_bytes()
    return LAYOUT.unpack(body) if len(body) == LAYOUT.size else (0,) * NUMBERS


def _collect_ended(folder: Path) -> None:
    """Add the counts of processes that hold their files no more."""
    ended = list(_read(folder / ENDED)) if (folder / ENDED).exists() else [0] * NUMBERS
    gone = [path for path in folder.glob("process-*") if _is_free(path)]
    for path in gone:
        ended = [have + more for have, more in zip(ended, _read(path), strict=True)]
    part = folder / ".part"
    part.write_bytes(LAYOUT.pack(*ended))
    os.replace(part, folder / ENDED)
    for path in gone:
        path.unlink()


def _is_free(path: Path) -> bool:
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""Keep ready answers as files, from which a web server in front answers without asking us.

One folder has three names: `live` while the web server may read it, `closed` while it must not, and `saving` while a public
change is being committed. A change hides the folder before its commit, so that nothing can be read there that the change
makes wrong; after the commit it removes what the change touched and shows the rest. Whoever finds `saving` and holds the
lock knows that the process which saved has died, and gives everything up. So a crash at any moment costs files, and leaves
no wrong one.

A web server makes the ETag of a file from its time and size. Therefore the time of an address rises by at least a second
with each change of its bytes, and bytes that come back as they were have their former time.
"""

import fcntl
import hashlib
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

from calendar_app.config import Config
from calendar_app.entries import commits
from calendar_app.entries.last_changes import EVERYTHING
from calendar_app.operations.answer_index import AnswerIndex, File

log = logging.getLogger(__name__)

SUFFIXES = {"": "", "gzip": ".gz", "br": ".br"}
WAIT = 5.0  # seconds for the lock; whoever holds it longer does not run
READER_WAIT = 0.1  # seconds for which the reader of an answer waits, that it be kept
MARGIN = 2.0  # seconds before a moment that changes answers, from which on nothing is shown
READABLE = 0o755  # the web server is another account
REBOOTED = 60.0  # seconds by which the machine's start, as its clocks tell it, may differ and still be the same


def of(config: Config, clock: Callable[[], float]) -> "AnswerFiles | None":
    """Return the files that the settings name, None when they name none. `clock` gives the seconds since 1970.

    From now on this process removes what its public changes touch. Where shared caches are purged there are no files: a web
    server in front would answer without surrogate keys.
    """
    if not config.files or config.purge:
        return None
    return _registered(config.files, config.files_mb * 2**20, config.database_url, clock)


@cache
def _registered(folder: str, limit: int, database_url: str, clock: Callable[[], float]) -> "AnswerFiles":
    files = AnswerFiles(Path(folder), limit, clock)
    commits.register(database_url, files)
    return files


class AnswerFiles:
    """The files of one installation. Processes and threads may share the folder; `limit` counts bytes.

    Those that are `lasting` stay over a start of the machine.
    """

    def __init__(self, folder: Path, limit: int, clock: Callable[[], float], *, lasting: bool = False) -> None:
        self.folder = folder
        self.limit = limit
        self.clock = clock
        self.lasting = lasting
        self.live, self.closed, self.saving = (folder / name for name in ("live", "closed", "saving"))
        folder.parent.mkdir(parents=True, exist_ok=True)
        _make(folder)
        self.index = AnswerIndex(folder / "index.db")

    def keep(
        self, name: str, bodies: dict[str, bytes], shows: Collection[str] | None, still_right: Callable[[], bool]
    ) -> int | None:
        """Write an answer, in each content coding, as `name` below the shown folder; return the time of its files.

        `shows` are the keys of `entries.last_changes` on which it depends, None for everything. `still_right()` is asked
        while no change can be committed. Returns None when the answer is not kept: it is not right any more, or there is no
        room. Raises OSError when it cannot be written, TimeoutError when a change takes long.
        """
        digest, size = hashlib.sha256(bodies[""]).hexdigest(), sum(map(len, bodies.values()))
        with self._locked(READER_WAIT):
            known = self.index.find(name)
            same = known is not None and known.digest == digest
            if known and same and known.bytes:
                return known.time
            if self.index.state.bytes + size > self.limit or not still_right():
                return None
            written = known.time if known and same else max(int(self.clock()), known.time + 1 if known else 0)
            # Entered first: a file that the index does not know would never be removed.
            self.index.remember(name, File(digest, written, size), shows)
            self._write(self._current() / name, bodies, written)
            return written

    def before_commit(self) -> int | None:
        """Hide everything, and keep the lock until the commit has come to its end. Returns the lock.

        A process that was stopped while it held the lock keeps nobody from saving: everything is given up then, and that
        process finds no folder any more in which it could go on writing.
        """
        try:
            lock = self._take()
        except TimeoutError:
            self._give_up_all()
            return None
        try:
            self._recover()
            os.rename(self._current(), self.saving)
        except BaseException:
            os.close(lock)
            raise
        return lock

    def after_commit(self, begun: object, touched: Collection[str]) -> None:
        """Remove what shows one of these keys, and show the rest again."""
        try:
            if begun is None or EVERYTHING in touched:
                self._give_up_all()
            else:
                self._remove(touched)
            if begun is not None:
                self._show()
        except Exception:
            log.exception("ready answers could not be removed one by one; all are given up")
            self._give_up_all()
        finally:
            _release(begun)

    def after_failure(self, begun: object) -> None:
        """Give everything up: nobody knows whether the change was committed."""
        try:
            self._give_up_all()
        finally:
            _release(begun)

    def clear(self) -> None:
        """Give everything up, and show nothing until `open`."""
        with self._locked():
            self._give_up_all()
            self.index.show_until(0.0)

    def open(self, day: str, until: float) -> None:
        """Show what is kept of a local day, until just before a moment (seconds since 1970). What was kept of another day goes."""
        with self._locked():
            if self.index.state.day != day:
                self._give_up_all()
                self.index.begin_day(day)
            self.index.show_until(until)
            self._show()

    def close(self) -> None:
        """Show nothing until `open`, and keep the files."""
        if self.live.exists():
            with self._locked():
                self.index.show_until(0.0)
                self._show()

    def sweep(self) -> None:
        """Delete from the disk what was given up."""
        for given_up in self.folder.glob("trash-*"):
            shutil.rmtree(given_up, ignore_errors=True)

    @contextmanager
    def _locked(self, wait: float = WAIT) -> Iterator[None]:
        lock = self._take(wait)
        try:
            self._recover()
            yield
        finally:
            os.close(lock)

    def _take(self, wait: float = WAIT) -> int:
        """Take the lock of the folder, which the system gives back when this process dies.

        Raises TimeoutError when somebody else has it for `wait` seconds.
        """
        lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return lock
            except BlockingIOError:
                if time.monotonic() > deadline:
                    os.close(lock)
                    raise TimeoutError(f"{self.folder}: another process holds the ready answers") from None
                time.sleep(0.0005)

    def _recover(self) -> None:
        """Give everything up that a process left when it died in a save, or that is older than the machine's last start.

        The index is not synced to the disk, so after a power cut it may not know every file.
        """
        started = self.clock() - time.clock_gettime(time.CLOCK_BOOTTIME)
        restarted = abs(self.index.state.started - started) > REBOOTED and not self.lasting
        if self.saving.exists() or restarted:
            log.info("the folder is new, or a process ended in the middle of a save: ready answers are made anew")
            self._give_up_all()
            self.index.note_start(started)

    def _current(self) -> Path:
        if self.live.exists():
            return self.live
        _make(self.closed)
        return self.closed

    def _show(self) -> None:
        """Give the folder the name that the hour asks for."""
        wanted = self.live if self.clock() < self.index.state.until - MARGIN else self.closed
        for folder in (self.saving, self.live, self.closed):
            if folder != wanted and folder.exists():
                os.rename(folder, wanted)
        _make(wanted)

    def _give_up_all(self) -> None:
        """Put the files out of everybody's reach at once; `sweep` deletes them."""
        for folder in (self.live, self.saving, self.closed):
            with suppress(FileNotFoundError):
                os.rename(folder, tempfile.mkdtemp(prefix="trash-", dir=self.folder))
        self.index.forget_all(self.clock())

    def _remove(self, touched: Collection[str]) -> None:
        self._unlink(self.saving, self.index.showing(touched))

    def drop(self, names: list[str]) -> None:
        """Remove these files."""
        with self._locked():
            self._unlink(self._current(), names)

    def _unlink(self, folder: Path, names: list[str]) -> None:
        for name in names:
            for suffix in SUFFIXES.values():
                with suppress(FileNotFoundError):
                    os.unlink(f"{folder / name}{suffix}")
        self.index.forget(names)

    def _write(self, path: Path, bodies: dict[str, bytes], written: int) -> None:
        """Write the forms of an answer, each whole or not at all; the plain one last, because it is looked for first."""
        for parent in reversed(path.relative_to(self.folder).parents[:-2]):
            _make(self.folder / parent)
        for coding, body in sorted(bodies.items(), reverse=True):
            descriptor, temporary = tempfile.mkstemp(prefix="new-", dir=self.folder)
            with open(descriptor, "wb") as file:
                file.write(body)
                os.fchmod(descriptor, 0o644)
            os.utime(temporary, (written, written))
            os.replace(temporary, f"{path}{SUFFIXES[coding]}")


def _make(folder: Path) -> None:
    with suppress(FileExistsError):
        folder.mkdir()
        folder.chmod(READABLE)


def _release(lock: object) -> None:
    if isinstance(lock, int):
        os.close(lock)

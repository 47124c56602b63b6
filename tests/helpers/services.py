"""Real parts for tests: a private PostgreSQL, our own server as a process, a browser.

Each is a context manager. However the tests end, kill -9 included, nothing they started keeps running.
"""

import atexit
import http.client
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import sql

from helpers import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

LOOPBACK = "127.0.0.1"
SUPERUSER = "postgres"
INITDB = ("--auth=trust", f"--username={SUPERUSER}", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
UNSAFE_BUT_FAST = "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)


def free_port() -> int:
    """A TCP port of the loopback address that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


class PostgreSQL:
    """A running database server of our own, in a temporary folder that goes when it goes."""

    def __init__(self) -> None:
        self._programs = _postgresql_programs()
        self.folder = Path(tempfile.mkdtemp(prefix="calendar-postgresql-"))
        self._account = _account_for_postgresql()
        if self._account:
            shutil.chown(self.folder, self._account["user"], self._account["group"])
        end = '"$1" stop --mode=immediate --pgdata="$2/data"; rm -rf "$2"'
        self._last_act = _when_we_end(end, self._programs / "pg_ctl", self.folder, **self._account)
        self.port = free_port()
        try:
            self._run("initdb", *INITDB)
            self.start()
        except BaseException:
            self.close()
            raise

    @cached_property
    def _copies_files(self) -> bool:
        """Whether the server can be asked to copy a template's files (from 15 on): three times as fast as its default."""
        with self._connect() as connection:
            return connection.info.server_version >= 150_000

    def start(self) -> None:
        """Start again after stop(), on the same port and with the same data."""
        options = f"-c port={self.port} -c listen_addresses={LOOPBACK} -c unix_socket_directories={self.folder}"
        self._run("pg_ctl", "start", f"--log={self.folder / 'log'}", f"--options={options} {UNSAFE_BUT_FAST}")

    def stop(self) -> None:
        """Break every connection and stop. What was committed stays, which a crash of this server, unsafe but fast, would lose."""
        self._run("pg_ctl", "stop", "--mode=fast")

    def url(self, name: str) -> str:
        """SQLAlchemy's address of a database here."""
        return f"postgresql+psycopg://{SUPERUSER}@{LOOPBACK}:{self.port}/{name}"

    def create_database(self, name: str, template: str = "template1") -> str:
        """A new database, empty or a copy of another; its address."""
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}" + (" STRATEGY FILE_COPY" if self._copies_files else ""))
        self._execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Also breaks the connections that are still open."""
        self._execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        """Stop it for good; its data goes."""
        self._last_act.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _connect(self) -> "psycopg.Connection[Any]":
        # autocommit: databases are not made inside a transaction.
        return psycopg.connect(host=LOOPBACK, port=self.port, user=SUPERUSER, dbname="postgres", autocommit=True)

    def _execute(self, statement: sql.Composed) -> None:
        with self._connect() as connection:
            connection.execute(statement)

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [self._programs / program, f"--pgdata={self.folder / 'data'}", *arguments],
            cwd=self.folder,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            **self._account,
        )
        if done.returncode:
            log = self.folder / "log"
            raise RuntimeError(f"{program} failed: {done.stderr}{log.read_text() if log.exists() else ''}")


class Server:
    """`calendar-app serve` as a process that has answered its first request.

    Links point to this server (CALENDAR_BASE_URL) unless `settings` says otherwise; settings of the surrounding
    environment do not reach it. Without the worker it starts in half of the CPU time.
    """

    def __init__(
        self,
        instance: Path,
        settings: Mapping[str, str] | None = None,
        *,
        worker: bool = True,
        program: str = "calendar_app.cli serve --port {port}",
    ) -> None:
        """`program`: the words after `python -m`, if it is another one."""
        self.port = free_port()
        self.url = f"http://{LOOPBACK}:{self.port}"
        self._log = instance / f"serve-{self.port}.log"
        instance.mkdir(parents=True, exist_ok=True)
        words = [*program.format(port=self.port).split(), *([] if worker else ["--no-worker"])]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *words],
                cwd=ROOT,
                env=self._environment(instance) | dict(settings or {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.session = self._process.pid  # of everything it starts, for ps
        # The whole group: a server that had to be killed leaves worker processes behind.
        self._last_act = _when_we_end('kill -s KILL -- "-$1"', self._process.pid)
        self._wait_until_healthy(seconds=120)

    def log(self) -> str:
        """What the server has printed so far."""
        return self._log.read_text(errors="replace")

    def stop(self) -> int:
        """End it as an operator does, or by force after a minute; its exit code."""
        self._process.terminate()
        try:
            code = self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        self._last_act.communicate()
        return code

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def _environment(self, instance: Path) -> dict[str, str]:
        surroundings = {name: value for name, value in os.environ.items() if not name.startswith("CALENDAR_")}
        return surroundings | {"CALENDAR_INSTANCE": str(instance), "CALENDAR_BASE_URL": self.url}

    def _wait_until_healthy(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < deadline:
            if _answers(self.port, "/healthz"):
                return
            time.sleep(0.05)
        code = self.stop()
        raise RuntimeError(f"the server did not become healthy (exit code {code}); it printed:\n{self.log()}")


@contextmanager
def browser() -> Iterator["Browser"]:
    """The system's Chromium, headless, that calls nobody by itself: one for all who ask in a process, in turn."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not program:
        raise RuntimeError(f"no browser found ({', '.join(BROWSERS)}); `make setup-test` installs one")
    chromium = _chromium(program)
    try:
        yield chromium
    finally:
        for context in chromium.contexts:
            context.close()


@cache
def _chromium(program: str) -> "Browser":
    # Here, not above: slow to import, and few tests need it.
    from playwright.sync_api import sync_playwright

    playwright = sync_playwright().start()
    atexit.register(playwright.stop)
    return playwright.chromium.launch(executable_path=program, args=BROWSER_OPTIONS)


def _when_we_end(script: str, *arguments: object, **options: Any) -> subprocess.Popen[bytes]:
    """Run a shell script when its standard input closes: by communicate(), or because this process is gone."""
    return subprocess.Popen(
        ["sh", "-c", f"cat; {script}", "sh", *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
        **options,
    )


def _postgresql_programs() -> Path:
    """The folder of the newest server programs; Debian keeps them outside PATH."""
    versions = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(versions, key=lambda path: int(path.parts[-3]), default=None)
    if initdb := newest or shutil.which("initdb"):
        return Path(initdb).resolve().parent
    raise RuntimeError("no PostgreSQL server programs found; `make setup-test` installs them")


def _account_for_postgresql() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: how to start a process as somebody else, when we are root."""
    if os.geteuid() != 0:
        return {}
    known = {account.pw_name: account for account in pwd.getpwall()}
    account = known.get("postgres") or known["nobody"]
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _answers(port: int, path: str) -> bool:
    # Not urllib: the surroundings may name a proxy.
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()

"""The real parts that other tests stand on."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from helpers import TESTS
from helpers.services import PostgreSQL, Server, browser
from helpers.town import copied


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server


def ask(url: str, question: str) -> object:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        return connection.scalar(text(question))


def wait_until(reached: Callable[[], bool], seconds: float = 60) -> bool:
    deadline = time.monotonic() + seconds
    while not (done := reached()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return done


def last_words_of_a_killed_run(statements: str) -> str:
    """What a Python process prints before it is ended by kill -9, with no chance to tidy up."""
    script = f"from pathlib import Path; from helpers.services import PostgreSQL, Server; {statements}"
    ending = "; import os, signal, sys; sys.stdout.flush(); os.kill(os.getpid(), signal.SIGKILL)"
    run = subprocess.run(
        [sys.executable, "-c", script + ending],
        cwd=TESTS,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert run.returncode == -signal.SIGKILL
    return run.stdout.strip()


def refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_new_database_speaks_utf_8(postgresql: PostgreSQL) -> None:
    url = postgresql.create_database("桜")
    assert ask(url, "SHOW server_encoding") == "UTF8"
    assert ask(url, "SELECT upper('é') || '桜🌸'") == "É桜🌸"


def test_dropped_database_is_gone_even_while_in_use(postgresql: PostgreSQL) -> None:
    engine = create_engine(postgresql.create_database("short_lived"))
    with engine.connect():
        postgresql.drop_database("short_lived")
    engine.dispose()
    with pytest.raises(OperationalError, match="does not exist"):
        ask(postgresql.url("short_lived"), "SELECT 1")


def test_postgresql_comes_back_after_a_stop_with_its_data(postgresql: PostgreSQL) -> None:
    url = postgresql.create_database("kept")
    postgresql.stop()
    with pytest.raises(OperationalError):
        ask(url, "SELECT 1")
    postgresql.start()
    assert ask(url, "SELECT 1") == 1


def test_postgresql_ends_with_a_test_run_that_is_killed() -> None:
    folder = Path(last_words_of_a_killed_run("server = PostgreSQL(); print(server.folder)"))
    assert wait_until(lambda: not folder.exists())


def test_server_ends_with_a_test_run_that_is_killed(sqlite_template: Path, tmp_path: Path) -> None:
    copied(sqlite_template, tmp_path)
    port = last_words_of_a_killed_run(f"server = Server(Path({str(tmp_path)!r}), worker=False); print(server.port)")
    assert wait_until(lambda: refuses(int(port)))


def test_server_answers_at_its_address_and_ends_when_told(sqlite_template: Path, tmp_path: Path) -> None:
    copied(sqlite_template, tmp_path)
    with Server(tmp_path, worker=False) as server:
        with urlopen(f"{server.url}/healthz", timeout=60) as answer:
            assert answer.status == 200
        assert "WARNING" not in server.log()
        assert server.stop() == 0


def test_server_that_cannot_start_shows_what_it_printed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="CALENDAR_TIMEZONE"):
        Server(tmp_path, {"CALENDAR_TIMEZONE": "Nowhere"})


def test_missing_browser_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="make setup-test"), browser():
        pass

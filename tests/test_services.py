"""The real parts that other tests stand on."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from services import PostgreSQL, Server, browser
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        yield server


def ask(url: str, question: str) -> object:
    with create_engine(url, poolclass=NullPool).begin() as connection:
        return connection.scalar(text(question))


def wait_until(reached: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not (done := reached()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return done


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
    script = """
        import time
        from services import PostgreSQL
        server = PostgreSQL()
        print(server.folder, flush=True)
        time.sleep(60)
    """
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=Path(__file__).parent,
        stdout=subprocess.PIPE,
        text=True,
    )
    with run:
        folder = Path(run.stdout.readline().strip())
        process = int((folder / "data" / "postmaster.pid").read_text().splitlines()[0])
        run.send_signal(signal.SIGKILL)
    assert wait_until(lambda: not folder.exists() and not Path(f"/proc/{process}").exists())


def test_server_answers_at_its_address_and_ends_when_told(tmp_path: Path) -> None:
    environment = os.environ | {"CALENDAR_INSTANCE": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "calendar_app.cli", "init"], env=environment, check=True)
    with Server(tmp_path) as server, browser() as chromium:
        page = chromium.new_page()
        assert page.goto(f"{server.url}/healthz").status == 200
        assert server.stop() == 0


def test_server_that_cannot_start_shows_what_it_printed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="CALENDAR_TIMEZONE"):
        Server(tmp_path, {"CALENDAR_TIMEZONE": "Nowhere"})


def test_missing_browser_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="make setup-test"), browser():
        pass

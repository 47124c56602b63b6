"""`calendar-app serve`: what dies is started again, one signal ends everything, and a wrong start says why in one line."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from helpers import ROOT
from helpers.clients import Reader
from helpers.services import Server, free_port
from helpers.town import copied

PATIENCE = 60.0


def processes(session: int) -> dict[int, str]:
    """The processes of a server's session, with their command lines."""
    listed = subprocess.run(["ps", "-s", str(session), "-o", "pid=,args="], capture_output=True, text=True, check=False)
    return {int(line.split()[0]): line for line in listed.stdout.splitlines() if "<defunct>" not in line}


def workers(session: int) -> list[int]:
    return [number for number, line in processes(session).items() if " calendar_app.cli work" in line]


def servers(session: int) -> list[int]:
    """The processes that answer: born of `serve`, with its command line."""
    return [number for number, line in processes(session).items() if " serve " in line and number != session]


def wait_for_other(find, session: int, before: list[int]) -> list[int]:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if (found := find(session)) and found != before:
            return found
        time.sleep(0.1)
    return []


def wait_for_none(session: int) -> dict[int, str]:
    deadline = time.monotonic() + PATIENCE
    while (left := processes(session)) and time.monotonic() < deadline:
        time.sleep(0.1)
    return left


def answers(server: Server) -> bool:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            reader = Reader(server.url)
            return reader.ask("/healthz").status == 200
        except OSError:
            time.sleep(0.1)
        finally:
            reader.close()
    return False


def test_what_dies_is_started_again_and_ends_with_the_server(sqlite_template: Path, tmp_path: Path) -> None:
    copied(sqlite_template, tmp_path)
    with Server(tmp_path) as server:
        first = wait_for_other(workers, server.session, [])
        os.kill(first[0], signal.SIGKILL)
        assert wait_for_other(workers, server.session, first), "the worker"
        assert "it is started again" in server.log()
        found: list[int] = []
        for _ in range(2):
            found = wait_for_other(servers, server.session, found)
            os.kill(found[0], signal.SIGKILL)
        assert wait_for_other(servers, server.session, found), "the server process, twice at once"
        assert answers(server)
        assert server.stop() == 0
        assert processes(server.session) == {}


def test_a_second_town_on_its_port_is_refused_and_everything_ends_with_a_serve_that_is_killed(
    sqlite_template: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for town in (first, second):
        town.mkdir()
        copied(sqlite_template, town)
    with Server(first) as server:
        said = refused(second, "--port", str(server.port))
        assert said.splitlines() == [f"Error: cannot listen on 127.0.0.1:{server.port}: another program listens there"]
        assert answers(server)
        assert wait_for_other(workers, server.session, [])
        os.kill(server.session, signal.SIGKILL)
        assert wait_for_none(server.session) == {}


def start(instance: Path, *words: str, **given: str) -> "subprocess.Popen[str]":
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("CALENDAR_")}
    return subprocess.Popen(
        [sys.executable, "-m", "calendar_app.cli", "serve", *words],
        cwd=ROOT,
        env=surroundings | {"CALENDAR_INSTANCE": str(instance)} | given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


SOON, LATE = 0.5, 1.5  # of a start: while it imports, and when its processes are there


@pytest.mark.parametrize(
    "seconds", [SOON, LATE, *(pytest.param(at, marks=pytest.mark.soak) for at in (0.3, 0.8, 1.3, 1.8, 2.5))]
)
def test_a_signal_at_any_moment_of_the_start_ends_everything(
    sqlite_template: Path, tmp_path: Path, seconds: float
) -> None:
    copied(sqlite_template, tmp_path)
    server = start(tmp_path, "--port", str(free_port()))
    time.sleep(seconds)
    server.terminate()
    try:
        said, _ = server.communicate(timeout=PATIENCE)
    finally:
        server.kill()
    assert "Traceback" not in said
    assert wait_for_none(server.pid) == {}


def refused(instance: Path, *words: str, **given: str) -> str:
    """What `serve` says before it ends with 1; it never serves."""
    server = start(instance, *words, **given)
    try:
        said, _ = server.communicate(timeout=PATIENCE)
    finally:
        server.kill()
    assert server.returncode in (1, 2), said
    return said


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "there is no database at"),
        ({"CALENDAR_DATABASE_URL": "postgres://calendar@localhost/calendar"}, "expected sqlite:"),
        ({"CALENDAR_BASE_URL": "https://example.jp/calendar"}, "without a path"),
    ],
)
def test_a_wrong_start_is_one_line(tmp_path: Path, given: dict[str, str], says: str) -> None:
    said = refused(tmp_path, "--port", str(free_port()), **given)
    assert says in said
    assert len(said.splitlines()) == 1


def test_a_port_that_cannot_be_is_refused(tmp_path: Path) -> None:
    assert "80000 is not in the range" in refused(tmp_path, "--port", "80000")

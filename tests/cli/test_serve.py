"""`calendar-app serve`: the worker beside the server is kept alive."""

import os
import signal
import subprocess
import time
from pathlib import Path

from helpers.services import Server
from helpers.town import copied


def workers(session: int) -> list[int]:
    """The worker processes of a server's session."""
    listed = subprocess.run(["ps", "-s", str(session), "-o", "pid=,args="], capture_output=True, text=True, check=False)
    return [int(line.split()[0]) for line in listed.stdout.splitlines() if line.endswith("calendar_app.cli work")]


def wait_for_other(session: int, before: list[int]) -> list[int]:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if (found := workers(session)) and found != before:
            return found
        time.sleep(0.1)
    return []


def test_a_worker_that_dies_is_started_again_and_ends_with_the_server(sqlite_template: Path, tmp_path: Path) -> None:
    copied(sqlite_template, tmp_path)
    with Server(tmp_path) as server:
        first = wait_for_other(server.session, [])
        os.kill(first[0], signal.SIGKILL)
        second = wait_for_other(server.session, first)
        assert second
        assert "it is started again" in server.log()
        assert server.stop() == 0
        assert workers(server.session) == []

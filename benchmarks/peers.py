"""The same events elsewhere: what Radicale and a plain Flask application cost for a calendar, polled and cold, beside ours."""

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path

from flask.testing import FlaskClient

from benchmarks import plain_app
from benchmarks.city import ROOT, Row, started, timed
from benchmarks.pages import next_month
from calendar_app.config import Config
from helpers.services import LOOPBACK, free_port

RADICALE = "radicale==3.9.0"
CALENDAR, ROUNDS, ASKED = "/calendar.ics", 3, 10
POLLED, COLD = 1_000, 20  # times: the goals


def rows(config: Config, folder: Path, polled: float, cold: float, month: float) -> Iterator[Row]:
    """Compare with ours, in CPU milliseconds: a 304 of our server, the calendar and the month after an edit."""
    plain = plain_app.make(config.instance / "calendar.db", config.zone).test_client()
    tag = plain.get(CALENDAR).headers["ETag"]
    again = least(lambda: plain.get(CALENDAR, headers={"If-None-Match": tag}))
    yield times("a plain Flask application: calendar polled", again, polled, POLLED)
    yield times("a plain Flask application: calendar cold", least(lambda: plain.get(CALENDAR)), cold, COLD)
    address = f"/month/{next_month():%Y-%m}"
    yield times("a plain Flask application: its month (30 kB) cold", least(lambda: plain.get(address)), month, COLD)
    if (radicale := installed(folder)) is None:
        yield Row("Radicale", "not measured: pip could not install it", f"≥ {POLLED:,}×")
        return
    asked = asked_of_radicale(radicale, folder, started(config))
    yield times("Radicale: calendar polled (it sends all again)", asked, polled, POLLED)
    yield times("Radicale: calendar cold", asked, cold, COLD)


def times(work: str, theirs: float, ours: float, goal: int) -> Row:
    """A row that says how many times as much the other one costs."""
    ratio = theirs / ours
    return Row(work, f"{theirs:.1f} ms, {ratio:,.1f}× ours", f"≥ {goal:,}×", ratio >= goal)


def least(work: Callable[[], object]) -> float:
    return min(timed(work) for _ in range(ROUNDS))


def installed(folder: Path) -> Path | None:
    """Install Radicale beside the project, not into it."""
    there = folder / "radicale"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(there), RADICALE]
    return there if subprocess.run(command, capture_output=True, check=False).returncode == 0 else None


def asked_of_radicale(packages: Path, folder: Path, ours: FlaskClient) -> float:
    """CPU milliseconds of Radicale for our calendar, which it stores as a collection."""
    body = ours.get(CALENDAR).data
    with running(packages, folder) as (session, url):
        send(url, "PUT", body, **{"Content-Type": "text/calendar"})
        etag = send(url, "GET")["ETag"]
        before = processor_time(session)
        for _ in range(ASKED):
            send(url, "GET", **{"If-None-Match": etag})
        return (processor_time(session) - before) / ASKED * 1000


def processor_time(pid: int) -> float:
    """CPU seconds of a process so far, those of its ended threads too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def send(url: str, method: str, body: bytes | None = None, **headers: str) -> Message:
    """Send a request as the user "u", whom Radicale asks for no password; return the headers of the answer, read whole."""
    asked = urllib.request.Request(url, body, headers | {"Authorization": "Basic dTp1"}, method=method)
    with urllib.request.urlopen(asked) as answer:
        answer.read()
        return answer.headers


@contextmanager
def running(packages: Path, folder: Path) -> Iterator[tuple[int, str]]:
    """Run Radicale without passwords on a free port of this machine."""
    port = free_port()
    options = ["--server-hosts", f"{LOOPBACK}:{port}", "--auth-type", "none"]
    options += ["--storage-filesystem-folder", str(folder / "collections")]
    environment = os.environ | {"PYTHONPATH": str(packages)}
    command = [sys.executable, "-m", "radicale", *options]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://{LOOPBACK}:{port}/.web/").close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        yield process.pid, f"http://{LOOPBACK}:{port}/u/city/"
    finally:
        process.terminate()
        process.wait()

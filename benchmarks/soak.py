"""Run a server under load with edits in between, and look for leaks and failures. `make soak ARGS=300` takes 300 seconds."""

import os
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from sqlalchemy import select

from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event
from calendar_app.entries import publishing
from helpers.services import Server

PATHS = ("/", "/calendar/", "/calendar.ics", "/feed.atom", "/feed.json", "/upcoming.rss")


def main() -> None:
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory(prefix="calendar-soak-") as folder:
        instance = Path(folder)
        environment = dict(os.environ) | {"CALENDAR_INSTANCE": folder}
        for command in ("init", "demo"):
            done = [sys.executable, "-m", "calendar_app.cli", command]
            subprocess.run(done, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
        with Server(instance) as server:
            stopping = threading.Event()
            editor = threading.Thread(target=_edit, args=(instance, stopping))
            editor.start()
            try:
                _load(server, seconds)
            finally:
                stopping.set()
                editor.join()


def _load(server: Server, seconds: int) -> None:
    print(f"{'seconds':>8}{'MB':>8}  answers that were no 200")
    begun = time.monotonic()
    while (passed := time.monotonic() - begun) < seconds:
        path = PATHS[int(passed) % len(PATHS)]
        printed = subprocess.run(
            ["wrk", "-t1", "-c8", "-d2s", server.url + path], capture_output=True, text=True, check=True
        ).stdout
        bad = [line.strip() for line in printed.splitlines() if "Non-2xx" in line or "Socket errors" in line]
        print(f"{passed:8.0f}{_megabytes(server):8.0f}  {' '.join(bad)}", flush=True)


def _edit(instance: Path, stopping: threading.Event) -> None:
    """Change an entry ten times a second, so that every answer must be rendered again."""
    engine = make_engine(f"sqlite:///{instance}/calendar.db")
    while not stopping.wait(0.1):
        with write_session(engine) as session:
            event = session.scalars(select(Event).where(Event.state == "published")).first()
            now = datetime.now(UTC)
            if event:
                publishing.save(session, event, {"summary": now.isoformat()}, actor=None, at=now)
            session.commit()
    engine.dispose()


def _megabytes(server: Server) -> float:
    """The resident memory of the server and its child processes, in MB."""
    listed = subprocess.run(
        ["ps", "-o", "rss=", "--sid", str(server.session)], capture_output=True, text=True, check=True
    )
    return sum(int(size) for size in listed.stdout.split()) / 1024


if __name__ == "__main__":
    main()

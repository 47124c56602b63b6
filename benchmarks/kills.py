"""Kill a real `serve` again and again while colleagues save, edit and import, and look for what was lost.

`python -m benchmarks.kills [KILLS] [sqlite|postgresql]`. Each round lets four people write for a moment, then ends one of: every process,
`serve` alone, the process that answers, the worker, or, by SIGTERM, everything in good order. Then it starts what does not start
again by itself, and counts:

- lost: saves that were answered with 303 and are not in the database
- half: entries whose parts are of different saves, and whatever `doctor` finds in chain, dates, search and database
- feeds: feeds and ready answers that are not, byte for byte, what an application without any kept answer gives
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from benchmarks import kills_town
from benchmarks.kills_writers import Writer
from calendar_app.config import Config
from helpers.clients import Reader
from helpers.services import PostgreSQL, Server

FEEDS = ("/calendar.ics", "/feed.atom", "/feed.rss", "/feed.json", "/upcoming.rss", "/events.csv", "/calendar/2027/04")
KINDS = ("process", "worker", "everything", "process", "serve", "process", "worker", "everything", "process", "signal")
WRITERS = 4
AGAIN = 60.0  # seconds within which it must serve again
ORDER = 10.0  # seconds within which SIGTERM, or the end of `serve`, ends everything


@dataclass
class Count:
    kills: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)
    serving_again: dict[str, list[float]] = field(default_factory=dict)
    ending: list[float] = field(default_factory=list)

    def line(self) -> str:
        kinds = " ".join(f"{kind} {number}" for kind, number in sorted(self.kills.items()))
        times = "; ".join(
            f"{kind} {median(taken):.2f} s, at most {max(taken):.2f}"
            for kind, taken in sorted(self.serving_again.items())
        )
        found = " ".join(f"{name} {self.found[name]}" for name in ("lost", "half", "feeds"))
        return (
            f"{self.kills.total()} kills ({kinds}); {found}; serving again (median): {times}; everything ended after at "
            f"most {max(self.ending, default=0):.1f} s; answers {dict(self.answers)}"
        )


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    name = sys.argv[2] if len(sys.argv) > 2 else "sqlite"
    with tempfile.TemporaryDirectory(prefix="calendar-kills-") as folder, _database(name, Path(folder)) as url:
        config = kills_town.make(Path(folder), url, WRITERS)
        count = soak(config, kills)
    print(f"{name}: {count.line()}")
    if count.found.total():
        raise SystemExit(1)


@contextmanager
def _database(name: str, folder: Path) -> Iterator[str]:
    with PostgreSQL() if name == "postgresql" else nullcontext() as postgresql:
        yield postgresql.create_database("town") if postgresql else f"sqlite:///{folder}/calendar.db"


def soak(config: Config, kills: int) -> Count:
    """Kill so often, on a random clock that is the same each time."""
    count, dice = Count(), random.Random(1)
    writers = [Writer(number, config, count.answers) for number in range(WRITERS)]
    server = _serve(config)
    try:
        for number in range(kills):
            server = _round(config, server, writers, KINDS[number % len(KINDS)], dice, count)
            if number % 5 == 4:
                print(count.line(), flush=True)
    finally:
        server.stop()
    return count


def _serve(config: Config) -> Server:
    names = ("base_url", "database_url", "secret_key", "files")
    given = {f"CALENDAR_{name.upper()}": str(getattr(config, name)) for name in names}
    return Server(config.instance, given | {"CALENDAR_WORK_SECONDS": "1", "CALENDAR_THREADS": "8"})


def _round(
    config: Config, server: Server, writers: list[Writer], kind: str, dice: random.Random, count: Count
) -> Server:
    stopping = threading.Event()
    threads = [threading.Thread(target=writer.write, args=(server.port, stopping)) for writer in writers]
    for thread in threads:
        thread.start()
    time.sleep(dice.uniform(0.1, 2.0))
    begun = time.monotonic()
    _kill(server, kind, count)
    if kind in ("everything", "serve", "signal"):
        stopping.set()
        server.stop()
        if kind != "everything":
            begun = time.monotonic()
        server = _serve(config)
    took = _until_it_answers(server, begun)
    count.kills[kind] += 1
    count.serving_again.setdefault(kind, []).append(took)
    stopping.set()
    for thread in threads:
        thread.join()
    _look(config, server, writers, count)
    return server


def _kill(server: Server, kind: str, count: Count) -> None:
    begun = time.monotonic()
    match kind:
        case "everything":
            os.killpg(server.session, signal.SIGKILL)
        case "serve":
            os.kill(server.session, signal.SIGKILL)
            _wait(lambda: not _processes(server))
        case "signal":
            os.kill(server.session, signal.SIGTERM)
            _wait(lambda: not _processes(server))
        case "worker" | "process":
            part = " calendar_app.cli work" if kind == "worker" else " serve "
            for number, line in _processes(server).items():
                if part in line and number != server.session:
                    os.kill(number, signal.SIGKILL)
    if kind in ("serve", "signal"):
        count.ending.append(time.monotonic() - begun)
        count.found["half"] += count.ending[-1] > ORDER


def _processes(server: Server) -> dict[int, str]:
    """The living processes of a server, with their command lines."""
    command = ["ps", "-s", str(server.session), "-o", "pid=,args="]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    return {int(line.split()[0]): line for line in listed if "<defunct>" not in line}


def _wait(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + AGAIN
    while not done() and time.monotonic() < deadline:
        time.sleep(0.05)


def _until_it_answers(server: Server, begun: float) -> float:
    def answers() -> bool:
        reader = Reader(server.url)
        try:
            return reader.ask("/healthz").status == 200
        except OSError:
            return False
        finally:
            reader.close()

    _wait(answers)
    return time.monotonic() - begun


def _look(config: Config, server: Server, writers: list[Writer], count: Count) -> None:
    """Compare what is there with what was answered. Nobody writes meanwhile."""
    for name, said in kills_town.look(config, writers):
        count.found[name] += 1
        print(f"{name}: {said}", flush=True)
    reader = Reader(server.url)
    served = {path: reader.fetch(path) for path in FEEDS}
    reader.close()
    with tempfile.TemporaryDirectory(prefix="calendar-fresh-") as folder:
        fresh = kills_town.answers(config, Path(folder), FEEDS)
    kept = {path: kills_town.ready_answer(config, path) or body for path, body in served.items()}
    for path in FEEDS:
        if not served[path] == kept[path] == fresh[path]:
            count.found["feeds"] += 1
            print(f"feeds: {path} is not what the database says", flush=True)


if __name__ == "__main__":
    main()

"""A restore drill under load: back a town up while four colleagues write, restore it twice, and compare.

`python -m benchmarks.drill [ROUNDS]`. Each round restores the backup into a new folder (SQLite) and into a new PostgreSQL database.
Both must give the same bytes on every feed and page, and hold every save that was answered before the backup began.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from benchmarks import kills_town
from benchmarks.kills import FEEDS, WRITERS
from benchmarks.kills_writers import Writer
from calendar_app.config import Config
from helpers.services import PostgreSQL, Server

MOMENT = 8.0  # seconds of writing before each backup


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 2
    with tempfile.TemporaryDirectory(prefix="calendar-drill-") as name, PostgreSQL() as postgresql:
        folder = Path(name)
        config = replace(kills_town.make(folder / "town", f"sqlite:///{folder}/calendar.db", WRITERS), files="")
        answers: Counter[str] = Counter()
        writers = [Writer(number, config, answers) for number in range(WRITERS)]
        with Server(config.instance, settings(config)) as server:
            for number in range(rounds):
                places = [f"sqlite:///{folder}/{number}.db", postgresql.create_database(f"drill_{number}")]
                drill(config, server, writers, [replace(config, instance=folder / f"to-{number}-{place}", database_url=url)
                                                for place, url in enumerate(places)])  # fmt: skip
                print(f"{number + 1} rounds: every feed has the same bytes; answers {dict(answers)}", flush=True)


def settings(config: Config) -> dict[str, str]:
    names = ("instance", "base_url", "database_url", "secret_key")
    return {f"CALENDAR_{name.upper()}": str(getattr(config, name)) for name in names}


def drill(config: Config, server: Server, writers: list[Writer], places: list[Config]) -> None:
    stopping = threading.Event()
    threads = [threading.Thread(target=writer.write, args=(server.port, stopping)) for writer in writers]
    for thread in threads:
        thread.start()
    try:
        time.sleep(MOMENT)
        answered = {name: kept.answered for writer in writers for name, kept in writer.entries.copy().items()}
        begun = time.monotonic()
        command(config, "backup")
        took = time.monotonic() - begun
    finally:
        stopping.set()
        for thread in threads:
            thread.join()
    file = max((config.instance / "backups").glob("*.tar"), key=lambda path: path.stat().st_mtime_ns)
    said = []
    for place in places:
        place.instance.mkdir()
        command(place, "restore", str(file))
        lost = list(kills_town.missing(place, answered)) + [text for _, text in kills_town.look(place, [])]
        assert not lost, lost
        said.append(kills_town.answers(place, place.instance, FEEDS))
    assert said[0] == said[1], [path for path in FEEDS if said[0][path] != said[1][path]]
    print(f"backup in {took:.1f} s, {len(answered)} entries answered before it", flush=True)


def command(config: Config, *words: str) -> None:
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("CALENDAR_")}
    done = [sys.executable, "-m", "calendar_app.cli", *words]
    subprocess.run(done, cwd=ROOT, env=surroundings | settings(config), check=True, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    main()

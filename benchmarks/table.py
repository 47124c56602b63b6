"""One table of what is to be reached, measured in one run, in docs/benchmarks.md: `make bench`.

Other sizes: `make bench ARGS="--events 100000 --polled 2000"`. CPU times depend on the machine and on what else it does; ratios of
one run hold anywhere. A goal that this run cannot measure stands in the table with the command that does.
"""

import argparse
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from sqlalchemy.orm import Session

from benchmarks import edits, fragments, front, pages, peers
from benchmarks.city import Row, copied, made, started, timed
from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.entries import publishing

PAGE = ROOT / "docs/benchmarks.md"
KEPT = "## Larger cities"  # what stands from here on is written by hand
SMALL, SAVES = 1_000, 20
POLLED_BEFORE = 0.02  # CPU milliseconds of our 304 where the servers are not measured
ELSEWHERE = (
    Row("any page cold at 1,000,000 events, to 10,000", 'not measured: `make bench ARGS="--events 1000000"`', "≤ 2×"),
    Row("search of two letters at 1,000,000, to 10,000", 'not measured: `make bench ARGS="--events 1000000"`', "≤ 5×"),
    Row("stale answers after a save, files in front", "not measured: `make soak`", "0 in 10,000"),
    Row("publishing under 2,000 reads a second", "not measured: `make soak`", "0 errors, p99 ≤ 5×"),
    Row("memory of the worker at 100,000 events", "not measured: `calendar-app work` and `ps -o rss`", "≤ 250 MB"),
    Row(
        "export of 10,000 events, first / after one edit",
        "not measured: `time calendar-app export DIR`",
        "≤ 5 min / ≤ 2 s",
    ),
)


def main() -> None:
    wanted = asked()
    with tempfile.TemporaryDirectory(prefix="calendar-bench-") as name:
        rows = []
        for row in measured(Path(name), wanted):
            print(line(row), flush=True)
            rows.append(row)
    write(rows, wanted)


def asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000, help="events of the city")
    parser.add_argument("--city", type=Path, help="the folder of a city made before; it is copied")
    parser.add_argument("--polled", type=int, default=500, help="addresses that are asked again after an edit")
    return parser.parse_args()


def measured(folder: Path, wanted: argparse.Namespace) -> Iterator[Row]:
    """Yield every row of the table, as soon as it is known."""
    servers = serving()
    yield from against_servers(servers)
    config = copied(folder / "city", wanted.city) if wanted.city else made(folder / "city", wanted.events)
    engine = make_engine(config.database_url)
    with write_session(engine) as session:
        yield from pages.rows(session, config)
        yield from fragments.rows(session, config)
        yield from edits.rows(session, config, wanted.polled)
        yield from saves(session, made(folder / "small", SMALL))
        ours = {name: cold(session, config, name) for name in ("/calendar.ics", "month")}
        polled = servers["ours"][0] / 1000 if servers else POLLED_BEFORE
        yield from peers.rows(config, folder, polled, ours["/calendar.ics"], ours["month"])
    engine.dispose()
    yield from ELSEWHERE


def serving() -> dict[str, list[float]]:
    """What answers cost the servers (`benchmarks.front`); nothing where they do not start, as on a machine that is too busy."""
    try:
        return front.measured()
    except (RuntimeError, SystemExit, OSError) as error:
        print(error, file=sys.stderr)
        return {}


def against_servers(servers: dict[str, list[float]]) -> Iterator[Row]:
    """Compare the CPU time of one answer with that of a server that does nothing else."""
    if not servers:
        command = "not measured: `PYTHONPATH=.:tests python -m benchmarks.front`"
        yield Row("304 and 200: the shipped nginx with our files, to nginx static", command, "≥ 0.9")
        yield Row("304 and 200: `serve` alone, to an application that does nothing", command, "≥ 0.8")
        return
    static, files, nothing, ours = servers.values()
    for name, mine, theirs, goal in (
        ("the shipped nginx with our files, to nginx static", files, static, 0.9),
        ("`serve` alone, to an application that does nothing", ours, nothing, 0.8),
    ):
        for answer, own, other in zip(("304", "200"), mine, theirs, strict=True):
            ratio = other / own
            yield Row(f"{answer}: {name}", f"{ratio:.2f} ({own:.0f} µs)", f"≥ {goal}", ratio >= goal)


def saves(session: Session, small: Config) -> Iterator[Row]:
    """Compare a save with one in a small city. The write lock is held for less than the save takes."""
    engine = make_engine(small.database_url)
    with write_session(engine) as other:
        few, many = save(other), save(session)
    engine.dispose()
    yield Row(f"one save, to one in a city of {SMALL:,}", f"{many / few:.2f}", "≤ 1.5×", many / few <= 1.5)
    yield Row("one save with its commit: more than the lock is held", f"{many:.1f} ms", "≤ 20 ms", many <= 20)


def save(session: Session) -> float:
    """CPU milliseconds of one save and its commit, the least of some."""
    event, costs = pages.nearest(session, date.today()), []
    for number in range(SAVES):
        values = {"summary": f"保存 {number}"}
        at = datetime.now(UTC)
        costs.append(timed(lambda: (publishing.save(session, event, values, actor=None, at=at), session.commit())))  # noqa: B023
    return min(costs)


def cold(session: Session, config: Config, name: str) -> float:
    """CPU milliseconds of our calendar or month after an edit."""
    if name == "month":
        event, address = pages.addresses(
            pages.nearest(session, date.today()), pages.nearest(session, pages.next_month())
        )[name]
        return pages.after_an_edit(session, started(config), event, address)
    return fragments.after_an_edit(session, config)


def line(row: Row) -> str:
    met = {True: "met", False: "**not met**", None: ""}[row.met]
    return f"| {row.work} | {row.figure} | {row.goal} | {met} |"


def write(rows: list[Row], wanted: argparse.Namespace) -> None:
    """Write the table, and leave what stands below it."""
    before = PAGE.read_text() if PAGE.exists() else ""
    below = before[before.index(KEPT) :] if KEPT in before else ""
    head = f"""# Benchmarks

Written by `make bench` on {date.today()}: a city of {wanted.events:,} invented events on SQLite, CPU times of one run on one machine. Read the ratios;
the first line says how fast the machine was at that time (5 to 7 ms on a quiet one).

| work | figure | goal | |
| --- | --- | --- | --- |
"""
    PAGE.write_text(head + "\n".join(map(line, rows)) + "\n" + (f"\n{below}" if below else ""))


if __name__ == "__main__":
    main()

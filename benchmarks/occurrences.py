"""1,000 weekly rules over two years, about 100,000 occurrences: expanded beside python-dateutil, and written as rows.

Read the ratio and the microseconds an occurrence; memory must not grow with the number of rules.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from dateutil.rrule import rrulestr
from sqlalchemy import delete

from calendar_app.dates.recurrence import Repeat, expand, rule_dates
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event, Occurrence
from calendar_app.entries import occurrences, publishing
from helpers.town import set_up

RULES, ROUNDS = 1000, 3
STARTS = [datetime(2027, 1, 1, 10) + timedelta(days=number % 7, minutes=number % 50) for number in range(RULES)]
RULE = "FREQ=WEEKLY;UNTIL=20281231"


def main() -> None:
    print(f"{RULES} weekly rules over two years{'µs an occurrence':>36}")
    # Runs first, because memory that later parts keep would hide the memory of a rebuild.
    for rules in (100, RULES):
        for what, seconds, written, megabytes in _rebuilt(rules):
            line = f"rows of {rules} rules, {what}"
            print(f"{line:<48}{seconds / written * 1e6:>8.2f}   {megabytes:.1f} MB more memory")
    count = len(_ours())
    whole, ours, theirs = _best(_ours), _best(_walked), _best(_dateutil)
    print(f"{f'{count:,} dates with their ends and changes':<48}{whole / count * 1e6:>8.2f}")
    print(f"{'of that, what the rules give':<48}{ours / count * 1e6:>8.2f}")
    print(f"{'the same by python-dateutil':<48}{theirs / count * 1e6:>8.2f}   {theirs / ours:.1f} times ours")


def _ours() -> list[Any]:
    return [
        instance
        for start in STARTS
        for instance in expand(Repeat(start, start + timedelta(hours=1), rule=RULE), date.max)
    ]


def _walked() -> list[date]:
    return [day for start in STARTS for day in rule_dates(Repeat(start, None, rule=RULE), date.max)]


def _dateutil() -> list[datetime]:
    return [instance for start in STARTS for instance in rrulestr(RULE, dtstart=start)]


def _best(work: Callable[[], Any]) -> float:
    return min(_timed(work) for _ in range(ROUNDS))


def _timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _rebuilt(rules: int) -> Iterator[tuple[str, float, int, float]]:
    """Rebuild occurrences in SQLite. Yields the step, its seconds, the number of rows and the growth of peak memory in MB."""
    with tempfile.TemporaryDirectory(prefix="calendar-bench-") as folder:
        url = f"sqlite:///{folder}/calendar.db"
        set_up(url)
        engine = make_engine(url)
        with write_session(engine) as session:
            now = datetime.now(UTC)
            for start in STARTS[:rules]:
                values = {"title": "朝市", "start": start.isoformat(), "rule": RULE, "department_id": 1}
                publishing.create(session, "event", values, actor=None, at=now)
            session.commit()
            written = session.query(Occurrence).count()

            def rebuild() -> None:
                for event in session.query(Event).yield_per(50):
                    occurrences.rebuild(session, event)

            for what in ("made again", "one of ten dates new", "as they were"):
                if what == "made again":
                    session.execute(delete(Occurrence))
                elif what == "one of ten dates new":
                    session.execute(delete(Occurrence).where(Occurrence.id % 10 == 0))
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                seconds = _timed(rebuild)
                yield what, seconds, written, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
        engine.dispose()


if __name__ == "__main__":
    main()

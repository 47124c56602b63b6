"""Remember which kind of program was last served which state of which feed: kinds and numbers, nothing about a person.

A request costs one entry of a dictionary. What is remembered is written at most every half minute, from a thread of its own.
"""

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from calendar_app.db.engine import write_session
from calendar_app.db.models import FeedReader
from calendar_app.feeds import reader_kinds

log = logging.getLogger(__name__)

PAUSE = 30.0  # seconds between two writes of one process
KEPT = timedelta(days=60)  # after which a reader that does not ask any more is forgotten
MOST, ROWS = 5000, 5000  # requests of different kinds remembered in one pause, and rows in the table

Row = tuple[int, datetime, int]  # revision served, instant, subscribers


class FeedLog:
    """What this process has served since its last write, by the feed's address and the kind of program."""

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self.engine, self.now = engine, now
        self.served: dict[tuple[str, str], tuple[int, float]] = {}  # revision, and when by the monotonic clock
        self.due = monotonic() + PAUSE
        self.writing = threading.Lock()

    def note(self, address: str, agent: str, number: int) -> None:
        """Remember that a feed was served as of a revision to a program with this User-Agent."""
        moment = monotonic()
        if len(self.served) < MOST:
            self.served[address, agent] = number, moment
        if moment >= self.due:
            self.due = moment + PAUSE
            threading.Thread(target=self.write, daemon=True).start()

    def write(self) -> None:
        """Write what is remembered. Never raises: the counts may be lost, an answer may not."""
        with self.writing:
            served, self.served = self.served, {}
            try:
                if served:
                    self._save(_by_kind(served, self.now(), monotonic()))
            except Exception:
                log.exception("the log of feeds is not written")

    def _save(self, rows: dict[tuple[str, str], Row]) -> None:
        with write_session(self.engine) as session:
            room = ROWS - (session.scalar(select(func.count()).select_from(FeedReader)) or 0)
            for (address, kind), (number, at, subscribers) in rows.items():
                reader = _find(session, address, kind)
                if reader is None:
                    if room <= 0 or len(address) > 300:
                        continue
                    room -= 1
                    session.add(reader := FeedReader(address=address, kind=kind, number=0, asked_at=at, subscribers=0))
                reader.number, reader.asked_at = max(reader.number, number), max(reader.asked_at, at)
                reader.subscribers = subscribers or reader.subscribers
            session.execute(delete(FeedReader).where(FeedReader.asked_at < self.now() - KEPT))
            session.commit()


def _by_kind(
    served: dict[tuple[str, str], tuple[int, float]], now: datetime, moment: float
) -> dict[tuple[str, str], Row]:
    rows: dict[tuple[str, str], Row] = {}
    for (address, agent), (number, then) in served.items():
        at = now - timedelta(seconds=moment - then)
        kind, subscribers = reader_kinds.recognise(agent)
        before = rows.get((address, kind), (0, at, 0))
        rows[address, kind] = max(before[0], number), max(before[1], at), max(before[2], subscribers)
    return rows


def _find(session: Session, address: str, kind: str) -> FeedReader | None:
    return session.scalar(select(FeedReader).where(FeedReader.address == address, FeedReader.kind == kind))

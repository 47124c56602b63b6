"""Send what the outbox holds: plan, claim, send on many threads, record. It commits by itself; no save waits for a network.

All database work is in one thread and, each round, in one transaction; the senders only talk to networks. A worker that is
killed loses nothing: its leases end, and what may have gone out goes out again under the same uid.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.delivery import outbox, turns
from calendar_app.delivery.channel import Page
from calendar_app.delivery.outbox import Turn

LOOK = 0.2  # seconds between looks at an idle outbox
SENDERS = 32
TROUBLED = SENDERS // 2  # senders that may be busy with receivers that are slow or fail
AWAY = timedelta(minutes=1)  # how long nothing goes to a network that was away as a whole

Clock = Callable[[], datetime]


@dataclass
class _Round:
    """What the worker holds in memory: turns on their way, and networks that are away until an instant."""

    running: dict[Future[Turn], turns.Prepared] = field(default_factory=dict)
    away: dict[str, datetime] = field(default_factory=dict)

    def troubled(self) -> int:
        return sum(prepared.troubled for prepared in self.running.values())


def deliver(
    config: Config,
    *,
    now: Clock,
    page: Callable[[str], Page],
    stopping: Callable[[], bool] = lambda: False,
    once: bool = False,
) -> Iterator[str]:
    """Deliver until `stopping` says so, or `once` until nothing is due; yields one log line a delivery that failed.

    `now` gives the instant (UTC); `page` answers addresses of this site.
    """
    engine = make_engine(config.database_url)
    state = _Round()
    pool = ThreadPoolExecutor(SENDERS, thread_name_prefix="sender")
    try:
        while not stopping():
            done = _done(state)
            yield from _round(engine, config, state, done, pool, now, page)
            if not state.running:
                if once and not done:
                    return
                time.sleep(0 if once or done else LOOK)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        engine.dispose()


def _done(state: _Round) -> list[Turn]:
    """Wait a moment for turns to end, and take them from those on their way."""
    if not state.running:
        return []
    ended, _ = wait(state.running, timeout=LOOK, return_when=FIRST_COMPLETED)
    for future in ended:
        prepared = state.running.pop(future)
        if future.result().blameless:
            state.away[prepared.name] = prepared.at + AWAY
    return [future.result() for future in ended]


def _round(
    engine: Engine,
    config: Config,
    state: _Round,
    done: list[Turn],
    pool: ThreadPoolExecutor,
    now: Clock,
    page: Callable[[str], Page],
) -> Iterator[str]:
    """Record what ended, plan what is owed, claim and start what is due: in one transaction, if there is anything to do."""
    at, room = now(), 2 * SENDERS - len(state.running)
    with Session(engine) as session:
        to_plan, due = outbox.waits(session, at=at)
    due = due and room >= SENDERS
    if not (done or to_plan or due):
        return
    with write_session(engine) as session:
        for turn in sorted(done, key=lambda ended: ended.receiver_id):
            outbox.finish(session, turn, at=at)
        if to_plan:
            outbox.plan(session, at=at)
        state.away = {name: until for name, until in state.away.items() if until > at}
        troubled = max(0, TROUBLED - state.troubled())
        claimed = (
            outbox.claim(session, at=at, most=room, troubled=troubled, without=state.away) if due or to_plan else []
        )
        prepared = turns.prepare(session, config, claimed, at=at, page=page)
        session.commit()
    state.running |= {pool.submit(turns.take, each, now): each for each in prepared}
    yield from _lines(done)


def _lines(done: Iterable[Turn]) -> Iterator[str]:
    for turn in done:
        for outcome in turn.outcomes:
            if outcome.problem:
                yield f"delivery {outcome.id} to receiver {turn.receiver_id}: {outcome.state}: {outcome.problem}"

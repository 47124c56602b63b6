"""Send what the outbox holds: plan, claim, send on many threads, record. It commits by itself; no save waits for a network.

All database work is in one thread and, each round, in one transaction; the senders only talk to networks. A worker that is
killed loses nothing: its leases, which a living worker renews, end within 25 seconds, and what may have gone out goes out
again under the same uid.
"""

from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db import wake
from calendar_app.db.engine import make_engine, write_session
from calendar_app.delivery import channels, outbox, turns
from calendar_app.delivery.channel import Page
from calendar_app.delivery.outbox import Turn

LOOK = 1.0  # seconds between looks at an idle outbox, if nothing wakes the worker
TURN = 0.2  # seconds to wait for a turn to end before looking again
SENDERS = 64  # threads; each channel has a share of its own (`Channel.together`)
AWAY = timedelta(minutes=1)  # how long nothing goes to a network that was away as a whole

Clock = Callable[[], datetime]


@dataclass
class _Round:
    """What the worker holds in memory: turns on their way, when their leases were last renewed, and networks that are away
    until an instant.
    """

    running: dict[Future[Turn], turns.Prepared] = field(default_factory=dict)
    renewed: datetime | None = None
    away: dict[str, datetime] = field(default_factory=dict)

    def must_renew(self, at: datetime) -> bool:
        """Whether the leases of the turns on their way have to be renewed."""
        return bool(self.running) and (self.renewed is None or at - self.renewed >= outbox.RENEWED)

    def room(self, name: str, at: datetime) -> tuple[int, int]:
        """How many more receivers of a channel may be served now, and how many of these may be slow or failing."""
        if name not in channels.every() or self.away.get(name, at) > at:
            return 0, 0
        share = channels.every()[name].together
        busy = [prepared.troubled for prepared in self.running.values() if prepared.name == name]
        free = share - len(busy)
        return free if free >= (share + 1) // 2 else 0, max(0, (share + 1) // 2 - sum(busy))


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
        with wake.listening(engine) as wait_for_call:
            while not stopping():
                done = _done(state)
                behind = yield from _round(engine, config, state, done, pool, now, page)
                if not (done or state.running):
                    if once and not behind:
                        return
                    wait_for_call(0.0 if once else TURN if behind else LOOK)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        engine.dispose()


def _done(state: _Round) -> list[Turn]:
    """Wait a moment for turns to end, and take them from those on their way."""
    if not state.running:
        return []
    ended, _ = wait(state.running, timeout=TURN, return_when=FIRST_COMPLETED)
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
) -> Generator[str, None, bool]:
    """Record what ended, plan what is owed, claim and start what is due: in one transaction, if there is anything to do.

    Yields a log line a delivery that failed; returns whether there was something to plan.
    """
    at = now()
    with Session(engine) as session:
        behind = outbox.behind(session)
        ready = [name for name in outbox.due_channels(session, at=at) if state.room(name, at)[0]]
    if not (done or behind or ready or state.must_renew(at)):
        return False
    with write_session(engine) as session:
        if done:
            outbox.finish(session, done, at=at)
        outbox.renew(session, [prepared.receiver_id for prepared in state.running.values()], at=at)
        state.renewed = at
        if behind:
            outbox.plan(session, at=at)
        prepared = []
        for name in outbox.due_channels(session, at=at):
            most, troubled = state.room(name, at)
            claimed = outbox.claim(session, name, at=at, most=most, troubled=troubled) if most else []
            prepared += turns.prepare(session, config, claimed, at=at, page=page)
        session.commit()
    state.running |= {pool.submit(turns.take, each, now): each for each in prepared}
    yield from _lines(done)
    return behind


def _lines(done: Iterable[Turn]) -> Iterator[str]:
    for turn in done:
        for outcome in turn.outcomes:
            if outcome.problem:
                yield f"delivery {outcome.id} to receiver {turn.receiver_id}: {outcome.state}: {outcome.problem}"

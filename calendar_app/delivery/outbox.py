"""The outbox: what is owed to whom, claimed by a worker, settled, tried again, given up, replayed by hand.

A save writes nothing here. Revision numbers become visible in order, so the row `Outbox` remembers the last one for which
deliveries were made, and none is lost or made twice however many subscribers there are. A receiver is claimed, not a
delivery: whoever holds its lease sends its deliveries in order. One that fails waits, and what waits behind it waits too.
"""

import secrets
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.orm import Session

from calendar_app.db import desk_signals, wake
from calendar_app.db.engine import take_write_lock
from calendar_app.db.models import Delivery, Outbox, Receiver, Revision, Site, Subscription
from calendar_app.delivery import channels, owed

LEASE = timedelta(seconds=25)  # after which another worker takes over; who is alive renews it every RENEWED
RENEWED = timedelta(seconds=5)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=15), timedelta(hours=6)  # after the first failure, and at most
JITTER = 0.2  # of the wait, so that what failed together does not come back together
AT_ONCE = 200  # revisions planned in one transaction


@dataclass(slots=True)
class Outcome:
    """What came of one delivery: a state of DELIVERY_STATES, the problem in words, what was said, the network's answer."""

    id: int
    state: str
    problem: str = ""
    said: str = ""
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Turn:
    """What came of one receiver's turn. `again` is when to try what failed, in seconds (None: by the back-off).

    `failed`: the last one did not go out and waits. `blameless`: not for a fault of this receiver. `gone`: it wants nothing more.
    """

    receiver_id: int
    outcomes: list[Outcome] = field(default_factory=list)
    failed: bool = False
    blameless: bool = False
    gone: bool = False
    again: float | None = None
    slow: bool = False
    changes: dict[str, Any] = field(default_factory=dict)  # columns of the receiver

    @property
    def problem(self) -> str:
        return self.outcomes[-1].problem if self.outcomes else ""


def receiver(session: Session, channel: str, key: str, *, at: datetime) -> Receiver:
    """Return the receiver with this key in a channel that needs no setting up, such as a mail address."""
    found = session.scalar(select(Receiver).where(Receiver.channel == channel, Receiver.key == key))
    if found is None:
        found = Receiver(channel=channel, key=key, created_at=at)
        session.add(found)
        session.flush()
    return found


def keep_receivers(session: Session, channel: str, keys: Collection[str], *, query: str, at: datetime) -> None:
    """Make the addresses of a setting the receivers of a channel, and forget those that were set before."""
    session.execute(delete(Receiver).where(Receiver.channel == channel, Receiver.key.not_in(keys)))
    for key in keys:
        receiver(session, channel, key, at=at).query = query


def put(session: Session, to: Receiver, key: str, content: Mapping[str, Any], *, at: datetime) -> bool:
    """Put something into the outbox for one receiver. False if a delivery with this key exists there."""
    session.refresh(to, with_for_update=True)
    if session.scalar(select(Delivery.id).where(Delivery.receiver_id == to.id, Delivery.key == key)):
        return False
    session.add(Delivery(uid=str(uuid.uuid4()), receiver=to, key=key, content=dict(content), made_at=at))
    to.due_at = to.due_at or at
    session.flush()
    wake.at_commit(session)
    return True


def behind(session: Session) -> bool:
    """Whether there are public revisions whose deliveries have not been made. Only looks, and takes no lock."""
    numbers = select(Site.public_revision, select(Outbox.number).scalar_subquery())
    row = session.execute(numbers).one_or_none()
    return row is not None and row[0] != row[1]


def plan(session: Session, *, at: datetime) -> int:
    """Make the deliveries that the newest public revisions owe. Gives their number.

    Of several workers one plans; the others go on sending.
    """
    take_write_lock(session)
    place = session.scalar(select(Outbox).with_for_update(skip_locked=True))
    if place is None:
        return 0
    newest = session.scalars(select(Site.public_revision)).one()
    first = session.scalar(select(Receiver.since).where(_follows_something()).order_by(Receiver.since).limit(1))
    after = max(place.number, newest if first is None else first)
    query = select(Revision).where(Revision.number > after, Revision.number <= newest, Revision.public)
    rows = session.scalars(query.order_by(Revision.number).limit(AT_ONCE)).all()
    made = sum(_owe(session, row, owed.receivers(session, row), at) for row in rows)
    made += sum(_owe(session, row, ids, at) for row, ids in owed.of_feeds(session, rows))
    if rows and (caches := owed.caches(session)):
        made += _owe(session, rows[-1], caches, at, {"touches": owed.touches_of(rows)})
    place.number = rows[-1].number if len(rows) == AT_ONCE else newest
    session.flush()
    return made


def _follows_something() -> ColumnElement[bool]:
    return Receiver.query.is_not(None) | Receiver.id.in_(
        select(Subscription.receiver_id).where(Subscription.event != "")
    )


def _owe(
    session: Session,
    row: Revision,
    receiver_ids: Collection[int],
    at: datetime,
    content: Mapping[str, Any] = MappingProxyType({}),
) -> int:
    """Add a delivery of this revision for each receiver, and wake those for whom nothing waited."""
    if not receiver_ids:
        return 0
    ids = sorted(receiver_ids)
    for some in _portions(ids):  # locked in one order, so that settling cannot miss what is added (`finish`)
        session.execute(select(Receiver.id).where(Receiver.id.in_(some)).order_by(Receiver.id).with_for_update())
    occasion = {"key": f"revision-{row.number}", "number": row.number, "entry_id": row.entry_id}
    plain = {
        "content": dict(content),
        "made_at": at,
        "state": "waiting",
        "tries": 0,
        "problem": "",
        "said": "",
        "result": {},
    }
    values = [{"uid": str(uuid.uuid4()), "receiver_id": id_} | occasion | plain for id_ in ids]
    session.execute(insert(Delivery), values)
    for some in _portions(ids):
        waking = update(Receiver).where(Receiver.id.in_(some), Receiver.due_at.is_(None)).values(due_at=at)
        session.execute(waking, execution_options={"synchronize_session": False})
    return len(ids)


def _portions(ids: list[int]) -> Iterable[list[int]]:
    """Cut a list into portions that a statement can name."""
    return (ids[start : start + 1000] for start in range(0, len(ids), 1000))


def due_channels(session: Session, *, at: datetime) -> list[str]:
    """Return the names of the channels that have a receiver due. Only looks, and takes no lock."""
    return list(session.scalars(select(Receiver.channel).where(Receiver.due_at <= at, Receiver.enabled).distinct()))


def claim(session: Session, channel: str, *, at: datetime, most: int, troubled: int) -> list[int]:
    """Lease the receivers of a channel that are due and give their ids: first those that answer well, then others.

    `most` in all, of which at most `troubled` failed last time or were slow. Commit before sending.
    """
    due = (
        select(Receiver)
        .where(Receiver.channel == channel, Receiver.due_at <= at, Receiver.enabled)
        .order_by(Receiver.due_at, Receiver.id)
        .with_for_update(skip_locked=True)
    )
    well = (Receiver.failures == 0) & ~Receiver.slow
    chosen = list(session.scalars(due.where(well).limit(most)))
    if troubled and len(chosen) < most:
        chosen += session.scalars(due.where(~well).limit(min(troubled, most - len(chosen))))
    for each in chosen:
        each.due_at = at + LEASE
    session.flush()
    return [each.id for each in chosen]


def renew(session: Session, receiver_ids: Collection[int], *, at: datetime) -> None:
    """Lengthen the leases of receivers whose turns have not ended yet. Call it before `claim`, which would take a lapsed one."""
    if receiver_ids:
        session.execute(update(Receiver).where(Receiver.id.in_(receiver_ids)).values(due_at=at + LEASE))


def finish(session: Session, turns: Sequence[Turn], *, at: datetime) -> None:
    """Record what came of some turns, and when each receiver is due again."""
    ended = {turn.receiver_id: turn for turn in turns}
    locked = select(Receiver).where(Receiver.id.in_(ended)).order_by(Receiver.id).with_for_update()
    receivers = session.scalars(
        locked.execution_options(populate_existing=True)
    ).all()  # without those that left meanwhile
    outcomes = {outcome.id: outcome for turn in turns for outcome in turn.outcomes}
    rows = select(Delivery).where(Delivery.id.in_(outcomes)).execution_options(populate_existing=True)
    for row in session.scalars(rows):
        _settle(row, outcomes[row.id], at)
    session.flush()
    waiting = select(Delivery.receiver_id).where(Delivery.receiver_id.in_(ended), Delivery.state == "waiting")
    more = set(session.scalars(waiting.distinct()))
    for to in receivers:
        _tell_desk(session, to, ended[to.id])
        _place(session, to, ended[to.id], at, more=to.id in more)
    session.flush()


def _tell_desk(session: Session, to: Receiver, turn: Turn) -> None:
    """Let the desk see at once that one of its channels does not get through."""
    failed = turn.failed or any(outcome.state == "failed" for outcome in turn.outcomes)
    if failed and channels.every()[to.channel].at_desk:
        desk_signals.raise_signal(session, to.department_id)


def _place(session: Session, to: Receiver, turn: Turn, at: datetime, *, more: bool) -> None:
    """Set when a receiver is due after its turn; `more` deliveries wait for it."""
    for name, value in turn.changes.items():
        setattr(to, name, value)
    to.problem, to.slow = turn.problem[:500], turn.slow
    if turn.gone or _dead(to, turn, at):
        _end(session, to, at)
    elif turn.failed:
        if not turn.blameless:
            to.failures, to.failing_since = to.failures + 1, to.failing_since or at
        to.due_at = at + (timedelta(seconds=turn.again) if turn.again is not None else back_off(to.failures))
    else:
        to.failures, to.failing_since, to.due_at = 0, None, at if more else None


def _settle(row: Delivery, outcome: Outcome, at: datetime) -> None:
    row.state, row.problem, row.tries = outcome.state, outcome.problem[:500], row.tries + 1
    if outcome.state != "waiting":
        row.settled_at, row.said, row.result = at, outcome.said, outcome.result


def _dead(to: Receiver, turn: Turn, at: datetime) -> bool:
    """Whether a subscriber has failed for so long that nobody reads there any more."""
    channel = channels.every()[to.channel]
    return (
        not channel.at_desk and turn.failed and to.failing_since is not None and at - to.failing_since > channel.dropped
    )


def _end(session: Session, to: Receiver, at: datetime) -> None:
    """End a receiver: delete a subscriber; turn a town's channel off, and with it what waits there."""
    if not channels.every()[to.channel].at_desk:
        session.delete(to)
        return
    to.enabled, to.due_at = False, None
    waiting = update(Delivery).where(Delivery.receiver_id == to.id, Delivery.state == "waiting")
    session.execute(waiting.values(state="failed", settled_at=at, problem=to.problem))


def back_off(failures: int) -> timedelta:
    """Return how long to wait after so many failures in a row: twice as long each time, give or take the jitter."""
    wait = min(FIRST_WAIT * (1 << min(max(failures - 1, 0), 20)), LONGEST_WAIT)
    return wait * secrets.SystemRandom().uniform(1 - JITTER, 1 + JITTER)


def replay(session: Session, row: Delivery, *, at: datetime) -> None:
    """Send one again, by hand: under the same uid, so that a receiver who has it already knows the copy."""
    to = session.get_one(Receiver, row.receiver_id, with_for_update=True)
    row.state, row.made_at, row.settled_at, row.tries, row.problem = "waiting", at, None, 0, ""
    to.failures, to.failing_since, to.due_at = 0, None, at
    session.flush()
    wake.at_commit(session)


def prune(session: Session, *, at: datetime) -> None:
    """Delete what was settled longer ago than its channel keeps it, and subscriptions that have run out."""
    for channel in channels.every().values():
        theirs = select(Receiver.id).where(Receiver.channel == channel.name)
        old = (Delivery.settled_at < at - channel.kept) & Delivery.receiver_id.in_(theirs)
        if session.scalar(select(Delivery.id).where(old).limit(1)):
            session.execute(delete(Delivery).where(old))
    if session.scalar(select(Receiver.id).where(Receiver.expires_at < at).limit(1)):
        session.execute(delete(Receiver).where(Receiver.expires_at < at))

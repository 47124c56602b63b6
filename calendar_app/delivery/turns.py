"""One receiver's turn: prepare from the database what is to go out, then send it without the database."""

import json
import logging
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from calendar_app.config import Config, sealing
from calendar_app.db.models import Delivery, Receiver, Revision, Throttle
from calendar_app.delivery import channels, messages
from calendar_app.delivery.channel import Again, Channel, Gone, Limit, Page, Refused, Said, Sent, To, Unneeded
from calendar_app.delivery.messages import Message
from calendar_app.delivery.outbox import Outcome, Turn
from calendar_app.entries.urls import SiteView
from calendar_app.listings import queries

log = logging.getLogger(__name__)

MOST = 20  # deliveries in one turn
LONGEST = 60.0  # seconds after which a turn ends
SLOW = 2.0  # seconds for an answer
PURPOSE = "channel"  # for which the secrets are sealed


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery, ready to go out. `outcome` stands in for sending where it is settled beforehand."""

    id: int
    to: To
    said: Said | None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Prepared:
    """One receiver's turn, ready to be taken by a sender."""

    receiver_id: int
    name: str  # of the channel
    troubled: bool
    at: datetime
    items: tuple[Item, ...]


def prepare(
    session: Session, config: Config, receiver_ids: Sequence[int], *, at: datetime, page: Callable[[str], Page]
) -> list[Prepared]:
    """Load the deliveries of the claimed receivers and say each; a limit of the network cuts a turn short."""
    waiting: dict[int, list[Delivery]] = defaultdict(list)
    shared: dict[str, Mapping[str, str]] = {}
    for row in session.scalars(_next(receiver_ids)):
        waiting[row.receiver_id].append(row)
    prepared = []
    for to in session.scalars(select(Receiver).where(Receiver.id.in_(receiver_ids)).order_by(Receiver.id)):
        channel, rows = channels.every()[to.channel], waiting[to.id]
        allowed = _allowed(session, to, channel, len(rows), at)
        if rows and not allowed:  # claimed again when the network allows it
            continue
        try:
            if to.channel not in shared:
                shared[to.channel] = channel.shared(session, config)
            whole = receiver_of(to, config, at=at, page=page)
            whole = replace(whole, settings={**whole.settings, **shared[to.channel]})
        except sealing.Unreadable:
            prepared.append(_unreadable(to, rows, config, at))
            continue
        items = [_item(session, channel, row, whole, at) for row in rows[:allowed]]
        if channel.newest:
            items = _newest(items, {row.id for row in rows if row.number is not None})
        prepared.append(Prepared(to.id, to.channel, bool(to.failures) or to.slow, at, tuple(items)))
    session.flush()
    return prepared


def _newest(items: list[Item], changes: set[int]) -> list[Item]:
    """Leave out the changes whose content the last one holds as well."""
    last = max(changes, default=0)
    return [
        replace(item, outcome=Outcome(item.id, "skipped", "newer")) if item.id in changes and item.id < last else item
        for item in items
    ]


def _unreadable(to: Receiver, rows: Sequence[Delivery], config: Config, at: datetime) -> Prepared:
    """A turn in which everything fails, because the secrets were sealed with another key."""
    nobody = To(config, {}, config.language, at)
    items = [Item(row.id, nobody, None, Outcome(row.id, "failed", "unreadable_secret")) for row in rows]
    return Prepared(to.id, to.channel, False, at, tuple(items))


def _next(receiver_ids: Sequence[int]) -> Select[Delivery]:
    """Select the deliveries that wait for these receivers, in order, at most MOST for each."""
    place = func.row_number().over(partition_by=Delivery.receiver_id, order_by=Delivery.id)
    ranked = (
        select(Delivery.id, place.label("place"))
        .where(Delivery.receiver_id.in_(receiver_ids), Delivery.state == "waiting")
        .subquery()
    )
    chosen = select(ranked.c.id).where(ranked.c.place <= MOST)
    return select(Delivery).where(Delivery.id.in_(chosen)).order_by(Delivery.id)


def _allowed(session: Session, to: Receiver, channel: Channel, wished: int, at: datetime) -> int:
    """Take room for so many deliveries from the limits of the network (leaky buckets), and give how many it has room for.

    Without any, the receiver is due when there is room again.
    """
    buckets = [(limit, _bucket(session, f"out:{to.id}:{limit.seconds:g}", limit, at)) for limit in channel.limits]
    room = min([wished, *(int(limit.count - bucket.level) for limit, bucket in buckets)])
    if wished and room < 1:
        longest = max((bucket.level - limit.count + 1) * limit.seconds / limit.count for limit, bucket in buckets)
        to.due_at = at + timedelta(seconds=longest)
        return 0
    for _, bucket in buckets:
        bucket.level += room
    return room


def _bucket(session: Session, key: str, limit: Limit, at: datetime) -> Throttle:
    """Return a bucket after it has leaked until now."""
    row = session.get(Throttle, key)
    if row is None:
        row = Throttle(key=key, level=0.0, at=at)
        session.add(row)
    leaked = max(0.0, (at - row.at).total_seconds()) * limit.count / limit.seconds
    row.level, row.at = max(0.0, row.level - leaked), at
    return row


def _item(session: Session, channel: Channel, row: Delivery, to: To, at: datetime) -> Item:
    """Say one delivery, or settle it beforehand: too late, or nothing to say any more."""
    to = replace(to, uid=row.uid, earlier=() if channel.follows != "news" else tuple(_earlier(session, row)))
    if at - row.made_at > channel.give_up:
        return Item(row.id, to, None, Outcome(row.id, "failed", row.problem or "too_late"))
    if row.revision is None or channel.follows != "news":
        return Item(row.id, to, Said("", dict(row.content)))
    message = message_of(session, row.revision, to.config, to.lang, at=at)
    if message is None or _moot(session, row, message):
        return Item(row.id, to, None, Outcome(row.id, "skipped", "withdrawn"))
    if message.act == "post" and not channel.many and _overtaken(session, row):
        return Item(row.id, to, None, Outcome(row.id, "skipped", "newer"))
    said = channel.say(message, to)
    return Item(row.id, to, said, None if said else Outcome(row.id, "skipped", "nothing"))


def _earlier(session: Session, row: Delivery) -> Sequence[dict[str, Any]]:
    """Return the results of what this receiver was sent about the same entry before."""
    if row.entry_id is None:
        return ()
    before = select(Delivery.result).where(
        Delivery.receiver_id == row.receiver_id, Delivery.entry_id == row.entry_id, Delivery.id < row.id
    )
    return session.scalars(before.where(Delivery.state == "sent").order_by(Delivery.id)).all()


def _moot(session: Session, row: Delivery, message: Message) -> bool:
    """Whether nothing is left to say: the entry was withdrawn before its news went out, or it never went out here."""
    if message.act == "delete":
        told = select(Delivery.id).where(Delivery.receiver_id == row.receiver_id, Delivery.entry_id == row.entry_id)
        return session.scalar(told.where(Delivery.state == "sent", Delivery.id < row.id).limit(1)) is None
    return row.entry is None or not row.entry.public


def _overtaken(session: Session, row: Delivery) -> bool:
    """Whether a change of the whole entry waits behind its first word, and says all that this would say."""
    later = (
        select(Delivery.id)
        .join(Delivery.revision)
        .where(Delivery.receiver_id == row.receiver_id, Delivery.entry_id == row.entry_id, Delivery.id > row.id)
    )
    whole = later.where(Delivery.state == "waiting", Revision.notable, Revision.original.is_(None))
    return session.scalar(whole.limit(1)) is not None


def message_of(session: Session, row: Revision, config: Config, lang: str, *, at: datetime) -> Message | None:
    """Return what a revision says in a language; made once for all receivers of a session."""
    kept = session.info.setdefault("messages", {})
    if (row.number, lang) not in kept:
        kept[row.number, lang] = messages.of(row, site_view(session, config, lang), at.astimezone(config.zone).date())
    return cast(Message | None, kept[row.number, lang])


def site_view(session: Session, config: Config, lang: str) -> SiteView:
    """Return the site in a language, for addresses and names in messages."""
    return SiteView(
        lang=lang,
        default_lang=config.language,
        base_url=config.base_url,
        name=config.name(lang),
        publisher=config.publisher_name(lang),
        timezone=config.timezone,
        site_id=queries.site(session).site_id,
        licence=config.licence,
    )


def settings_of(to: Receiver, config: Config) -> dict[str, str]:
    """Return the settings of a receiver with its secrets opened. Raises sealing.Unreadable."""
    return dict(to.settings) | opened(to, config.secret_key)


def opened(to: Receiver, secret_key: str) -> dict[str, str]:
    """Return the secrets of a receiver. Raises sealing.Unreadable."""
    return dict(json.loads(sealing.unseal(secret_key, PURPOSE, to.secrets))) if to.secrets else {}


def receiver_of(to: Receiver, config: Config, *, at: datetime, page: Callable[[str], Page]) -> To:
    """Return a receiver as channels see it. Raises sealing.Unreadable."""
    lang = to.lang or config.language
    return To(config, settings_of(to, config), lang, at, key=to.key, plain=dict(to.settings), page=page)


def keep_secrets(to: Receiver, config: Config, hidden: dict[str, str]) -> None:
    """Seal the secrets of a receiver."""
    to.secrets = sealed(config, hidden) if hidden else ""


def sealed(config: Config, hidden: dict[str, str]) -> str:
    """Seal settings for a column."""
    return sealing.seal(config.secret_key, PURPOSE, json.dumps(hidden))


def _changes(sent: Sent, to: To) -> dict[str, Any]:
    """Return the columns of the receiver that a delivery changed."""
    changes: dict[str, Any] = {}
    if sent.keep:
        changes["settings"] = to.plain | sent.keep
    if sent.seal:
        hidden = {name: value for name, value in to.settings.items() if name not in to.plain} | sent.seal
        changes["secrets"] = sealed(to.config, hidden)
    if sent.query is not None:
        changes |= {"query": sent.query, "expires_at": sent.expires_at}
    return changes


def take(prepared: Prepared, now: Callable[[], datetime]) -> Turn:
    """Send the deliveries of a turn in order, until one has to wait or the turn has taken its time. Never raises."""
    turn, began = Turn(prepared.receiver_id), time.monotonic()
    for item in prepared.items:
        before = time.monotonic()
        if before - began > LONGEST:
            break
        turn.outcomes.append(item.outcome or _sent(prepared.name, replace(item, to=replace(item.to, at=now())), turn))
        turn.slow = turn.slow or time.monotonic() - before > SLOW
        if turn.failed or turn.gone:
            break
    return turn


def _sent(name: str, item: Item, turn: Turn) -> Outcome:
    """Send one delivery and say what came of it."""
    said = cast(Said, item.said)
    try:
        sent = channels.every()[name].send(said, item.to)
        turn.changes |= _changes(sent, item.to)
        return Outcome(item.id, "sent", said=said.text, result=sent.result)
    except Unneeded:
        return Outcome(item.id, "skipped", "same")
    except Again as error:
        turn.failed, turn.again, turn.blameless = True, error.seconds, error.everywhere
        return Outcome(item.id, "waiting", str(error))
    except Refused as error:
        return Outcome(item.id, "failed", str(error), said=said.text)
    except Gone as error:
        turn.gone = True
        return Outcome(item.id, "failed", str(error), said=said.text)
    except Exception as error:  # a fault of ours in this channel: the others go on
        log.exception("channel %s", name)
        turn.failed = True
        return Outcome(item.id, "waiting", f"{type(error).__name__}: {error}")

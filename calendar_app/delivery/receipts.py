"""Who has had a change: each channel, the subscribers of each kind, the programs that follow feeds. Kinds and counts only."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from calendar_app.db.models import Delivery, Entry, FeedReader, Receiver, Revision
from calendar_app.delivery import channels, owed
from calendar_app.delivery.messages import TOLD, emergency
from calendar_app.feeds import reader_kinds
from calendar_app.listings import validators
from calendar_app.listings.filter_keys import BadFilter
from calendar_app.listings.filters import read_filter

CHANGES = 10  # of an entry, newest first
URGENT = ("cancelled", "postponed")


@dataclass(frozen=True, slots=True)
class Subscribers:
    """How many subscribers of a channel have had a change, of how many."""

    label: dict[str, str]
    had: int
    all: int


@dataclass(frozen=True, slots=True)
class Readers:
    """Of the feeds that one kind of program follows and that the change concerns: how many were served since, of how many.

    `asked_at` is when the kind last asked for one of them (UTC), `subscribers` how many it reports itself.
    """

    label: dict[str, str]
    had: int
    all: int
    asked_at: datetime
    subscribers: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Who has had one change."""

    row: Revision
    deliveries: list[Delivery]
    subscribers: list[Subscribers]
    readers: list[Readers]


def changes(session: Session, entry: Entry) -> list[Revision]:
    """Return the last changes of an entry that the public must notice, newest first."""
    query = select(Revision).where(Revision.entry_id == entry.id, Revision.public, TOLD)
    return list(session.scalars(query.order_by(Revision.number.desc()).limit(CHANGES)))


def urgent(row: Revision) -> bool:
    """Whether people may stand before a closed door because of this change, or be in danger."""
    return row.kind in URGENT or (row.entry is not None and emergency(row.entry))


def of(session: Session, row: Revision, *, at: datetime) -> Receipt:
    """Return who has had a change, as far as is known at the instant `at` (UTC)."""
    return Receipt(row, _deliveries(session, row), _subscribers(session, row, at), _readers(session, row))


def _deliveries(session: Session, row: Revision) -> list[Delivery]:
    """Return what went to each channel that was set up at the desk."""
    desk = [name for name, channel in channels.every().items() if channel.at_desk]
    query = select(Delivery).join(Delivery.receiver).where(Delivery.number == row.number, Receiver.channel.in_(desk))
    return list(session.scalars(query.options(selectinload(Delivery.receiver)).order_by(Receiver.name, Receiver.id)))


def _subscribers(session: Session, row: Revision, at: datetime) -> list[Subscribers]:
    """Count the subscribers that were sent this change, or a later state that holds it, of all that were owed it."""
    found = []
    for name, channel in channels.every().items():
        if channel.at_desk or not channel.follows:
            continue
        since = Delivery.number >= row.number if channel.newest else Delivery.number == row.number
        count = select(func.count(Delivery.receiver_id.distinct())).join(Delivery.receiver)
        owing = count.where(Receiver.channel == name, since, Delivery.made_at <= at)
        had = session.scalar(owing.where(Delivery.state.in_(("sent", "skipped")))) or 0
        if total := session.scalar(owing) or 0:
            found.append(Subscribers(channel.label, had, total))
    return found


def _readers(session: Session, row: Revision) -> list[Readers]:
    """Sum the programs that follow feeds which the change concerns, by kind: the most numerous first."""
    kinds: dict[str, list[FeedReader]] = defaultdict(list)
    concerned: dict[str, bool] = {}
    for reader in session.scalars(select(FeedReader)):
        if reader.address not in concerned:
            concerned[reader.address] = _concerns(session, row, reader.address)
        if concerned[reader.address]:
            kinds[reader.kind].append(reader)
    summed = [_sum(kind, rows, row.number) for kind, rows in kinds.items() if kind in reader_kinds.LABELS]
    return sorted(summed, key=lambda each: (-each.subscribers, -each.all))


def _sum(kind: str, rows: Sequence[FeedReader], number: int) -> Readers:
    had = sum(reader.number >= number for reader in rows)
    last = max(reader.asked_at for reader in rows)
    return Readers(reader_kinds.LABELS[kind], had, len(rows), last, sum(reader.subscribers for reader in rows))


def _concerns(session: Session, row: Revision, address: str) -> bool:
    """Whether a feed may show this change. A feed of one entry shows its own alone."""
    parts = urlsplit(address)
    if parts.path.rpartition("/")[0].endswith(("/events", "/announcements")):
        return row.entry is not None and row.entry.public_id in parts.path
    try:
        return owed.touched(row, validators.touches(session, read_filter(parse_qs(parts.query))))
    except BadFilter:
        return False

"""Who follows from the fediverse, what came of entries there, and who is blocked. Of a person only a keyed hash is kept."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from calendar_app.config import Config
from calendar_app.db import desk_signals
from calendar_app.db.models import (
    Entry,
    FediverseAccount,
    FediverseBlock,
    FediverseFollower,
    FediverseReaction,
    Receiver,
    Site,
    User,
)
from calendar_app.delivery import outbox
from calendar_app.delivery.fediverse import accounts
from calendar_app.entries import revisions

CHANNEL = "fediverse"
MOST = 5000  # servers that are told


class Full(Exception):
    """As many servers are told as this site serves."""


@dataclass(frozen=True, slots=True)
class Person:
    """An account elsewhere, as it has proved itself: its address, its inbox, and the inbox that serves its whole server."""

    address: str
    inbox: str = ""

    @property
    def host(self) -> str:
        return urlsplit(self.address).hostname or ""


def fingerprint(key: str, address: str) -> str:
    """Return a keyed hash of an account's address. The key is that of our accounts, so it survives a new secret key."""
    secret = hashlib.sha256(key.encode()).digest()
    return hmac.digest(secret, address.encode(), "sha256").hex()


def reference(id: str) -> str:
    """Return the hash under which the id of a like, boost or reply is kept."""
    return hashlib.sha256(id.encode()).hexdigest()


def follow(
    session: Session,
    key: str,
    account: FediverseAccount,
    who: Person,
    id: str,
    answer: Mapping[str, object],
    *,
    at: datetime,
) -> None:
    """Let somebody follow an account from now on, and put the answer into the outbox. `id` is that of the wish.

    Raises Full.
    """
    revisions.lock(session)
    to = session.scalar(select(Receiver).where(Receiver.channel == CHANNEL, Receiver.key == who.inbox))
    if to is None:
        if (session.scalar(select(func.count()).where(Receiver.channel == CHANNEL)) or 0) >= MOST:
            raise Full
        to = outbox.receiver(session, CHANNEL, who.inbox, at=at)
        to.query, to.since = "", session.get_one(Site, 1).public_revision
    person = fingerprint(key, who.address)
    theirs = select(FediverseFollower).where(
        FediverseFollower.account == account.name, FediverseFollower.person == person
    )
    if (known := session.scalar(theirs)) is None:
        known = FediverseFollower(account=account.name, person=person, host=who.host)
        session.add(known)
    former, known.receiver, known.reference = known.receiver, to, reference(id)
    session.flush()
    for each in {former, to} - {None}:
        _settle(session, each)
    outbox.put(session, to, f"accept-{reference(id)[:40]}-{at.isoformat()}", answer, at=at)


def unfollow(session: Session, key: str, account: FediverseAccount, address: str) -> None:
    """Let somebody no longer follow an account."""
    _remove(session, FediverseFollower.account == account.name, FediverseFollower.person == fingerprint(key, address))


def unfollow_by_id(session: Session, key: str, address: str, id: str) -> None:
    """End what somebody follows, by the id with which they began."""
    person = FediverseFollower.person == fingerprint(key, address)
    _remove(session, FediverseFollower.reference == reference(id), person)


def forget(session: Session, key: str, address: str) -> None:
    """Forget an account that is there no more: all that it follows, and its likes, boosts and replies."""
    person = fingerprint(key, address)
    _remove(session, FediverseFollower.person == person)
    session.execute(delete(FediverseReaction).where(FediverseReaction.person == person))


def knows(session: Session, key: str, address: str) -> bool:
    """Whether anything of this account is kept."""
    person = fingerprint(key, address)
    tables = (FediverseFollower, FediverseReaction)
    return any(session.scalar(select(table.id).where(table.person == person).limit(1)) for table in tables)


def _remove(session: Session, *conditions: ColumnElement[bool]) -> None:
    rows = session.scalars(select(FediverseFollower).where(*conditions)).all()
    receivers = {row.receiver for row in rows}
    for row in rows:
        session.delete(row)
    session.flush()
    for to in receivers:
        _settle(session, to)


def _settle(session: Session, to: Receiver) -> None:
    """Write into a receiver which accounts are followed on its server; without any, it goes."""
    names = select(FediverseFollower.account).where(FediverseFollower.receiver_id == to.id).distinct()
    follows = list(session.scalars(names.order_by(FediverseFollower.account)))
    if follows:
        to.settings = to.settings | {"follows": " ".join(follows)}
    else:
        session.delete(to)
    session.flush()


def react(
    session: Session, key: str, entry: Entry, kind: str, who: Person, id: str, address: str = "", *, at: datetime
) -> None:
    """Count a like, a boost or a reply. The second like or boost of a person counts no more."""
    person = fingerprint(key, who.address)
    rows = select(FediverseReaction.id).where(FediverseReaction.reference == reference(id))
    if kind != "reply":
        same = (FediverseReaction.entry_id == entry.id) & (FediverseReaction.person == person)
        rows = select(FediverseReaction.id).where(
            (FediverseReaction.reference == reference(id)) | (same & (FediverseReaction.kind == kind))
        )
    if session.scalar(rows.limit(1)) is None:
        values = {"entry_id": entry.id, "kind": kind, "person": person, "host": who.host, "at": at}
        session.add(FediverseReaction(**values, reference=reference(id), address=address))
        session.flush()
        desk_signals.raise_signal(session, entry.department_id)


def take_back(session: Session, key: str, address: str, id: str) -> None:
    """Take back a like, a boost or a reply of an account, by its id there."""
    theirs = FediverseReaction.person == fingerprint(key, address)
    session.execute(delete(FediverseReaction).where(FediverseReaction.reference == reference(id), theirs))


def reactions(session: Session, entry: Entry) -> dict[str, int]:
    """Return how many likes, boosts and replies an entry has."""
    rows = select(FediverseReaction.kind, func.count()).where(FediverseReaction.entry_id == entry.id)
    return {row[0]: row[1] for row in session.execute(rows.group_by(FediverseReaction.kind))}


def replies(session: Session, entry: Entry, most: int = 20) -> list[str]:
    """Return the addresses of the newest replies, which are read at their own servers."""
    rows = select(FediverseReaction.address).where(FediverseReaction.entry_id == entry.id)
    rows = rows.where(FediverseReaction.kind == "reply", FediverseReaction.address != "")
    return list(session.scalars(rows.order_by(FediverseReaction.id.desc()).limit(most)))


def counts(session: Session) -> dict[str, int]:
    """Return how many follow each account."""
    rows = select(FediverseFollower.account, func.count()).group_by(FediverseFollower.account)
    return {row[0]: row[1] for row in session.execute(rows)}


def blocked(session: Session, address: str) -> bool:
    """Whether an account, its server, or a server above it is blocked."""
    labels = (urlsplit(address).hostname or "").split(".")
    hosts = [".".join(labels[place:]) for place in range(len(labels))]
    return (
        session.scalar(select(FediverseBlock.address).where(FediverseBlock.address.in_([address, *hosts]))) is not None
    )


def blocks(session: Session) -> list[FediverseBlock]:
    """Return what is blocked, in order of the address."""
    return list(session.scalars(select(FediverseBlock).order_by(FediverseBlock.address)))


def read_address(typed: str) -> str:
    """Return the address of a block as it is kept: a host name, or an account's address. Raises ValueError."""
    text = typed.strip()
    if "://" in text:
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname or len(text) > 400:
            raise ValueError(text)
        return text if parts.path.strip("/") else parts.hostname
    host = text.rpartition("@")[2].lower().encode("idna").decode()
    if "@" in text.strip("@") or "." not in host or "/" in host:
        raise ValueError(text)
    return host


def block(session: Session, config: Config, address: str, *, actor: User, at: datetime) -> None:
    """Block a server or an account, and forget all that came from there."""
    site = revisions.lock(session)
    if session.get(FediverseBlock, address) is None:
        session.add(FediverseBlock(address=address, at=at))
        session.flush()
    if "://" in address and site.fediverse_key:
        forget(session, accounts.key(session, config), address)
    else:
        _remove(session, _at(FediverseFollower.host, address))
        session.execute(delete(FediverseReaction).where(_at(FediverseReaction.host, address)))
    revisions.append(session, "changed", site, actor=actor, at=at, public=False, shot={"name": "block", "of": address})


def _at(column: InstrumentedAttribute[str], host: str) -> ColumnElement[bool]:
    return (column == host) | column.endswith(f".{host}")


def unblock(session: Session, address: str, *, actor: User, at: datetime) -> None:
    """End a block; who was forgotten has to follow anew."""
    site = revisions.lock(session)
    if row := session.get(FediverseBlock, address):
        session.delete(row)
        shot = {"name": "unblock", "of": address}
        revisions.append(session, "changed", site, actor=actor, at=at, public=False, shot=shot)

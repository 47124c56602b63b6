"""What other servers send: following and its end, likes, boosts and replies, and their being taken back.

A request is believed when the key of its author has signed it. Everything that needs no key is checked before a key is
fetched: what we have no use for, what is stale, blocked or altered costs no request of ours.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from calendar_app.accounts import once
from calendar_app.db.models import Entry, FediverseAccount, FediverseKey, Revision
from calendar_app.delivery.fediverse import accounts, people
from calendar_app.delivery.fediverse.people import Person, reference
from calendar_app.formats import activity_streams
from calendar_app.formats.activity_streams import PUBLIC
from calendar_app.outgoing import signatures
from calendar_app.outgoing.signatures import BadSignature, Claim

Json = dict[str, Any]

KEPT = timedelta(days=1)  # in which a key is not fetched again
CHANGED = timedelta(minutes=10)  # after which a key that does not fit is fetched again: its owner may have a new one
LONGEST = 1000  # characters of an id
REACTIONS = {"Like": "like", "Announce": "boost", "Create": "reply"}


class Malformed(ValueError):
    """The body is no activity."""


@dataclass(frozen=True, slots=True)
class Activity:
    """What somebody does: `kind` with `object`, an id, whose content is `inner` where it was sent along."""

    id: str
    kind: str
    actor: str
    object: str
    inner: Json
    whole: Json


def read(body: bytes) -> Activity:
    """Read an activity. Raises Malformed."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Malformed("no JSON") from error
    if not isinstance(given, dict) or "@context" not in given:
        raise Malformed("no Activity Streams")
    inner = given.get("object")
    inner = inner if isinstance(inner, dict) else {}
    id, kind, actor = (_text(given.get(name)) for name in ("id", "type", "actor"))
    about = _text(given.get("object")) or _text(inner.get("id"))
    if not (kind and actor and about):
        raise Malformed("an activity has type, actor and object")
    if id and _host(id) != _host(actor):
        raise Malformed("the id of an activity is at its actor's server")
    return Activity(id, kind, actor, about, inner, given)


def _text(value: Any) -> str:
    """Return an id, given as such or as an object with it; "" for anything else."""
    if isinstance(value, dict):
        value = value.get("id")
    return value if isinstance(value, str) and len(value) <= LONGEST else ""


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def wanted(session: Session, key: str, given: Activity, base: str) -> bool:
    """Whether an activity concerns anything here; most of what a server sends to every other does not."""
    if given.kind == "Follow":
        return _account(session, given.object, base) is not None
    if given.kind in REACTIONS:
        return _entry(session, _subject(given), base) is not None
    if given.kind in ("Undo", "Delete"):
        return people.knows(session, key, given.actor)
    return False


def _subject(given: Activity) -> str:
    """Return the id of what a like, a boost or a reply is about."""
    return _text(given.inner.get("inReplyTo")) if given.kind == "Create" else given.object


def _account(session: Session, address: str, base: str) -> FediverseAccount | None:
    names = accounts.names_of(base, [address])
    return accounts.find(session, names[0]) if names else None


def _entry(session: Session, address: str, base: str) -> Entry | None:
    """Return the public entry that an id of ours names: its own, or that of the word of a change."""
    start = f"{base}/fediverse/"
    kind, _, name = address.removeprefix(start).partition("/")
    if not address.startswith(start):
        return None
    if kind == "entries":
        found = session.scalar(select(Entry).where(Entry.public_id == name))
    elif kind == "changes" and name.isdecimal() and len(name) < 12:
        row = session.get(Revision, int(name))
        found = row.entry if row else None
    else:
        return None
    return found if found is not None and found.public else None


def kept_key(session: Session, claim: Claim, actor: str, *, at: datetime) -> str:
    """Return the public key of a claim where it is known as that of the actor; "" where it has to be fetched."""
    row = session.get(FediverseKey, reference(claim.key_id))
    if row is None or row.owner_hash != reference(actor) or at - row.fetched_at > KEPT:
        return ""
    fits = claim.verify(row.pem)
    return row.pem if fits or at - row.fetched_at < CHANGED else ""


def keep_key(session: Session, key_id: str, actor: str, pem: str, *, at: datetime) -> None:
    """Keep a public key for a day; those from before go."""
    session.execute(delete(FediverseKey).where(FediverseKey.fetched_at < at - KEPT))
    session.merge(FediverseKey(key_hash=reference(key_id), owner_hash=reference(actor), pem=pem, fetched_at=at))
    session.flush()


def use(session: Session, claim: Claim, *, at: datetime) -> None:
    """Use a signature up. Raises BadSignature for a copy of a request that was taken before."""
    if not once.use(session, "fediverse", claim.signature.hex(), until=at + 2 * signatures.FRESH, at=at):
        raise BadSignature("this request was taken before")


def take(session: Session, key: str, given: Activity, who: Person, base: str, *, at: datetime) -> None:
    """Do what a verified activity asks. What is not understood does nothing. Raises people.Full."""
    if given.kind == "Follow" and (account := _account(session, given.object, base)):
        own = accounts.address(base, account.name)
        answer = activity_streams.accept(own, _echo(given), reference(given.id + str(at))[:20])
        content = {"actor": own, "accept": answer}
        people.follow(session, key, account, who, given.id, content, at=at)
    elif given.kind in REACTIONS and (entry := _entry(session, _subject(given), base)):
        _react(session, key, given, who, entry, at)
    elif given.kind == "Undo":
        _undo(session, key, given, base)
    elif given.kind == "Delete" and given.object == given.actor:
        people.forget(session, key, given.actor)
    elif given.kind == "Delete":
        people.take_back(session, key, given.actor, given.object)


def _react(session: Session, key: str, given: Activity, who: Person, entry: Entry, at: datetime) -> None:
    kind, id, address = REACTIONS[given.kind], given.id, ""
    if kind == "reply":
        if _host(given.object) != who.host or not _public(given.inner):
            return
        id, address = given.object, _page(given)
    people.react(session, key, entry, kind, who, id or f"{given.actor} {given.kind} {entry.id}", address, at=at)


def _page(given: Activity) -> str:
    """Return where a reply is read: its page where that is on the same server, else its id."""
    page = given.inner.get("url")
    fits = isinstance(page, str) and page.startswith("https://") and _host(page) == _host(given.object)
    return str(page if fits else given.object)[:500]


def _public(document: Json) -> bool:
    """Whether a reply is public; others are between people, and are not counted."""
    told: list[Any] = []
    for name in ("to", "cc"):
        value = document.get(name, [])
        told += value if isinstance(value, list) else [value]
    return any(each in told for each in (PUBLIC, "as:Public", "Public"))


def _undo(session: Session, key: str, given: Activity, base: str) -> None:
    """Take back what somebody did; the activity is named by its id or sent along."""
    about = _text(given.inner.get("object"))
    if given.inner.get("type") == "Follow" and (account := _account(session, about, base)):
        people.unfollow(session, key, account, given.actor)
    else:
        people.unfollow_by_id(session, key, given.actor, given.object)
        people.take_back(session, key, given.actor, given.object)


def _echo(given: Activity) -> Json:
    """Return as much of a Follow as its server needs to know it again."""
    return {"id": given.id, "type": "Follow", "actor": given.actor, "object": given.object}

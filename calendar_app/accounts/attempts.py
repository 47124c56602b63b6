"""Slow down those who guess. Only failures count, and nobody is locked out: the longest wait is half a minute.

Each failure fills buckets that leak steadily. Who guesses from outside fills those of strangers; a browser on which the person
has signed in before has a bucket of its own, which no stranger can fill.
"""

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from sqlalchemy import delete
from sqlalchemy.orm import Session

from calendar_app.db.models import Throttle
from calendar_app.entries import revisions

PREFIX = "failed:"
FORGOTTEN = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Takes `size` failures at once; afterwards one more every `seconds`."""

    key: str
    size: int
    seconds: float


def buckets(account: str, address: str, device: str) -> list[Bucket]:
    """Give the buckets of one attempt: at an account, from an IP address, on a known device ("" if it is none).

    `account` is the stored mail address of the account found, or the normalised one typed when there is none, so that
    both are answered alike.
    """
    if device:
        return [Bucket(key("device", device, account), 10, 30)]
    place = network(address)
    return [
        Bucket(key("network", place), 50, 10),
        Bucket(key("pair", account, place), 10, 30),
        Bucket(key("account", account), 50, 30),
    ]


def network(address: str) -> str:
    """The network of an IP address: of IPv6 the /64, which one subscriber has, of IPv4 the address itself."""
    try:
        known = ip_address(address)
    except ValueError:
        return ""
    if known.version == 4:
        return str(known)
    return str(known.ipv4_mapped or ip_network(f"{known}/64", strict=False))


def seconds_to_wait(session: Session, chosen: list[Bucket], *, at: datetime) -> int:
    """How long until the next attempt is allowed; 0 is now. Only looks, so that a flood takes no write lock."""
    rows = [(bucket, session.get(Throttle, bucket.key)) for bucket in chosen]
    over = [(_left(row, bucket, at) + 1 - bucket.size) * bucket.seconds for bucket, row in rows if row]
    return max(0, math.ceil(max(over, default=0)))


def count_failure(session: Session, chosen: list[Bucket], *, at: datetime) -> None:
    """Put a failure into each bucket."""
    revisions.lock(session)
    session.execute(delete(Throttle).where(Throttle.key.startswith(PREFIX), Throttle.at < at - FORGOTTEN))
    for bucket in chosen:
        row = session.get(Throttle, bucket.key)
        if row is None:
            session.add(row := Throttle(key=bucket.key, level=0.0, at=at))
        row.level, row.at = min(_left(row, bucket, at) + 1, bucket.size), at


def _left(row: Throttle, bucket: Bucket, at: datetime) -> float:
    return max(0.0, row.level - (at - row.at).total_seconds() / bucket.seconds)


def key(kind: str, *parts: str) -> str:
    """The key of a bucket. It names nobody: who reads the table learns no address."""
    return f"{PREFIX}{kind}:{hashlib.sha256('|'.join(parts).encode()).hexdigest()[:40]}"

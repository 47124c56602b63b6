"""Citizens follow the town by mail or push: ask, confirm, change, leave. Of a person only the sealed address is kept.

A subscription is one filter, or one event, for one address. A mail address gets nothing but one letter before it has
confirmed its wish; a device confirms by itself, because its browser asked the person.
"""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from calendar_app.config import Config, sealing
from calendar_app.db.models import Receiver, Site, Subscription, User
from calendar_app.delivery import outbox, turns, web_push
from calendar_app.delivery.fediverse import accounts, people
from calendar_app.entries import revisions

Way = Literal["mail", "push", "fediverse"]
WAYS: tuple[Way, ...] = ("mail", "push", "fediverse")
ADDRESS = {"mail": "address", "push": "endpoint"}  # the secret by which a follower is found again
MOST = 30  # subscriptions of one address
UNCONFIRMED = timedelta(days=2)  # after which a wish that nobody confirmed is deleted
DIGEST, REMINDER = time(7), time(17)  # of the city's clock


class TooMany(Exception):
    """This address follows as much as one address may."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to follow: a filter (canonical query) or one event (public id), how often, with reminders or not."""

    query: str = ""
    event: str = ""
    often: str = "now"
    remind: bool = False
    lang: str = ""


def fingerprint(secret_key: str, address: str) -> str:
    """Return a keyed hash of an address, by which it is found again; without the key it tells nothing."""
    return hmac.digest(secret_key.encode(), f"follower {address.casefold()}".encode(), "sha256").hex()


def offered(session: Session, config: Config) -> list[Way]:
    """Return the ways in which citizens may follow now: turned on, and for mail with a server to send it."""
    on = switches(session)
    return [way for way in WAYS if on[way] and (way != "mail" or config.mail_server)]


def switches(session: Session) -> dict[Way, bool]:
    """Return which ways are turned on."""
    site = session.get_one(Site, 1)
    return {"mail": site.follow_mail, "push": site.follow_push, "fediverse": site.follow_fediverse}


def push_key(session: Session, config: Config) -> str:
    """Return the private key of push (VAPID), made when push was first turned on. Raises sealing.Unreadable."""
    sealed = session.get_one(Site, 1).push_key
    return str(json.loads(sealing.unseal(config.secret_key, turns.PURPOSE, sealed))["key"])


def switch(session: Session, config: Config, way: Way, on: bool, *, actor: User, at: datetime) -> None:
    """Turn a way of following on or off. Off, nothing goes out that way; on again, what is published from then on."""
    site = revisions.lock(session)
    if way == "mail":
        site.follow_mail = on
    elif way == "fediverse":
        site.follow_fediverse = on
        if on:
            accounts.turn_on(session, config, site)
    else:
        site.follow_push, site.push_key = on, site.push_key or turns.sealed(config, {"key": web_push.new_key()})
    theirs = update(Receiver).where(Receiver.channel == way)
    due = at if on else None
    session.execute(theirs.values(enabled=on, due_at=due, since=site.public_revision, failures=0, failing_since=None))
    # public: the forms come and go on pages that are kept
    revisions.append(session, "changed", site, actor=actor, at=at, public=True, shot={"name": way, "on": on})


def find_or_make(
    session: Session, config: Config, way: Way, address: str, wish: Wish, hidden: Mapping[str, str], *, at: datetime
) -> Subscription:
    """Return the subscription of an address to this filter or event, made where there is none. Raises TooMany.

    `hidden` is sealed: the mail address, or the keys of a device.
    """
    revisions.lock(session)
    person = fingerprint(config.secret_key, address)
    theirs = select(Subscription).where(Subscription.person == person)
    found = session.scalar(theirs.where(Subscription.query == wish.query, Subscription.event == wish.event))
    if found is None:
        if (session.scalar(select(func.count()).select_from(theirs.subquery())) or 0) >= MOST:
            raise TooMany
        token = secrets.token_urlsafe(18)
        to = Receiver(channel=way, key=token, created_at=at, expires_at=at + UNCONFIRMED)
        found = Subscription(receiver=to, token=token, person=person, query=wish.query, event=wish.event, often="now")
        session.add(found)
    turns.keep_secrets(found.receiver, config, dict(hidden))
    if found.confirmed_at is None:
        found.often, found.remind, found.receiver.lang = wish.often, wish.remind, wish.lang
    session.flush()
    return found


def put(session: Session, subscription: Subscription, key: str, content: Mapping[str, Any], *, at: datetime) -> bool:
    """Put a letter or a notification of our own into the outbox for a subscription; False if it has been put before."""
    return outbox.put(session, subscription.receiver, key, content, at=at)


def confirm(session: Session, config: Config, subscription: Subscription, *, at: datetime) -> None:
    """Begin: from now on the subscription is sent what it asked for. Does nothing the second time."""
    if subscription.confirmed_at is None:
        subscription.confirmed_at, subscription.receiver.expires_at = at, None
        set_rhythm(session, config, subscription, subscription.often, subscription.remind, at=at)


def set_rhythm(
    session: Session, config: Config, subscription: Subscription, often: str, remind: bool, *, at: datetime
) -> None:
    """Set how often a confirmed subscription is sent something, and whether it is reminded."""
    subscription.often, subscription.remind = often, remind
    to = subscription.receiver
    at_once = often == "now" and not subscription.event
    if (at_once and to.query is None) or subscription.event:
        to.since = session.get_one(Site, 1).public_revision
    to.query = subscription.query if at_once else None
    subscription.next_at = next_moment(subscription, at, config.zone)
    session.flush()


def next_moment(subscription: Subscription, after: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the next digest or reminder may be due, None for a subscription that has neither."""
    daily = timedelta(days=1)
    moments = []
    if subscription.often == "daily":
        moments.append(_next(after, DIGEST, daily, zone))
    if subscription.often == "weekly":
        moments.append(_next(after, DIGEST, timedelta(days=7), zone))
    if subscription.remind:
        moments.append(_next(after, REMINDER, daily, zone))
    return min(moments, default=None)


def _next(after: datetime, clock: time, step: timedelta, zone: ZoneInfo) -> datetime:
    """The next moment of the clock, each day or each Monday."""
    local = after.astimezone(zone)
    day = local.date() - timedelta(days=local.weekday() if step.days == 7 else 0)
    moment = datetime.combine(day, clock, zone)
    return moment if moment > after else datetime.combine(day + step, clock, zone)


def by_token(session: Session, token: str) -> Subscription | None:
    """Return the subscription of a token."""
    return session.scalar(select(Subscription).where(Subscription.token == token))


def of_person(session: Session, person: str) -> list[Subscription]:
    """Return everything confirmed that an address follows, oldest first."""
    theirs = select(Subscription).where(Subscription.person == person, Subscription.confirmed_at.is_not(None))
    return list(session.scalars(theirs.order_by(Subscription.receiver_id)))


def of_address(session: Session, secret_key: str, address: str) -> list[Subscription]:
    """Return everything that an address follows or has asked for, oldest first."""
    theirs = select(Subscription).where(Subscription.person == fingerprint(secret_key, address))
    return list(session.scalars(theirs.order_by(Subscription.receiver_id)))


def leave(session: Session, subscription: Subscription) -> None:
    """End a subscription: the address goes, and all that was kept of what was sent."""
    session.delete(subscription)
    session.flush()
    session.delete(subscription.receiver)
    session.flush()


def know_again(session: Session, secret_key: str) -> None:
    """Make the keyed hashes anew, after the secrets of all receivers were sealed with another key."""
    for subscription in session.scalars(select(Subscription)):
        hidden = turns.opened(subscription.receiver, secret_key)
        subscription.person = fingerprint(secret_key, hidden[ADDRESS[subscription.receiver.channel]])
    session.flush()


def counts(session: Session) -> dict[str, int]:
    """Return how many confirmed subscriptions there are, by way, and how many follow from the fediverse."""
    found = (
        select(Receiver.channel, func.count())
        .join(Subscription, Subscription.receiver_id == Receiver.id)
        .where(Subscription.confirmed_at.is_not(None))
        .group_by(Receiver.channel)
    )
    return {row[0]: row[1] for row in session.execute(found)} | {"fediverse": sum(people.counts(session).values())}

"""Decide to whom a revision is owed: those whose filter its entry meets, who follows it, and who was told of it before."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Delivery, Entry, Receiver, Revision, Subscription
from calendar_app.delivery import channels
from calendar_app.delivery.messages import emergency, is_told
from calendar_app.entries.last_changes import EVERYTHING
from calendar_app.entries.revisions import SKIPPED
from calendar_app.entries.surrogate_keys import MOST_PURGED
from calendar_app.listings import validators
from calendar_app.listings.filter_keys import BadFilter
from calendar_app.listings.filters import Filter, read_filter

MANY = 5  # first publications in one act; more are an import, which people are not told one by one
REACHING = ("kind", "department")  # what limits an emergency, as in feeds (`feeds.emergencies`)


def receivers(session: Session, row: Revision) -> set[int]:
    """Return the ids of the receivers to whom a public revision is owed."""
    if row.entry is None or not is_told(row):
        return set()
    follow = [name for name, channel in channels.every().items() if channel.follows == "news"]
    if _by_the_dozen(session, row):
        follow = [name for name in follow if channels.every()[name].many]
    reached = select(Receiver).where(Receiver.enabled, Receiver.since < row.number, Receiver.channel.in_(follow))
    queries = session.scalars(reached.with_only_columns(Receiver.query).where(Receiver.query.is_not(None)).distinct())
    met = [query for query in queries if query is not None and meets(session, row.entry, query)]
    told = select(Delivery.receiver_id).where(
        Delivery.entry_id == row.entry_id, Delivery.state.in_(("sent", "waiting"))
    )
    followed = select(Subscription.receiver_id).where(
        Subscription.event == row.entry.public_id, Subscription.confirmed_at.is_not(None)
    )
    theirs = Receiver.query.in_(met) | Receiver.id.in_(told) | Receiver.id.in_(followed)
    chosen = set(session.scalars(reached.with_only_columns(Receiver.id).where(theirs)))
    return chosen if emergency(row.entry) else chosen - set(row.snapshot.get(SKIPPED, ()))


def of_feeds(session: Session, rows: Sequence[Revision]) -> list[tuple[Revision, list[int]]]:
    """Return who is owed the content of a feed that these revisions may have changed, with the last revision that did.

    `query` of such a receiver is the feed's address on this site. Whether the bytes differ is seen when they are sent.
    """
    follow = [name for name, channel in channels.every().items() if channel.follows == "feeds"]
    theirs = select(Receiver).where(Receiver.enabled, Receiver.channel.in_(follow), Receiver.query.is_not(None))
    found = []
    for address in session.scalars(theirs.with_only_columns(Receiver.query).distinct()):
        shows = validators.touches(session, read_filter(parse_qs(urlsplit(address or "").query)))
        last = next((row for row in reversed(rows) if touched(row, shows)), None)
        if last:
            ids = session.scalars(theirs.with_only_columns(Receiver.id).where(Receiver.query == address))
            found.append((last, list(ids)))
    return found


def caches(session: Session) -> list[int]:
    """Return the ids of the shared caches that are told what each public change touches."""
    follow = [name for name, channel in channels.every().items() if channel.follows == "touches"]
    return list(session.scalars(select(Receiver.id).where(Receiver.enabled, Receiver.channel.in_(follow))))


def touches_of(rows: Sequence[Revision]) -> list[str] | None:
    """Return what some revisions touch together, None for everything."""
    touches: set[str] = set()
    for row in rows:
        if row.touches is None:
            return None
        touches.update(row.touches)
    return sorted(touches) if len(touches) < MOST_PURGED else None


def touched(row: Revision, shows: Sequence[str] | None) -> bool:
    """Whether a revision may have changed what an answer shows; None stands for everything, on both sides."""
    return shows is None or row.touches is None or not {EVERYTHING, *shows}.isdisjoint(row.touches)


def meets(session: Session, entry: Entry, query: str) -> bool:
    """Whether an entry meets a filter, given as a query string. An emergency obeys only its kind and department."""
    try:
        wanted = read_filter(parse_qs(query))
    except BadFilter:  # it named what is no longer there
        return False
    if emergency(entry):
        wanted = reach(wanted)
    conditions: list[ColumnElement[bool]] = wanted.conditions()
    return session.scalar(select(Entry.id).where(Entry.id == entry.id, *conditions)) is not None


def reach(wanted: Filter) -> Filter:
    """Return as much of a filter as an emergency obeys."""
    return Filter(tuple(term for term in wanted.terms if term[0] in REACHING))


def _by_the_dozen(session: Session, row: Revision) -> bool:
    if row.batch is None or row.kind != "published":
        return False
    same = select(func.count()).select_from(Revision).where(Revision.batch == row.batch, Revision.kind == "published")
    return (session.scalar(same) or 0) > MANY

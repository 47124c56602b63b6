"""Entries and their changes as objects of the fediverse: each at an address of its own, the same for all who ask."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Event, FediverseAccount, FediverseFollower, Revision
from calendar_app.delivery import messages
from calendar_app.delivery.fediverse import accounts
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import items
from calendar_app.formats import activity_streams
from calendar_app.formats.activity_streams import Post
from calendar_app.listings.filters import Filter
from calendar_app.sharing import kit
from calendar_app.sharing.posts import hashtag

RECENT = 20  # entries in an outbox


@dataclass(frozen=True, slots=True)
class Place:
    """Where objects are made: the base address of the accounts, the site, the day in the city and its zone."""

    base: str
    site_view: SiteView
    today: date
    zone: ZoneInfo


def entry_id(base: str, public_id: str) -> str:
    """Return the id of an entry."""
    return f"{base}/fediverse/entries/{public_id}"


def change_id(base: str, number: int) -> str:
    """Return the id of the word of a change, by the number of its revision."""
    return f"{base}/fediverse/changes/{number}"


def account(of: FediverseAccount, place: Place, public_key: str) -> dict[str, Any]:
    """Return the document of an account."""
    site_view = place.site_view
    title, part = site_view.name, ""
    query = Filter(())
    if of.department:
        title = part = of.department.name
        query = Filter((("department", (of.department.slug,)),))
    elif of.tag:
        title = part = f"#{of.tag.name}"
        query = Filter((("tag", (of.tag.name,)),))
    return activity_streams.account(
        activity_streams.Account(
            id=accounts.address(place.base, of.name),
            handle=of.name,
            title=title,
            about=" ".join(filter(None, (site_view.name, part))),
            page=site_view.url("/subscribe" if part else "/", query.query()),
            icon=f"{site_view.base_url}/static/icon-512.png",
            public_key=public_key,
            shared_inbox=f"{place.base}/fediverse/inbox",
        )
    )


def entry(session: Session, of: Entry, place: Place) -> dict[str, Any]:
    """Return an entry as it is now: an Event, or a Note for an announcement."""
    post = _post(session, of, place)
    if not isinstance(of, Event) or post.item.event is None:
        return activity_streams.note(post)
    occurrence = kit.next_occurrence(of, place.today)
    return activity_streams.event(
        post, post.item.event, items.instance(occurrence, place.site_view.lang) if occurrence else None, place.zone
    )


def change(session: Session, row: Revision, place: Place) -> dict[str, Any] | None:
    """Return the word of a change as a Note that answers its entry; None for a change that is not said."""
    message = messages.of(row, place.site_view, place.today)
    if message is None or row.entry is None:
        return None
    parts, post = message.parts, _post(session, row.entry, place)
    item = replace(post.item, title=parts.title, published=row.at, updated=row.at, html="", images=())
    summary = "\n".join(filter(None, (parts.note, parts.when, parts.place)))
    entry_address = post.id
    return activity_streams.note(
        replace(post, id=change_id(place.base, row.number), item=item, summary=summary, answers=entry_address)
    )


def _post(session: Session, of: Entry, place: Place) -> Post:
    site_view = place.site_view
    parts = kit.post_parts(of, site_view, place.today)
    heading, created = kit.heading(of, site_view.lang), of.published_at or of.created_at
    item = items.feed_item(of, site_view, id="", heading=heading, at=created, note="")
    event = isinstance(of, Event)
    return Post(
        id=entry_id(place.base, of.public_id),
        author=accounts.address(place.base, accounts.TOWN),
        accounts=tuple(accounts.address(place.base, name) for name in accounts.concerned(session, of)),
        item=replace(item, updated=of.changed_at),
        lang=site_view.lang,
        summary="\n".join(filter(None, (parts.note, parts.when, parts.place) if event else (parts.note,))),
        hashtags={tagged: site_view.tag(tag.name) for tag in of.tags if (tagged := hashtag(tag.name))},
    )


def outbox(session: Session, of: FediverseAccount, place: Place) -> dict[str, Any]:
    """Return what an account has told: its newest entries, and how many there are."""
    theirs = select(Entry).where(Entry.state == "published")
    if of.department_id:
        theirs = theirs.where(Entry.department_id == of.department_id)
    elif of.tag:
        theirs = theirs.where(Entry.tags.any(id=of.tag_id))
    total = session.scalar(select(func.count()).select_from(theirs.subquery())) or 0
    newest = session.scalars(theirs.order_by(Entry.published_at.desc(), Entry.id.desc()).limit(RECENT)).all()
    author, own = accounts.address(place.base, accounts.TOWN), accounts.address(place.base, of.name)
    told: list[dict[str, Any]] = []
    for each in newest:
        if own == author:
            written = activity_streams.activity("Create", own, entry(session, each, place))
        else:
            written = activity_streams.activity("Announce", own, entry_id(place.base, each.public_id), of.name)
        told.append(activity_streams.inner(written))
    return activity_streams.collection(f"{own}/outbox", total, told)


def followers(session: Session, of: FediverseAccount, place: Place) -> dict[str, Any]:
    """Return how many follow an account; not who."""
    count = select(func.count()).where(FediverseFollower.account == of.name)
    own = accounts.address(place.base, of.name)
    return activity_streams.collection(activity_streams.followers(own), session.scalar(count) or 0)

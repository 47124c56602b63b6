"""Write accounts and entries for the fediverse: Activity Streams 2.0, as ActivityPub servers exchange it.

An event is an `Event` (FEP-8a8e), which Mobilizon and Gancio put into their calendars and Mastodon shows as name, summary
and link. An announcement is a `Note`, and so is the word of a change: Mastodon shows no edit of an `Event`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from calendar_app.dates.recurrence import Instance
from calendar_app.formats import EventItem, FeedItem, Image, Place, shared
from calendar_app.text import countries
from calendar_app.text.languages import tag
from calendar_app.text.markup import clean, uri

MEDIA_TYPE = "application/activity+json"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
ACTIVITY_STREAMS = "https://www.w3.org/ns/activitystreams"
CONTEXT = [
    ACTIVITY_STREAMS,
    "https://w3id.org/security/v1",
    {
        "schema": "https://schema.org/",
        "ical": "http://www.w3.org/2002/12/cal/ical#",
        "mz": "https://joinmobilizon.org/ns#",
        "toot": "http://joinmastodon.org/ns#",
        "Hashtag": "as:Hashtag",
        "PostalAddress": "schema:PostalAddress",
        "address": "schema:address",
        "streetAddress": "schema:streetAddress",
        "addressCountry": "schema:addressCountry",
        "status": "ical:status",
        "eventStatus": "schema:eventStatus",
        "timezone": "mz:timezone",
        "joinMode": "mz:joinMode",
        "externalParticipationUrl": "schema:url",
        "discoverable": "toot:discoverable",
        "indexable": "toot:indexable",
    },
]
STATUS = {"cancelled": ("CANCELLED", "EventCancelled"), "postponed": ("TENTATIVE", "EventPostponed")}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """An account of this site. `id` is its address for ever; `page` shows people what it tells of."""

    id: str
    handle: str  # without the server
    title: str
    about: str
    page: str
    icon: str
    public_key: str
    shared_inbox: str


@dataclass(frozen=True, slots=True)
class Post:
    """An entry, or the word of a change, as the fediverse sees it. `accounts` are the ids of those that tell of it."""

    id: str
    author: str
    accounts: tuple[str, ...]
    item: FeedItem
    lang: str
    summary: str = ""  # plain lines: when, where, and why it does not go ahead
    answers: str = ""  # the id of the post to which this is the next word
    hashtags: Mapping[str, str] = field(default_factory=dict)  # with their #, and their addresses


def account(of: Account) -> Json:
    """Return the document of an account."""
    return {
        "@context": CONTEXT,
        "id": of.id,
        "type": "Organization",
        "preferredUsername": of.handle,
        "name": of.title,
        "summary": f"<p>{escape(of.about)}</p>",
        "url": of.page,
        "inbox": f"{of.id}/inbox",
        "outbox": f"{of.id}/outbox",
        "followers": followers(of.id),
        "endpoints": {"sharedInbox": of.shared_inbox},
        "icon": {"type": "Image", "mediaType": "image/png", "url": of.icon},
        "manuallyApprovesFollowers": False,
        "discoverable": True,
        "indexable": True,
        "publicKey": {"id": key_id(of.id), "owner": of.id, "publicKeyPem": of.public_key},
    }


def key_id(account_id: str) -> str:
    """Return the id of an account's key."""
    return f"{account_id}#main-key"


def followers(account_id: str) -> str:
    """Return the id of the collection of those who follow an account."""
    return f"{account_id}/followers"


def event(post: Post, about: EventItem, date: Instance | None, zone: ZoneInfo) -> Json:
    """Return an event, with one of its dates. A series is one Event: FEP-8a8e knows no repetition."""
    item = post.item
    ical, schema = STATUS.get(about.status, ("TENTATIVE" if about.tentative else "CONFIRMED", "EventScheduled"))
    return _post(post, "Event") | {
        "name": shared.title(item.title),
        "summary": clean(post.summary),
        "startTime": _wall(date.start if date else about.repeat.start, about, zone),
        **_end(date, about, zone),
        "timezone": about.timezone,
        "status": ical,
        "eventStatus": f"https://schema.org/{schema}",
        "joinMode": "external",
        "externalParticipationUrl": uri(item.url),
        **_location(shared.place(about, date) if date else about.place),
        "attachment": [
            *map(_picture, item.images),
            {"type": "Link", "name": "Website", "mediaType": "text/html", "href": uri(item.url)},
            *({"type": "Link", "name": link.name, "href": uri(link.url)} for link in about.links),
        ],
    }


def note(post: Post) -> Json:
    """Return an announcement, or the word of a change: a post whose whole text is shown."""
    heading = f"<p><strong>{escape(shared.title(post.item.title))}</strong></p>"
    lines = "".join(f"<p>{escape(line)}</p>" for line in clean(post.summary).splitlines() if line)
    tags = " ".join(_link(address, name) for name, address in post.hashtags.items())
    ways = f"<p>{_link(post.item.url, post.item.url)}</p>" + (f"<p>{tags}</p>" if tags else "")
    html = heading + lines + clean(post.item.html) + ways
    whole = replace(post, item=replace(post.item, html=html))
    answers = {"inReplyTo": post.answers} if post.answers else {}
    return _post(whole, "Note") | answers | {"attachment": list(map(_picture, post.item.images))}


def tombstone(id: str, former: str) -> Json:
    """Return what stands where an entry was, after its withdrawal."""
    return {"@context": ACTIVITY_STREAMS, "id": id, "type": "Tombstone", "formerType": former}


def activity(kind: str, actor: str, about: Json | str, mark: str = "", told: Iterable[str] = ()) -> Json:
    """Return what an account does with an object: Create, Update, Delete, Announce.

    `mark` tells several of a kind apart, such as the changes of an object. `told` are the ids of further accounts whose
    followers it reaches.
    """
    address = about if isinstance(about, str) else about["id"]
    return {
        "@context": CONTEXT,
        "id": "-".join(filter(None, (f"{address}#{kind.lower()}", mark))),
        "type": kind,
        "actor": actor,
        "to": [PUBLIC],
        "cc": [followers(each) for each in dict.fromkeys((actor, *told))],
        "object": about if isinstance(about, str) else inner(about),
    }


def accept(actor: str, follow: Json, mark: str) -> Json:
    """Return the answer to somebody who follows an account."""
    given = {"id": f"{actor}#accept-{mark}", "type": "Accept", "actor": actor, "object": follow}
    return {"@context": ACTIVITY_STREAMS} | given


def inner(document: Json) -> Json:
    """Return a document as a part of another one, whose context counts."""
    return {name: value for name, value in document.items() if name != "@context"}


def collection(id: str, total: int, items: Iterable[Json] | None = None) -> Json:
    """Return a collection; without items, only how many it has."""
    listed = {} if items is None else {"orderedItems": list(items)}
    return {"@context": CONTEXT, "id": id, "type": "OrderedCollection", "totalItems": total} | listed


def _post(post: Post, kind: str) -> Json:
    item = post.item
    content = clean(item.html)
    return {
        "@context": CONTEXT,
        "id": post.id,
        "type": kind,
        "attributedTo": post.author,
        "to": [PUBLIC],
        "cc": [followers(each) for each in post.accounts],
        "url": uri(item.url),
        "published": _instant(item.published),
        "updated": _instant(item.updated),
        "content": content,
        "contentMap": {tag(post.lang): content},
        "mediaType": "text/html",
        "tag": [{"type": "Hashtag", "name": name, "href": address} for name, address in post.hashtags.items()],
    }


def _link(address: str, text: str) -> str:
    return f'<a href="{escape(uri(address))}">{escape(clean(text, lines=False))}</a>'


def _wall(wall: datetime, about: EventItem, zone: ZoneInfo) -> str:
    moment = datetime.combine(wall, time()) if about.repeat.all_day else wall
    return moment.replace(tzinfo=ZoneInfo(about.timezone) if not about.repeat.all_day else zone).isoformat()


def _end(date: Instance | None, about: EventItem, zone: ZoneInfo) -> Mapping[str, str]:
    """Return the end; that of an all-day event is the midnight after its last day."""
    end = date.end if date else about.repeat.end
    if about.repeat.all_day:
        end = (end or (date.start if date else about.repeat.start)) + timedelta(days=1)
    return {"endTime": _wall(end, about, zone)} if end else {}


def _location(place: Place | None) -> Mapping[str, Any]:
    if place is None:
        return {}
    name = clean(place.name, lines=False)
    where: Json = {"type": "Place", "name": name}
    street = clean(place.address, lines=False) or name
    country = countries.here().code
    where["address"] = {"type": "PostalAddress", "streetAddress": street, "addressCountry": country}
    if place.lat is not None and place.lon is not None:
        where |= {"latitude": round(place.lat, 6), "longitude": round(place.lon, 6)}
    return {"location": where}


def _picture(image: Image) -> Json:
    return {
        "type": "Document",
        "mediaType": image.type,
        "url": uri(image.url),
        "name": clean(image.alt, lines=False),
        "width": image.width,
        "height": image.height,
    }


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

"""Define the values of which feed formats are made: frozen, between the database and the bytes.

A format is one module that declares a `FeedFormat`, and a line in `registry`. It is pure: the same values always give
the same bytes. System times are aware UTC; an event's own times are wall-clock (naive) with its zone beside them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from calendar_app.dates.recurrence import Instance, Repeat


@dataclass(frozen=True, slots=True)
class Place:
    """A venue. `lat` and `lon` are WGS 84 degrees; `facilities` are known ones by code."""

    name: str
    address: str = ""
    lat: float | None = None
    lon: float | None = None
    facilities: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as it is served: absolute URL, true size in bytes and pixels, and its description.

    `card` is the address of its 1200×630 pixels for links on social networks; `thumbnail` is a small copy.
    """

    url: str
    type: str
    bytes: int
    width: int
    height: int
    alt: str = ""
    card: str = ""
    thumbnail: "Image | None" = None


@dataclass(frozen=True, slots=True)
class Link:
    """An address that an event gives beside its own page. `name` is its field; `line` is the link as a plain line."""

    name: str
    url: str
    line: str


@dataclass(frozen=True, slots=True)
class EventItem:
    """One event as it is now, for a VEVENT, a JSON object or the event part of a feed item.

    `modified` is the time of the last public change of anything shown here (DTSTAMP, LAST-MODIFIED); `places` are the
    venues that overrides name, by id.
    """

    uid: str
    url: str
    sequence: int
    created: datetime
    modified: datetime
    title: str
    status: str
    repeat: Repeat
    timezone: str
    language: str = ""  # of the title, BCP 47, where it may not be the calendar's own
    tentative: bool = False
    transparent: bool = False  # takes nobody's time
    related: str = ""  # the UID of the series that this one goes on from
    reason: str = ""
    headline: str = ""  # the season's live status line: "4月24日 満開"
    summary: str = ""
    details: tuple[str, ...] = ()  # plain lines: fee, how to apply, ...
    details_at: dict[int, tuple[str, ...]] = field(default_factory=dict)  # those of `places`, where they differ
    facilities: dict[str, bool] = field(default_factory=dict)  # what it has beside its place, or otherwise
    place: Place | None = None
    places: dict[int, Place] = field(default_factory=dict)
    online_url: str = ""
    links: tuple[Link, ...] = ()
    fee: int | None = None  # yen
    previous_starts: tuple[datetime, ...] = ()
    contact: str = ""
    organizer: str = ""
    offered: datetime | None = None  # when applications open, on the wall
    kind: str = ""  # the slug of its category
    categories: tuple[str, ...] = ()
    image: Image | None = None
    window: tuple[date, date] | None = None  # only instances that overlap these days; None = all


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One item of a feed. `id` is stored for ever: guid, atom:id, JSON Feed id."""

    id: str
    url: str
    title: str
    published: datetime
    updated: datetime
    lead: str  # first line: date, time, place; "" for an announcement
    text: str  # plain, whole, without the lead and the details
    html: str  # sanitised, absolute URLs, without the lead and the details
    details: tuple[str, ...] = ()  # plain lines: fee, how to apply, ...
    department: str = ""
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    ics_url: str = ""
    event: EventItem | None = None
    language: str = ""  # of the title, BCP 47, where it may not be the feed's
    instance: Instance | None = None  # the date this item is about, in a list of what is coming up


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's head and its items, in the order in which they are written.

    `links` holds the address of this feed in each format, by extension: each names itself as self. `site_url` is the
    base of the addresses of tags and categories.
    """

    id: str
    title: str
    description: str
    page_url: str
    links: dict[str, str]
    lang: str
    updated: datetime
    publisher: str
    timezone: str
    site_url: str = ""
    icon_url: str = ""
    favicon_url: str = ""
    licence: str = ""
    licence_url: str = ""
    hub: str = ""  # WebSub: where to subscribe to what is new
    older: str = ""  # the archive document before this one (RFC 5005, section 4), only in Atom
    current: str = ""  # of an archive document: the feed itself
    items: tuple[FeedItem, ...] = ()


ITEM_FEEDS = ("feed", "upcoming", "deadlines")  # notices, coming dates, application deadlines


@dataclass(frozen=True, slots=True)
class FeedFormat:
    """One format, for addresses, links, documents and the cache of fragments.

    `extension` ends its addresses and names its fragments; `title` is its usual name. `feeds` are the names of the
    feeds that it carries, as in their addresses. `render` makes the bytes of a feed of items; `ics` assembles calendars
    itself. `fragments` makes each item's bytes by its id and `join` makes the feed of them: a format has both or
    neither. A format that renders as quickly as fragments are looked up has none.
    """

    extension: str
    media_type: str
    title: str
    feeds: tuple[str, ...] = ITEM_FEEDS
    render: Callable[[Feed], bytes] | None = None
    fragments: Callable[[Feed], dict[str, bytes]] | None = None
    join: Callable[[Feed, Iterable[bytes]], bytes] | None = None

    @property
    def content_type(self) -> str:
        return f"{self.media_type}; charset=utf-8"

"""Write Atom (RFC 4287) and RSS 2.0 with feedgen.

Readers show a guid once and never again, so every notable change is an item of its own.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from calendar_app.formats import Feed, FeedFormat, FeedItem, shared
from calendar_app.formats._feedgen import Entry, Generator, Zulu
from calendar_app.text.languages import tag
from calendar_app.text.markup import clean, uri

GENERATOR = "calendar-app"
MINUTES_TO_LIVE = 60
# All text is escaped, so an end tag can only end its own element.
ATOM_FRAGMENT = re.compile(rb"^  <entry>\n.*?^  </entry>\n", re.DOTALL | re.MULTILINE)
RSS_FRAGMENT = re.compile(rb"^    <item>\n.*?^    </item>\n", re.DOTALL | re.MULTILINE)


def render_atom(feed: Feed) -> bytes:
    """Return the feed as Atom."""
    return join_atom(feed, atom_fragments(feed).values())


def render_rss(feed: Feed) -> bytes:
    """Return the feed as RSS."""
    return join_rss(feed, rss_fragments(feed).values())


def atom_fragments(feed: Feed) -> dict[str, bytes]:
    """Return the bytes of each item by its id, as in any feed. An item that cannot be written is left out."""
    entries = shared.written(feed, lambda item: _atom_entry(item, feed))
    return dict(zip(_ids(entries), ATOM_FRAGMENT.findall(_atom(feed, entries)), strict=True))


def rss_fragments(feed: Feed) -> dict[str, bytes]:
    """Return fragments as `atom_fragments` does."""
    entries = shared.written(feed, lambda item: _rss_entry(item, feed))
    return dict(zip(_ids(entries), RSS_FRAGMENT.findall(_rss(feed, entries)), strict=True))


def join_atom(feed: Feed, fragments: Iterable[bytes]) -> bytes:
    """Return the feed of written fragments; its own items are ignored."""
    return _joined(_atom(feed), b"</feed>\n", fragments)


def join_rss(feed: Feed, fragments: Iterable[bytes]) -> bytes:
    """Return the feed as `join_atom` does."""
    return _joined(_rss(feed), b"  </channel>\n</rss>\n", fragments)


def _joined(empty: bytes, end: bytes, fragments: Iterable[bytes]) -> bytes:
    return b"".join([empty.removesuffix(end), *fragments, end])


def _ids(entries: Iterable[Entry]) -> list[str]:
    return [str(entry.id()) for entry in entries]


def _atom(feed: Feed, entries: Iterable[Entry] = ()) -> bytes:
    written = _head(feed, ATOM, Zulu.of(feed.updated))
    written.author(name=clean(feed.publisher, lines=False))
    if feed.icon_url:
        written.icon(uri(feed.icon_url))
    for rel, address in (("current", feed.current), ("prev-archive", feed.older)):
        if address:
            written.link(href=uri(address), rel=rel)
    written.is_archive = bool(feed.current)
    for entry in entries:
        written.add_entry(entry, order="append")
    document: bytes = written.atom_str(pretty=True)
    return document


def _rss(feed: Feed, entries: Iterable[Entry] = ()) -> bytes:
    written = _head(feed, RSS, _local(feed.updated, feed))
    written.ttl(MINUTES_TO_LIVE)
    if feed.icon_url:
        written.image(uri(feed.icon_url), title=_name(feed), link=uri(feed.page_url))
    for entry in entries:
        written.add_entry(entry, order="append")
    document: bytes = written.rss_str(pretty=True)
    return document


def _head(feed: Feed, format: FeedFormat, updated: datetime) -> Generator:
    written = Generator()
    written.id(clean(feed.id, lines=False))
    written.title(_name(feed))
    written.subtitle(clean(feed.description, lines=False) or _name(feed))
    written.language(tag(feed.lang))
    written.generator(GENERATOR)
    written.updated(updated)
    if feed.licence:
        written.rights(shared.rights(feed))
    written.link(href=uri(feed.links[format.extension]), rel="self", type=format.media_type)
    if feed.hub:
        written.link(href=uri(feed.hub), rel="hub")
    if feed.licence_url:
        written.link(href=uri(feed.licence_url), rel="license")
    # The page comes last, because the last link becomes the link of an RSS channel.
    written.link(href=uri(feed.page_url), rel="alternate", type="text/html", hreflang=tag(feed.lang))
    return written


def _atom_entry(item: FeedItem, feed: Feed) -> Entry:
    entry = _entry(item, feed)
    entry.published(Zulu.of(item.published))
    entry.updated(Zulu.of(item.updated))
    if item.department:
        entry.author(name=clean(item.department, lines=False))
    if item.ics_url:
        entry.link(href=uri(item.ics_url), rel="related", type="text/calendar")
    _add_event(entry, item)
    _add_media(entry, item)
    entry.atom_entry()  # build now, so that a failure costs one item and not the feed
    return entry


def _rss_entry(item: FeedItem, feed: Feed) -> Entry:
    entry = _entry(item, feed)
    entry.add_pub_date(_local(item.published, feed))
    entry.add("atom:updated", Zulu.of(item.updated).isoformat())
    entry.add("dc:creator", clean(item.department or feed.publisher, lines=False))
    _add_event(entry, item)
    _add_media(entry, item)
    entry.rss_entry()
    return entry


def _entry(item: FeedItem, feed: Feed) -> Entry:
    entry = Entry()
    entry.id(clean(item.id, lines=False))
    entry.title(shared.title(item.title))
    entry.link(href=uri(item.url), rel="alternate", type="text/html", hreflang=tag(feed.lang))
    entry.summary(shared.text(item))
    entry.content(shared.content(item), type="html")
    for label, kind in shared.labels(item).items():
        entry.category(term=label, label=label, **({"scheme": f"{uri(feed.site_url)}/{kind}"} if feed.site_url else {}))
    if item.images:
        first = item.images[0]
        entry.link(href=uri(first.url), rel="enclosure", type=first.type, length=str(first.bytes))
    return entry


def _add_event(entry: Entry, item: FeedItem) -> None:
    """Add date and place for programs. The end of an all-day event is its last day, as people write it."""
    event, date = item.event, shared.date_of(item)
    if not event or not date:
        return
    where = shared.place(event, date)
    entry.add("ev:startdate", shared.spoken_time(date.start, event))
    if date.end:
        entry.add("ev:enddate", shared.spoken_time(date.end, event))
    if where:
        entry.add("ev:location", shared.address(where))
    if event.organizer:
        entry.add("ev:organizer", clean(event.organizer, lines=False))
    if event.categories:
        entry.add("ev:type", clean(event.categories[0], lines=False))
    if where and where.lat is not None and where.lon is not None:
        entry.add("georss:point", f"{where.lat:.6f} {where.lon:.6f}")


def _add_media(entry: Entry, item: FeedItem) -> None:
    for image in item.images:
        size = {"width": str(image.width), "height": str(image.height)}
        attributes = {
            "url": uri(image.url),
            "medium": "image",
            "type": image.type,
            "fileSize": str(image.bytes),
        }
        entry.add("media:content", attributes={**attributes, **size})
        if image.alt:
            entry.add("media:description", clean(image.alt, lines=False), {"type": "plain"}, inside="media:content")
        if small := image.thumbnail:
            size = {"width": str(small.width), "height": str(small.height)}
            entry.add("media:thumbnail", attributes={"url": uri(small.url), **size}, inside="media:content")


def _name(feed: Feed) -> str:
    return shared.title(feed.title)


def _local(moment: datetime, feed: Feed) -> datetime:
    return moment.astimezone(ZoneInfo(feed.timezone)).replace(microsecond=0)


ATOM = FeedFormat("atom", "application/atom+xml", "Atom", render=render_atom, fragments=atom_fragments, join=join_atom)
RSS = FeedFormat("rss", "application/rss+xml", "RSS", render=render_rss, fragments=rss_fragments, join=join_rss)

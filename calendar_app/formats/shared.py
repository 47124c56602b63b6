"""Hold what all formats share: texts of one date of an event (its override precedes its series) and of a feed item."""

import logging
from collections.abc import Callable
from datetime import datetime
from html import escape
from typing import TypeVar
from zoneinfo import ZoneInfo

from calendar_app.dates.recurrence import Instance
from calendar_app.formats import EventItem, Feed, FeedItem, Image, Place
from calendar_app.text import countries, facilities
from calendar_app.text.markup import clean, cut, linked, uri

TITLE_LIMIT = 100
OFF = ("cancelled", "postponed", "over")  # nobody should go on that day


T = TypeVar("T")

log = logging.getLogger(__name__)


def written(feed: Feed, write: Callable[[FeedItem], T]) -> list[T]:
    """Return each item as `write` makes it. An item that cannot be written is logged and left out, so that the others
    remain."""
    results = []
    for item in feed.items:
        try:
            results.append(write(item))
        except Exception:
            log.exception("left out of %s: %r", feed.id, item.id)
    return results


def date_of(item: FeedItem) -> Instance | None:
    """Return the date that the item is about: its own, or the first of its event."""
    if item.instance or not item.event:
        return item.instance
    repeat = item.event.repeat
    return Instance(repeat.start, repeat.start, repeat.end)


def status(event: EventItem, instance: Instance) -> str:
    """Return the status of one date. An event that is off overrides it, since no date of it can go ahead."""
    return event.status if event.status in OFF else instance.status or event.status


def reason(event: EventItem, instance: Instance) -> str:
    """Return the reason for the status of one date."""
    return event.reason if event.status in OFF else instance.note or event.reason


def place(event: EventItem, instance: Instance) -> Place | None:
    """Return the place of one date."""
    return event.places.get(instance.venue_id) if instance.venue_id is not None else event.place


def address_parts(place: Place) -> dict[str, str]:
    """Return the address of a place in its parts, with the country, by the names of schema.org."""
    street = clean(place.address, lines=False) or clean(place.name, lines=False)
    return countries.address_parts(street) | {"addressCountry": countries.here().code}


def details(event: EventItem, instance: Instance) -> tuple[str, ...]:
    """Return the plain lines of a date, with the facilities of its own place. The event's addresses follow."""
    venue = instance.venue_id
    lines = event.details if venue is None else event.details_at.get(venue, event.details)
    return (*lines, *(link.line for link in event.links))


def known(event: EventItem, instance: Instance) -> facilities.Known:
    """Return the known facilities on this date."""
    where = place(event, instance)
    return facilities.joined(where.facilities if where else {}, event.facilities)


def address(where: Place | None) -> str:
    """Return 「会場名, 住所」 in one string, the form that maps search for."""
    return ", ".join(filter(None, [clean(where.name, lines=False), clean(where.address, lines=False)])) if where else ""


def in_window(event: EventItem, instance: Instance) -> bool:
    """Whether a date overlaps the window of its event."""
    if event.window is None:
        return True
    first, last = event.window
    return instance.start.date() <= last and (instance.end or instance.start).date() >= first


def spoken_time(wall: datetime, event: EventItem) -> str:
    """Return RFC 3339 with the event's own offset; for an all-day event the date alone, whose end is its last day."""
    if event.repeat.all_day:
        return wall.date().isoformat()
    return wall.replace(tzinfo=ZoneInfo(event.timezone)).isoformat(timespec="seconds")


def title(text: str) -> str:
    """Return a title that is never empty, because an entry or a feed without a title is not valid."""
    return cut(clean(text, lines=False), TITLE_LIMIT) or "—"


def text(item: FeedItem) -> str:
    """Return plain text with the lead first, because many readers show only the first line."""
    lines = [clean(item.lead, lines=False), clean(item.text).strip(), *_details(item), *_links(item)]
    return "\n".join(filter(None, lines))


def content(item: FeedItem) -> str:
    """Return HTML: the lead, the text, the details, the pictures."""
    lead = escape(clean(item.lead, lines=False))
    details = "<br>".join(map(escape, _details(item)))
    links = "<br>".join(map(linked, _links(item)))
    lines = [f"<p>{lead}</p>" if lead else "", clean(item.html)]
    lines += [f"<p>{each}</p>" for each in (details, links) if each]
    return "\n".join(filter(None, [*lines, *map(_picture, item.images)]))


def labels(item: FeedItem) -> dict[str, str]:
    """Return categories and tags, each once, with its kind: "categories" or "tags"."""
    pairs = [(tag, "tags") for tag in item.tags[::-1]] + [
        (category, "categories") for category in item.categories[::-1]
    ]
    named = {clean(label, lines=False): kind for label, kind in pairs}
    return {label: named[label] for label in reversed(named) if label}


def rights(feed: Feed) -> str:
    """Return the owner and the licence; "" without a licence."""
    licence = clean(feed.licence, lines=False)
    return f"© {clean(feed.publisher, lines=False)} {licence}" if licence else ""


def _details(item: FeedItem) -> list[str]:
    return list(filter(None, (clean(line, lines=False) for line in item.details)))


def _links(item: FeedItem) -> list[str]:
    return [clean(link.line, lines=False) for link in item.event.links] if item.event else []


def _picture(image: Image) -> str:
    source, alt = escape(uri(image.url)), escape(clean(image.alt, lines=False))
    return f'<p><img src="{source}" width="{image.width}" height="{image.height}" alt="{alt}"></p>'

"""Write JSON Feed 1.1 for programs and newer readers, with the event itself in the `_event` extension."""

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from calendar_app.dates.recurrence import Instance, expand
from calendar_app.formats import EventItem, Feed, FeedFormat, FeedItem, Place, shared
from calendar_app.text.languages import tag
from calendar_app.text.markup import clean, uri

VERSION = "https://jsonfeed.org/version/1.1"
MAX_OCCURRENCES = 20
AHEAD = timedelta(days=400)
ABOUT = "/subscribe#json"  # the page that explains `_event`

Json = dict[str, Any]


def render(feed: Feed) -> bytes:
    """Return the feed as JSON. Keys have a fixed order; a key without a value is left out."""
    document = {
        "version": VERSION,
        "title": shared.title(feed.title),
        "home_page_url": uri(feed.page_url),
        "feed_url": uri(feed.links[JSON_FEED.extension]),
        "description": clean(feed.description, lines=False),
        "icon": uri(feed.icon_url),
        "favicon": uri(feed.favicon_url),
        "authors": [{"name": clean(feed.publisher, lines=False)}],
        "language": tag(feed.lang),
        "hubs": [{"type": "WebSub", "url": uri(feed.hub)}] if feed.hub else [],
        "_licence": _filled({"name": clean(feed.licence, lines=False), "url": uri(feed.licence_url)}),
    }
    document = _filled(document) | {"items": shared.written(feed, lambda item: _item(item, feed))}
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _item(item: FeedItem, feed: Feed) -> Json:
    return _filled(
        {
            "id": clean(item.id, lines=False),
            "url": uri(item.url),
            "title": shared.title(item.title),
            "content_html": shared.content(item),
            "content_text": shared.text(item),
            "summary": clean(item.lead, lines=False),
            "image": uri(item.images[0].url) if item.images else "",
            "date_published": _time(item.published, feed),
            "date_modified": _time(item.updated, feed),
            "authors": [{"name": clean(item.department, lines=False)}] if item.department else [],
            "tags": list(shared.labels(item)),
            "language": item.language or tag(feed.lang),
            "attachments": _attachments(item),
            "_event": _event(item, feed),
        }
    )


def _attachments(item: FeedItem) -> list[Json]:
    title = shared.title(item.event.title if item.event else item.title)
    calendar = [{"url": uri(item.ics_url), "mime_type": "text/calendar", "title": title}] if item.ics_url else []
    images = [
        _filled(
            {
                "url": uri(image.url),
                "mime_type": image.type,
                "title": clean(image.alt, lines=False),
                "size_in_bytes": image.bytes,
            }
        )
        for image in item.images
    ]
    return calendar + images


def _event(item: FeedItem, feed: Feed) -> Json:
    """Return the event. `end` is the last day of an all-day event, `end_exclusive` the day after it, as calendars
    count."""
    event, date = item.event, shared.date_of(item)
    if not event or not date:
        return {}
    return {
        **_filled({"about": uri(feed.site_url + ABOUT)}),
        **_span(event, date),
        "all_day": event.repeat.all_day,
        "timezone": event.timezone,
        "status": shared.status(event, date),
        **_filled(
            {
                "tentative": event.tentative or None,
                "facilities": shared.known(event, date),
                "reason": clean(shared.reason(event, date), lines=False),
                "location": _location(shared.place(event, date)),
                "online_url": uri(event.online_url),
                **{link.name: uri(link.url) for link in event.links},
                "organizer": clean(event.organizer, lines=False),
            }
        ),
        "ical_uid": clean(event.uid, lines=False),
        "sequence": event.sequence,
        "occurrences": [
            {**_span(event, instance), "status": shared.status(event, instance)}
            for instance in _occurrences(event, feed)
        ],
    }


def _span(event: EventItem, date: Instance) -> Json:
    all_day = event.repeat.all_day
    end = date.end or (date.start if all_day else None)
    return _filled(
        {
            "start": shared.spoken_time(date.start, event),
            "end": end and shared.spoken_time(end, event),
            "end_exclusive": end and shared.spoken_time(end + timedelta(days=all_day), event),
        }
    )


def _occurrences(event: EventItem, feed: Feed) -> list[Instance]:
    """Return the next dates, counted from the feed's last change, so that the same feed gives the same bytes on any
    day."""
    day = feed.updated.astimezone(ZoneInfo(event.timezone)).date()
    dates = [instance for instance in expand(event.repeat, day + AHEAD) if shared.in_window(event, instance)]
    return [instance for instance in dates if (instance.end or instance.start).date() >= day][:MAX_OCCURRENCES]


def _location(place: Place | None) -> Json:
    if not place:
        return {}
    where: Json = {"name": clean(place.name, lines=False), "address": clean(place.address, lines=False)}
    if place.lat is not None and place.lon is not None:
        where |= {"lat": round(place.lat, 6), "lon": round(place.lon, 6)}
    return _filled(where)


def _time(moment: datetime, feed: Feed) -> str:
    return moment.astimezone(ZoneInfo(feed.timezone)).isoformat(timespec="seconds")


def _filled(values: Json) -> Json:
    return {key: value for key, value in values.items() if value not in ("", [], {}, None)}


JSON_FEED = FeedFormat("json", "application/feed+json", "JSON Feed", render=render)

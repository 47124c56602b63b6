"""The head of a feed: its id, its title, its own address in every format."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import parse_qs

from calendar_app.entries.urls import Edition
from calendar_app.formats import Feed, FeedItem
from calendar_app.text import labels

FORMATS = ("ics", "atom", "rss", "json")
CALENDARS = {"feed": "calendar", "upcoming": "calendar"}  # the calendar beside a feed, where it is not named alike
PAGES = {"feed": "/", "upcoming": "/calendar/", "calendar": "/calendar/"}  # of the others, the page is named alike


def feed(
    edition: Edition,
    name: str,
    heading: str,
    description: str,
    query: str,
    updated: datetime,
    items: Iterable[FeedItem],
) -> Feed:
    """The head of a feed. `name` is its address without the format; `query` the canonical filter."""
    names = {form: CALENDARS.get(name, name) if form == "ics" else name for form in FORMATS}
    return Feed(
        id=f"tag:{edition.site_id},2026:{name}/{edition.lang}" + (f"?{query}" if query else ""),
        title=heading,
        description=description,
        page_url=edition.url("/search" if "q" in parse_qs(query) else PAGES.get(name, f"/{name}"), query),
        links={form: edition.url(f"/{names[form]}.{form}", query) for form in FORMATS},
        lang=edition.lang,
        updated=updated.replace(microsecond=0),
        publisher=edition.publisher,
        timezone=edition.timezone,
        site_url=edition.base_url,
        icon_url=f"{edition.base_url}/static/icon-512.png",
        favicon_url=f"{edition.base_url}/static/favicon.svg",
        licence=edition.licence,
        licence_url=labels.licence_url(edition.licence),
        items=tuple(items),
    )

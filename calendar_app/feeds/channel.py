"""Build the head of a feed: its id, its title, and its address in every format."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import parse_qs

from calendar_app.entries.urls import SiteView
from calendar_app.formats import Feed, FeedItem
from calendar_app.formats.registry import FORMATS
from calendar_app.text import labels

PAGES = {"feed": "/", "upcoming": "/calendar/", "calendar": "/calendar/"}  # other feeds have the name of their page


def feed(
    site_view: SiteView,
    name: str,
    heading: str,
    description: str,
    query: str,
    updated: datetime,
    items: Iterable[FeedItem],
) -> Feed:
    """The head of a feed. `name` is its address without the format; `query` the canonical filter."""
    links = {form: site_view.url(f"/{name}.{form}", query) for form in FORMATS}
    return Feed(
        id=f"tag:{site_view.site_id},2026:{name}/{site_view.lang}" + (f"?{query}" if query else ""),
        title=heading,
        description=description,
        page_url=site_view.url("/search" if "q" in parse_qs(query) else PAGES.get(name, f"/{name}"), query),
        links=links,
        lang=site_view.lang,
        updated=updated.replace(microsecond=0),
        publisher=site_view.publisher,
        timezone=site_view.timezone,
        site_url=site_view.base_url,
        icon_url=f"{site_view.base_url}/static/icon-512.png",
        favicon_url=f"{site_view.base_url}/static/favicon.svg",
        licence=site_view.licence,
        licence_url=labels.licence_url(site_view.licence),
        hub=site_view.hub_of(links["atom"]),
        items=tuple(items),
    )

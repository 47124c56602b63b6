"""Parse JSON Feed 1.0 and 1.1 (jsonfeed.org) as announcements."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from calendar_app.importing import MAX_ROWS, ImportContext, ParsedFile, Unreadable
from calendar_app.importing.checks import check_rows
from calendar_app.importing.encoding import Decoded, strip_markup
from calendar_app.importing.formats.feed_items import FeedItem, announcement
from calendar_app.text.markup import uri


def parse_json_feed(decoded: Decoded, context: ImportContext) -> ParsedFile:
    """Parse a feed. Raises Unreadable: no_feed, too_many."""
    try:
        feed = json.loads(decoded.text, parse_constant=str)
    except (ValueError, RecursionError):
        raise Unreadable("no_feed") from None
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list):
        raise Unreadable("no_feed")
    if len(items) > MAX_ROWS:
        raise Unreadable("too_many", most=MAX_ROWS)
    home = _text(feed, "home_page_url") or _text(feed, "feed_url")
    rows = [
        announcement(_item(item if isinstance(item, dict) else {}, home), number, context)
        for number, item in enumerate(items, 1)
    ]
    return ParsedFile(check_rows(rows, context), decoded.encoding, "JSON Feed", lost=decoded.lost)


def _item(item: dict[str, Any], home: str) -> FeedItem:
    link = _text(item, "url") or _text(item, "external_url")
    return FeedItem(
        title=strip_markup(_text(item, "title")),
        body=strip_markup(_text(item, "content_html"), links=True)
        or _text(item, "content_text")
        or _text(item, "summary"),
        url=uri(urljoin(home, link)) if link else "",
        uid=_text(item, "id"),
        date=_text(item, "date_published") or _text(item, "date_modified"),
        tags=tuple(_tags(item)),
    )


def _tags(item: dict[str, Any]) -> Iterator[str]:
    tags = item.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, str) and 0 < len(tag.strip()) <= 60:
            yield tag.strip()


def _text(thing: dict[str, Any], name: str) -> str:
    """Return a member as text; version 1.0 allowed numbers as ids."""
    value = thing.get(name)
    return str(value).strip() if isinstance(value, str | int) else ""

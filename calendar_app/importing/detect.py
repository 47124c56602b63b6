"""Parse a file of any format. Its first letters tell the format, not its name or its media type."""

import re

from calendar_app.importing import MAX_BYTES, ImportContext, ParsedFile, Unreadable
from calendar_app.importing.encoding import decode
from calendar_app.importing.formats import api_changes, csv_rows, ics, json_feed, rss_atom

_HEAD = 4_000
_PAGE = re.compile(r"(?:<!--.{0,500}?-->\s*)?<(?:!doctype html|html)\b", re.IGNORECASE | re.DOTALL)
_CALENDAR = re.compile(r"(?:^|\n)\s*BEGIN\s*:\s*V(?:CALENDAR|EVENT)", re.IGNORECASE)


def parse_file(data: bytes, context: ImportContext, max_bytes: int = MAX_BYTES, charset: str = "") -> ParsedFile:
    """Parse an iCalendar, RSS, Atom, JSON Feed or CSV file, or a page of changes of this program's API. `charset` is what HTTP said of its letters, or "".

    Raises Unreadable when its format is unknown or nothing can be read.
    """
    decoded = decode(data, max_bytes, charset)
    head = decoded.text[:_HEAD].lstrip("\ufeff \t\n")
    if _PAGE.match(head):
        raise Unreadable("web_page")
    if head.startswith("<"):
        return rss_atom.parse_feed(decoded, context)
    if head.startswith("{") and api_changes.BEGINS.match(head):
        return api_changes.parse_changes(decoded)
    if head.startswith("{"):
        return json_feed.parse_json_feed(decoded, context)
    if _CALENDAR.search(head):
        return ics.parse_ics(decoded, context)
    return csv_rows.parse_csv(decoded, context)

"""Parse a file of any format. Its first bytes tell the format, not its name or its media type."""

import re

from calendar_app.importing import MAX_BYTES, ImportContext, ParsedFile, Unreadable
from calendar_app.importing.formats import csv_rows, ics, rss_atom

_HEAD = 4_000
_MARKUP = re.compile(rb"\s*<")
_PAGE = re.compile(rb"\s*(?:<!--.{0,500}?-->\s*)?<(?:!doctype html|html)\b", re.IGNORECASE | re.DOTALL)
_CALENDAR = re.compile(rb"(?:^|\n)\s*BEGIN\s*:\s*V(?:CALENDAR|EVENT)", re.IGNORECASE)


def parse_file(data: bytes, context: ImportContext, max_bytes: int = MAX_BYTES) -> ParsedFile:
    """Parse an iCalendar, RSS, Atom or CSV file. Raises Unreadable when its format is unknown or nothing can be read."""
    head = (
        data[:_HEAD].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").removeprefix(b"\xff\xfe").replace(b"\r", b"\n")
    )
    if _PAGE.match(head):
        raise Unreadable("web_page")
    if _MARKUP.match(head):
        return rss_atom.parse_feed(data, context, max_bytes)
    if _CALENDAR.search(head):
        return ics.parse_ics(data, context, max_bytes)
    return csv_rows.parse_csv(data, context, max_bytes)

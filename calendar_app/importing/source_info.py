"""Read what a source says about itself: its name and its refresh interval."""

import html
import re

from calendar_app.importing import Unreadable
from calendar_app.importing.encoding import decode, strip_markup

_HEAD = 20_000  # characters; name and interval stand at the beginning
_NAME = re.compile(r"^X-WR-CALNAME[^:\n]*:(.*(?:\n[ \t].*){0,5})", re.MULTILINE | re.IGNORECASE)
_TITLE = re.compile(r"<title\b[^<>]{0,200}>\s*(?:<!\[CDATA\[)?([^<\]]{1,300})", re.IGNORECASE)
_INTERVAL = re.compile(r"^(?:REFRESH-INTERVAL|X-PUBLISHED-TTL)\b[^:\n]*:(P\S{1,20})", re.MULTILINE | re.IGNORECASE)
_TTL = re.compile(r"<ttl>\s*(\d{1,6})\s*</ttl>", re.IGNORECASE)
_DURATION = re.compile(
    r"P(?:(\d{1,3})W)?(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?", re.IGNORECASE
)


def source_name(data: bytes) -> str:
    """Return the name of a calendar or feed; "" without one, as for tables."""
    text = _head(data)
    if match := _NAME.search(text):
        unfolded = re.sub(r"\n[ \t]", "", match[1])
        return " ".join(strip_markup(re.sub(r"\\(.)", r"\1", unfolded)).split())[:100]
    match = _TITLE.search(text)
    return " ".join(html.unescape(match[1]).split())[:100] if match else ""


def refresh_minutes(data: bytes) -> int:
    """Return the refresh interval in minutes (RFC 7986 5.7, X-PUBLISHED-TTL, RSS's ttl), or 0 without one."""
    text = _head(data)
    if ttl := _TTL.search(text):
        return int(ttl[1])
    interval = _INTERVAL.search(text)
    parts = _DURATION.fullmatch(interval[1]) if interval else None
    if not parts:
        return 0
    weeks, days, hours, mins, seconds = (int(part or 0) for part in parts.groups())
    return ((weeks * 7 + days) * 24 + hours) * 60 + mins + seconds // 60


def _head(data: bytes) -> str:
    """Decode the whole file, then cut it: a letter cut in half would suggest another encoding."""
    try:
        return decode(data).text[:_HEAD]
    except Unreadable:
        return ""

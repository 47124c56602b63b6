"""Parse RSS 2.0, RSS 1.0 and Atom feeds as announcements. All content becomes plain text.

The parser fetches nothing, expands no entities, and stops at the size and depth limits of libxml2.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from hashlib import sha256

from lxml import etree

from calendar_app.importing import MAX_BYTES, MAX_ROWS, Defect, ImportContext, ImportRow, ParsedFile, Unreadable, Values
from calendar_app.importing.checks import check_rows
from calendar_app.importing.encoding import strip_markup
from calendar_app.text.markup import uri

_ITEMS = {"item", "entry"}
_SHAPES = {"rss": "RSS 2.0", "rdf": "RSS 1.0", "feed": "Atom"}
_GUIDS = ("guid", "id", "identifier")
_BODIES = ("encoded", "content", "description", "summary")
_DATES = ("pubdate", "published", "issued", "date", "updated", "modified")
_MOST_TEXT = 100_000  # characters of one element

_Parts = dict[str, list[etree._Element]]


def parse_feed(data: bytes, context: ImportContext, max_bytes: int = MAX_BYTES) -> ParsedFile:
    """Parse a feed. Raises Unreadable: too_big, empty, web_page, no_feed, too_many."""
    if len(data) > max_bytes:
        raise Unreadable("too_big", most=round(max_bytes / 1_000_000, 1))
    if not data.strip():
        raise Unreadable("empty")
    root = _root(data)
    name = _name(root)
    if name == "html":
        raise Unreadable("web_page")
    if name not in _SHAPES:
        raise Unreadable("no_feed")
    items = [element for element in root.iter() if _name(element) in _ITEMS]
    if len(items) > MAX_ROWS:
        raise Unreadable("too_many", most=MAX_ROWS)
    rows = [_row(item, number, context) for number, item in enumerate(items, 1)]
    encoding = root.getroottree().docinfo.encoding or "utf-8"
    return ParsedFile(check_rows(rows, context), encoding.lower(), _SHAPES[name])


def _root(data: bytes) -> etree._Element:
    """Parse the XML leniently: a feed with an unescaped & or a broken end is read up to there. Raises Unreadable: no_feed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False)
    try:
        root = etree.fromstring(data.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise Unreadable("no_feed")
    return root


def _row(item: etree._Element, number: int, context: ImportContext) -> ImportRow:
    parts: _Parts = {}
    for child in item:
        parts.setdefault(_name(child), []).append(child)
    link = _link(parts)
    title, body = _text(parts, ("title",)), _text(parts, _BODIES)
    about = next((value for key, value in item.attrib.items() if key.endswith("}about")), "")
    uid = _raw(parts, _GUIDS) or str(about) or link
    values: Values = {
        "title": " ".join(title.split()) or body.split("\n")[0][:60],
        "summary": "",
        "body": body,
        "tags": list(_tags(parts)),
        "url": link,
        "published": _published(parts),
    }
    defects = []
    if _raw(parts, _DATES) and not values["published"]:
        defects.append(Defect("bad_date", "published", _raw(parts, _DATES)[:80]))
    if not uid:
        uid = f"feed:{sha256(f'{title}{chr(31)}{body}'.encode()).hexdigest()[:32]}"
        defects.append(Defect("no_uid", ""))
    refused = "" if values["title"] else "no_title"
    if refused:
        defects.append(Defect("no_title", "title"))
    return ImportRow(number, "announcement", uid[:500], values, tuple(defects), refused)


def _name(element: etree._Element) -> str:
    """Return the local name of an element: feeds use a dozen namespaces, or none. "" for a comment."""
    return re.split("[}:]", element.tag)[-1].lower() if isinstance(element.tag, str) else ""


def _raw(parts: _Parts, names: tuple[str, ...]) -> str:
    """Return the text of the first of these elements that has any."""
    for name in names:
        for element in parts.get(name, ()):
            if text := "".join(element.itertext())[:_MOST_TEXT].strip():
                return text
    return ""


def _text(parts: _Parts, names: tuple[str, ...]) -> str:
    return strip_markup(_raw(parts, names))


def _link(parts: _Parts) -> str:
    """Return the address of the item's page: Atom's alternate link, or the text of RSS's link."""
    for element in parts.get("link", ()):
        if element.get("rel", "alternate") == "alternate":
            address = uri((element.get("href") or element.text or "").strip())
            if address:
                return address
    return ""


def _tags(parts: _Parts) -> Iterator[str]:
    for element in [*parts.get("category", ()), *parts.get("subject", ())]:
        word = (element.get("label") or element.get("term") or element.text or "").strip()
        if word and len(word) <= 60:
            yield word


def _published(parts: _Parts) -> str | None:
    """Return the publication time in UTC, ISO 8601. RSS uses RFC 2822 dates, the others ISO 8601; feeds mix them up."""
    text = _raw(parts, _DATES)[:80]
    for read_date in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read_date(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if 1990 <= moment.year <= 2100:
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return None

"""RSS 2.0, RSS 1.0 and Atom feeds as announcements. What a feed holds is text to us: no markup of it is kept.

The parser fetches nothing, expands no entity, and gives up on what is nested or grown too far (libxml2's own limits).
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
    """Raises Unreadable: too_big, empty, web_page, no_feed, too_many."""
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
    items = [one for one in root.iter() if _name(one) in _ITEMS]
    if len(items) > MAX_ROWS:
        raise Unreadable("too_many", most=MAX_ROWS)
    rows = [_row(item, number, context) for number, item in enumerate(items, 1)]
    encoding = root.getroottree().docinfo.encoding or "utf-8"
    return ParsedFile(check_rows(rows, context), encoding.lower(), _SHAPES[name])


def _root(data: bytes) -> etree._Element:
    """A feed with an unescaped & or a broken end is read as far as it goes."""
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
    """Without its namespace, of which feeds have a dozen and some declare none; "" for a comment."""
    return re.split("[}:]", element.tag)[-1].lower() if isinstance(element.tag, str) else ""


def _raw(parts: _Parts, names: tuple[str, ...]) -> str:
    """The text of the first of these elements that has any."""
    for name in names:
        for element in parts.get(name, ()):
            if found := "".join(element.itertext())[:_MOST_TEXT].strip():
                return found
    return ""


def _text(parts: _Parts, names: tuple[str, ...]) -> str:
    return strip_markup(_raw(parts, names))


def _link(parts: _Parts) -> str:
    """The page of the item: Atom's alternate link, RSS's text."""
    for element in parts.get("link", ()):
        if element.get("rel", "alternate") == "alternate":
            found = uri((element.get("href") or element.text or "").strip())
            if found:
                return found
    return ""


def _tags(parts: _Parts) -> Iterator[str]:
    for element in [*parts.get("category", ()), *parts.get("subject", ())]:
        word = (element.get("label") or element.get("term") or element.text or "").strip()
        if word and len(word) <= 60:
            yield word


def _published(parts: _Parts) -> str | None:
    """In UTC. RSS has the date of a mail, the others ISO 8601; both kinds are found in both."""
    text = _raw(parts, _DATES)[:80]
    for read_date in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read_date(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if 1990 <= found.year <= 2100:
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return None

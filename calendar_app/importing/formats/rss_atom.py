"""Parse RSS 2.0, RSS 1.0 and Atom feeds as announcements. All content becomes plain text.

The parser fetches nothing, knows no entities, and stops at the size and depth limits of libxml2.
"""

import html
import re
from collections.abc import Iterator
from urllib.parse import urljoin

from lxml import etree

from calendar_app.importing import MAX_ROWS, Defect, ImportContext, ParsedFile, Unreadable
from calendar_app.importing.checks import check_rows
from calendar_app.importing.encoding import Decoded, strip_markup
from calendar_app.importing.formats.feed_items import FeedItem, announcement
from calendar_app.text.markup import uri

_ITEMS = {"item", "entry"}
_SHAPES = {"rss": "RSS 2.0", "rdf": "RSS 1.0", "feed": "Atom"}
_GUIDS = ("guid", "id", "identifier")
_BODIES = ("encoded", "content", "description", "summary")
_DATES = ("pubdate", "published", "issued", "date", "updated", "modified")
_MOST_TEXT = 100_000  # characters of one element
_DECLARATION = re.compile(r"<\?xml\b[^>]{0,300}>")
_APART = re.compile(r"(<!\[CDATA\[.*?\]\]>|<!--.*?-->)", re.DOTALL)  # markup that holds any letters
_AMPERSAND = re.compile(r"&(?:(?P<name>[A-Za-z][A-Za-z0-9]{1,31});|(?P<number>#(?:\d{1,7}|x[0-9A-Fa-f]{1,6});))?")
_XML_NAMES = {"amp", "lt", "gt", "quot", "apos"}
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ITEM_TAG = re.compile(r"<(?:[\w.-]{1,40}:)?(?:item|entry)[\s/>]")
_PREFIX = re.compile(r"<(/?)[\w.-]{1,40}:")

_Parts = dict[str, list[etree._Element]]


def parse_feed(decoded: Decoded, context: ImportContext) -> ParsedFile:
    """Parse a feed. Raises Unreadable: web_page, no_feed, too_many."""
    text = _repaired(decoded.text)
    root = _root(text)
    name = _name(root)
    if name == "html":
        raise Unreadable("web_page")
    if name not in _SHAPES:
        raise Unreadable("no_feed")
    items = [element for element in root.iter() if _name(element) in _ITEMS]
    if len(items) > MAX_ROWS:
        raise Unreadable("too_many", most=MAX_ROWS)
    home = _home(root)
    rows = [announcement(_item(item, home), number, context) for number, item in enumerate(items, 1)]
    there = len(_ITEM_TAG.findall(_APART.sub("", text)))
    notes = (Defect("items_lost", "", f"{len(items)} / {there}"),) if there > len(items) else ()
    return ParsedFile(check_rows(rows, context), decoded.encoding, _SHAPES[name], lost=decoded.lost, notes=notes)


def _repaired(text: str) -> str:
    """Return the XML with what breaks it escaped: a bare &, the names of HTML's letters, letters that XML forbids."""
    text = _NOT_XML.sub("", _DECLARATION.sub("", text.lstrip("\ufeff \t\n"), count=1))
    pieces = _APART.split(text)
    return "".join(piece if number % 2 else _AMPERSAND.sub(_escaped, piece) for number, piece in enumerate(pieces))


def _escaped(match: re.Match[str]) -> str:
    if match["number"] or match["name"] in _XML_NAMES:
        return match[0]
    letter = html.unescape(match[0])
    return letter if match["name"] and letter != match[0] else f"&amp;{match[0][1:]}"


def _root(text: str) -> etree._Element:
    """Parse the XML leniently: a feed with a broken end is read up to there. Raises Unreadable: no_feed."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, huge_tree=False, recover=True, load_dtd=False, encoding="utf-8"
    )
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    if root is None:
        raise Unreadable("no_feed")
    return root


def _home(root: etree._Element) -> str:
    """Return the absolute address of the site that the feed belongs to, for addresses that lack theirs; "" without one."""
    heads = [root, *(child for child in root if _name(child) == "channel")]
    links = [child for head in heads for child in head if _name(child) == "link"]
    for link in sorted(links, key=lambda link: link.get("rel", "alternate") != "alternate"):
        if address := uri(_absolute(link, link.get("href") or link.text or "", "")):
            return address
    return ""


def _absolute(element: etree._Element, address: str, home: str) -> str:
    """Resolve an address against xml:base, or else against the feed's site."""
    try:
        return str(urljoin(urljoin(home, element.base or ""), address.strip()))
    except ValueError:
        return ""


def _item(item: etree._Element, home: str) -> FeedItem:
    parts: _Parts = {}
    for child in item:
        parts.setdefault(_name(child), []).append(child)
    about = next((value for key, value in item.attrib.items() if key.endswith("}about")), "")
    return FeedItem(
        title=_text(parts, ("title",)),
        body=strip_markup(_raw(parts, _BODIES), links=True),
        url=_link(parts, home),
        uid=_raw(parts, _GUIDS) or str(about),
        date=_raw(parts, _DATES),
        tags=tuple(_tags(parts)),
    )


def _name(element: etree._Element) -> str:
    """Return the local name of an element: feeds use a dozen namespaces, or none. "" for a comment."""
    return re.split("[}:]", element.tag)[-1].lower() if isinstance(element.tag, str) else ""


def _raw(parts: _Parts, names: tuple[str, ...]) -> str:
    """Return the text of the first of these elements that has any. Elements in it stay markup (XHTML)."""
    for name in names:
        for element in parts.get(name, ()):
            if text := (_markup(element) if len(element) else element.text or "")[:_MOST_TEXT].strip():
                return text
    return ""


def _markup(element: etree._Element) -> str:
    children = (etree.tostring(child, encoding="unicode", method="html") for child in element)
    return _PREFIX.sub(r"<\1", (element.text or "") + "".join(children))


def _text(parts: _Parts, names: tuple[str, ...]) -> str:
    return strip_markup(_raw(parts, names))


def _link(parts: _Parts, home: str) -> str:
    """Return the address of the item's page: Atom's alternate link, the text of RSS's link, or a guid that is one."""
    pages = [link for link in parts.get("link", ()) if link.get("rel", "alternate") == "alternate"]
    for link in pages:
        if address := uri(_absolute(link, link.get("href") or link.text or "", home)):
            return address
    for guid in parts.get("guid", ()):
        if guid.get("isPermaLink", "true") != "false" and (address := uri((guid.text or "").strip())):
            return address
    return ""


def _tags(parts: _Parts) -> Iterator[str]:
    for element in [*parts.get("category", ()), *parts.get("subject", ())]:
        word = (element.get("label") or element.get("term") or element.text or "").strip()
        if word and len(word) <= 60:
            yield word

"""Correct the errors of feedgen 1.0, here and nowhere else.

- An Atom entry's links lose everything but href, so readers open the picture instead of the page.
- A date in RSS switches the locale of the whole process, which is not thread-safe, so this module writes dates itself.
- An element of another namespace needs an extension class of its own.
- A FeedGenerator writes one self link into both formats, so each format gets its own generator.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "dc": "http://purl.org/dc/elements/1.1/",
    "ev": "http://purl.org/rss/1.0/modules/event/",
    "georss": "http://www.georss.org/georss",
    "media": "http://search.yahoo.com/mrss/",
}
HISTORY = "http://purl.org/syndication/history/1.0"
_DECLARED_BY_FORMAT = ("atom",)  # feedgen's RSS declares it; in Atom it is the default namespace


class Zulu(datetime):
    """A UTC time that Atom writes as …Z, in whole seconds."""

    @classmethod
    def of(cls, moment: datetime) -> "Zulu":
        utc = moment.astimezone(UTC)
        return cls(utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second, tzinfo=UTC)

    def isoformat(self, sep: str = "T", timespec: str = "auto") -> str:
        return f"{self:%Y-%m-%dT%H:%M:%SZ}"


class Entry(FeedEntry):  # type: ignore[misc]
    """An entry that keeps its links whole, accepts elements of other namespaces, and is built once.

    `add_pub_date` gives its date in RSS, never feedgen's `published`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._extra: list[tuple[str, str, dict[str, str], str]] = []
        self._built: etree._Element | None = None

    def add(self, name: str, text: str = "", attributes: dict[str, str] | None = None, inside: str = "") -> None:
        """Add an element such as "ev:startdate"; with `inside`, as a child of the last element of that name."""
        self._extra.append((name, text, attributes or {}, inside))

    def add_pub_date(self, at: datetime) -> None:
        """Add RSS's pubDate in the zone of `at`, before the elements of other namespaces."""
        self._extra.insert(0, ("pubDate", format_datetime(at), {}, ""))

    def atom_entry(self, extensions: bool = True) -> etree._Element:
        if self._built is None:
            element = super().atom_entry(extensions)
            for written, link in zip(element.findall("link"), self.link() or [], strict=True):
                written.attrib.update(link)
            self._built = self._with_extra(element)
        return self._built

    def rss_entry(self, extensions: bool = True) -> etree._Element:
        if self._built is None:
            self._built = self._with_extra(super().rss_entry(extensions))
        return self._built

    def _with_extra(self, element: etree._Element) -> etree._Element:
        for name, text, attributes, inside in self._extra:
            parent = element.findall(_qualified(inside))[-1] if inside else element
            prefix, colon, _ = name.partition(":")
            child = etree.SubElement(
                parent, _qualified(name), attributes, nsmap={prefix: NAMESPACES[prefix]} if colon else None
            )
            child.text = text or None
        return element


class _Namespaces:
    """The extension that declares the namespaces of `Entry.add` once, at the root."""

    def extend_ns(self) -> dict[str, str]:
        return {prefix: uri for prefix, uri in NAMESPACES.items() if prefix not in _DECLARED_BY_FORMAT}

    def extend_rss(self, feed: etree._Element) -> etree._Element:
        return feed

    extend_atom = extend_rss


class Generator(FeedGenerator):  # type: ignore[misc]
    """A feed's head that declares the namespaces of `Entry.add` and writes the date of RSS itself."""

    def __init__(self) -> None:
        super().__init__()
        self.is_archive = False  # whether its items never change (RFC 5005, section 4)
        self.register_extension("namespaces", _Namespaces, None)

    def _create_atom(self, extensions: bool = True) -> Any:
        root, document = super()._create_atom(extensions)
        if self.is_archive:
            root.insert(0, etree.Element(f"{{{HISTORY}}}archive", nsmap={"fh": HISTORY}))
        return root, document

    def _create_rss(self, extensions: bool = True) -> Any:
        self._FeedGenerator__rss_lastBuildDate = None  # feedgen would format it
        root, document = super()._create_rss(extensions)
        built = etree.Element("lastBuildDate")
        built.text = format_datetime(self.updated())
        root.find("channel/language").addnext(built)
        for hub in (link["href"] for link in self.link() or [] if link.get("rel") == "hub"):
            atom = _qualified("atom:link")  # feedgen writes only the self link into RSS
            root.find(f"channel/{atom}").addnext(etree.Element(atom, {"href": hub, "rel": "hub"}))
        return root, document


def _qualified(name: str) -> str:
    prefix, colon, local = name.partition(":")
    return f"{{{NAMESPACES[prefix]}}}{local}" if colon else name

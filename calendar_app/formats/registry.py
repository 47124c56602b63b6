"""Every feed format, once. Addresses, links on pages, the subscribe page and the documents' tests read this list.

A new format is a module that declares a `FeedFormat`, and its line here.
"""

from calendar_app.formats import FeedFormat
from calendar_app.formats.atom_rss import ATOM, RSS
from calendar_app.formats.ics import ICS
from calendar_app.formats.json_feed import JSON_FEED

# In the order in which pages offer them.
FORMATS: dict[str, FeedFormat] = {format_.extension: format_ for format_ in (RSS, ATOM, JSON_FEED, ICS)}


def carrying(feed: str) -> list[FeedFormat]:
    """The formats in which a feed is to be had: "feed" (the log), "upcoming", "deadlines" or "calendar"."""
    return [format_ for format_ in FORMATS.values() if feed in format_.feeds]


def of_items(feed: str) -> list[FeedFormat]:
    """Those of them that list items, for feed readers."""
    return [format_ for format_ in carrying(feed) if format_.render]

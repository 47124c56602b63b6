"""List every feed format. Addresses, links on pages, the subscribe page and the documents' tests read this list.

To add a format, write a module that declares a `FeedFormat`, and add it here.
"""

from calendar_app.formats import FeedFormat
from calendar_app.formats.atom_rss import ATOM, RSS
from calendar_app.formats.ics import ICS
from calendar_app.formats.json_feed import JSON_FEED

# In the order in which pages offer them.
FORMATS: dict[str, FeedFormat] = {format_.extension: format_ for format_ in (RSS, ATOM, JSON_FEED, ICS)}


def carrying(feed: str) -> list[FeedFormat]:
    """Return the formats that offer a feed: "feed" (notices), "upcoming", "deadlines" or "calendar"."""
    return [format_ for format_ in FORMATS.values() if feed in format_.feeds]


def of_items(feed: str) -> list[FeedFormat]:
    """Return those of them that list items, for feed readers."""
    return [format_ for format_ in carrying(feed) if format_.render]

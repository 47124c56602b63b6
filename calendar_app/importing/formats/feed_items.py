"""One item of a feed of any format as the row of an announcement."""

from dataclasses import dataclass
from hashlib import sha256

from calendar_app.importing import Defect, ImportContext, ImportRow, Values
from calendar_app.importing.formats.feed_dates import parse_feed_date


@dataclass(frozen=True, slots=True)
class FeedItem:
    """What a feed says of an item: plain texts, an absolute address or "", its id or "", its date as written."""

    title: str
    body: str
    url: str
    uid: str
    date: str
    tags: tuple[str, ...]


def announcement(item: FeedItem, number: int, context: ImportContext) -> ImportRow:
    """Return the row; `number` is its place in the feed, from 1. Without a title the first line of its text is one."""
    published = parse_feed_date(item.date, context.timezone)
    values: Values = {
        "title": " ".join(item.title.split()) or item.body.split("\n")[0][:60],
        "summary": "",
        "body": item.body,
        "tags": list(item.tags),
        "url": item.url,
        "published": published.isoformat() if published else None,
    }
    defects = []
    uid = item.uid or item.url
    if item.date and not published:
        defects.append(Defect("bad_date", "published", item.date[:80]))
    if not uid:
        uid = f"feed:{sha256(f'{item.title}{chr(31)}{item.body}'.encode()).hexdigest()[:32]}"
        defects.append(Defect("no_uid", ""))
    refused = "" if values["title"] else "no_title"
    if refused:
        defects.append(Defect("no_title", "title"))
    return ImportRow(number, "announcement", uid[:500], values, tuple(defects), refused)

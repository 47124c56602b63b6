"""Suggest names while somebody types a search: hashtags, venues and titles that hold the typed words."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, EntryTag, Event, Tag, Venue
from calendar_app.entries import describe
from calendar_app.listings.search import find
from calendar_app.text.normalize import fold

MOST, MOST_NAMES = 8, 3  # suggestions; hashtags or venues among them


def names(session: Session, typed: str, today: date, lang: str) -> list[str]:
    """Return a few names, each once: of hashtags and venues in use that hold the typed letters, then of entries whose
    title or names hold the words, the next first."""
    in_use = select(Entry.id).where(Entry.state == "published")
    tags = select(Tag.name).join(EntryTag).where(EntryTag.entry_id.in_(in_use)).distinct().order_by(Tag.name)
    at = select(Event.venue_id).where(Event.state == "published")
    venues = select(Venue.name).where(Venue.id.in_(at)).order_by(Venue.name)
    named = [
        name
        for query in (tags, venues)
        for name in [name for name in session.scalars(query) if fold(typed) in fold(name)][:MOST_NAMES]
    ]
    hits = find.hits(session, typed, today, find.contains(typed, find.NAMED))[:MOST]
    entries = {
        entry.id: entry for entry in session.scalars(select(Entry).where(Entry.id.in_([hit.id for hit in hits])))
    }
    titles = [describe.text(entries[hit.id], "title", lang) for hit in hits]
    return list(dict.fromkeys([*named, *titles]))[:MOST]

"""Find an entry that seems to be posted already: nearly the same title on the same day."""

import unicodedata
from datetime import datetime, timedelta
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement, Entry, Event, Occurrence

ALIKE = 0.8
RECENT = timedelta(days=3)  # two announcements of one title within this time count as duplicates
MOST = 200


def find_duplicate(session: Session, kind: str, values: dict[str, Any], own: int | None, at: datetime) -> Entry | None:
    """Return the entry that `values` seem to repeat, or None. `own` is the id of the entry being edited; `at` an
    instant (UTC)."""
    if kind == "event":
        if not values.get("start"):
            return None
        day = datetime.fromisoformat(values["start"]).date()
        query = select(Event).join(Occurrence).where(Occurrence.first_day == day, Event.precision == "exact")
        same_day = session.scalars(query.where(Event.state != "withdrawn", Event.id != (own or 0)).limit(MOST))
        return next((event for event in same_day if similar_titles(event.title, values["title"])), None)
    recent = select(Announcement).where(Announcement.created_at > at - RECENT, Announcement.state != "withdrawn")
    news = session.scalars(recent.where(Announcement.id != (own or 0)).limit(MOST))
    return next((announcement for announcement in news if similar_titles(announcement.title, values["title"])), None)


def similar_titles(title: str, other: str) -> bool:
    """Whether two titles are equal apart from spaces, width, brackets and a letter or two."""
    first, second = _bare(title), _bare(other)
    if not first or not second:
        return False
    return first == second or SequenceMatcher(None, first, second).ratio() >= ALIKE


def _bare(title: str) -> str:
    return "".join(letter for letter in unicodedata.normalize("NFKC", title).lower() if letter.isalnum())

"""List what readers of a language still get in the original, the most urgent first."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from calendar_app.db.models import Announcement, Category, Department, Entry, EntryTag, Event, Occurrence, Tag, Venue
from calendar_app.entries import translating
from calendar_app.entries.search_index import Reference

AHEAD = timedelta(days=60)  # events further away can wait
MOST = 60  # entries looked at
USED = 30  # venues or tags that most coming events name


@dataclass(frozen=True, slots=True)
class Work:
    """A row with texts to translate. `day`: its next date, today for what is in force; None for a name that many entries
    show, of which `used` are on soon."""

    row: Entry | Reference
    kind: str
    key: str
    missing: int
    day: date | None = None
    urgent: bool = False
    used: int = 0


def work(session: Session, code: str, today: date, department: Department | None = None) -> list[Work]:
    """Return the entries of the next days with untranslated texts: emergencies, then by their next date.

    `department` limits them to its own.
    """
    rows = [(news, today) for news in _news(session)] + [(event, day) for event, day in _events(session, today)]
    mine = [(row, day) for row, day in rows if department is None or row.department_id == department.id]
    found = [
        Work(row, "entry", row.public_id, missing, day, urgent=_urgent(row))
        for row, day in mine[:MOST]
        if (missing := len(translating.missing(row, code)))
    ]
    return sorted(found, key=lambda each: (not each.urgent, each.day))


def names(session: Session, code: str, today: date) -> list[Work]:
    """Return venues, departments, kinds and tags with untranslated texts, those that most coming events show first."""
    coming = select(Occurrence.event_id).where(Occurrence.last_day >= today, Occurrence.first_day <= today + AHEAD)
    soon = select(Event).where(Event.state == "published", Event.id.in_(coming)).subquery()
    columns: dict[type[Any], Any] = {
        Venue: soon.c.venue_id,
        Category: soon.c.category_id,
        Department: soon.c.department_id,
    }
    found: list[tuple[Any, int]] = []
    for model, column in columns.items():
        number = func.count()
        query = select(model, number).join(soon, column == model.id).group_by(model.id)
        found += [(row, used) for row, used in session.execute(query.order_by(number.desc()).limit(USED))]
    tagged = select(Tag, func.count()).join(EntryTag).join(soon, EntryTag.entry_id == soon.c.id).group_by(Tag.id)
    found += [(row, used) for row, used in session.execute(tagged.order_by(func.count().desc()).limit(USED))]
    listed = [
        Work(row, row.__tablename__, str(row.id), missing, used=used)
        for row, used in found
        if (missing := len(translating.missing(row, code)))
    ]
    return sorted(listed, key=lambda each: -each.used)


def _urgent(row: Entry) -> bool:
    return isinstance(row, Announcement) and row.importance == "emergency"


def _news(session: Session) -> list[Announcement]:
    """Return the announcements in force that stand at the top of pages, and the newest others."""
    query = select(Announcement).where(Announcement.state == "published", Announcement.expired.is_(False))
    newest = (Announcement.importance != "emergency", Announcement.published_at.desc())
    return list(session.scalars(query.options(selectinload(Announcement.photos)).order_by(*newest).limit(10)))


def _events(session: Session, today: date) -> list[tuple[Event, date]]:
    """Return the public events of the next days, each with its next day."""
    first = func.min(Occurrence.first_day)
    dates = select(Occurrence.event_id, first.label("day")).where(
        Occurrence.last_day >= today, Occurrence.first_day <= today + AHEAD
    )
    soon = dates.group_by(Occurrence.event_id).subquery()
    query = select(Event, soon.c.day).join(soon, Event.id == soon.c.event_id).where(Event.state == "published")
    loaded = query.options(selectinload(Event.photos)).order_by(soon.c.day, Event.id).limit(10 * MOST)
    return [(event, max(day, today)) for event, day in session.execute(loaded)]

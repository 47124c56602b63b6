"""Suggest what a person or their department usually enters, read from their last entries; nothing is stored."""

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from calendar_app.db.models import Entry, Event, Tag, User

LOOKED_AT = 60  # newest entries that are read
OWN = 3  # weight of one's own entries; a colleague's weighs 1
VENUES, TAGS, TIMES, AUDIENCES, OFTEN = 5, 8, 3, 6, 4
YEAR, AHEAD = timedelta(days=364), timedelta(days=60)
T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Habits:
    """Suggestions, most usual first.

    `times` are pairs of start and end (HH:MM); `often` has the newest of each repeated title.
    """

    venues: list[int]
    tags: list[str]
    times: list[tuple[str, str]]
    category: int | None
    contact: str
    audiences: list[str]
    often: list[Entry]


def habits_of(session: Session, user: User, kind: str) -> Habits:
    """Read the habits from the last entries of this kind, in one query (and one for tags)."""
    entries = _last_entries(session, user, kind)
    weighed = [(entry, OWN if entry.author_id == user.id else 1) for entry in entries]
    events = [(entry, weight) for entry, weight in weighed if isinstance(entry, Event)]
    categories = _usual(((event.category_id, weight) for event, weight in events), 1)
    return Habits(
        venues=_usual(((event.venue_id, weight) for event, weight in events), VENUES),
        tags=_usual(((tag.name, weight) for entry, weight in weighed for tag in _tags(entry)), TAGS),
        times=_usual(((_times(event), weight) for event, weight in events), TIMES),
        category=categories[0] if categories else None,
        contact=next(filter(None, (_contact(entry) for entry in entries if entry.author_id == user.id)), ""),
        audiences=_usual(((event.audience, weight) for event, weight in events), AUDIENCES),
        often=_often(entries),
    )


def _last_entries(session: Session, user: User, kind: str) -> list[Entry]:
    """The newest entries of the person and their department; of all departments for an administrator without one."""
    model = Event if kind == "event" else Entry
    query = select(model).where(Entry.kind == kind, Entry.state != "withdrawn")
    if user.department_id or user.role != "admin":
        query = query.where(or_(Entry.author_id == user.id, Entry.department_id == user.department_id))
    query = query.order_by(Entry.created_at.desc(), Entry.id.desc()).limit(LOOKED_AT).options(selectinload(model.tags))
    return list(session.scalars(query))


def last_year(session: Session, user: User, today: date) -> list[Event]:
    """List the department's events of a year before the next 60 days that have no later edition."""
    since = datetime.combine(today - YEAR, time())
    later = select(Event.previous_id).where(Event.previous_id.is_not(None))
    query = select(Event).where(Event.start.between(since, since + AHEAD), Event.rule == "", Event.state == "published")
    query = query.where(Event.id.not_in(later), Event.department_id == (user.department_id or 0))
    return list(session.scalars(query.order_by(Event.start, Event.id).limit(OFTEN)))


def _usual(weighed: Iterable[tuple[T | None, int]], most: int) -> list[T]:
    """Give the values of most weight, without empty ones; of equal ones the newest, which come first."""
    counts: Counter[T] = Counter()
    for value, weight in weighed:
        if value:
            counts[value] += weight
    return [value for value, _count in counts.most_common(most)]


def _tags(entry: Entry) -> list[Tag]:
    return entry.tags


def _contact(entry: Entry) -> str:
    return str(getattr(entry, "contact", ""))


def _times(event: Event) -> tuple[str, str] | None:
    """Give start and end of an event within one day, if it has both."""
    if event.all_day or event.end is None or event.end.date() != event.start.date():
        return None
    return f"{event.start:%H:%M}", f"{event.end:%H:%M}"


def _often(found: list[Entry]) -> list[Entry]:
    """List the newest entry of each title that was used more than once, most frequent first."""
    counts = Counter(entry.title for entry in found)
    newest = {entry.title: entry for entry in reversed(found)}
    return [newest[title] for title, count in counts.most_common() if count > 1][:OFTEN]

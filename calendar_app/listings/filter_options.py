"""List the values that pages offer for each filter, with their names: those that public entries have."""

from datetime import date

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Category, Department, Entry, EntryTag, Event, Occurrence, Tag, Venue
from calendar_app.entries import describe
from calendar_app.listings.filter_conditions import for_whom, has
from calendar_app.text import audiences, facilities, labels

Options = list[tuple[str, str]]  # a value and its name

TAGS, VENUES = 24, 60  # at most
# Common words of the audience field beside the groups; a word is offered only when an event has it.
AUDIENCES = ("どなたでも", "大人", "女性")


def tags(session: Session, lang: str) -> Options:
    """Return the tags that most public entries have."""
    used = select(Tag).join(EntryTag).join(Entry).where(Entry.state == "published").group_by(Tag.id)
    rows = session.scalars(used.order_by(func.count().desc(), Tag.name).limit(TAGS))
    return [(tag.name, f"#{describe.text(tag, 'name', lang)}") for tag in rows]


def categories(session: Session, lang: str) -> Options:
    """Return all categories, by id."""
    rows = session.scalars(select(Category).order_by(Category.id))
    return [(category.slug, describe.text(category, "name", lang)) for category in rows]


def departments(session: Session, lang: str) -> Options:
    """Return all departments, by id."""
    rows = session.scalars(select(Department).order_by(Department.id))
    return [(department.slug, describe.text(department, "name", lang)) for department in rows]


def venues(session: Session, lang: str) -> Options:
    """Return the venues, by name."""
    rows = session.scalars(select(Venue).order_by(Venue.name).limit(VENUES))
    return [(str(venue.id), describe.text(venue, "name", lang)) for venue in rows]


def audiences_named(session: Session, lang: str) -> Options:
    """Return the groups, and common words of the audience field."""
    public = select(Event.audience).where(Event.state == "published", Event.audience != "").distinct()
    texts = "\n".join(session.scalars(public))
    return groups(session, lang) + [(word, labels.phrase(word, lang)) for word in AUDIENCES if word in texts]


def access(session: Session, lang: str) -> Options:
    """Return the facilities that public events have."""
    return [(code, facilities.name(code, lang)) for code in offered_access(session)]


def groups(session: Session, lang: str, today: date | None = None) -> Options:
    """Return the audience groups of public events, with names. With `today`, only of events that are not over."""
    ahead = [Event.id.in_(select(Occurrence.event_id).where(Occurrence.last_day >= today))] if today else []
    numbers = [func.count(case((for_whom(code), 1))) for code in audiences.AUDIENCES]
    counted = session.execute(select(*numbers).where(Event.state == "published", *ahead)).one()
    return [
        (code, audiences.name(code, lang)) for code, number in zip(audiences.AUDIENCES, counted, strict=True) if number
    ]


def offered_access(session: Session, *conditions: ColumnElement[bool]) -> dict[str, int]:
    """Return how many public events have each facility, without those that none has."""
    numbers = [func.count(case((has(code), 1))) for code in facilities.FACILITIES]
    query = select(*numbers).select_from(Event).outerjoin(Event.venue).where(Event.state == "published", *conditions)
    counted = zip(facilities.FACILITIES, session.execute(query).one(), strict=True)
    return {code: number for code, number in counted if number}

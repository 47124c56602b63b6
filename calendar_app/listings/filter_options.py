"""What can be pressed to make a filter, for the pages that offer it."""

from datetime import date

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Category, Department, Entry, EntryTag, Event, Occurrence, Tag, Venue
from calendar_app.listings import filters
from calendar_app.text import audiences, facilities, labels, languages

TAGS, VENUES = 24, 60
# Beside the groups, what many texts say; what no event says cannot be pressed.
AUDIENCES = ("どなたでも", "大人", "女性")


def choices(session: Session, lang: str) -> dict[str, list[tuple[str, str]]]:
    """What can be pressed: for each key of a filter its values and their names."""

    def named(thing: Category | Department | Venue) -> str:
        return languages.named(thing.name, thing.name_en, lang)

    used = (
        select(Tag.name)
        .join(EntryTag)
        .join(Entry)
        .where(Entry.state == "published")
        .group_by(Tag.name)
        .order_by(func.count().desc(), Tag.name)
    )
    venues = session.scalars(select(Venue).order_by(Venue.name).limit(VENUES))
    public = select(Event.audience).where(Event.state == "published", Event.audience != "").distinct()
    said = "\n".join(session.scalars(public))
    return {
        "access": [(code, facilities.name(code, lang)) for code in offered_access(session)],
        "audience": groups(session, lang) + [(word, labels.phrase(word, lang)) for word in AUDIENCES if word in said],
        "category": [(one.slug, named(one)) for one in session.scalars(select(Category).order_by(Category.id))],
        "tag": [(name, f"#{name}") for name in session.scalars(used.limit(TAGS))],
        "department": [(one.slug, named(one)) for one in session.scalars(select(Department).order_by(Department.id))],
        "venue": [(str(one.id), named(one)) for one in venues],
    }


def groups(session: Session, lang: str, today: date | None = None) -> list[tuple[str, str]]:
    """The groups that public events are for, with their names; of those that are still to come, with a day."""
    ahead = [Event.id.in_(select(Occurrence.event_id).where(Occurrence.last_day >= today))] if today else []
    numbers = [func.count(case((filters.for_whom(code), 1))) for code in audiences.AUDIENCES]
    counted = session.execute(select(*numbers).where(Event.state == "published", *ahead)).one()
    return [
        (code, audiences.name(code, lang)) for code, number in zip(audiences.AUDIENCES, counted, strict=True) if number
    ]


def offered_access(session: Session, *conditions: ColumnElement[bool]) -> dict[str, int]:
    """How many public events have each facility; those that none has are left out."""
    numbers = [func.count(case((filters.has(code), 1))) for code in facilities.FACILITIES]
    query = select(*numbers).select_from(Event).outerjoin(Event.venue).where(Event.state == "published", *conditions)
    counted = zip(facilities.FACILITIES, session.execute(query).one(), strict=True)
    return {code: number for code, number in counted if number}

"""What can be pressed to make a filter, for the pages that offer it."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app import facilities, filters
from calendar_app.models import Category, Department, Entry, EntryTag, Event, Tag, Venue

TAGS, VENUES = 24, 60
# Whom events are for, in words that many of them use; what no event says cannot be pressed.
AUDIENCES = (
    "どなたでも",
    "子育て",
    "親子",
    "乳幼児",
    "未就学児",
    "小学生",
    "中学生",
    "高校生",
    "大人",
    "女性",
    "高齢者",
    "外国人",
    "観光客",
)


def choices(session: Session, lang: str) -> dict[str, list[tuple[str, str]]]:
    """What can be pressed: for each key of a filter its values and their names."""
    english = lang == "en"

    def named(thing: Category | Department | Venue) -> str:
        return (english and thing.name_en) or thing.name

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
        "access": [(code, facilities.name(code, lang)) for code in filters.offered_access(session)],
        "audience": [(word, word) for word in AUDIENCES if word in said],
        "category": [(one.slug, named(one)) for one in session.scalars(select(Category).order_by(Category.id))],
        "tag": [(name, f"#{name}") for name in session.scalars(used.limit(TAGS))],
        "department": [(one.slug, named(one)) for one in session.scalars(select(Department).order_by(Department.id))],
        "venue": [(str(one.id), named(one)) for one in venues],
    }

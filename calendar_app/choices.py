"""What can be pressed to make a filter, for the pages that offer it."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app import languages
from calendar_app.languages import tables
from calendar_app.models import Category, Department, Entry, EntryTag, Event, Tag, Venue

TAGS, VENUES = 24, 60
# Whom events are for, in words that many of them use; what no event says cannot be pressed.
AUDIENCES = tables(
    {
        "どなたでも": {"ja": "どなたでも", "en": "everybody"},
        "子育て": {"ja": "子育て", "en": "child care"},
        "親子": {"ja": "親子", "en": "parents and children"},
        "乳幼児": {"ja": "乳幼児", "en": "babies and toddlers"},
        "未就学児": {"ja": "未就学児", "en": "pre-school children"},
        "小学生": {"ja": "小学生", "en": "elementary school children"},
        "中学生": {"ja": "中学生", "en": "junior high school students"},
        "高校生": {"ja": "高校生", "en": "high school students"},
        "大人": {"ja": "大人", "en": "adults"},
        "女性": {"ja": "女性", "en": "women"},
        "高齢者": {"ja": "高齢者", "en": "older people"},
        "外国人": {"ja": "外国人", "en": "residents from abroad"},
        "観光客": {"ja": "観光客", "en": "visitors"},
    }
)


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
        "audience": [(word, words[lang]) for word, words in AUDIENCES.items() if word in said],
        "category": [(one.slug, named(one)) for one in session.scalars(select(Category).order_by(Category.id))],
        "tag": [(name, f"#{name}") for name in session.scalars(used.limit(TAGS))],
        "department": [(one.slug, named(one)) for one in session.scalars(select(Department).order_by(Department.id))],
        "venue": [(str(one.id), named(one)) for one in venues],
    }

"""List the addresses of the public site: what an export writes."""

from collections.abc import Iterator
from datetime import date
from urllib.parse import quote

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.dates import formatting
from calendar_app.db.models import (
    Announcement,
    Department,
    Entry,
    EntryTag,
    Event,
    Occurrence,
    Revision,
    ShortAddress,
    Tag,
    Venue,
)
from calendar_app.entries import last_changes
from calendar_app.formats import registry
from calendar_app.listings import filter_options, queries
from calendar_app.text import countries

LISTS = (
    "/",
    "/calendar/",
    "/announcements/",
    "/subscribe",
    "/deadlines",
    "/archive/",
    "/weekend",
    "/agenda",
    "/seasons",
)
DATA = ("/open-data", "/open-data/calendar", "/open-data/news")
OTHERS = ("/map", "/accessibility", "/offline", "/press")
OF_JAPAN = ("/open-data/events", "/open-data/events-core"), ("/events.csv", "/events-core.csv", "/events-core.json")
FILES = (
    "/catalog.jsonld",
    "/sitemap.xml",
    "/robots.txt",
    "/press.txt",
    "/alerts.atom",
    "/api/v1/openapi.json",
    "/api/v1/today.txt",
)
PROGRAM = ("/manifest.webmanifest", "/sw.js", "/embed.js", "/static/icon-512.png", "/static/favicon.svg")
FEEDS = ("feed", "upcoming", "deadlines", "calendar")


def pages(session: Session, lang: str) -> Iterator[str]:
    """Yield the path of each page, percent-encoded, without a language."""
    yield from (*LISTS, *OTHERS, *data_pages())
    yield from (f"/departments/{slug}" for slug in session.scalars(select(Department.slug)))
    yield from (f"/for/{code}" for code, _name in filter_options.groups(session, lang))
    yield from (f"/tags/{quote(name)}" for name in tags(session))
    yield from (f"/venues/{number}" for number in session.scalars(select(Venue.id).order_by(Venue.id)))
    public = select(Entry.kind, Entry.public_id).where(Entry.state == "published")
    yield from (f"/{kind}s/{public_id}" for kind, public_id in session.execute(public))
    dates = select(Occurrence.first_day).join(Event).where(Event.state == "published").distinct()
    yield from (f"/calendar/{day:%Y/%m/%d}" for day in session.scalars(dates))
    first, last = _ends(session)
    if first and last:
        yield from (f"/calendar/{key[6:].replace('-', '/')}" for key in last_changes.months(first, last))
        yield from (f"/archive/{year}" for year in _fiscal_years(first, last))
        yield from (f"/seasons/{year}" for year in range(first.year, last.year + 1))


def files(session: Session) -> Iterator[str]:
    """Yield the address of each feed, calendar and table: of the site, each tag, each department, each event, each short name."""
    yield from (*_of_country(1), *FILES, *PROGRAM)
    departments = [f"department={slug}" for slug in session.scalars(select(Department.slug))]
    filters = ["", *departments, *(f"tag={quote(name)}" for name in tags(session))]
    for name in FEEDS:
        for form in registry.carrying(name):
            yield from (f"/{name}.{form.extension}" + (f"?{query}" if query else "") for query in filters)
    events = select(Event.public_id).where(Event.state == "published")
    yield from (f"/events/{public_id}.ics" for public_id in session.scalars(events))
    followed = {form.extension for name in ("feed", "calendar") for form in registry.carrying(name)}
    for code in session.scalars(select(ShortAddress.code)):
        yield from (f"/f/{code}.{form}" for form in sorted(followed))
    yield from (f"/feed/archive/{page}.atom" for page in range(1, queries.archived_pages(session) + 1))
    yield from (f"/alerts/{number}.cap" for number in emergency_changes(session))
    first, last = _ends(session)
    if first and last:
        yield from (f"/archive/{year}.ics" for year in _fiscal_years(first, last))


def emergency_changes(session: Session) -> list[int]:
    """Return the numbers of the public changes of emergencies: each that is a message of CAP, and a few that are none."""
    emergencies = select(Announcement.id).where(
        Announcement.importance == "emergency", Announcement.state == "published"
    )
    changes = select(Revision.number).where(Revision.public, Revision.entry_id.in_(emergencies))
    return list(session.scalars(changes.order_by(Revision.number)))


def tags(session: Session) -> list[str]:
    """Return the tags of published entries, sorted here, because each database sorts in its own way."""
    used = select(Tag.name).join(EntryTag).join(Entry).where(Entry.state == "published").distinct()
    return sorted(session.scalars(used))


def _fiscal_years(first: date, last: date) -> range:
    return range(formatting.fiscal_year(first), formatting.fiscal_year(last) + 1)


def data_pages() -> tuple[str, ...]:
    """Return the paths of the pages about open data in this country."""
    return (*DATA, *_of_country(0))


def _of_country(kind: int) -> tuple[str, ...]:
    """Return the pages (0) or the files (1) of tables that only Japan has."""
    return OF_JAPAN[kind] if "open_data" in countries.here().shows else ()


def _ends(session: Session) -> tuple[date | None, date | None]:
    days = select(func.min(Occurrence.first_day), func.max(Occurrence.last_day)).join(Event)
    first, last = session.execute(days.where(Event.state == "published")).one()
    return first, last

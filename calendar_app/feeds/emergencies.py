"""Put emergencies in force into every calendar and on top of every feed, whatever its filter.

Only a filter by kind or department excludes one. An emergency that is over stays in calendars for a week as cancelled.
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from calendar_app.dates.recurrence import Repeat
from calendar_app.db.models import Announcement, Revision
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import items
from calendar_app.formats import EventItem, FeedItem
from calendar_app.listings import queries
from calendar_app.listings.filters import Filter
from calendar_app.listings.queries import NoticeOutline
from calendar_app.text.labels import IMPORTANCE_MARKS, marked
from calendar_app.text.markup import plain

STAYS = timedelta(days=7)  # as cancelled: calendar programs refresh at least this often
STEP = timedelta(days=7)  # by which the bar of an emergency without an end grows
OBEYED = ("kind", "department")


def _reaching(wanted: Filter) -> list[ColumnElement[bool]]:
    return Filter(tuple(term for term in wanted.terms if term[0] in OBEYED)).conditions()


def _all(wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    return Announcement.importance == "emergency", Announcement.state == "published", *_reaching(wanted)


def event_items(session: Session, wanted: Filter, site_view: SiteView, today: date) -> list[EventItem]:
    """Return the emergencies in force, and those that calendars must still drop, as transparent all-day events."""
    zone = ZoneInfo(site_view.timezone)
    since = datetime.combine(today, time(), zone) - STAYS
    there = or_(~Announcement.expired, Announcement.valid_until >= since, _expired_since(since))
    replaced = set(session.scalars(queries.replaced_ids()))
    there &= or_(Announcement.id.not_in(replaced), Announcement.changed_at >= since)
    query = select(Announcement).where(there, *_all(wanted)).order_by(Announcement.published_at, Announcement.id)
    return [
        _event_item(announcement, site_view, today, over=announcement.expired or announcement.id in replaced)
        for announcement in session.scalars(query)
    ]


def _expired_since(since: datetime) -> ColumnElement[bool]:
    """The emergency expired later than it ended, since calendars have still fetched it as in force."""
    return exists().where(Revision.entry_id == Announcement.id, Revision.kind == "expired", Revision.at >= since)


def _event_item(announcement: Announcement, site_view: SiteView, today: date, *, over: bool) -> EventItem:
    lang, zone = site_view.lang, ZoneInfo(site_view.timezone)
    published = announcement.published_at or announcement.created_at
    start = published.astimezone(zone).date()
    last, grown = _last_day(announcement, start, today, zone)
    modified = (
        max(announcement.changed_at, datetime.combine(grown, time(), zone))
        if grown > start
        else announcement.changed_at
    )
    title = marked(describe.text(announcement, "title", lang), IMPORTANCE_MARKS["emergency"], lang)
    return EventItem(
        uid=announcement.uid,
        url=site_view.entry(announcement),
        sequence=announcement.sequence,
        created=published,
        modified=modified.astimezone(published.tzinfo),
        title=title,
        status="over" if over else "scheduled",
        repeat=Repeat(datetime.combine(start, time()), datetime.combine(last, time()), all_day=True),
        timezone=site_view.timezone,
        transparent=True,
        related=announcement.supersedes.uid if announcement.supersedes else "",
        summary=plain(
            "\n\n".join(
                filter(None, [describe.text(announcement, "summary", lang), describe.text(announcement, "body", lang)])
            )
        ),
        contact=describe.contact(announcement, lang),
        categories=(IMPORTANCE_MARKS["emergency"][lang], *(tag.name for tag in announcement.tags)),
    )


def _last_day(announcement: Announcement, start: date, today: date, zone: ZoneInfo) -> tuple[date, date]:
    """Return the last day of the bar, and the day on which that last changed."""
    if announcement.valid_until:
        return max(start, (announcement.valid_until - timedelta(seconds=1)).astimezone(zone).date()), start
    steps = max(0, (today - start) // STEP)
    return start + STEP * (steps + 1) - timedelta(days=1), start + STEP * steps


def on_top(session: Session, wanted: Filter, notices: list[NoticeOutline]) -> list[NoticeOutline]:
    """Return the notices with the newest of each emergency in force at the top, each once."""
    query = (
        select(Revision.guid, Revision.at, Announcement.changed_at, Announcement.id)
        .join(Announcement, Announcement.id == Revision.entry_id)
        .where(Revision.notable, ~Announcement.expired, Announcement.id.not_in(queries.replaced_ids()), *_all(wanted))
        .order_by(Revision.number.desc())
    )
    newest: dict[int, NoticeOutline] = {}
    for guid, at, changed, id_ in session.execute(query):
        newest.setdefault(id_, NoticeOutline(str(guid), at, changed))
    first = list(newest.values())
    guids = {notice.guid for notice in first}
    return first + [notice for notice in notices if notice.guid not in guids]


def feed_items(session: Session, wanted: Filter, site_view: SiteView) -> list[FeedItem]:
    """Return the emergencies in force for the top of a list of dates."""
    guids = [notice.guid for notice in on_top(session, wanted, [])]
    return [items.log_item(row, site_view) for row in queries.log_rows(session, guids)]

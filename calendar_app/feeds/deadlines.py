"""List when applications open and close, and until when to ask for help such as sign language, as dated items of their own in feeds and calendars.

A deadline without a time of day is stored as midnight of its date and lasts through that day.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, joinedload

from calendar_app.dates import formatting
from calendar_app.dates.recurrence import Repeat
from calendar_app.db.models import Event
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import items
from calendar_app.formats import EventItem, FeedItem
from calendar_app.formats.shared import OFF
from calendar_app.listings import queries
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.text.labels import STATUS_MARKS, marked
from calendar_app.text.languages import Words, tables

SOON = timedelta(days=30)
SHOWN = timedelta(minutes=30)  # length in a calendar of a deadline with a time

MARKS = tables(
    {
        "opens": {"ja": "申込開始", "en": "Applications open"},
        "closes": {"ja": "申込締切", "en": "Applications close"},
        "supports": {"ja": "支援の申込期限", "en": "Ask for help by"},
    }
)
_UID = {"opens": "apply-start", "closes": "deadline", "supports": "facilities-by"}
_SAID = Words(
    {
        "ja": {"opens": "{}から", "closes": "{}まで", "supports": "{}まで"},
        "en": {"opens": "from {}", "closes": "until {}", "supports": "until {}"},
    }
)
_LEFT = Words(  # today, tomorrow, later
    {
        "ja": {
            "opens": ("今日から", "明日から", "{}日後から"),
            "closes": ("今日まで", "明日まで", "あと{}日"),
            "supports": ("今日まで", "明日まで", "あと{}日"),
        },
        "en": {
            "opens": ("opens today", "opens tomorrow", "opens in {} days"),
            "closes": ("closes today", "closes tomorrow", "{} days left"),
            "supports": ("closes today", "closes tomorrow", "{} days left"),
        },
    }
)
_LEAD = tables(
    {
        "apply": {"ja": "申込は{said}。催しは{event}", "en": "Apply {said}. The event: {event}"},
        "supports": {"ja": "支援の申込は{said}。催しは{event}", "en": "Ask for help {said}. The event: {event}"},
    }
)


@dataclass(frozen=True, slots=True)
class Deadline:
    """An opening or closing of applications, or the last day to ask for help such as sign language.

    `kind` is "opens", "closes" or "supports"; `at` is wall-clock time in the event's zone.
    """

    event: Event
    at: datetime
    kind: str

    @property
    def day(self) -> date:
        """The local day."""
        return self.at.date()

    @property
    def whole_day(self) -> bool:
        """Whether no time of day was given: applications open in the morning, or close at the end of the day."""
        return self.at.time() == time()

    @property
    def span(self) -> tuple[datetime, datetime]:
        """Start and end in a calendar: all day, or half an hour that ends when applications close."""
        if self.whole_day:
            return self.at, self.at
        return (self.at, self.at + SHOWN) if self.kind == "opens" else (self.at - SHOWN, self.at)

    @property
    def announced(self) -> datetime:
        """The instant from which it is near. Its feed item has this date unless the event has changed since."""
        return datetime.combine(self.day - SOON, time(), ZoneInfo(self.event.timezone))


def between(
    session: Session, first: date, last: date, wanted: Filter = EVERYTHING, *, listed: bool = False
) -> list[Deadline]:
    """Return the deadlines on these days (inclusive), in order of time, of public events that go ahead.

    `listed`: for a list, which shows of each event no more than its own texts and its place.
    """
    begin, end = datetime.combine(first, time()), datetime.combine(last, time.max)
    columns = (Event.apply_start, Event.apply_deadline, Event.facilities_by)
    within = or_(*(column.between(begin, end) for column in columns))
    query = select(Event).where(within, *_public(), *wanted.conditions())
    events = session.scalars(query.options(joinedload(Event.venue)) if listed else queries.shown_with(query))
    deadlines = [
        Deadline(event, at, kind) for event in events for kind, at in _moments(event) if at and begin <= at <= end
    ]
    return sorted(deadlines, key=lambda deadline: (deadline.at, deadline.kind, deadline.event.id))


def next_closings(session: Session, first: date, last: date, most: int) -> list[Deadline]:
    """Return the first few closings on these days (inclusive), in order of time, for a list."""
    begin, end = datetime.combine(first, time()), datetime.combine(last, time.max)
    query = select(Event).where(Event.apply_deadline.between(begin, end), *_public())
    query = query.order_by(Event.apply_deadline, Event.id).limit(most).options(joinedload(Event.venue))
    return [Deadline(event, event.apply_deadline, "closes") for event in session.scalars(query) if event.apply_deadline]


def _public() -> tuple[ColumnElement[bool], ...]:
    return Event.state == "published", Event.status.not_in(OFF)


def nearest_first(deadlines: list[Deadline], today: date) -> list[Deadline]:
    """Those of today and later, then the past from the newest back: the order in which a full calendar keeps them."""
    return [deadline for deadline in deadlines if deadline.day >= today] + [
        deadline for deadline in deadlines[::-1] if deadline.day < today
    ]


def _moments(event: Event) -> tuple[tuple[str, datetime | None], ...]:
    return ("opens", event.apply_start), ("closes", event.apply_deadline), ("supports", event.facilities_by)


def say(deadline: Deadline, lang: str) -> str:
    """Return the date in words: 2027年4月10日（土）まで, 2027年4月1日（木）午前9時から; "until Sat 10 Apr 2027"."""
    return _SAID[lang][deadline.kind].format(formatting.say_when(deadline.at, deadline.at, deadline.whole_day, lang))


def say_left(deadline: Deadline, today: date, lang: str) -> str:
    """Return the days left in words: 今日まで, 明日まで, あと3日; "" when it is past."""
    days = (deadline.day - today).days
    return _LEFT[lang][deadline.kind][min(days, 2)].format(days) if days >= 0 else ""


def event_item(deadline: Deadline, site_view: SiteView) -> EventItem:
    """Return a deadline as a calendar item without a place. Its own UID stays when the date moves."""
    item, lang = items.event_item(deadline.event, site_view), site_view.lang
    local, _, authority = item.uid.rpartition("@")
    full = deadline.event.status == "full"
    return replace(
        item,
        uid=f"{local}-{_UID[deadline.kind]}@{authority}",
        title=marked(item.title, MARKS[deadline.kind], lang),
        status="full" if full else "scheduled",
        reason=item.reason if full else "",
        repeat=Repeat(*deadline.span, all_day=deadline.whole_day),
        tentative=False,
        transparent=True,
        related="",
        summary=_lead(deadline, lang),
        place=None,
        places={},
        online_url="",
        categories=(MARKS[deadline.kind][lang], *item.categories),
        image=None,
    )


def feed_item(deadline: Deadline, site_view: SiteView) -> FeedItem:
    """Return a deadline as a feed item. A new date makes a new item, because a longer application period is news."""
    event, lang = deadline.event, site_view.lang
    id_ = f"tag:{site_view.site_id},{event.created_at.year}:event/{event.public_id}/{deadline.kind}/{deadline.at:%Y%m%dT%H%M}"
    full = STATUS_MARKS["full" if event.status == "full" else "scheduled"]
    heading = marked(marked(describe.text(event, "title", lang), MARKS[deadline.kind], lang), full, lang)
    at = max(event.updated_at, deadline.announced)
    item = items.feed_item(event, site_view, id=id_, heading=heading, at=at, note=event.reason)
    return replace(item, lead=_lead(deadline, lang))


def _lead(deadline: Deadline, lang: str) -> str:
    words = _LEAD["supports" if deadline.kind == "supports" else "apply"][lang]
    return words.format(said=say(deadline, lang), event=describe.lead(deadline.event, lang))

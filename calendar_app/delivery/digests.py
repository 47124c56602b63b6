"""Digests in the morning and reminders the evening before: letters about what a filter or an event brings.

Whoever follows the same in the same language gets the same content, so it is put together once. A day on which there is
nothing to say brings no letter.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.dates import formatting
from calendar_app.db.models import Announcement, Entry, Event, Occurrence, Revision, Subscription
from calendar_app.delivery import followers, messages, owed, turns
from calendar_app.delivery.messages import Message
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import deadlines
from calendar_app.listings import queries
from calendar_app.listings.filters import BadFilter, Filter, read_filter
from calendar_app.text.labels import STATUS_MARKS, marked
from calendar_app.text.languages import tables

LATE = timedelta(hours=12)  # after which a digest or a reminder is left out
AT_ONCE = 500  # subscriptions looked after in one transaction
MOST = 20  # lines of one part
URGENT = ("cancelled", "postponed", "emergency", "date_cancelled")  # these stand first

WORDS = tables(
    {
        "daily": {"ja": "今日のまとめ（{day}）", "en": "Today’s digest ({day})"},
        "weekly": {"ja": "今週のまとめ（{day}）", "en": "This week’s digest ({day})"},
        "reminder": {"ja": "明日の予定（{day}）", "en": "Tomorrow ({day})"},
        "changed": {"ja": "新しいお知らせと変更", "en": "News and changes"},
        "today": {"ja": "今日の催し", "en": "Today"},
        "week": {"ja": "これから7日間の催し", "en": "The next seven days"},
        "tomorrow": {"ja": "明日の催し", "en": "Tomorrow"},
        "closing": {"ja": "申込の締切", "en": "Applications close"},
        "more": {"ja": "ほか{count}件", "en": "and {count} more"},
    }
)


@dataclass(frozen=True, slots=True)
class _Topic:
    """What some subscriptions have in common: the filter or event, the language, and what is due."""

    query: str
    event: str
    lang: str
    kind: str  # "daily", "weekly" or "reminder"


def wait(session: Session, *, at: datetime) -> bool:
    """Whether a digest or a reminder may be due. Only looks, and takes no lock."""
    due = select(Subscription.receiver_id).where(Subscription.next_at <= at).limit(1)
    return session.scalar(due) is not None


def queue(session: Session, config: Config, *, at: datetime) -> int:
    """Put what is due into the outbox, for some subscriptions at a time; gives how many were looked after."""
    due = (
        select(Subscription).where(Subscription.next_at <= at).order_by(Subscription.next_at, Subscription.receiver_id)
    )
    found = session.scalars(due.limit(AT_ONCE)).all()
    known: dict[tuple[_Topic, date], dict[str, Any] | None] = {}
    for subscription in found:
        moment = subscription.next_at or at
        subscription.next_at = followers.next_moment(subscription, at, config.zone)
        if at - moment <= LATE and subscription.receiver.enabled:
            _put(session, config, subscription, moment, known, at)
    session.flush()
    return len(found)


def _put(
    session: Session,
    config: Config,
    subscription: Subscription,
    moment: datetime,
    known: dict[tuple[_Topic, date], dict[str, Any] | None],
    at: datetime,
) -> None:
    local = moment.astimezone(config.zone)
    kind = "reminder" if local.time() == followers.REMINDER else subscription.often
    lang = subscription.receiver.lang or config.language
    key = _Topic(subscription.query, subscription.event, lang, kind), local.date()
    if key not in known:
        known[key] = compose(session, config, *key)
    if content := known[key]:
        followers.put(session, subscription, f"{kind}-{local.date()}", content, at=at)
    elif subscription.event and _over(session, subscription.event, local.date()):
        followers.leave(session, subscription)


def _over(session: Session, public_id: str, day: date) -> bool:
    """Whether nothing of an event is still to come after this day."""
    event = queries.by_public_id(session, Event, public_id)
    return event is None or all(occurrence.last_day <= day for occurrence in event.occurrences)


def compose(session: Session, config: Config, topic: _Topic, day: date) -> dict[str, Any] | None:
    """Return the content of a digest or a reminder made on a day of the city; None when there is nothing to say."""
    view = turns.site_view(session, config, topic.lang)
    wanted = _wanted(topic)
    if wanted is None:
        return None
    if topic.kind == "reminder":
        about = day + timedelta(days=1)
        parts = [("tomorrow", _dates(session, wanted, topic.event, about, about, view))]
    else:
        about, days = day, 1 if topic.kind == "daily" else 7
        until = datetime.combine(day, followers.DIGEST, config.zone)
        parts = [
            ("changed", _changes(session, wanted, until - timedelta(days=days), until, view)),
            ("today" if days == 1 else "week", _dates(session, wanted, "", day, day + timedelta(days=days - 1), view)),
        ]
    closing = about if topic.kind == "reminder" else day + timedelta(days=7)
    parts.append(("closing", _closing(session, wanted, topic.event, about, closing, view)))
    if not any(lines for _, lines in parts):
        return None
    told = formatting.say_date(about, topic.lang, today=day)
    return {
        "kind": topic.kind,
        "subject": WORDS[topic.kind][topic.lang].format(day=told),
        "parts": [_part(heading, lines, topic.lang) for heading, lines in parts if lines],
        "link": view.url("/subscribe", topic.query),
        "day": about.isoformat(),
    }


def _wanted(topic: _Topic) -> Filter | None:
    try:
        return read_filter(parse_qs(topic.query))
    except BadFilter:  # it named what is no longer there
        return None


def _part(heading: str, lines: Sequence[dict[str, str]], lang: str) -> dict[str, Any]:
    more = len(lines) - MOST
    return {
        "heading": WORDS[heading][lang],
        "lines": list(lines[:MOST]),
        "more": WORDS["more"][lang].format(count=more) if more > 0 else "",
    }


def _changes(
    session: Session, wanted: Filter, since: datetime, until: datetime, view: SiteView
) -> list[dict[str, str]]:
    """The newest word about each entry that changed between two instants, what does not go ahead first."""
    rows = session.scalars(
        select(Revision)
        .join(Revision.entry)
        .where(
            Revision.notable,
            messages.TOLD,
            Revision.at >= since,
            Revision.at < until,
            Entry.state == "published",
            _reaching(wanted),
        )
        .order_by(Revision.number)
    )
    newest = {row.entry_id: row for row in rows}
    told = [message for row in newest.values() if (message := messages.of(row, view, until.date()))]
    return [_message_line(message) for message in sorted(told, key=lambda message: message.kind not in URGENT)]


def _reaching(wanted: Filter) -> Any:
    """The condition of what meets a filter; an emergency obeys only its kind and department."""
    emergency = select(Announcement.id).where(Announcement.importance == "emergency")
    widely = Entry.id.in_(emergency.where(*owed.reach(wanted).conditions()))
    return widely | Entry.id.in_(select(Entry.id).where(*wanted.conditions()))


def _message_line(message: Message) -> dict[str, str]:
    parts = message.parts
    text = "\n".join(filter(None, (parts.note, parts.when, parts.place)))
    return {"title": message.headline, "text": text, "link": message.link}


def _dates(
    session: Session, wanted: Filter, event: str, first: date, last: date, view: SiteView
) -> list[dict[str, str]]:
    """The dates that begin on these days, those that do not go ahead first."""
    found = [
        date
        for date in queries.occurrences(session, first, last, wanted)
        if first <= date.first_day and date.event.precision == "exact" and event in ("", date.event.public_id)
    ]
    return [_date_line(date, view) for date in sorted(found, key=lambda date: describe.status(date) not in URGENT)]


def _date_line(occurrence: Occurrence, view: SiteView) -> dict[str, str]:
    event, lang = occurrence.event, view.lang
    mark = STATUS_MARKS[describe.status(occurrence)]
    title = marked(describe.text(event, "title", lang), mark, lang)
    return {"title": title, "text": describe.lead(event, lang, occurrence), "link": view.entry(event)}


def _closing(
    session: Session, wanted: Filter, event: str, first: date, last: date, view: SiteView
) -> list[dict[str, str]]:
    """The applications that close on these days."""
    found = deadlines.between(session, first, last, wanted)
    return [
        {
            "title": describe.title(deadline.event, view.lang),
            "text": deadlines.say(deadline, view.lang),
            "link": view.entry(deadline.event),
        }
        for deadline in found
        if deadline.kind == "closes" and (not event or deadline.event.public_id == event)
    ]

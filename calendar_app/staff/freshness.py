"""Measure how fresh each department's pages are.

Each number is one query; the list behind it has the same conditions.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from calendar_app.db.models import Announcement, Department, Entry, Event, Occurrence, Photo

OLD = timedelta(days=90)  # an announcement without an end is due for review
QUIET = timedelta(days=7)  # an older status line says little of a running season
MOST = 200
WHAT = ("photo", "venue", "deadline", "season", "announcement")


@dataclass(frozen=True, slots=True)
class Freshness:
    """A department's numbers. `days` since its last publication (None if never), `month`: dates in the next month."""

    department: Department
    days: int | None
    month: int
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def need(self) -> int:
        """The sort key of the board:

        1 for each entry to look at, 1 for each week of silence (12 at most), 3 for an empty month.
        """
        silence = 12 if self.days is None else min(self.days // 7, 12)
        return sum(self.counts.values()) + silence + 3 * (self.month == 0)


def board(session: Session, today: date, zone: ZoneInfo) -> list[Freshness]:
    """Give every department's numbers, the most needy first."""
    last, month = _last_published(session), _dates(session, *next_month(today))
    counts_by_kind = {what: _counts(session, what, today, zone) for what in WHAT}
    rows = [
        Freshness(
            department=department,
            days=(today - last[department.id].astimezone(zone).date()).days if department.id in last else None,
            month=month.get(department.id, 0),
            counts={what: counts.get(department.id, 0) for what, counts in counts_by_kind.items()},
        )
        for department in session.scalars(select(Department).order_by(Department.id))
    ]
    return sorted(rows, key=lambda row: -row.need)


def next_month(today: date) -> tuple[date, date]:
    """Give the first and the last day of the month after today's."""
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def measured_entries(
    session: Session, what: str, today: date, zone: ZoneInfo, department: Department | None
) -> list[Entry]:
    """List the entries behind a number of WHAT, nearest or oldest first."""
    model, conditions = _conditions(what, today, zone)
    query = select(model).where(*conditions).options(selectinload(model.department))
    if department:
        query = query.where(model.department_id == department.id)
    order = model.start if model is Event else model.published_at
    return list(session.scalars(query.order_by(order, model.id).limit(MOST)))


def _last_published(session: Session) -> dict[int, datetime]:
    query = select(Entry.department_id, func.max(Entry.published_at)).where(Entry.state == "published")
    return {department: at for department, at in session.execute(query.group_by(Entry.department_id)) if at}


def _dates(session: Session, first: date, last: date) -> dict[int, int]:
    """Count each department's dates on these days."""
    on = Occurrence.first_day <= last, Occurrence.last_day >= first, Event.state == "published"
    query = select(Event.department_id, func.count(Occurrence.id)).join(Occurrence.event).where(*on)
    return dict(session.execute(query.group_by(Event.department_id)).all())


def _counts(session: Session, what: str, today: date, zone: ZoneInfo) -> dict[int, int]:
    model, conditions = _conditions(what, today, zone)
    query = select(model.department_id, func.count(model.id)).where(*conditions).group_by(model.department_id)
    return dict(session.execute(query).all())


def _conditions(what: str, today: date, zone: ZoneInfo) -> tuple[Any, tuple[Any, ...]]:
    """Give the table and the conditions of a number."""
    midnight = datetime.combine(today, time())
    begins = midnight.replace(tzinfo=zone)
    coming = (
        Event.state == "published",
        Event.status.not_in(("cancelled", "postponed")),
        Event.id.in_(select(Occurrence.event_id).where(Occurrence.last_day >= today)),
    )
    match what:
        case "photo":
            return Event, (*coming, Event.id.not_in(select(Photo.entry_id).where(Photo.entry_id.is_not(None))))
        case "venue":
            return Event, (*coming, Event.venue_id.is_(None), Event.online_url == "")
        case "deadline":  # a day without a time is stored as midnight and lasts through that day
            return Event, (*coming, Event.apply_deadline < midnight, Event.status != "full")
        case "season":
            return Event, (*coming, Event.id.in_(_running(today)), Event.id.in_(_quiet(begins - QUIET)))
    old = Announcement.published_at < begins - OLD
    unending = ~Announcement.expired, Announcement.valid_until.is_(None), Announcement.headline == ""
    return Announcement, (Announcement.state == "published", *unending, old)


def _running(today: date) -> Any:
    """Select the events that have run for at least QUIET and still do."""
    return select(Occurrence.event_id).where(Occurrence.first_day <= today - QUIET, Occurrence.last_day >= today)


def _quiet(before: datetime) -> Any:
    """Select the seasons whose newest status line is older than `before`."""
    lines = select(Announcement.about_id).where(Announcement.headline != "", Announcement.state == "published")
    newest = func.max(Announcement.published_at)
    return lines.where(Announcement.about_id.is_not(None)).group_by(Announcement.about_id).having(newest < before)

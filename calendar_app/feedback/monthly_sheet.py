"""The monthly sheet of a department: what citizens said, what was improved, and how long they waited."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Department, Entry, Feedback, FeedbackNote, ReactionDay


@dataclass(frozen=True, slots=True)
class Sheet:
    """The figures of one month (local days).

    `received` counts messages by kind; `answered` those answered in the month, of which `in_time` within the department's working days.
    `median` is how long they had waited. `corrected`: mistakes that were reported and answered. `passed`: passed on to others.
    `published` are the answers put on pages, `reactions` counts presses by kind, `waiting` what waited at the end of the month.
    """

    first: date
    received: dict[str, int]
    answered: int
    in_time: int
    median: timedelta | None
    corrected: int
    passed: int
    waiting: int
    published: list[Feedback]
    reactions: dict[str, int]


def of_month(session: Session, department: Department | None, year: int, month: int, zone: ZoneInfo) -> Sheet:
    """Return the sheet of a department, or of all, for a month."""
    first = date(year, month, 1)
    following = (first + timedelta(days=31)).replace(day=1)
    start, end = (datetime.combine(day, time(), zone) for day in (first, following))
    answered = session.scalars(
        _of(department).where(_within(Feedback.done_at, start, end), Feedback.state == "answered")
    ).all()
    waited = [(each.done_at - each.asked_at).total_seconds() for each in answered if each.done_at]
    published = _of(department).where(_within(Feedback.published_at, start, end)).order_by(Feedback.published_at)
    return Sheet(
        first=first,
        received=_received(session, department, start, end),
        answered=len(answered),
        in_time=sum(1 for each in answered if each.done_at and each.done_at <= each.due_at),
        median=timedelta(seconds=median(waited)) if waited else None,
        corrected=sum(1 for each in answered if each.kind == "mistake"),
        passed=_passed(session, department, start, end),
        waiting=_waiting(session, department, end),
        published=list(session.scalars(published)),
        reactions=_reactions(session, department, first, following),
    )


def _within(column: Any, start: Any, end: Any) -> Any:
    return (column >= start) & (column < end)


def _of(department: Department | None) -> Select[Any]:
    query = select(Feedback).where(Feedback.state != "spam")
    return query.where(Feedback.department_id == department.id) if department else query


def _number(session: Session, query: Select[Any]) -> int:
    return session.scalar(query.with_only_columns(func.count(Feedback.id))) or 0


def _received(session: Session, department: Department | None, start: datetime, end: datetime) -> dict[str, int]:
    query = _of(department).where(_within(Feedback.asked_at, start, end)).group_by(Feedback.kind)
    rows: Sequence[Any] = session.execute(query.with_only_columns(Feedback.kind, func.count(Feedback.id))).all()
    return {row[0]: int(row[1]) for row in rows}


def _passed(session: Session, department: Department | None, start: datetime, end: datetime) -> int:
    """Count what was passed on and came to a department: the one that had it before is only named in the note."""
    notes = _of(department).join(FeedbackNote, FeedbackNote.feedback_id == Feedback.id)
    return _number(session, notes.where(FeedbackNote.act == "passed", _within(FeedbackNote.at, start, end)))


def _waiting(session: Session, department: Department | None, end: datetime) -> int:
    open_then = Feedback.done_at.is_(None) | (Feedback.done_at >= end)
    return _number(session, _of(department).where(Feedback.asked_at < end, open_then))


def _reactions(session: Session, department: Department | None, first: date, following: date) -> dict[str, int]:
    query = select(ReactionDay.kind, func.sum(ReactionDay.number)).where(_within(ReactionDay.day, first, following))
    if department:
        query = query.join(Entry, Entry.id == ReactionDay.entry_id).where(Entry.department_id == department.id)
    rows: Sequence[Any] = session.execute(query.group_by(ReactionDay.kind)).all()
    return {kind: int(number) for kind, number in rows if number}

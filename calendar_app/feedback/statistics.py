"""Count and list feedback for the desk: what waits, for how long, where, and how fast it is answered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session, selectinload

from calendar_app.db.models import Department, Entry, Feedback, User

PAGE = 50
OF_LATE = timedelta(days=180)
SHOWN = ("waiting", "answered", "mine", "thanks", "spam", "all")


class WaitingCount(NamedTuple):
    """The number of messages that wait for an answer, and how many of them are overdue."""

    number: int
    late: int


@dataclass(frozen=True, slots=True)
class ResponseTimes:
    """How fast a department answers.

    `median` covers the answers of the last half year; `oldest` is the longest wait.
    """

    department: Department | None
    waiting: WaitingCount
    oldest_waiting: datetime | None
    answered: int
    median: timedelta | None


def count_waiting(session: Session, department: Department | None, at: datetime) -> WaitingCount:
    """Count what waits in a department, or in all."""
    late = func.count(case((Feedback.due_at <= at, 1)))
    query: Any = select(func.count(Feedback.id), late).where(Feedback.state == "waiting")
    number, overdue = session.execute(_of(query, department)).one()
    return WaitingCount(number, overdue)


def oldest_waiting(session: Session, department: Department | None, most: int) -> list[Feedback]:
    """List what waits, oldest first."""
    query = (
        _of(select(Feedback), department).where(Feedback.state == "waiting").order_by(Feedback.asked_at, Feedback.id)
    )
    return list(session.scalars(_loaded(query).limit(most)))


def count_thanks(session: Session, department: Department | None, since: datetime) -> int:
    """Count the thanks since a moment."""
    query = _of(select(func.count(Feedback.id)), department)
    return (
        session.scalar(query.where(Feedback.kind == "thanks", Feedback.state != "spam", Feedback.asked_at >= since))
        or 0
    )


def list_page(session: Session, shown: str, person: User, department: Department | None, start: int) -> list[Feedback]:
    """List one page and one more row from offset `start`: waiting ones oldest first, all others newest first."""
    query = _of(select(Feedback), department)
    order = [Feedback.asked_at, Feedback.id] if shown == "waiting" else [Feedback.asked_at.desc(), Feedback.id.desc()]
    match shown:
        case "waiting" | "answered" | "spam":
            query = query.where(Feedback.state == shown)
        case "mine":
            query = query.where(Feedback.taken_by_id == person.id, Feedback.state.in_(("waiting", "answered")))
        case "thanks":
            query = query.where(Feedback.kind == "thanks", Feedback.state != "spam")
        case _:
            query = query.where(Feedback.state != "spam")
    return list(session.scalars(_loaded(query).order_by(*order).offset(start).limit(PAGE + 1)))


def waiting_about(session: Session, entry: Entry, most: int = 20) -> list[Feedback]:
    """List the questions about an entry that wait for an answer."""
    query = select(Feedback).where(Feedback.entry_id == entry.id, Feedback.state == "waiting")
    return list(session.scalars(query.order_by(Feedback.asked_at).limit(most)))


def by_token(session: Session, token: str) -> Feedback | None:
    """Find feedback by the asker's private token."""
    return session.scalar(select(Feedback).where(Feedback.token == token))


def response_times(session: Session, at: datetime) -> list[ResponseTimes]:
    """Give every department's response times, most overdue first; department None stands for questions about the site."""
    held = _held(session, at)
    times = _times(session, at - OF_LATE)
    homes: list[Department | None] = list(session.scalars(select(Department).order_by(Department.id)))
    homes += [None] if None in held else []
    rows = [_speed(home, held, times) for home in homes]
    return sorted(rows, key=lambda row: (-row.waiting.late, -row.waiting.number))


def _speed(
    home: Department | None, held: dict[int | None, Any], times: dict[int | None, list[timedelta]]
) -> ResponseTimes:
    number = home.id if home else None
    count, late, first = held.get(number, (0, 0, None))
    took = times.get(number, [])
    return ResponseTimes(home, WaitingCount(count, late), first, len(took), _half(took) if took else None)


def _half(took: list[timedelta]) -> timedelta:
    return timedelta(seconds=median(duration.total_seconds() for duration in took))


def _held(session: Session, at: datetime) -> dict[int | None, Any]:
    late = func.count(case((Feedback.due_at <= at, 1)))
    query = select(Feedback.department_id, func.count(Feedback.id), late, func.min(Feedback.asked_at))
    rows = session.execute(query.where(Feedback.state == "waiting").group_by(Feedback.department_id))
    return {number: tuple(row) for number, *row in rows}


def _times(session: Session, since: datetime) -> dict[int | None, list[timedelta]]:
    durations: dict[int | None, list[timedelta]] = {}
    query = select(Feedback.department_id, Feedback.asked_at, Feedback.done_at)
    answered = Feedback.state == "answered", Feedback.done_at >= since
    for number, asked_at, done in session.execute(query.where(*answered)):
        if done:
            durations.setdefault(number, []).append(done - asked_at)
    return durations


def _of(query: Select[Any], department: Department | None) -> Select[Any]:
    return query.where(Feedback.department_id == department.id) if department else query


def _loaded(query: Select[Any]) -> Select[Any]:
    loads: Iterable[Any] = (
        selectinload(Feedback.entry),
        selectinload(Feedback.department),
        selectinload(Feedback.taken_by),
    )
    return query.options(*loads)

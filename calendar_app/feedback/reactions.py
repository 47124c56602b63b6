"""Count how readers react to an entry: one press for each person, day and entry, as well as that can be told without tracking.

A press stores a mark: a keyed hash of the day, the entry, the network and the name of the browser. The same mark counts once. Marks of
different days or entries cannot be connected, and they are deleted when the day is over. Only numbers stay.

Pages show a number in steps, from the first step on. Reaching one is a public revision that touches the entry alone, so
kept pages are renewed some times in the life of an entry, and not at each press.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from calendar_app.db import desk_signals
from calendar_app.db.models import Entry, Event, Reaction, ReactionDay, ReactionMark
from calendar_app.entries import revisions

STEPS = tuple(factor * 10**power for power in range(1, 6) for factor in (1, 2, 3, 5))  # 10, 20, 30, 50, 100, …
LOWERED = 0.8  # a step is given up below this share of it, so that presses at its edge do not renew pages each time


def offered(entry: Entry, kinds: Iterable[str], day: date) -> list[str]:
    """List the reactions that fit an entry on a day in the city: nobody went to an event that is still to come."""
    fitting = {"thanks", "useful"}
    if isinstance(entry, Event) and entry.status not in ("cancelled", "postponed"):
        dates = [occurrence for occurrence in entry.occurrences if occurrence.status != "cancelled"]
        if entry.precision != "exact" or any(each.last_day >= day for each in dates):
            fitting.add("want")
        if entry.precision == "exact" and any(each.first_day <= day for each in dates):
            fitting.add("went")
    return [kind for kind in kinds if kind in fitting]


def mark_of(secret_key: str, entry: Entry, network: str, browser: str, day: date, *, about: str = "reaction") -> str:
    """Return the mark of a person who reacts to an entry on a day, 32 hex digits. `network` is that of the address.

    Marks about different things cannot be connected.
    """
    text = f"{about} {day.isoformat()} {entry.id} {network} {browser}"
    return hmac.new(secret_key.encode(), text.encode(), hashlib.sha256).hexdigest()[:32]


def add(session: Session, entry: Entry, kind: str, mark: str, *, day: date, at: datetime) -> bool:
    """Count a reaction; False when this person's has been counted today."""
    session.execute(delete(ReactionMark).where(ReactionMark.day < day))
    if not _insert(session, ReactionMark, entry_id=entry.id, kind=kind, mark=mark, day=day):
        return False
    _count(session, entry, kind, 1, day=day, at=at)
    return True


def take_back(session: Session, entry: Entry, kind: str, mark: str, *, day: date, at: datetime) -> bool:
    """Take back a reaction of the same day; False when there is none."""
    found: Any = session.execute(
        delete(ReactionMark).where(
            ReactionMark.entry_id == entry.id,
            ReactionMark.kind == kind,
            ReactionMark.mark == mark,
            ReactionMark.day == day,
        )
    )
    if found.rowcount:
        _count(session, entry, kind, -1, day=day, at=at)
    return bool(found.rowcount)


def forget_marks(session: Session, *, day: date) -> None:
    """Delete the marks of the days before `day`."""
    session.execute(delete(ReactionMark).where(ReactionMark.day < day))


def shown(session: Session, entry: Entry) -> dict[str, int]:
    """Return the number that the page of an entry shows, by kind; kinds below the first step are missing."""
    query = select(Reaction.kind, Reaction.shown).where(Reaction.entry_id == entry.id, Reaction.shown > 0)
    return dict(session.execute(query).all())


def counted(session: Session, entry: Entry) -> dict[str, int]:
    """Return how many people reacted to an entry, by kind."""
    query = select(Reaction.kind, Reaction.number).where(Reaction.entry_id == entry.id, Reaction.number > 0)
    return dict(session.execute(query).all())


def of_day(session: Session, department_id: int | None, day: date, most: int) -> list[tuple[Entry, dict[str, int]]]:
    """List the entries of a department (None: of all) to which people reacted on a day, most reactions first."""
    total = func.sum(ReactionDay.number)
    query = select(ReactionDay.entry_id).where(ReactionDay.day == day, ReactionDay.number > 0)
    if department_id is not None:
        query = query.join(Entry, Entry.id == ReactionDay.entry_id).where(Entry.department_id == department_id)
    ids = list(session.scalars(query.group_by(ReactionDay.entry_id).order_by(total.desc()).limit(most)))
    rows = select(ReactionDay).where(ReactionDay.day == day, ReactionDay.entry_id.in_(ids), ReactionDay.number > 0)
    numbers: dict[int, dict[str, int]] = {number: {} for number in ids}
    for row in session.scalars(rows):
        numbers[row.entry_id][row.kind] = row.number
    entries = {entry.id: entry for entry in session.scalars(select(Entry).where(Entry.id.in_(ids)))}
    return [(entries[number], kinds) for number, kinds in numbers.items()]


def _count(session: Session, entry: Entry, kind: str, change: int, *, day: date, at: datetime) -> None:
    _insert(session, Reaction, entry_id=entry.id, kind=kind, number=0, shown=0)
    _insert(session, ReactionDay, entry_id=entry.id, kind=kind, day=day, number=0)
    query = select(Reaction).where(Reaction.entry_id == entry.id, Reaction.kind == kind)
    total = session.scalars(query.with_for_update().execution_options(populate_existing=True)).one()
    today = session.get_one(ReactionDay, (entry.id, kind, day), with_for_update=True, populate_existing=True)
    total.number += change
    today.number += change
    desk_signals.raise_signal(session, entry.department_id)
    if (step := _step(total)) != total.shown:
        total.shown = step
        shot = {"entry": entry.id, "reaction": kind, "shown": step}
        revisions.append(session, "counted", total, actor=None, at=at, public=True, shot=shot)


def _step(total: Reaction) -> int:
    """Return the step to show: the highest that is reached, and a lower one only when the number is clearly below."""
    reached = max((step for step in STEPS if step <= total.number), default=0)
    return reached if reached > total.shown or total.number < total.shown * LOWERED else total.shown


def _insert(session: Session, model: Any, **values: Any) -> bool:
    """Insert a row unless it is there; tell whether it was inserted."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(model).values(**values).on_conflict_do_nothing().returning(model.kind)
    return session.execute(statement).first() is not None

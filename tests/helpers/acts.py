"""Acts of many changes, as the desk and the shell do them and take them back."""

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from calendar_app.db.models import Occurrence, User
from calendar_app.entries import revisions
from calendar_app.staff import batch_dates, batch_jobs, undo


def cancel_dates(session: Session, dates: Iterable[Occurrence], reason: str, **options: Any) -> str:
    """Cancel these dates with one reason; the name of the act. `given` is actor and at."""
    with revisions.one_act(session) as act:
        for step in batch_dates.steps(dates):
            batch_dates.step(session, "dates", step, {"reason": reason}, **options)
    return act


def undo_act(session: Session, act: str, *, actor: User | None = None, at: datetime) -> int:
    """Take back a whole act, its last change first; how many changes could be taken back."""

    def step(session: Session, number: str) -> bool:
        return undo.step(session, "undo", number, {}, actor=actor, at=at)

    numbers = [str(row.number) for row in reversed(batch_dates.rows(session, act))]
    return sum(batch_jobs.portions(lambda: nullcontext(session), numbers, step))

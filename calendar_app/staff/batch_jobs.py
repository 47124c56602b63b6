"""Do long acts in portions. The rest of an act is stored until all is done, so that an interrupted act can continue.

Each portion is a transaction of its own, and others can save between two portions. All portions are one act
(`revisions.one_act`), and its Undo is an act of the same kind.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import FormDraft, User
from calendar_app.entries import form_drafts, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.staff import batch_dates, batch_entries, undo

PORTION = 8  # steps of ten to twenty milliseconds
PAUSE = 0.11  # seconds; SQLite retries a lock after 0.1 at the latest, so others get their turn
STEPS = {"dates": batch_dates.step, "undo": undo.step} | dict.fromkeys(batch_entries.VERBS, batch_entries.step)

# Opens a session that commits at its end. The web and the command line pass it to acts of several transactions.
Writing = Callable[[], AbstractContextManager[Session]]


def start(
    writing: Writing, verb: str, steps: Sequence[str], parameters: dict[str, str], *, actor: User, at: datetime
) -> str:
    """Do all steps as one act and return its name. `steps` and `parameters` are those of the verb's `step`."""
    name = revisions.new_act()
    with writing() as session:
        plan = {"verb": verb, "steps": list(steps), "given": parameters, "done": 0}
        session.add(FormDraft(user_id=actor.id, key=name, kind=form_drafts.ACT, fields=plan, updated_at=at))
    go_on(writing, name, actor=actor, at=at)
    return name


def go_on(writing: Writing, name: str, *, actor: User | None, at: datetime) -> None:
    """Do the rest of an act. Two requests at once share the work."""
    while _portion(writing, name, actor, at):
        time.sleep(PAUSE)


def start_undo(writing: Writing, act: str, *, actor: User, at: datetime) -> str:
    """Undo a whole act, its last change first; the rest of the act is dropped. Returns the name of the undoing act."""
    with writing() as session:
        forget(session, act)
        steps = [str(row.number) for row in reversed(batch_dates.rows(session, act))]
    return start(writing, "undo", steps, {"act": act}, actor=actor, at=at)


def broken_off(session: Session, name: str) -> FormDraft | None:
    """Return the rest of an act, whoever started it; None when all is done."""
    return session.scalar(select(FormDraft).where(FormDraft.key == name, FormDraft.kind == form_drafts.ACT))


def undone_by(session: Session, act: str) -> FormDraft | None:
    """Return an undoing of this act that was itself interrupted, or None."""
    plans = session.scalars(select(FormDraft).where(FormDraft.kind == form_drafts.ACT))
    return next((plan for plan in plans if plan.fields["verb"] == "undo" and plan.fields["given"]["act"] == act), None)


def of(session: Session, user: User) -> list[FormDraft]:
    """List the interrupted acts of this person, newest first."""
    query = select(FormDraft).where(FormDraft.user_id == user.id, FormDraft.kind == form_drafts.ACT)
    return list(session.scalars(query.order_by(FormDraft.updated_at.desc())))


def forget(session: Session, name: str) -> None:
    """Drop the rest of an act."""
    if plan := broken_off(session, name):
        session.delete(plan)


def progress(plan: FormDraft) -> tuple[int, int]:
    """Return the number of steps done, and of all steps."""
    return plan.fields["done"], len(plan.fields["steps"])


def portions(writing: Writing, steps: Sequence[Any], do: Callable[[Session, Any], bool]) -> Iterator[int]:
    """Do steps in portions without a stored plan, for the shell. Yields the number of effective steps of each portion."""
    name = revisions.new_act()
    for first in range(0, len(steps), PORTION):
        if first:
            time.sleep(PAUSE)
        with writing() as session, revisions.one_act(session, name):
            done = sum(do(session, step) for step in steps[first : first + PORTION])
        yield done


def _portion(writing: Writing, name: str, actor: User | None, at: datetime) -> bool:
    """Do one portion; return whether more is left."""
    with writing() as session, revisions.one_act(session, name):
        revisions.lock(session)
        plan = broken_off(session, name)
        if plan is None:
            return False
        todo = plan.fields
        step, ends = STEPS[todo["verb"]], todo["done"] + PORTION
        for target in todo["steps"][todo["done"] : ends]:
            _try(session, step, target, todo, {"actor": actor, "at": at})
        if ends >= len(todo["steps"]):
            session.delete(plan)
            return False
        plan.fields = todo | {"done": ends}
        return True


def _try(
    session: Session, step: Callable[..., Any], target: str, todo: dict[str, Any], record_args: dict[str, Any]
) -> None:
    """Do one step. A step that is no longer possible is skipped; the act's page shows what was done."""
    try:
        with session.begin_nested():
            step(session, todo["verb"], target, todo["given"], **record_args)
    except Invalid:
        pass

"""Ask back: a department puts one question on an entry, with a few answers to choose from, and readers press one.

Asking and ending are public revisions that touch the entry alone. A press is none: the page stays as it is, and the sums are on a
page of their own, if the department shows them. A person counts as for reactions (`reactions.mark_of`); another press
on the same day changes the choice.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from calendar_app.db import desk_signals
from calendar_app.db.models import Entry, Poll, PollChoice, PollMark, User
from calendar_app.entries import revisions
from calendar_app.entries.editing import Invalid
from calendar_app.text.markup import clean

LONGEST, LONGEST_CHOICE = 200, 60
FEWEST, MOST = 2, 5  # answers to choose from


def current(session: Session, entry: Entry) -> Poll | None:
    """Return the question that is on an entry's page."""
    return session.scalar(select(Poll).where(Poll.entry_id == entry.id, Poll.ended_at.is_(None)))


def all_of(session: Session, entry: Entry) -> list[Poll]:
    """List the questions of an entry, newest first."""
    return list(session.scalars(select(Poll).where(Poll.entry_id == entry.id).order_by(Poll.id.desc())))


def ask(
    session: Session, entry: Entry, question: str, choices: Sequence[str], *, actor: User | None, at: datetime
) -> Poll:
    """Put a question on an entry's page; one that is there ends.

    Raises Invalid, by field, for a text that is missing, too long or twice there, or for too few or too many choices.
    """
    question = clean(question, lines=False)
    texts = list(filter(None, (clean(choice, lines=False) for choice in choices)))
    errors = {} if 0 < len(question) <= LONGEST else {"question": "too_long" if question else "required"}
    if not FEWEST <= len(set(texts)) == len(texts) <= MOST or max(map(len, texts)) > LONGEST_CHOICE:
        errors["choice"] = "required"
    if errors:
        raise Invalid(**errors)
    revisions.lock(session)
    if before := current(session, entry):
        before.ended_at = at
    poll = Poll(entry=entry, question=question, asked_at=at, choices=[PollChoice(text=text) for text in texts])
    session.add(poll)
    _record(session, poll, "poll_asked", actor, at)
    return poll


def end(session: Session, poll: Poll, *, actor: User | None, at: datetime) -> None:
    """Take a question off the page. The desk keeps its sums."""
    revisions.lock(session)
    poll.ended_at = poll.ended_at or at
    _record(session, poll, "poll_ended", actor, at)


def show_sums(session: Session, poll: Poll, shown: bool, *, actor: User | None, at: datetime) -> None:
    """Show readers how many chose which answer, or hide it."""
    revisions.lock(session)
    poll.sums_public = shown
    _record(session, poll, "poll_changed", actor, at)


def choose(session: Session, poll: Poll, choice: PollChoice, mark: str, *, day: date) -> None:
    """Count a reader's choice. Another one of the same person and day takes its place."""
    forget_marks(session, day=day)
    chosen = session.get(PollMark, (poll.id, mark))
    if chosen and chosen.choice_id == choice.id:
        return
    if chosen:
        session.get_one(PollChoice, chosen.choice_id).number -= 1
    choice.number += 1
    session.merge(PollMark(poll_id=poll.id, mark=mark, choice_id=choice.id, day=day))
    session.flush()
    desk_signals.raise_signal(session, poll.entry.department_id)


def forget_marks(session: Session, *, day: date) -> None:
    """Delete the marks of the days before `day`."""
    session.execute(delete(PollMark).where(PollMark.day < day))


def answered(session: Session, department_id: int | None, day: date, most: int) -> list[Poll]:
    """List the questions of a department (None: of all) that were answered on a day, most answers first."""
    query = select(PollMark.poll_id).join(Poll, Poll.id == PollMark.poll_id).where(PollMark.day == day)
    if department_id is not None:
        query = query.join(Entry, Entry.id == Poll.entry_id).where(Entry.department_id == department_id)
    ids = session.scalars(query.group_by(PollMark.poll_id).order_by(func.count().desc()).limit(most)).all()
    polls = {poll.id: poll for poll in session.scalars(select(Poll).where(Poll.id.in_(ids)))}
    return [polls[number] for number in ids]


def _record(session: Session, poll: Poll, kind: str, actor: User | None, at: datetime) -> None:
    session.flush()
    shot: dict[str, Any] = {"entry": poll.entry_id, "question": poll.question, "sums_public": poll.sums_public}
    shot["choices"] = [choice.text for choice in poll.choices]
    revisions.append(session, kind, poll, actor=actor, at=at, public=poll.entry.public, shot=shot)

"""Publish questions and answers on an entry's page. Each change is a public revision of the entry."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Feedback, Revision, User
from calendar_app.entries import change_notices, revisions
from calendar_app.entries.change_notices import Notice
from calendar_app.entries.editing import Invalid
from calendar_app.feedback import inbox
from calendar_app.text.markup import clean

KINDS = ("qa_published", "qa_changed", "qa_withdrawn")
LONGEST = 2000


def publish(
    session: Session, feedback: Feedback, question: str, answer: str, *, actor: User | None, at: datetime
) -> bool:
    """Publish a question and its answer, or change the published words.

    False if they are published already. Raises Invalid when a text is missing or too long, or when the feedback is
    about no entry.
    """
    texts = clean(question).strip(), clean(answer).strip()
    wrong = {
        name: "too_long" if text else "required"
        for name, text in zip(("question", "answer"), texts, strict=True)
        if not 0 < len(text) <= LONGEST
    }
    if wrong:
        raise Invalid(**wrong)
    if feedback.published_at and texts == (feedback.public_question, feedback.public_answer):
        return False
    _set(session, feedback, *texts, actor=actor, at=at)
    return True


def withdraw(session: Session, feedback: Feedback, *, actor: User | None, at: datetime) -> bool:
    """Take the answer off the page; its words are kept. False if it was not published."""
    if was_public := feedback.published_at is not None:
        _set(session, feedback, "", "", actor=actor, at=at)
    return was_public


def undo_answers(session: Session, entry: Entry, before: dict[str, Any], row: Revision, **record_args: Any) -> bool:
    """Undo a change of published answers, for those that nobody has changed since."""
    old, new = ({number: tuple(texts) for number, *texts in shot.get("answers", [])} for shot in (before, row.snapshot))
    done = False
    for number in {number for number in (*old, *new) if old.get(number) != new.get(number)}:
        feedback = session.get(Feedback, number)
        if feedback and feedback.entry_id == entry.id and _texts(feedback) == new.get(number):
            _set(session, feedback, *old.get(number, ("", "")), **record_args)
            done = True
    return done


INVERSES = dict.fromkeys(KINDS, undo_answers)


def _texts(feedback: Feedback) -> tuple[str, str] | None:
    return (feedback.public_question, feedback.public_answer) if feedback.published_at else None


def _set(session: Session, feedback: Feedback, question: str, answer: str, *, actor: User | None, at: datetime) -> None:
    entry = feedback.entry
    if entry is None:
        raise Invalid(entry="required")
    revisions.lock(session)
    act = "qa_withdrawn" if not question else "qa_changed" if feedback.published_at else "qa_published"
    if question:
        feedback.public_question, feedback.public_answer, feedback.published_at = (
            question,
            answer,
            feedback.published_at or at,
        )
    else:
        feedback.published_at = None
    inbox.record_publication(session, feedback, act, actor=actor, at=at)
    session.expire(entry, ["answers"])
    notice = Notice(act, notable=act == "qa_published")
    # No note: it would outlive the words that are withdrawn.
    change_notices.record(session, entry, notice, actor=actor, at=at)

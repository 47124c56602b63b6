"""Find messages that ask the same, so that one answer serves several people, and earlier answers that can be used again."""

from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Feedback
from calendar_app.text import normalize

SHOWN = 5
LOOKED_AT = 200  # of the newest messages; similarity is computed here, not in the database


def asking_the_same(session: Session, feedback: Feedback) -> list[Feedback]:
    """List the other waiting questions about the same subject to the same department, the most similar first."""
    query = _others(feedback).where(
        Feedback.state == "waiting", Feedback.entry_id.is_not_distinct_from(feedback.entry_id)
    )
    found = session.scalars(query.order_by(Feedback.asked_at).limit(LOOKED_AT))
    return sorted(found, key=lambda other: -likeness(other.text, feedback.text))[:SHOWN]


def earlier_answers(session: Session, feedback: Feedback) -> list[Feedback]:
    """List answered messages of the same department with an answer to use again, the most similar first; each answer once."""
    query = _others(feedback).where(Feedback.state == "answered").order_by(Feedback.done_at.desc()).limit(LOOKED_AT)
    ranked = sorted(session.scalars(query), key=lambda other: -likeness(other.text, feedback.text))
    return list({other.answer: other for other in reversed(ranked)}.values())[::-1][:SHOWN]


def likeness(text: str, other: str) -> float:
    """Return how much two texts have in common: shared pairs of letters in proportion to all of them, 0 to 1."""
    pairs, others = _pairs(normalize.fold(text)), _pairs(normalize.fold(other))
    return len(pairs & others) / max(len(pairs | others), 1)


def _pairs(letters: str) -> set[str]:
    return {letters[place : place + 2] for place in range(len(letters) - 1)}


def _others(feedback: Feedback) -> Select[Any]:
    same = Feedback.department_id.is_not_distinct_from(feedback.department_id)
    return select(Feedback).where(same, Feedback.id != feedback.id)

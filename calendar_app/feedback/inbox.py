"""Handle what citizens write: receive it, pass it on, answer it, close it, and forget who asked.

None of this makes a revision: it is not public, and strangers must not be able to empty caches. `answers` publishes.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from calendar_app.dates import business_days
from calendar_app.db import desk_signals
from calendar_app.db.models import FEEDBACK_KINDS, Department, Entry, Feedback, FeedbackNote, Mail, Throttle, User
from calendar_app.entries.editing import Invalid
from calendar_app.feedback import spam
from calendar_app.text.markup import clean

LONGEST, LONGEST_ANSWER = 1000, 4000
REPLY_DAYS = 2  # working days, where no department is asked
AGAIN = timedelta(minutes=30)  # within it, the same text from the same form counts as sent twice
NOBODY = "ask:"  # prefix of the throttle's keys for feedback


class Overtaken(Exception):
    """A colleague has changed the feedback since the page was opened."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A sent form.

    `form` identifies the form's page, `address` is a hash of the sender's; `trap`: the hidden field was filled in.
    """

    kind: str
    text: str
    name: str = ""
    email: str = ""
    lang: str = "ja"
    form: str = ""
    address: str = ""
    trap: bool = False


def receive(
    session: Session,
    submission: Submission,
    *,
    entry: Entry | None,
    department: Department | None,
    at: datetime,
    zone: ZoneInfo,
) -> Feedback:
    """Store a message; the same form sent twice is stored once.

    Raises Invalid, by field, when a value is missing or too long.
    """
    values = _checked(submission)
    if known := _same(session, submission, values["text"], at):
        return known
    home = department or (entry.department if entry else None)
    machine = submission.trap or spam.held(session, values["text"], values["name"], at)
    state = "spam" if machine else "closed" if submission.kind == "thanks" else "waiting"
    feedback = Feedback(
        **values,
        token=secrets.token_urlsafe(18),
        form=submission.form[:24],
        address=submission.address,
        lang=submission.lang,
        state=state,
        entry=entry,
        department=home,
        asked_at=at,
        due_at=business_days.due(at, home.reply_days if home else REPLY_DAYS, zone),
        done_at=None if state == "waiting" else at,
    )
    session.add(feedback)
    session.flush()
    if not machine:
        desk_signals.raise_signal(session, feedback.department_id)
    return feedback


def _checked(submission: Submission) -> dict[str, str]:
    text, name, email = (
        clean(submission.text).strip(),
        clean(submission.name, lines=False),
        clean(submission.email, lines=False),
    )
    errors = {}
    if submission.kind not in FEEDBACK_KINDS:
        errors["kind"] = "required"
    if not text:
        errors["text"] = "required"
    elif len(text) > LONGEST:
        errors["text"] = "too_long"
    if len(name) > 60:
        errors["name"] = "too_long"
    if email and not is_address(email):
        errors["email"] = "email"
    if errors:
        raise Invalid(**errors)
    return {"kind": submission.kind, "text": text, "name": name, "email": email}


def is_address(email: str) -> bool:
    """Catch slips and anything that could forge a mail header. Only a mail can tell whether the address exists."""
    user, _, host = email.rpartition("@")
    plain = email.isascii() and email.isprintable() and not set(email) & set(' ,;:<>()[]"\\')
    return bool(user and "." in host.strip(".") and len(email) <= 254 and plain and "@" not in user)


def _same(session: Session, submission: Submission, text: str, at: datetime) -> Feedback | None:
    """Find the same message by the same sender and form.

    The form alone is not enough: cached pages share it with strangers.
    """
    mine = Feedback.address == submission.address, Feedback.asked_at >= at - AGAIN
    query = select(Feedback).where(*mine, Feedback.form == submission.form, Feedback.text == text)
    return session.scalar(query.limit(1)) if submission.form and submission.address else None


def check_version(feedback: Feedback, version: int) -> None:
    """Raises Overtaken when the feedback has another version than the page showed."""
    if feedback.version != version:
        raise Overtaken


def answer(session: Session, feedback: Feedback, text: str, *, actor: User, at: datetime) -> None:
    """Answer the asker on the private page; the caller queues a mail if there is an address.

    Raises Invalid when empty or too long.
    """
    text = _required(text, LONGEST_ANSWER)
    again = feedback.state == "answered"
    feedback.answer, feedback.state, feedback.done_by_id = text, "answered", actor.id
    feedback.done_at = feedback.done_at if again and feedback.done_at else at
    feedback.taken_by_id = feedback.taken_by_id or actor.id
    _note(session, feedback, "changed" if again else "answered", actor, at)


def set_state(session: Session, feedback: Feedback, state: str, *, actor: User, at: datetime) -> None:
    """Close the feedback without an answer ("closed", "spam"), or reopen it ("waiting")."""
    back = state == "waiting"
    feedback.state, feedback.done_at, feedback.done_by_id = state, None if back else at, None if back else actor.id
    _note(session, feedback, "reopened" if back else state, actor, at)


def assign(session: Session, feedback: Feedback, *, actor: User, at: datetime, give_back: bool = False) -> None:
    """Say who answers, so that two people do not; `give_back` clears it."""
    feedback.taken_by_id = None if give_back else actor.id
    _note(session, feedback, "given_back" if give_back else "taken", actor, at)


def pass_on(session: Session, feedback: Feedback, to: Department, reason: str, *, actor: User, at: datetime) -> None:
    """Pass the feedback on to another department, with the reason for it.

    The date by which to answer stays: the asker has waited since the first. Raises Invalid without a reason.
    """
    was = feedback.department.name if feedback.department else ""
    reason = _required(reason, LONGEST, "reason")
    desk_signals.raise_signal(session, feedback.department_id)
    feedback.department, feedback.taken_by_id = to, None
    _note(session, feedback, "passed", actor, at, f"{was or '—'} → {to.name}\n{reason}")


def comment(session: Session, feedback: Feedback, text: str, *, actor: User, at: datetime) -> None:
    """Add an internal comment. Raises Invalid when it is empty or too long."""
    session.add(
        FeedbackNote(feedback=feedback, author_id=actor.id, at=at, act="comment", text=_required(text, LONGEST))
    )
    session.flush()


def _required(text: str, longest: int, field: str = "text") -> str:
    text = clean(text).strip()
    if not text or len(text) > longest:
        raise Invalid(**{field: "too_long" if text else "required"})
    return text


def _note(session: Session, feedback: Feedback, act: str, actor: User, at: datetime, text: str = "") -> None:
    session.add(FeedbackNote(feedback=feedback, author_id=actor.id, at=at, act=act, text=text))
    session.flush()
    desk_signals.raise_signal(session, feedback.department_id)


def record_publication(session: Session, feedback: Feedback, act: str, *, actor: User | None, at: datetime) -> None:
    """Note that the answer was published, changed or withdrawn; only the desk sees the note."""
    session.add(FeedbackNote(feedback=feedback, author_id=actor.id if actor else None, at=at, act=act))
    session.flush()


def forget_askers(session: Session, days: int, *, at: datetime) -> int:
    """Erase names, addresses and mails of askers so many `days` after the answer, and delete spam.

    What stands on a page stays, even if it was called spam since: a page changes with a revision only. Gives the number
    of rows.
    """
    before = at - timedelta(days=days)
    over = or_(Feedback.done_at < before, Feedback.asked_at < before - timedelta(days=365))
    ids = session.scalars(select(Feedback.id).where(over, Feedback.forgotten_at.is_(None)).limit(1000)).all()
    keys = [
        key
        for number in ids
        for key in session.scalars(select(Mail.key).where(Mail.key.startswith(mail_key_prefix(number))))
    ]
    session.execute(delete(Mail).where(Mail.key.in_(keys)))
    spam = (Feedback.state == "spam") & Feedback.published_at.is_(None)
    session.execute(delete(Feedback).where(Feedback.id.in_(ids), spam))
    nobody: dict[str, Any] = {"name": "", "email": "", "address": "", "form": "", "forgotten_at": at}
    session.execute(update(Feedback).where(Feedback.id.in_(ids)).values(nobody))
    session.execute(delete(Throttle).where(Throttle.key.startswith(NOBODY), Throttle.at < at - timedelta(days=1)))
    return len(ids)


def mail_key_prefix(number: int) -> str:
    """Give the prefix of the outbox keys of a feedback's mails."""
    return f"feedback-{number}-"

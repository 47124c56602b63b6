"""Store unfinished forms for each person until they are saved or discarded, or for a month.

They make no revision and empty no cache, because nobody else sees them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from calendar_app.db.models import FormDraft, User

KEY = re.compile(r"[A-Za-z0-9_-]{6,40}")
KINDS = ("event", "announcement")
FINISHED = 50  # keys of finished forms that a page receives
ACT = "act"  # no form: the rest of a batch act on many entries (`staff.batch_jobs`)
MOST = 20  # drafts for each person; the oldest are deleted
LARGEST = 200_000  # characters of the form as JSON: more than a filled form has
KEPT = timedelta(days=30)
# Fields that belong to one button press or one request, not to the text.
PASSING = ("csrf_token", "action", "key", "entry", "kind", "asked", "warned")

Fields = Mapping[str, Sequence[str]]


def save_draft(
    session: Session, user: User, key: str, fields: Fields, *, kind: str, entry: str = "", at: datetime
) -> bool:
    """Store a form under its key and replace its earlier state. False when the form is not one of ours or too large."""
    typed = {name: list(values) for name, values in fields.items() if name not in PASSING and any(values)}
    if not KEY.fullmatch(key) or kind not in KINDS or len(json.dumps(typed, ensure_ascii=False)) > LARGEST:
        return False
    draft = session.get(FormDraft, (user.id, key)) or FormDraft(user_id=user.id, key=key)
    if draft.finished and not key.startswith("edit-"):  # each new form has a key of its own
        return True
    draft.kind, draft.entry, draft.fields, draft.updated_at, draft.finished = kind, entry[:16], typed, at, False
    session.add(draft)
    session.flush()
    for old in unfinished_drafts(session, user)[MOST:]:
        session.delete(old)
    return True


def unfinished_drafts(session: Session, user: User) -> list[FormDraft]:
    """Return everything that this person has not finished, newest first."""
    query = select(FormDraft).where(FormDraft.user_id == user.id, FormDraft.kind != ACT, ~FormDraft.finished)
    return list(session.scalars(query.order_by(FormDraft.updated_at.desc(), FormDraft.key)))


def find(session: Session, user: User, key: str) -> FormDraft | None:
    """Return a person's unfinished draft by its key, or None."""
    draft = session.get(FormDraft, (user.id, key)) if KEY.fullmatch(key) else None
    return draft if draft and draft.kind != ACT and not draft.finished else None


def finish_draft(session: Session, user: User, key: str, *, at: datetime) -> None:
    """Mark a form as saved or discarded and delete its text. The row stays, so that copies on other devices learn of
    it."""
    if not KEY.fullmatch(key):
        return
    draft = session.get(FormDraft, (user.id, key))
    if draft is None:
        draft = FormDraft(user_id=user.id, key=key, kind="", fields={}, updated_at=at)
        try:
            with session.begin_nested():
                session.add(draft)
        except IntegrityError:  # a last automatic save arrived meanwhile
            draft = session.get_one(FormDraft, (user.id, key))
    if draft.kind == ACT:
        return
    draft.finished, draft.fields, draft.entry, draft.updated_at = True, {}, "", at


def finished_at(session: Session, user: User) -> dict[str, datetime]:
    """Return when each form was finished (UTC). Devices discard their copies from before."""
    query = select(FormDraft.key, FormDraft.updated_at).where(FormDraft.user_id == user.id, FormDraft.finished)
    return dict(session.execute(query.order_by(FormDraft.updated_at.desc()).limit(FINISHED)).all())


def prune(session: Session, *, at: datetime) -> None:
    """Delete drafts that nobody changed for a month before `at` (UTC)."""
    session.execute(delete(FormDraft).where(FormDraft.updated_at < at - KEPT))


def key_of(public_id: str) -> str:
    """Return the key of the form that edits an entry. Keys belong to a person, so each has a draft of their own."""
    return f"edit-{public_id}"


def title(draft: FormDraft) -> str:
    """Return the text by which a person recognises a draft: the title, or else the first words typed."""
    texts = (draft.fields.get(name, [""])[0].strip() for name in ("title", "quick", "summary", "body", "start_date"))
    return next(filter(None, texts), "")[:60]

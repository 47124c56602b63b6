"""Forms as they are being typed: kept for each person until they are saved, thrown away, or forgotten for a month.

No revision is made of them: nobody else sees them, and no cache is emptied.
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
FINISHED = 50  # told to a page
ACT = "act"  # no form: what is left to do of an act upon many entries (`acts`)
MOST = 20  # for each person; the oldest go
LARGEST = 200_000  # characters, of the whole as JSON: more than a filled form has
KEPT = timedelta(days=30)
# What belongs to the press of a button or to one sending, not to the text.
PASSING = ("csrf_token", "action", "key", "entry", "kind", "asked", "warned")

Fields = Mapping[str, Sequence[str]]


def save_draft(
    session: Session, user: User, key: str, fields: Fields, *, kind: str, entry: str = "", at: datetime
) -> bool:
    """Keep a form under its key, over what it held before; False for what no form of ours would send."""
    kept = {name: list(values) for name, values in fields.items() if name not in PASSING and any(values)}
    if not KEY.fullmatch(key) or kind not in KINDS or len(json.dumps(kept, ensure_ascii=False)) > LARGEST:
        return False
    draft = session.get(FormDraft, (user.id, key)) or FormDraft(user_id=user.id, key=key)
    if draft.finished and not key.startswith("edit-"):  # each new form has a key of its own
        return True
    draft.kind, draft.entry, draft.fields, draft.updated_at, draft.finished = kind, entry[:16], kept, at, False
    session.add(draft)
    session.flush()
    for old in unfinished_drafts(session, user)[MOST:]:
        session.delete(old)
    return True


def unfinished_drafts(session: Session, user: User) -> list[FormDraft]:
    """Everything that this person has not finished, newest first."""
    query = select(FormDraft).where(FormDraft.user_id == user.id, FormDraft.kind != ACT, ~FormDraft.finished)
    return list(session.scalars(query.order_by(FormDraft.updated_at.desc(), FormDraft.key)))


def find(session: Session, user: User, key: str) -> FormDraft | None:
    found = session.get(FormDraft, (user.id, key)) if KEY.fullmatch(key) else None
    return found if found and found.kind != ACT and not found.finished else None


def finish_draft(session: Session, user: User, key: str, *, at: datetime) -> None:
    """It has been saved, or is not wanted: nothing of it stays but that, for copies on other devices."""
    if not KEY.fullmatch(key):
        return
    draft = session.get(FormDraft, (user.id, key))
    if draft is None:
        draft = FormDraft(user_id=user.id, key=key, kind="", fields={}, updated_at=at)
        try:
            with session.begin_nested():
                session.add(draft)
        except IntegrityError:  # what was typed last came in meanwhile
            draft = session.get_one(FormDraft, (user.id, key))
    if draft.kind == ACT:
        return
    draft.finished, draft.fields, draft.entry, draft.updated_at = True, {}, "", at


def finished_at(session: Session, user: User) -> dict[str, datetime]:
    """When each form was finished: what a device has kept of it before is of no use."""
    query = select(FormDraft.key, FormDraft.updated_at).where(FormDraft.user_id == user.id, FormDraft.finished)
    return dict(session.execute(query.order_by(FormDraft.updated_at.desc()).limit(FINISHED)).all())


def prune(session: Session, *, at: datetime) -> None:
    session.execute(delete(FormDraft).where(FormDraft.updated_at < at - KEPT))


def key_of(public_id: str) -> str:
    """The key of the form that edits an entry: each person has one."""
    return f"edit-{public_id}"


def title(draft: FormDraft) -> str:
    """By what a person knows it again: the title, or else the first words typed."""
    texts = (draft.fields.get(name, [""])[0].strip() for name in ("title", "quick", "summary", "body", "start_date"))
    return next(filter(None, texts), "")[:60]

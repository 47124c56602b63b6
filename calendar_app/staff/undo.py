"""Undo changes. An undo is a change like any other; later changes of other values stay.

`INVERSES` maps each kind of revision of an entry, and each table of settings, to its inverse.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Revision, User
from calendar_app.entries import inverses, permissions, revisions, settings_changes
from calendar_app.entries.inverses import Inverse
from calendar_app.feedback import answers
from calendar_app.importing.sources import manage
from calendar_app.staff import handover

INVERSES: dict[str, Inverse] = (
    inverses.INVERSES | settings_changes.INVERSES | manage.INVERSES | answers.INVERSES | handover.INVERSES
)


def undo(session: Session, row: Revision, *, actor: User | None, at: datetime) -> bool:
    """Undo one change; False when nothing of it is left to undo."""
    revisions.lock(session)
    if setting := settings_changes.setting_of(session, row):
        before = settings_changes.restorable_values(setting, row)
        return INVERSES[setting.__tablename__](session, setting, before, row, actor=actor, at=at)
    entry, inverse, earlier = row.entry, INVERSES.get(row.kind), revisions.before(session, row)
    if entry is None or inverse is None or earlier is None or entry.state != row.snapshot["state"]:
        return False
    return inverse(session, entry, earlier, row, actor=actor, at=at)


def newest(session: Session, setting: settings_changes.Setting) -> Revision | None:
    """Return the last change of a template or a source if it can still be undone, or None."""
    mine = select(Revision).where(Revision.subject == f"{setting.__tablename__}:{setting.id}")
    row = session.scalar(mine.order_by(Revision.number.desc()).limit(1))
    return row if row and row.batch and settings_changes.restorable_values(setting, row) else None


def step(session: Session, _verb: str, number: str, _parameters: object, *, actor: User | None, at: datetime) -> bool:
    """Undo the change of this number, if the actor may. `batch_jobs` calls it."""
    row = session.get(Revision, int(number))
    if row is None or (actor and row.entry and not permissions.may(actor, "edit", row.entry)):
        return False
    return undo(session, row, actor=actor, at=at)

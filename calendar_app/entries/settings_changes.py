"""Changes of templates, followed sources and venues that can be undone: each is a revision that holds both sides."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from calendar_app.db.models import Revision, Source, Template, User, Venue
from calendar_app.entries import publishing, revisions

Setting = Template | Source | Venue
MODELS: dict[str, type[Any]] = {"template": Template, "source": Source, "venue": Venue}


def change(
    session: Session,
    setting: Setting,
    values: dict[str, Any],
    *,
    actor: User | None,
    at: datetime,
    kind: str = "changed",
) -> bool:
    """Set columns to values that JSON can hold; False when nothing differs."""
    revisions.lock(session)
    was = {name: getattr(setting, name) for name in values}
    changed = {name: value for name, value in values.items() if value != was[name]}
    if not changed:
        return False
    for name, value in changed.items():
        setattr(setting, name, value)
    session.flush()
    session.expire(setting, ["department"])
    shot = {"name": setting.name, "was": {name: was[name] for name in changed}, "now": changed}
    revisions.append(session, kind, setting, actor=actor, at=at, public=False, shot=shot)
    return True


def undo_change(session: Session, setting: Setting, before: dict[str, Any], _row: Revision, **record_args: Any) -> bool:
    """Restore the columns that nobody has changed since."""
    return change(session, setting, before, **record_args)


INVERSES: dict[str, Callable[..., bool]] = {"template": undo_change, "venue": publishing.undo_reference}


def setting_of(session: Session, row: Revision) -> Setting | None:
    """Return the template, source or venue that a revision is about; None for anything else."""
    table, _, number = row.subject.partition(":")
    setting: Setting | None = session.get(MODELS[table], int(number)) if table in MODELS else None
    return setting


def restorable_values(setting: Setting, row: Revision) -> dict[str, Any]:
    """Return the values from before a change, for those columns that nobody has changed since."""
    now, was = row.snapshot.get("now", {}), row.snapshot.get("was", {})
    return {name: value for name, value in was.items() if getattr(setting, name) == now[name]}

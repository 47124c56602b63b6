"""Changes of what is no entry and still can be taken back: templates, followed sources. Each is a revision that holds both sides."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from calendar_app.db.models import Revision, Source, Template, User
from calendar_app.entries import revisions

Kept = Template | Source
MODELS: dict[str, type[Any]] = {"template": Template, "source": Source}


def change(
    session: Session, thing: Kept, values: dict[str, Any], *, actor: User | None, at: datetime, kind: str = "changed"
) -> bool:
    """Set columns to what JSON can hold; False when nothing differs."""
    revisions.lock(session)
    was = {name: getattr(thing, name) for name in values}
    changed = {name: value for name, value in values.items() if value != was[name]}
    if not changed:
        return False
    for name, value in changed.items():
        setattr(thing, name, value)
    session.flush()
    session.expire(thing, ["department"])
    shot = {"name": thing.name, "was": {name: was[name] for name in changed}, "now": changed}
    revisions.append(session, kind, thing, actor=actor, at=at, public=False, shot=shot)
    return True


def take_back(session: Session, thing: Kept, before: dict[str, Any], _row: Revision, **given: Any) -> bool:
    """Set the columns that a change left as they are now to what they were."""
    return change(session, thing, before, **given)


INVERSES = {"template": take_back}


def thing_of(session: Session, row: Revision) -> Kept | None:
    """What a revision is about, if it is a template or a source."""
    table, _, number = row.subject.partition(":")
    found: Kept | None = session.get(MODELS[table], int(number)) if table in MODELS else None
    return found


def restorable_values(thing: Kept, row: Revision) -> dict[str, Any]:
    """What it was before a change, of those columns that are as that change left them."""
    now, was = row.snapshot.get("now", {}), row.snapshot.get("was", {})
    return {name: value for name, value in was.items() if getattr(thing, name) == now[name]}

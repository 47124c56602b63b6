"""Hand everything that a person looks after and that is still current to a colleague, as one act.

The author of an entry stays its author; `owner_id` names who looks after it now, if that is somebody else.
"""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from calendar_app.db.models import Department, Entry, Revision, Source, Template, User
from calendar_app.entries import publishing, revisions, settings_changes
from calendar_app.importing.sources import manage
from calendar_app.listings import queries

KIND = "handed_over"
GROUPS = ("draft", "scheduled", "event", "announcement")  # headings of the list, in order


def looked_after_by(person: User) -> ColumnElement[bool]:
    """The condition that a person looks after an entry."""
    return func.coalesce(Entry.owner_id, Entry.author_id) == person.id


def current_entries(session: Session, person: User, today: date) -> list[Entry]:
    """List a person's entries that are not over:

    drafts, scheduled, coming or running events, announcements in force.
    """
    query = select(Entry).where(looked_after_by(person), queries.still_current(today))
    entries = session.scalars(query.options(selectinload(Entry.department)).order_by(Entry.id)).all()
    return sorted(entries, key=lambda entry: (GROUPS.index(heading(entry)), entry.id))


def heading(entry: Entry) -> str:
    """Give the heading under which the list shows an entry: one of GROUPS."""
    return entry.state if entry.state in ("draft", "scheduled") else entry.kind


def templates_and_sources_of(session: Session, person: User) -> list[settings_changes.Setting]:
    """List a person's templates and sources, including the sources of their department that nobody looks after."""
    query = select(Template).where(Template.owner_id == person.id, Template.removed.is_(False))
    templates = session.scalars(query.order_by(Template.name, Template.id))
    return [*templates, *manage.looked_after_by(session, person)]


def hand_over(
    session: Session,
    entries: Iterable[Entry],
    to: User | None,
    department: Department | None,
    *,
    settings: Iterable[settings_changes.Setting] = (),
    **record_args: Any,
) -> str:
    """Give entries, sources and templates to a colleague, to another department, or both. The name of the act.

    `record_args` are actor and at. Only a new department is news to the public.
    """
    revisions.lock(session)
    with revisions.one_act(session) as act:
        for entry in entries:
            if department and entry.department_id != department.id:
                publishing.save(session, entry, {"department_id": department.id}, **record_args)
            if to and (entry.owner_id or entry.author_id) != to.id:
                _give(session, entry, to.id, **record_args)
        for setting in settings:
            _give_setting(session, setting, to, department, **record_args)
    return act


def _give_setting(
    session: Session,
    setting: settings_changes.Setting,
    to: User | None,
    department: Department | None,
    **record_args: Any,
) -> None:
    """Give a template or a source to somebody. One that belongs to the whole city keeps no department."""
    values: dict[str, Any] = {"owner_id": to.id} if to else {}
    if department and setting.department_id is not None:
        values["department_id"] = department.id
    if isinstance(setting, Source):
        manage.change(session, setting, values, **record_args)
    else:
        settings_changes.change(session, setting, values, **record_args)


def undo_handover(session: Session, entry: Entry, before: dict[str, Any], row: Revision, **record_args: Any) -> bool:
    """Give the entry back to its former owner. False if it has been handed on since."""
    if entry.owner_id != row.snapshot.get("owner_id"):
        return False
    _give(session, entry, before.get("owner_id"), **record_args)
    return True


INVERSES = {KIND: undo_handover}


def _give(session: Session, entry: Entry, owner_id: int | None, *, actor: User | None, at: datetime) -> None:
    """Set the owner. `version` stays, because no field of the form changes."""
    entry.owner_id = owner_id
    session.flush()
    session.expire(entry, ["owner"])
    revisions.append(session, KIND, entry, actor=actor, at=at, public=False)


def count_by_heading(entries: Iterable[Entry]) -> dict[str, int]:
    """Count the entries under each heading; headings without entries are left out."""
    groups = [heading(entry) for entry in entries]
    return {name: groups.count(name) for name in GROUPS if name in groups}

"""A form as it is opened and as it is read, for whoever shows one: its lists, and the values of what is typed in it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app import forms, habits, publishing, queries, revisions
from calendar_app.config import Config
from calendar_app.forms import fields, repeats, typed
from calendar_app.models import Entry, Event, User, Venue
from calendar_app.revisions import Values

FORMS = {"event": forms.EventForm, "announcement": forms.AnnouncementForm}


def opened(session: Session, user: User, kind: str, entry: Entry | None = None, **given: Any) -> Any:
    """The form of a kind, with what its lists offer this person."""
    form: Any = FORMS[kind](**given)
    form.usual = habits.of(session, user, kind)
    forms.offer(form, session, user, form.usual, entry)
    if isinstance(entry, Event):
        repeats.offer(form, revisions.values(entry))
    return form


def values(
    session: Session, form: Any, kind: str, shown: list[Values], was: Values, config: Config, *, today: date
) -> Values:
    """What is typed in a form; what is wrong stands at its fields. `shown` are its photos."""
    form.validate()
    for message in getattr(form, "photo_errors", ()):
        fields.wrong(form.photos, message)
    found = typed.read(form, kind, today=today, zone=config.zone, was=was)
    found["photos"] = shown
    if kind == "event" and (before := queries.by_public_id(session, Event, form.previous.data or "")):
        found["previous_id"] = before.id
    return found


def new_venue(session: Session, name: str, *, actor: User, at: datetime) -> int:
    """The number of the venue of this name, made if there is none."""
    venue = session.scalar(select(Venue).where(func.lower(Venue.name) == name.lower()))
    if venue is None:
        publishing.save_thing(session, venue := Venue(), {"name": name}, actor=actor, at=at)
    return venue.id

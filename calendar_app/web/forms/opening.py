"""Open a form with its lists, and read the typed values, for every view that shows a form."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db.models import Entry, Event, User, Venue
from calendar_app.entries import editing, publishing, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.entries.urls import SiteView
from calendar_app.listings import queries
from calendar_app.sharing import previews
from calendar_app.staff import suggestions
from calendar_app.web import forms
from calendar_app.web.forms import date_preview, error_messages, fields, form_values, repeats, telling

FORMS = {"event": forms.EventForm, "announcement": forms.AnnouncementForm}


def opened(session: Session, user: User, kind: str, entry: Entry | None = None, **options: Any) -> Any:
    """The form of a kind of entry, with the choices that this person may use. `options` go to the class of the form."""
    form: Any = FORMS[kind](**options)
    form.usual = suggestions.habits_of(session, user, kind)
    forms.offer(form, session, user, form.usual, entry)
    if isinstance(entry, Event):
        repeats.offer(form, revisions.values(entry))
    return form


def values(
    session: Session,
    form: Any,
    kind: str,
    shown: list[Values],
    was: Values,
    config: Config,
    *,
    today: date,
    publishes_later: bool = False,
) -> Values:
    """The typed values of a form; errors stand at its fields. `shown` are its photos."""
    form.validate()
    for message in getattr(form, "photo_errors", ()):
        fields.wrong(form.photos, message)
    typed = form_values.read(form, kind, today=today, zone=config.zone, was=was)
    typed["photos"] = shown
    if publishes_later:
        form_values.publish_moment(form, today=today, zone=config.zone)
    if kind == "event" and form.errors and not form.errors.keys() & {*date_preview.FIELDS}:
        _tell_faults_of_dates(form, typed)
    if kind == "event" and (before := queries.by_public_id(session, Event, form.previous.data or "")):
        typed["previous_id"] = before.id
    return typed


def _tell_faults_of_dates(form: Any, typed: Values) -> None:
    """Add the faults that saving the dates would find to those found already, so that one round shows all."""
    try:
        editing.dates_of(typed)
    except Invalid as error:
        error_messages.say(form, error)


def new_venue(session: Session, name: str, *, actor: User, at: datetime) -> int:
    """The number of the venue with this name. It creates the venue when there is none."""
    venue = session.scalar(select(Venue).where(func.lower(Venue.name) == name.lower()))
    if venue is None:
        venue = Venue(department_id=actor.department_id if actor and actor.role != "admin" else None)
        publishing.save_reference(session, venue, {"name": name}, actor=actor, at=at)
    return venue.id


def look(
    session: Session,
    kind: str,
    entry: Entry | None,
    values: Values,
    site_view: SiteView,
    *,
    until: date,
    **options: Any,
) -> previews.EntryPreviews | None:
    """The preview of every channel, made by saving the entry. The caller must roll back. `options` are actor and at."""
    try:
        if entry is None:
            entry, changed = publishing.create(session, kind, values, **options), True
        else:
            changed = publishing.save(session, entry, values, **options)
        told = telling.in_words(session, entry) if changed else []
        said = [previews.ChannelPreview("told", name, "", [text]) for name, text in told]
        look = previews.preview_channels(entry, site_view, until)
        return replace(look, channels=[*said, *look.channels])
    except Invalid:
        return None


def conflict(session: Session, user: User, form: Any, entry: Entry, yours: Values, zone: ZoneInfo) -> dict[str, Any]:
    """Both edits of one version in `form`: theirs where only they changed a field, yours elsewhere; what the page says of it."""
    sent = form.version.data or ""
    version = int(sent) if sent.isdecimal() and len(sent) < 10 else 0
    theirs = revisions.values(entry)
    merged, both = revisions.merge(revisions.of_version(entry, version) or theirs, theirs, yours)
    shown = opened(session, user, entry.kind, entry, formdata=None)
    form_values.fill(shown, theirs, zone)
    parts = [part for name in both for part in form_values.PARTS.get(name, (name,)) if part in shown]
    form_values.fill(form, merged, zone)
    form.version.data = entry.version
    old = next((row.snapshot for row in entry.revisions if row.snapshot.get("version") == version), None)
    return {
        "photos": merged["photos"],
        "theirs": {part: fields.in_words(shown[part]) for part in parts},
        "changes": form_values.changes(old, entry.revisions[0].snapshot, zone) if old else [],
        "by": entry.revisions[0],
    }

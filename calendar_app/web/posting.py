"""The forms of the staff desk: post, edit, look at the dates beforehand. Nothing typed is lost, whatever is wrong with it."""

import secrets
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask import session as cookie
from flask_security import current_user
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from calendar_app import channels, drafts, forms, habits, publishing, queries, revisions
from calendar_app.editing import Invalid
from calendar_app.forms import advising, chips, copying, fields, pictures, preview, quick, refusals, repeats, typed
from calendar_app.models import Draft, Entry, Event, Photo, Venue
from calendar_app.revisions import Values
from calendar_app.web import config, csrf, editable, edition, now, session, today

bp = Blueprint("posting", __name__, url_prefix="/staff")

FORMS = {"event": forms.EventForm, "announcement": forms.AnnouncementForm}
REMEMBERED = 20
AHEAD = timedelta(days=400)
FORM_TEXT = 4 * 2**20  # more than any field takes: what is too long is answered at its field


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.route("/<any(event, announcement):kind>s/new", methods=["GET", "POST"])
@csrf.exempt  # the form checks its token itself, so that a late one costs no text
def new(kind: str) -> Any:
    allow_photos()
    if request.method == "GET":
        return _begin(kind)
    form = _form(kind)
    if made := dict(cookie.get("posted", [])).get(form.key.data):
        return redirect(url_for("staff.done", public_id=made), 303)
    shown = _pictures(form)
    if request.form.get("action") == "preview":
        return _preview(form, kind, None, shown)
    if request.form.get("action") == "quick" and kind == "event":
        return _quick(shown)
    values = _values(form, kind, shown, {})
    if odd := _odd(form, kind, None, values):
        return _show(form, kind, None, shown, odd=odd), 422
    public_id = ""
    if not form.errors:
        try:
            with revisions.one_act(session):
                entry = publishing.create(session, kind, values, actor=current_user, at=now())
                _finish(entry, form)
            public_id = entry.public_id
        except Invalid as error:
            refusals.say(form, error)
    if form.errors:
        session.rollback()
        return _show(form, kind, None, shown), 422
    drafts.drop(session, current_user, form.key.data or "")
    session.commit()
    # Sent twice, by Back or by reloading, is posted once.
    cookie["posted"] = [*cookie.get("posted", []), (form.key.data, public_id)][-REMEMBERED:]
    return redirect(url_for("staff.done", public_id=public_id), 303)


def _begin(kind: str) -> Any:
    """The form with what this person usually writes, or as they left it."""
    if draft := drafts.find(session, current_user, request.args.get("draft", "")):
        return _resume(draft, None)
    form, told, shown = _form(kind), [], []
    if wanted := request.args.get("from"):
        source = queries.by_public_id(session, Entry, wanted)
        if source is None or source.kind != kind:
            abort(404)
        told, shown = copying.fill(session, form, source, request.args.get("next", ""), config, today()), source.photos
    else:
        form.contact.data = form.usual.contact
        if kind == "event":
            form.category_id.data = form.usual.category
            form.start_date.data = request.args.get("date", "")[:10]  # an empty day of the month that was pressed
    form.key.data = secrets.token_urlsafe(9)
    form.department_id.data = current_user.department_id or form.department_id.data
    left = [one for one in drafts.of(session, current_user) if one.kind == kind and not one.entry and not told]
    photos = [{"id": photo.id, "alt": photo.alt} for photo in shown]
    return _show(
        form, kind, None, photos, left=left, told=told, last_year=habits.last_year(session, current_user, today())
    )


def _resume(draft: Draft, entry: Entry | None) -> Any:
    """The form as it was left."""
    given = MultiDict([(name, one) for name, held in draft.fields.items() for one in held])
    form = _form(draft.kind, entry, formdata=given)
    form.key.data = draft.key
    return _show(form, draft.kind, entry, pictures.held(given), resumed=draft)


@bp.route("/entries/<public_id>/edit", methods=["GET", "POST"])
@csrf.exempt
def edit(public_id: str) -> Any:
    allow_photos()
    entry = editable(public_id)
    form = _form(entry.kind, entry)
    if request.method == "GET":
        return _open(form, entry)
    shown = _pictures(form)
    entry = editable(public_id)
    if request.form.get("action") == "preview":
        return _preview(form, entry.kind, entry, shown)
    values = _values(form, entry.kind, shown, was := revisions.values(entry))
    if not form.errors and form.version.data != str(entry.version):
        return _conflict(form, entry, values)
    if odd := _odd(form, entry.kind, entry, values):
        return _show(form, entry.kind, editable(public_id), shown, odd=odd), 422
    if not form.errors:
        try:
            with revisions.one_act(session):
                saved = publishing.save(session, entry, values, actor=current_user, at=now(), note=form.note.data)
                if saved and not (form.note.data or form.asked.data) and advising.unexplained(session, entry, was):
                    session.rollback()
                    form.asked.data = "y"
                    return _show(form, entry.kind, editable(public_id), shown, ask=True), 422
                _finish(entry, form)
        except Invalid as error:
            refusals.say(form, error)
        except StaleDataError:
            session.rollback()
            return _conflict(form, editable(public_id), values)
    if form.errors:
        session.rollback()
        return _show(form, entry.kind, editable(public_id), shown), 422
    drafts.drop(session, current_user, drafts.key_of(public_id))
    session.commit()
    return redirect(url_for("staff.done", public_id=public_id), 303)


def _open(form: Any, entry: Entry) -> Any:
    left = drafts.find(session, current_user, drafts.key_of(entry.public_id))
    if left and request.args.get("draft") == left.key:
        return _resume(left, entry)
    typed.fill(form, values := revisions.values(entry), config.zone)
    typed.fill_publish(form, entry.publish_at, config.zone)
    form.version.data = entry.version
    return _show(form, entry.kind, entry, values["photos"], left=[left] if left else [])


@bp.post("/preview")
def dates() -> Any:
    """The dates of a form that is still being typed, in words, and what looks odd in it, for the page's script."""
    public_id, kind = request.form.get("entry", ""), request.form.get("kind", "event")
    entry = editable(public_id) if public_id else None
    form = _form(kind if kind in FORMS else abort(404), entry)
    sections = _sections(form, entry) if kind == "event" and form.start_date.data else []
    values = _values(form, kind, pictures.held(request.form), revisions.values(entry) if entry else {}, looking=True)
    odd = advising.lines(session, kind, values, entry, today=today()) if values["title"] else []
    return {"sections": [asdict(one) for one in sections], "advice": [asdict(one) for one in odd]}


def _quick(shown: list[Values]) -> str:
    """The same page with what a line says filled in."""
    first = {"department_id": str(current_user.department_id or ""), "key": secrets.token_urlsafe(9)}
    draft = quick.look(session, request.form.get(quick.LINE, ""), today())
    given, kept = quick.fill(request.form, draft, first)
    form = _form("event", formdata=given)
    return _preview(form, "event", None, shown, quick=quick.told(form, given, draft, kept))


def _preview(form: Any, kind: str, entry: Entry | None, shown: list[Values], **more: Any) -> str:
    """The same page with the dates in words, and how every channel will look; what else may be wrong is not said yet."""
    sections = _sections(form, entry) if kind == "event" and form.start_date.data else []
    values = _values(form, kind, shown, revisions.values(entry) if entry else {})
    look = None if form.errors else _look(kind, entry, values)
    session.rollback()
    for field in form:
        if field.name not in (*preview.FIELDS, "photos", "csrf_token"):
            field.errors = []
    return _show(form, kind, entry and editable(entry.public_id), shown, preview=sections, look=look, **more)


def _look(kind: str, entry: Entry | None, values: Values) -> channels.Look | None:
    """Every channel, from the entry as saving would make it. The caller takes it back."""
    given: dict[str, Any] = {"actor": current_user, "at": now()}
    try:
        if entry is None:
            entry = publishing.create(session, kind, values, **given)
        else:
            publishing.save(session, entry, values, **given)
        return channels.of(entry, edition(), today() + AHEAD)
    except Invalid:
        return None


def _sections(form: Any, entry: Entry | None) -> list[preview.Section]:
    if entry and not isinstance(entry, Event):
        abort(404)
    form.validate()
    was = revisions.values(entry) if entry else {}
    return preview.preview(form, session, was, today=today(), zone=config.zone)


def _odd(form: Any, kind: str, entry: Entry | None, values: Values) -> list[advising.Line]:
    """What looks odd in something about to be public. It is said once, and pressing again publishes."""
    going = request.form.get("action") in ("publish", "schedule") or (entry is not None and entry.public)
    if form.errors or form.warned.data or not going:
        return []
    if found := advising.lines(session, kind, values, entry, today=today()):
        session.rollback()
        form.warned.data = "y"
    return found


def allow_photos() -> None:
    """Before the form is read: these forms may carry photos and long texts, every other stays small."""
    request.max_content_length = config.upload_mb * 2**20
    request.max_form_memory_size = FORM_TEXT


def _form(kind: str, entry: Entry | None = None, **given: Any) -> Any:
    form: Any = FORMS[kind](**given)
    form.usual = habits.of(session, current_user, kind)
    forms.offer(form, session, current_user, form.usual, entry)
    if isinstance(entry, Event):
        repeats.offer(form, revisions.values(entry))
    return form


def _values(form: Any, kind: str, shown: list[Values], was: Values, looking: bool = False) -> Values:
    form.validate()
    for message in getattr(form, "photo_errors", ()):
        fields.wrong(form.photos, message)
    values = typed.read(form, kind, today=today(), zone=config.zone, was=was)
    values["photos"] = shown
    if kind == "event" and (before := queries.by_public_id(session, Event, form.previous.data or "")):
        values["previous_id"] = before.id
    if kind == "event" and form.venue_new.data and not form.errors and not looking:
        values["venue_id"] = _new_venue(form.venue_new.data)
    return values


def _new_venue(name: str) -> int:
    venue = session.scalar(select(Venue).where(func.lower(Venue.name) == name.lower()))
    if venue is None:
        publishing.save_thing(session, venue := Venue(), {"name": name}, actor=current_user, at=now())
    return venue.id


def _pictures(form: Any) -> list[Values]:
    """The photos that the form holds: those it showed and kept, then the new ones, which are stored whatever else is wrong."""
    shown = pictures.held(request.form)
    if not pictures.sent(form):
        return shown
    user_id = current_user.id
    session.rollback()  # encoding takes a second: nobody else's save should wait for it
    session.add_all(rows := pictures.stored(form, config, user_id, now()))
    session.commit()
    return shown + [{"id": row.id, "alt": row.alt} for row in rows]


def _finish(entry: Entry, form: Any) -> None:
    """Publish, schedule or leave, as the pressed button says."""
    action = request.form.get("action")
    if action == "publish":
        publishing.publish(session, entry, actor=current_user, at=now())
    elif action == "schedule" and (at := typed.publish_moment(form, today=today(), zone=config.zone)):
        publishing.schedule(session, entry, at, actor=current_user, at=now())


def _show(form: Any, kind: str, entry: Entry | None, photos: list[Values], **more: Any) -> str:
    rows = {row.id: row for row in session.scalars(select(Photo).where(Photo.id.in_([one["id"] for one in photos])))}
    shown = [(rows[one["id"]], one["alt"]) for one in photos if one["id"] in rows]
    more = {"theirs": {}, "left": []} | chips.offered(form, kind, today()) | more
    return render_template(
        "staff/form.html", form=form, kind=kind, entry=entry, pictures=shown, said_of=fields.said, **more
    )


def _conflict(form: Any, entry: Entry, yours: Values) -> Any:
    """Somebody saved in between. Fields that only they changed are taken over, yours stay; both see what happened."""
    sent = form.version.data or ""
    version = int(sent) if sent.isdecimal() and len(sent) < 10 else 0
    now_theirs = revisions.values(entry)
    merged, both = revisions.merge(revisions.of_version(entry, version) or now_theirs, now_theirs, yours)
    shown = _form(entry.kind, entry, formdata=None)
    typed.fill(shown, now_theirs, config.zone)
    parts = [part for name in both for part in typed.PARTS.get(name, (name,)) if part in shown]
    theirs = {part: fields.said(shown[part]) for part in parts}
    typed.fill(form, merged, config.zone)
    form.version.data = entry.version
    old = next((row.snapshot for row in entry.revisions if row.snapshot.get("version") == version), None)
    changes = typed.changes(old, entry.revisions[0].snapshot, config.zone) if old else []
    return _show(form, entry.kind, entry, merged["photos"], theirs=theirs, changes=changes, by=entry.revisions[0]), 409

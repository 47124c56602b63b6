"""The forms of the staff desk: post, edit, look at the dates beforehand. Nothing typed is lost, whatever is wrong with it."""

import secrets
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict

from calendar_app import drafts, forms, habits, photos, publishing, revisions, uploads
from calendar_app.editing import Invalid
from calendar_app.forms import chips, fields, preview, refusals, repeats, typed
from calendar_app.models import Draft, Entry, Event, Photo, Revision, Venue
from calendar_app.revisions import Values
from calendar_app.web import config, csrf, editable, lang, now, session, today

bp = Blueprint("posting", __name__, url_prefix="/staff")

FORMS = {"event": forms.EventForm, "announcement": forms.AnnouncementForm}
REMEMBERED = 20
PHOTOS_AT_ONCE = 10
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
    pictures = _pictures(form)
    if request.form.get("action") == "preview":
        return _preview(form, kind, None, pictures)
    values = _values(form, kind, pictures, {})
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
        return _show(form, kind, None, pictures), 422
    drafts.drop(session, current_user, form.key.data or "")
    session.commit()
    # Sent twice, by Back or by reloading, is posted once.
    cookie["posted"] = [*cookie.get("posted", []), (form.key.data, public_id)][-REMEMBERED:]
    return redirect(url_for("staff.done", public_id=public_id), 303)


def _begin(kind: str) -> Any:
    """The form with what this person usually writes, or as they left it."""
    if draft := drafts.find(session, current_user, request.args.get("draft", "")):
        return _resume(draft, None)
    form = _form(kind)
    form.key.data = secrets.token_urlsafe(9)
    form.department_id.data = current_user.department_id
    form.contact.data = form.usual.contact
    if kind == "event":
        form.category_id.data = form.usual.category
    return _show(form, kind, None, [], left=[one for one in drafts.of(session, current_user) if _same(one, kind)])


def _same(draft: Draft, kind: str) -> bool:
    return draft.kind == kind and not draft.entry


def _resume(draft: Draft, entry: Entry | None) -> Any:
    """The form as it was left."""
    given = MultiDict([(name, one) for name, held in draft.fields.items() for one in held])
    form = _form(draft.kind, entry, formdata=given)
    form.key.data = draft.key
    return _show(form, draft.kind, entry, _held(given), resumed=draft)


@bp.route("/entries/<public_id>/edit", methods=["GET", "POST"])
@csrf.exempt
def edit(public_id: str) -> Any:
    allow_photos()
    entry = editable(public_id)
    form = _form(entry.kind, entry)
    if request.method == "GET":
        left = drafts.find(session, current_user, drafts.key_of(public_id))
        if left and request.args.get("draft") == left.key:
            return _resume(left, entry)
        typed.fill(form, revisions.values(entry), config.zone)
        typed.fill_publish(form, entry.publish_at, config.zone)
        form.version.data = entry.version
        return _show(form, entry.kind, entry, revisions.values(entry)["photos"], left=[left] if left else [])
    pictures = _pictures(form)
    entry = editable(public_id)
    if request.form.get("action") == "preview":
        return _preview(form, entry.kind, entry, pictures)
    values = _values(form, entry.kind, pictures, was := revisions.values(entry))
    if not form.errors and form.version.data != str(entry.version):
        return _conflict(form, entry, values)
    if not form.errors:
        try:
            with revisions.one_act(session):
                saved = publishing.save(session, entry, values, actor=current_user, at=now(), note=form.note.data)
                if saved and _unexplained(entry, was, form):
                    session.rollback()
                    form.asked.data = "y"
                    return _show(form, entry.kind, editable(public_id), pictures, ask=True), 422
                _finish(entry, form)
        except Invalid as error:
            refusals.say(form, error)
        except StaleDataError:
            session.rollback()
            return _conflict(form, editable(public_id), values)
    if form.errors:
        session.rollback()
        return _show(form, entry.kind, editable(public_id), pictures), 422
    drafts.drop(session, current_user, drafts.key_of(public_id))
    session.commit()
    return redirect(url_for("staff.done", public_id=public_id), 303)


@bp.post("/preview")
def dates() -> Any:
    """The dates of a form that is still being typed, in words, for the page's script."""
    public_id = request.form.get("entry", "")
    entry = editable(public_id) if public_id else None
    form = _form("event", entry)
    return {"sections": [asdict(one) for one in _sections(form, entry)]}


def _preview(form: Any, kind: str, entry: Entry | None, pictures: list[Values]) -> str:
    """The same page with the dates in words; what else may be wrong is not said yet."""
    sections = _sections(form, entry) if kind == "event" else []
    for field in form:
        if field.name not in (*preview.FIELDS, "photos", "csrf_token"):
            field.errors = []
    return _show(form, kind, entry, pictures, preview=sections)


def _sections(form: Any, entry: Entry | None) -> list[preview.Section]:
    if entry and not isinstance(entry, Event):
        abort(404)
    form.validate()
    was = revisions.values(entry) if entry else {}
    return preview.preview(form, session, was, today=today(), zone=config.zone)


def _unexplained(entry: Entry, was: Values, form: Any) -> bool:
    """Whether firm dates of a public event have just changed and nobody was told why. It is asked once."""
    if not isinstance(entry, Event) or form.note.data or form.asked.data:
        return False
    if "confirmed" not in (was["certainty"], entry.certainty):
        return False
    newest = select(Revision).where(Revision.entry_id == entry.id).order_by(Revision.number.desc()).limit(1)
    return session.scalars(newest).one().kind in ("rescheduled", "confirmed", "dates_added")


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


def _values(form: Any, kind: str, pictures: list[Values], was: Values) -> Values:
    form.validate()
    for message in getattr(form, "photo_errors", ()):
        fields.wrong(form.photos, message)
    values = typed.read(form, kind, today=today(), zone=config.zone, was=was)
    values["photos"] = pictures
    if kind == "event" and form.venue_new.data and not form.errors:
        values["venue_id"] = _new_venue(form.venue_new.data)
    return values


def _new_venue(name: str) -> int:
    venue = session.scalar(select(Venue).where(func.lower(Venue.name) == name.lower()))
    if venue is None:
        publishing.save_thing(session, venue := Venue(), {"name": name}, actor=current_user, at=now())
    return venue.id


def _held(given: MultiDict[str, str]) -> list[Values]:
    """The photos that a form showed and that are still wanted."""
    ids = [one for one in given.getlist("photo") if one.isdecimal() and len(one) < 10]
    kept = [one for one in dict.fromkeys(ids) if f"drop-{one}" not in given]
    return [{"id": int(one), "alt": given.get(f"alt-{one}", "")[: uploads.ALT]} for one in kept]


def _pictures(form: Any) -> list[Values]:
    """The photos that the form holds: those it showed and kept, then the new ones, which are stored whatever else is wrong."""
    shown = _held(request.form)
    sent = [upload for upload in form.photos.data or [] if getattr(upload, "filename", "")]
    if not sent:
        return shown
    user_id, limit, alt = current_user.id, config.upload_mb * 2**20, form.photos_alt.data or ""
    session.rollback()  # encoding takes a second: nobody else's save should wait for it
    rows, form.photo_errors = [], []
    for upload in sent[:PHOTOS_AT_ONCE]:
        try:
            rows.append(uploads.take(upload.stream, config.photos, limit=limit, alt=alt, by=user_id, at=now()))
        except photos.BadPhoto as error:
            form.photo_errors.append(f"{upload.filename}: {photos.message(error, lang())}")
    if len(sent) > PHOTOS_AT_ONCE:
        form.photo_errors.append(
            gettext("At most %(most)s photos at once; the rest was left out.", most=PHOTOS_AT_ONCE)
        )
    session.add_all(rows)
    session.commit()
    return shown + [{"id": row.id, "alt": row.alt} for row in rows]


def _finish(entry: Entry, form: Any) -> None:
    """Publish, schedule or leave, as the pressed button says."""
    action = request.form.get("action")
    if action == "publish":
        publishing.publish(session, entry, actor=current_user, at=now())
    elif action == "schedule" and (at := typed.publish_moment(form, today=today(), zone=config.zone)):
        publishing.schedule(session, entry, at, actor=current_user, at=now())


def _show(form: Any, kind: str, entry: Entry | None, pictures: list[Values], **more: Any) -> str:
    rows = {row.id: row for row in session.scalars(select(Photo).where(Photo.id.in_([one["id"] for one in pictures])))}
    shown = [(rows[one["id"]], one["alt"]) for one in pictures if one["id"] in rows]
    more = {"theirs": {}, "changes": [], "left": [], "resumed": None} | more
    if kind == "event":
        names = {one.value: one.label for one in form.venue_id.choices}
        more["days"], more["times"] = chips.days(today()), chips.times(form.usual)
        more["venues"] = chips.venues(form.usual, names)
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

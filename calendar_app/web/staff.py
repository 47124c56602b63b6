"""The staff desk: post, edit, publish, cancel, look back. Strangers were refused before (`accounts`)."""

import secrets
from datetime import timedelta
from itertools import pairwise
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_security import current_user
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as AnyResponse

from calendar_app import access, forms, photos, publishing, queries, recurrence, revisions
from calendar_app.editing import Invalid
from calendar_app.filters import Filter
from calendar_app.forms import typed
from calendar_app.models import Department, Entry, Event, Photo, Venue
from calendar_app.revisions import Values
from calendar_app.web import config, csrf, lang, now, session, today

bp = Blueprint("staff", __name__, url_prefix="/staff")

FORMS = {"event": forms.EventForm, "announcement": forms.AnnouncementForm}
REASONED: Any = {"cancel": publishing.cancel, "postpone": publishing.postpone, "withdraw": publishing.withdraw}
PLAIN: Any = {"publish": publishing.publish, "restore": publishing.restore}
LIST_LENGTH = 100
REMEMBERED = 20
PHOTOS_AT_ONCE = 10
FORM_TEXT = 4 * 2**20  # more than any field takes: what is too long is answered at its field


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/")
def desk() -> str:
    mine, wanted = select(Entry).order_by(Entry.changed_at.desc(), Entry.id.desc()).limit(8), Filter()
    if department := current_user.department:
        mine = mine.where(Entry.department_id == department.id)
        wanted = Filter((("department", (department.slug,)),))
    waiting = session.scalars(mine.where(Entry.state.in_(("draft", "scheduled")))).all()
    return render_template(
        "staff/desk.html",
        coming=queries.occurrences(session, today(), today() + timedelta(days=7), wanted),
        waiting=waiting,
        newest=session.scalars(mine).all(),
    )


@bp.get("/entries")
def entries() -> str:
    query = select(Entry).order_by(Entry.changed_at.desc(), Entry.id.desc()).limit(LIST_LENGTH)
    if words := request.args.get("q", "")[:100]:
        query = query.where(Entry.title.contains(words, autoescape=True))
    if (state := request.args.get("state")) in ("draft", "scheduled", "published", "withdrawn"):
        query = query.where(Entry.state == state)
    if (department := request.args.get("department", "")).isdecimal():
        query = query.where(Entry.department_id == int(department))
    found = session.scalars(query).all()
    return render_template("staff/entries.html", found=found, departments=_departments(), typed=words)


@bp.route("/<any(event, announcement):kind>s/new", methods=["GET", "POST"])
@csrf.exempt  # the form checks its token itself, so that a late one costs no text
def new(kind: str) -> Any:
    allow_photos()
    form = _form(kind)
    if request.method == "GET":
        form.department_id.data = current_user.department_id
        form.key.data = secrets.token_urlsafe(9)
        return _show(form, kind, None, [])
    if made := dict(cookie.get("posted", [])).get(form.key.data):
        return redirect(url_for("staff.done", public_id=made), 303)
    pictures = _pictures(form)
    values = _values(form, kind, pictures, {})
    if not form.errors:
        try:
            entry = publishing.create(session, kind, values, actor=current_user, at=now())
            _finish(entry, form)
        except Invalid as error:
            _say(form, error)
    if form.errors:
        session.rollback()
        return _show(form, kind, None, pictures), 422
    session.commit()
    # Sent twice, by Back or by reloading, is posted once.
    cookie["posted"] = [*cookie.get("posted", []), (form.key.data, entry.public_id)][-REMEMBERED:]
    return redirect(url_for("staff.done", public_id=entry.public_id), 303)


@bp.route("/entries/<public_id>/edit", methods=["GET", "POST"])
@csrf.exempt
def edit(public_id: str) -> Any:
    allow_photos()
    entry = editable(public_id)
    form = _form(entry.kind, entry)
    if request.method == "GET":
        typed.fill(form, revisions.values(entry), config.zone)
        typed.fill_publish(form, entry.publish_at, config.zone)
        form.version.data = entry.version
        return _show(form, entry.kind, entry, revisions.values(entry)["photos"])
    pictures = _pictures(form)
    entry = editable(public_id)
    values = _values(form, entry.kind, pictures, revisions.values(entry))
    if not form.errors and form.version.data != str(entry.version):
        return _conflict(form, entry, values)
    if not form.errors:
        try:
            publishing.save(session, entry, values, actor=current_user, at=now(), note=form.note.data)
            _finish(entry, form)
        except Invalid as error:
            _say(form, error)
        except StaleDataError:
            session.rollback()
            return _conflict(form, editable(public_id), values)
    if form.errors:
        session.rollback()
        return _show(form, entry.kind, editable(public_id), pictures), 422
    session.commit()
    return redirect(url_for("staff.done", public_id=public_id), 303)


@bp.get("/entries/<public_id>")
def done(public_id: str) -> str:
    """What became of it, and where it went; a draft as it will look."""
    entry = _entry(public_id)
    return render_template("staff/done.html", entry=entry, mine=access.may(current_user, "edit", entry))


@bp.get("/entries/<public_id>/history")
def history(public_id: str) -> str:
    entry = _entry(public_id)
    rows = list(entry.revisions)
    shots = [row.snapshot for row in rows] + [{}]
    changes = [typed.changes(old, new, config.zone) for new, old in pairwise(shots)]
    mine = access.may(current_user, "edit", entry)
    return render_template("staff/history.html", entry=entry, rows=list(zip(rows, changes, strict=True)), mine=mine)


@bp.get("/entries/<public_id>/status")
def status(public_id: str) -> str:
    return render_template("staff/status.html", entry=editable(public_id))


@bp.post("/entries/<public_id>/<any(publish, cancel, postpone, full, withdraw, restore, revert):verb>")
def act(public_id: str, verb: str) -> AnyResponse:
    entry: Any = editable(public_id)
    reason = request.form.get("reason", "")[:500]
    given: dict[str, Any] = {"actor": current_user, "at": now()}
    if verb in ("cancel", "postpone", "full") and not isinstance(entry, Event):
        abort(404)
    try:
        if verb == "revert":
            publishing.revert(session, entry, _number_of(entry), **given)
        elif verb == "full":
            publishing.mark(session, entry, "full", reason, **given)
        elif verb in REASONED:
            REASONED[verb](session, entry, reason, **given)
        else:
            PLAIN[verb](session, entry, **given)
        session.commit()
    except StaleDataError:
        session.rollback()
        flash(gettext("A colleague has just changed this. Please look at it and press again."))
    return redirect(url_for("staff.done", public_id=public_id), 303)


def _number_of(entry: Entry) -> int:
    number = request.form.get("number", 0, int)
    return number if number in {row.number for row in entry.revisions} else abort(404)


def editable(public_id: str) -> Entry:
    """The entry, if this person may change it; 404 or 403."""
    entry = _entry(public_id)
    if not access.may(current_user, "edit", entry):
        abort(403)
    return entry


def _entry(public_id: str) -> Entry:
    return queries.by_public_id(session, Entry, public_id) or abort(404)


def allow_photos() -> None:
    """Before the form is read: these forms may carry photos and long texts, every other stays small."""
    request.max_content_length = config.upload_mb * 2**20
    request.max_form_memory_size = FORM_TEXT


def _form(kind: str, entry: Entry | None = None, **given: Any) -> Any:
    form = FORMS[kind](**given)
    forms.offer(form, session, current_user, entry)
    return form


def _departments() -> list[Department]:
    return list(session.scalars(select(Department).order_by(Department.id)))


def _values(form: Any, kind: str, pictures: list[Values], was: Values) -> Values:
    form.validate()
    for message in getattr(form, "photo_errors", ()):
        typed.wrong(form.photos, message)
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


def _pictures(form: Any) -> list[Values]:
    """The photos that the form holds: those it showed and kept, then the new ones, which are stored whatever else is wrong."""
    given = [one for one in request.form.getlist("photo") if one.isdecimal() and len(one) < 10]
    kept = [one for one in dict.fromkeys(given) if f"drop-{one}" not in request.form]
    shown = [{"id": int(one), "alt": request.form.get(f"alt-{one}", "")[:300]} for one in kept]
    uploads = [upload for upload in form.photos.data or [] if getattr(upload, "filename", "")]
    if not uploads:
        return shown
    user_id = current_user.id
    session.rollback()  # encoding takes a second: nobody else's save should wait for it
    rows, form.photo_errors = [], []
    for upload in uploads[:PHOTOS_AT_ONCE]:
        try:
            stored = photos.take(upload.stream, config.photos, limit=config.upload_mb * 2**20)
        except photos.BadPhoto as error:
            form.photo_errors.append(f"{upload.filename}: {photos.message(error, lang())}")
            continue
        size = {"width": stored.width, "height": stored.height, "sizes": stored.sizes}
        alt = (form.photos_alt.data or "")[:300]
        rows.append(Photo(name=stored.name, alt=alt, uploaded_by=user_id, uploaded_at=now(), **size))
    if len(uploads) > PHOTOS_AT_ONCE:
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


MESSAGES = {
    "required": _("Please fill this in."),
    "too_long": _("This is too long."),
    "before_start": _("The end is before the start."),
    "in_the_past": _("This time is past already."),
    "already_public": _("It is public already."),
}
FIELDS = {"start": "start_date", "end": "end_date", "rule": "start_date", "publish_at": "publish_date"}


def _say(form: Any, error: Invalid) -> None:
    for name, code in error.errors.items():
        shown = FIELDS.get(name, name)
        typed.wrong(form[shown if shown in form else "title"], str(MESSAGES.get(code, _("This cannot be saved."))))


def _show(form: Any, kind: str, entry: Entry | None, pictures: list[Values], **more: Any) -> str:
    rows = {row.id: row for row in session.scalars(select(Photo).where(Photo.id.in_([one["id"] for one in pictures])))}
    shown = [(rows[one["id"]], one["alt"]) for one in pictures if one["id"] in rows]
    rule = recurrence.say(entry.rule, lang()) if isinstance(entry, Event) and entry.rule else ""
    more = {"theirs": {}, "changes": []} | more
    return render_template("staff/form.html", form=form, kind=kind, entry=entry, pictures=shown, rule=rule, **more)


def _conflict(form: Any, entry: Entry, yours: Values) -> Any:
    """Somebody saved in between. Fields that only they changed are taken over, yours stay; both see what happened."""
    sent = form.version.data or ""
    version = int(sent) if sent.isdecimal() and len(sent) < 10 else 0
    now_theirs = revisions.values(entry)
    merged, both = revisions.merge(revisions.of_version(entry, version) or now_theirs, now_theirs, yours)
    shown = _form(entry.kind, entry, formdata=None)
    typed.fill(shown, now_theirs, config.zone)
    parts = [part for name in both for part in typed.PARTS.get(name, (name,)) if part in shown]
    theirs = {part: typed.said(shown[part]) for part in parts}
    typed.fill(form, merged, config.zone)
    form.version.data = entry.version
    old = next((row.snapshot for row in entry.revisions if row.snapshot.get("version") == version), None)
    changes = typed.changes(old, entry.revisions[0].snapshot, config.zone) if old else []
    return _show(form, entry.kind, entry, merged["photos"], theirs=theirs, changes=changes, by=entry.revisions[0]), 409

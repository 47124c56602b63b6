"""The forms of the staff desk: post, edit, preview the dates. A refused form comes back with everything that was typed."""

import secrets
from dataclasses import asdict
from datetime import timedelta
from typing import Any

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from calendar_app.db.models import Entry, Event, FormDraft, Photo
from calendar_app.entries import form_drafts, permissions, publishing, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.listings import queries
from calendar_app.staff import suggestions, templates
from calendar_app.web import allow_photos, config, csrf, current_user, editable, now, session, site_view, today
from calendar_app.web.forms import (
    advice_messages,
    date_preview,
    error_messages,
    fields,
    form_values,
    opening,
    photo_fields,
    prefill,
    quickadd,
    suggestion_chips,
    telling,
)

bp = Blueprint("entry_form", __name__, url_prefix="/staff")
REMEMBERED, AHEAD = 20, timedelta(days=400)  # a form that is sent twice is posted once


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.route("/<any(event, announcement):kind>s/new", methods=["GET", "POST"])
@csrf.exempt  # the form checks its token itself, so that an expired token loses no text
def new(kind: str) -> Any:
    """Show and accept the form for a new entry."""
    allow_photos()
    if request.method == "GET":
        return _begin(kind)
    form = _form(kind)
    if posted_id := dict(cookie.get("posted", [])).get(form.key.data):
        return redirect(url_for("entry_actions.done", public_id=posted_id), 303)
    shown = _pictures(form)
    if request.form.get("action") == "quick" and kind == "event":
        return _quick(shown)
    if aside := _aside(form):
        return aside(form, kind, None, shown)
    values = _values(form, kind, shown, {})
    if odd := _odd(form, kind, None, values):
        return _show(form, kind, None, shown, odd=odd), 422
    if not form.errors:
        try:
            with revisions.one_act(session), telling.sparing(session):
                entry = publishing.create(session, kind, values, actor=current_user, at=now())
                entry.template_id = templates.usable_id(session, current_user, form.template.data or "")
                _finish(entry, form)
        except Invalid as error:
            error_messages.say(form, error)
    if form.errors:
        session.rollback()
        return _show(form, kind, None, shown), 422
    form_drafts.finish_draft(session, current_user, form.key.data or "", at=now())
    public_id = entry.public_id
    session.commit()
    cookie["posted"] = [*cookie.get("posted", []), (form.key.data, public_id)][-REMEMBERED:]
    return redirect(url_for("entry_actions.done", public_id=public_id), 303)


def _begin(kind: str) -> Any:
    """A new form with the usual values of this person, or the draft that they left."""
    if draft := form_drafts.find(session, current_user, request.args.get("draft", "")):
        return _resume(draft, None)
    form, messages, shown = _form(kind), [], []
    if wanted := request.args.get("from"):
        source = queries.by_public_id(session, Entry, wanted)
        if source is None or source.kind != kind:
            abort(404)
        edition, shown = request.args.get("next", ""), source.photos
        messages = prefill.fill(session, form, source, edition, config, today())
    elif number := request.args.get("template", 0, fields.whole):
        messages, shown = _from_template(form, kind, number)
    elif code := request.args.get("sentence"):
        messages = prefill.from_sentence(session, form, kind, code, request.args.get("place", "")[:100], config)
    else:
        form.contact.data = form.usual.contact
        if kind == "event":
            form.category_id.data = form.usual.category
            form.start_date.data = request.args.get("date", "")[:10]  # the empty day that was pressed in the month
    form.key.data = secrets.token_urlsafe(9)
    form.department_id.data = current_user.department_id or form.department_id.data
    unfinished = [] if messages else form_drafts.unfinished_drafts(session, current_user)
    left = [draft for draft in unfinished if draft.kind == kind and not draft.entry]
    more = {"messages": messages, "last_year": suggestions.last_year(session, current_user, today())}
    return _show(form, kind, None, [{"id": photo.id, "alt": photo.alt} for photo in shown], left=left, **more)


def _from_template(form: Any, kind: str, number: int) -> tuple[list[str], list[Photo]]:
    template = templates.find(session, current_user, number)
    if template is None or template.kind != kind:
        abort(404)
    messages = prefill.from_template(form, template, templates.next_form(session, template, today()), config)
    return messages, templates.shown_photos(template)


def _resume(draft: FormDraft, entry: Entry | None) -> Any:
    """The form with the values of a draft."""
    fields = MultiDict([(name, value) for name, held in draft.fields.items() for value in held])
    form = _form(draft.kind, entry, formdata=fields)
    form.key.data = draft.key
    return _show(form, draft.kind, entry, photo_fields.held(fields), resumed=draft)


@bp.route("/entries/<public_id>/edit", methods=["GET", "POST"])
@csrf.exempt
def edit(public_id: str) -> Any:
    """Show and accept the form for an existing entry; for another department's, lead to the form of proposals."""
    allow_photos()
    entry = queries.by_public_id(session, Entry, public_id) or abort(404)
    if not permissions.may(current_user, "edit", entry):
        return (
            redirect(url_for("proposals.propose", public_id=public_id), 303) if request.method == "GET" else abort(403)
        )
    form = _form(entry.kind, entry)
    if request.method == "GET":
        return _open(form, entry)
    shown = _pictures(form)
    entry = editable(public_id)
    if aside := _aside(form):
        return aside(form, entry.kind, entry, shown)
    values = _values(form, entry.kind, shown, was := revisions.values(entry))
    if odd := _odd(form, entry.kind, entry, values):
        return _show(form, entry.kind, editable(public_id), shown, odd=odd), 422
    if not form.errors:
        revisions.lock(session)
        if form.version.data != str(entry.version):  # somebody has saved since the form was opened
            session.rollback()
            return _conflict(form, editable(public_id), values)
        try:
            with revisions.one_act(session), telling.sparing(session):
                saved = publishing.save(session, entry, values, actor=current_user, at=now(), note=form.note.data)
                explained = form.note.data or form.asked.data
                if saved and not explained and advice_messages.unexplained(session, entry, was):
                    session.rollback()
                    form.asked.data = "y"
                    return _show(form, entry.kind, editable(public_id), shown, ask=True), 422
                _finish(entry, form)
        except Invalid as error:
            error_messages.say(form, error)
    if form.errors:
        session.rollback()
        return _show(form, entry.kind, editable(public_id), shown), 422
    form_drafts.finish_draft(session, current_user, form_drafts.key_of(public_id), at=now())
    session.commit()
    return redirect(url_for("entry_actions.done", public_id=public_id), 303)


def _open(form: Any, entry: Entry) -> Any:
    left = form_drafts.find(session, current_user, form_drafts.key_of(entry.public_id))
    if left and request.args.get("draft") == left.key:
        return _resume(left, entry)
    form_values.fill(form, values := revisions.values(entry), config.zone)
    form_values.fill_publish(form, entry.publish_at, config.zone)
    form.version.data = entry.version
    return _show(form, entry.kind, entry, values["photos"], left=[left] if left else [])


@bp.post("/preview")
def dates() -> Any:
    """Return the dates of a form in progress as text, with warnings, for the page's script."""
    public_id, kind = request.form.get("entry", ""), request.form.get("kind", "event")
    form = _form(kind if kind in opening.FORMS else abort(404), entry := editable(public_id) if public_id else None)
    sections = _sections(form, entry) if kind == "event" and form.start_date.data else []
    was = revisions.values(entry) if entry else {}
    values = _values(form, kind, photo_fields.held(request.form), was, looking=True)
    odd = advice_messages.of_dates(form)
    odd += advice_messages.lines(session, kind, values, entry, today=today()) if values["title"] else []
    return {"sections": [asdict(section) for section in sections], "advice": [asdict(piece) for piece in odd]}


def _quick(shown: list[Values]) -> str:
    """The form again, with the reading of the typed line filled in."""
    first = {"department_id": str(current_user.department_id or ""), "key": secrets.token_urlsafe(9)}
    readings = quickadd.look(session, request.form.get(quickadd.LINE, ""), today())
    filled, conflicts = quickadd.fill_form(request.form, readings, first)
    form = _form("event", formdata=filled)
    answer = _preview if len(readings) == 1 else _show  # of several events none fills the form, so nothing is checked
    return answer(form, "event", None, shown, quick=quickadd.describe(form, filled, readings, conflicts))


def _preview(form: Any, kind: str, entry: Entry | None, shown: list[Values], **more: Any) -> str:
    """The form again, with its dates in words and a preview of every channel. It shows no other errors yet."""
    sections = _sections(form, entry) if kind == "event" and form.start_date.data else []
    values = _values(form, kind, shown, revisions.values(entry) if entry else {})
    options = {"until": today() + AHEAD, "actor": current_user, "at": now()}
    look = None if form.errors else opening.look(session, kind, entry, values, site_view(), **options)
    session.rollback()
    for field in form:
        if field.name not in (*date_preview.FIELDS, "photos", "csrf_token"):
            field.errors = []
    return _show(form, kind, entry and editable(entry.public_id), shown, preview=sections, look=look, **more)


def _sections(form: Any, entry: Entry | None) -> list[date_preview.Section]:
    if entry and not isinstance(entry, Event):
        abort(404)
    form.validate()
    was = revisions.values(entry) if entry else {}
    return date_preview.preview(form, session, was, today=today(), zone=config.zone)


def _odd(form: Any, kind: str, entry: Entry | None, values: Values) -> list[advice_messages.Line]:
    if advice := advice_messages.advice_once(form, session, kind, values, entry, today=today()):
        session.rollback()
    return advice


def _form(kind: str, entry: Entry | None = None, **options: Any) -> Any:
    return opening.opened(session, current_user, kind, entry, **options)


def _values(form: Any, kind: str, shown: list[Values], was: Values, looking: bool = False) -> Values:
    later = request.form.get("action") == "schedule"
    values = opening.values(session, form, kind, shown, was, config, today=today(), publishes_later=later)
    if kind == "event" and form.venue_new.data and not form.errors and not looking:
        values["venue_id"] = opening.new_venue(session, form.venue_new.data, actor=current_user, at=now())
    return values


def _keep(form: Any, kind: str, entry: Entry | None, shown: list[Values]) -> Any:
    """Save the typed values as a template; required fields may be empty. Then show the form unchanged."""
    values = _values(form, kind, shown, revisions.values(entry) if entry else {}, looking=True)
    if {"csrf_token", "department_id"} & {*form.errors}:
        return _show(form, kind, entry and editable(entry.public_id), shown), 422
    home = None if form.template_city.data and current_user.role == "admin" else form.department_id.data
    name = form.template_name.data or form.title.data or ""
    try:
        with revisions.one_act(session):
            template = templates.save_template(session, name, kind, values, home, actor=current_user, at=now())
        session.commit()
        form.template.data, form.template_name.data = str(template.id), template.name
        outcome: dict[str, Any] = {"kept": template}
    except Invalid as error:
        session.rollback()
        outcome = {"unkept": error.errors["name"]}
    for field in form:
        field.errors = []
    return _show(form, kind, entry and editable(entry.public_id), shown, **outcome), 422 if "unkept" in outcome else 200


def _pictures(form: Any) -> list[Values]:
    """The photos of the form: the kept ones, then the new ones, which are stored even when the form has errors."""
    shown = photo_fields.held(request.form)
    if not photo_fields.sent(form):
        return shown
    user_id = current_user.id
    session.rollback()  # encoding takes a second, and no other save should wait for it
    session.add_all(rows := photo_fields.stored(form, config, user_id, now()))
    session.commit()
    return shown + [{"id": row.id, "alt": row.alt} for row in rows]


def _finish(entry: Entry, form: Any) -> None:
    """Publish or schedule the entry when the pressed button says so."""
    action = request.form.get("action")
    if action == "publish":
        publishing.publish(session, entry, actor=current_user, at=now())
    elif action == "schedule" and (at := form_values.publish_moment(form, today=today(), zone=config.zone)):
        publishing.schedule(session, entry, at, actor=current_user, at=now())


def _show(form: Any, kind: str, entry: Entry | None, photos: list[Values], **more: Any) -> str:
    rows = {row.id: row for row in session.scalars(select(Photo).where(Photo.id.in_(photo["id"] for photo in photos)))}
    shown = [(rows[photo["id"]], photo["alt"]) for photo in photos if photo["id"] in rows]
    usual = {"theirs": {}, "left": [], "in_words": fields.in_words} | suggestion_chips.offered(form, kind, today())
    return render_template("staff/form.html", form=form, kind=kind, entry=entry, pictures=shown, **usual | more)


def _conflict(form: Any, entry: Entry, yours: Values) -> Any:
    """Merge with the version that somebody else saved meanwhile. It takes over the fields that only they changed."""
    merged = opening.conflict(session, current_user, form, entry, yours, config.zone)
    return _show(form, entry.kind, entry, **merged), 409


def _aside(form: Any) -> Any:
    """The function of a pressed button that shows the form again without saving the entry; None for other buttons."""
    if mend := request.form.get("mend"):
        name, _, day = mend.partition("=")
        if name in form:
            form[name].data = day[:60]
        return _preview
    return {"preview": _preview, "template": _keep}.get(request.form.get("action", ""))

"""Keep forms while people type, and photos as soon as they are chosen. Both survive an expired sign-in."""

import json
from typing import Any

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from flask import session as cookie
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import FormDraft
from calendar_app.entries import form_drafts, photos, uploads
from calendar_app.web import config, csrf, current_user, lang, now, session
from calendar_app.web.staff import live, sign_in

bp = Blueprint("form_drafts", __name__, url_prefix="/staff")
csrf.exempt(bp)  # `allow` checks the token, after it has set the size limits

BODY = 1_000_000  # bytes; percent-encoded Japanese takes nine bytes a letter


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.after_request(take_over)
    app.jinja_env.globals.update(
        unfinished=unfinished, draft_title=form_drafts.title, draft_address=address, finished=finished
    )


@bp.before_request
def allow() -> None:
    """Set the size limits of the request, then check its token. `refuse_strangers` has checked the sign-in before."""
    request.max_content_length = request.max_form_memory_size = BODY
    if request.endpoint == "form_drafts.take_photo":
        request.max_content_length = config.upload_mb * 2**20
    csrf.protect()


@bp.post("/drafts/<key>")
def keep(key: str) -> Any:
    """Store the form in progress, sent by the page's script, and return when it was stored.

    Raises BadRequest when the draft cannot be stored.
    """
    if key in dict(cookie.get("posted", [])):
        return {"at": ""}  # sent on leaving the page whose button had been pressed
    fields = request.form.to_dict(flat=False)
    about = {"kind": request.form.get("kind", ""), "entry": request.form.get("entry", "")}
    try:
        live.signal_editing(form_drafts.find(session, current_user, key), about["entry"])
        if not form_drafts.save_draft(session, current_user, key, fields, **about, at=now()):
            abort(400)
        session.commit()
    except IntegrityError:  # two requests at once; the other one holds the same text
        session.rollback()
    return {"at": f"{now().astimezone(config.zone):%H:%M}"}


@bp.post("/drafts/<key>/drop")
def drop(key: str) -> AnyResponse:
    """Discard a form in progress and go back."""
    back = address(form_drafts.find(session, current_user, key), fresh=True)
    form_drafts.finish_draft(session, current_user, key, at=now())
    session.commit()
    return redirect(url_for("entry_actions.desk") if "desk" in request.form else back, 303)


@bp.post("/photos/new")
def take_photo() -> Any:
    """Store a photo as soon as it is chosen, before the form is sent.

    Raises BadRequest without a file.
    """
    upload: Any = request.files.get("photos") or abort(400)
    user_id = current_user.id
    session.rollback()  # encoding takes a second, and no other save should wait for it
    limit, alt = config.upload_mb * 2**20, request.form.get("photos_alt", "")
    try:
        row = uploads.save_upload(upload.stream, config.photos, limit=limit, alt=alt, by=user_id, at=now())
    except photos.BadPhoto as error:
        return {"error": photos.message(error, lang())}, 422
    session.add(row)
    session.commit()
    shown = photos.file_name(row.name, min(480, row.width), "webp")
    return {
        "id": row.id,
        "src": url_for("venues_departments_tags.photo", name=shown),
        "width": row.width,
        "height": row.height,
    }


def take_over(response: Response) -> Response:
    """After a sign-in, store the form that the sign-in page carried as a draft of this person."""
    carried = (
        request.form.get("typed", "") if request.endpoint in sign_in.WAYS_IN and response.status_code == 302 else ""
    )
    if carried and current_user:
        try:
            form = json.loads(carried)
            form_drafts.save_draft(
                session, current_user, form["key"], form["fields"], kind=form["kind"], entry=form["entry"], at=now()
            )
        except (ValueError, TypeError, KeyError, AttributeError):  # the form does not come from our page
            session.rollback()
        else:
            session.commit()
    return response


def unfinished() -> list[FormDraft]:
    """The unfinished forms of this person, for the desk."""
    return form_drafts.unfinished_drafts(session, current_user)


def finished() -> dict[str, int]:
    """The time at which each form was finished, in milliseconds since 1970 (UTC) as browsers count, by key."""
    return {key: round(at.timestamp() * 1000) for key, at in form_drafts.finished_at(session, current_user).items()}


def address(draft: FormDraft | None, fresh: bool = False) -> str:
    """The address of the form of a draft; with `fresh`, of the form without the typed text."""
    if draft is None:
        return url_for("entry_actions.desk")
    key = None if fresh else draft.key
    if draft.entry:
        return url_for("entry_form.edit", public_id=draft.entry, draft=key)
    return url_for("entry_form.new", kind=draft.kind, draft=key)

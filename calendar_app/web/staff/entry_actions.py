"""The staff desk: find, publish, cancel, look back. Strangers were refused before (`accounts`)."""

from itertools import pairwise
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import Entry, Event
from calendar_app.entries import form_drafts, permissions, publishing, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.listings import queries
from calendar_app.web import config, current_user, editable, now, session
from calendar_app.web.forms import form_values, telling
from calendar_app.web.forms.fields import whole

bp = Blueprint("entry_actions", __name__, url_prefix="/staff")

REASONED: Any = {"cancel": publishing.cancel, "postpone": publishing.postpone, "withdraw": publishing.withdraw}
PLAIN: Any = {"publish": publishing.publish, "unschedule": publishing.unschedule, "restore": publishing.restore}


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/")
def desk() -> str:
    """Show the home page of the staff desk."""
    mine = select(Entry).order_by(Entry.changed_at.desc(), Entry.id.desc()).limit(8)
    mine = mine.options(joinedload(Entry.department))
    if (department := current_user.department) and current_user.role != "admin":
        mine = mine.where(Entry.department_id == department.id)
    unpublished = Entry.state.in_(("draft", "scheduled"))
    return render_template(
        "staff/desk.html",
        waiting=session.scalars(mine.where(unpublished)).all(),
        newest=session.scalars(mine.where(~unpublished)).all(),
    )


@bp.get("/entries/<public_id>")
def done(public_id: str) -> str:
    """Show one entry at the staff desk: its state, its channels, its next steps.

    Raises NotFound for an unknown entry.
    """
    entry = _entry(public_id)
    mine = permissions.may(current_user, "edit", entry)
    keys = [
        form_drafts.key_of(public_id),
        *(key for key, posted_id in cookie.get("posted", []) if posted_id == public_id),
    ]
    return render_template("staff/done.html", entry=entry, mine=mine, keys=keys)


@bp.get("/entries/<public_id>/history")
def history(public_id: str) -> str:
    """Show the revisions of one entry.

    Raises NotFound for an unknown entry.
    """
    entry = _entry(public_id)
    rows = list(entry.revisions)
    shots = [row.snapshot for row in rows] + [{}]
    changes = [form_values.changes(old, new, config.zone) for new, old in pairwise(shots)]
    mine = permissions.may(current_user, "edit", entry)
    return render_template("staff/history.html", entry=entry, rows=list(zip(rows, changes, strict=True)), mine=mine)


@bp.get("/entries/<public_id>/status")
def status(public_id: str) -> str:
    """Show the form to cancel, postpone or withdraw one entry."""
    return render_template("staff/status.html", entry=editable(public_id))


@bp.post("/entries/<public_id>/<any(publish, cancel, postpone, full, withdraw, restore, unschedule, revert):verb>")
def act(public_id: str, verb: str) -> AnyResponse:
    """Publish, cancel, postpone, withdraw or restore one entry.

    Raises NotFound when the entry does not exist or is of a kind without this verb, Forbidden when this person may not
    edit it.
    """
    entry: Any = editable(public_id)
    reason = request.form.get("reason", "")[:500]
    actor_and_time: dict[str, Any] = {"actor": current_user, "at": now()}
    if verb in ("cancel", "postpone", "full") and not isinstance(entry, Event):
        abort(404)
    try:
        with revisions.one_act(session), telling.sparing(session):
            if verb == "revert":
                publishing.revert(session, entry, _number_of(entry), **actor_and_time)
            elif verb == "full":
                publishing.mark(session, entry, "full", reason, **actor_and_time)
            elif verb in REASONED:
                REASONED[verb](session, entry, reason, **actor_and_time)
            else:
                PLAIN[verb](session, entry, **actor_and_time)
        session.commit()
    except (StaleDataError, Invalid):
        session.rollback()
        flash(gettext("A colleague has just changed this. Please check it and try again."))
    return redirect(url_for("entry_actions.done", public_id=public_id), 303)


def _number_of(entry: Entry) -> int:
    number = request.form.get("number", 0, whole)
    return number if number in {row.number for row in entry.revisions} else abort(404)


def _entry(public_id: str) -> Entry:
    return queries.by_public_id(session, Entry, public_id) or abort(404)

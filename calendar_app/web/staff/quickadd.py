"""Report the reading of a line about an event while a person types it, and keep the events of a pasted programme."""

import secrets
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Flask, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from calendar_app.entries import form_drafts
from calendar_app.web import current_user, forms, now, session, today
from calendar_app.web.forms import quickadd

bp = Blueprint("quickadd", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.post("/quick")
def look() -> Any:
    """Return what one typed line or a pasted notice was recognised as, for the page's script."""
    form = forms.EventForm(formdata=None)
    readings = quickadd.look(session, request.form.get(quickadd.LINE, ""), today())
    if events := quickadd.events(readings):
        return {"understood": [], "doubts": [], "left": "", "events": events}
    reading = readings[0]
    return {
        "understood": [row[1:] for row in quickadd.understood(form, reading)],
        "doubts": [asdict(doubt) for doubt in reading.doubts],
        "left": reading.left,
        "events": [],
    }


@bp.post("/quick/many")
def take() -> Any:
    """Keep the chosen events of a programme as unfinished entries, as far as there is room for them."""
    readings = quickadd.look(session, request.form.get(quickadd.LINE, ""), today())
    chosen = [reading for number, reading in enumerate(readings) if str(number) in request.form.getlist(quickadd.TAKE)]
    room = max(form_drafts.MOST - len(form_drafts.unfinished_drafts(session, current_user)), 0)
    first = {"department_id": str(current_user.department_id or "")}
    for reading in chosen[:room]:
        filled, _conflicts = quickadd.fill_form(MultiDict(), [reading], first)
        key = secrets.token_urlsafe(9)
        form_drafts.save_draft(session, current_user, key, dict(filled.lists()), kind="event", at=now())
    session.commit()
    if len(chosen) > room:
        flash(gettext("There was no room for all of them: finish or discard some unfinished entries first."))
    return redirect(url_for("entry_form.new", kind="event"), 303)

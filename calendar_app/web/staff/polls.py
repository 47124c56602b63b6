"""Put a question to readers on an entry, end it, and show or hide its sums."""

from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import Entry, User
from calendar_app.entries.editing import Invalid
from calendar_app.feedback import polls
from calendar_app.web import current_user, editable, now, session

bp = Blueprint("desk_polls", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(polls_of=lambda entry: polls.all_of(session, entry), most_choices=polls.MOST)


@bp.post("/entries/<public_id>/poll")
def act(public_id: str) -> AnyResponse:
    """Ask readers a question on an entry's page (`verb` ask), end it (end), show its sums to them (show) or hide them (hide).

    Raises NotFound for an unknown entry or when no question is asked, Forbidden when this person may not edit it, BadRequest for another verb.
    """
    entry = editable(public_id)
    try:
        _do(entry, request.form.get("verb", ""))
        session.commit()
        flash(gettext("Saved."))
    except Invalid:
        session.rollback()
        flash(gettext("Please write a question of at most 200 characters and two to five different answers."))
    return redirect(url_for("entry_actions.done", public_id=public_id, _anchor="poll"), 303)


def _do(entry: Entry, verb: str) -> None:
    actor_and_time: dict[str, Any] = {"actor": session.get_one(User, current_user.id), "at": now()}
    if verb == "ask":
        polls.ask(session, entry, request.form.get("question", ""), request.form.getlist("choice"), **actor_and_time)
        return
    poll = polls.current(session, entry) or abort(404)
    if verb == "end":
        polls.end(session, poll, **actor_and_time)
    elif verb in ("show", "hide"):
        polls.show_sums(session, poll, verb == "show", **actor_and_time)
    else:
        abort(400)

"""An entry of another department: whose it is, a proposed change, and the press with which its owner takes it over."""

from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import Comment, Entry, Venue
from calendar_app.entries import permissions, revisions
from calendar_app.entries.editing import Invalid
from calendar_app.listings import queries
from calendar_app.staff import proposals
from calendar_app.web import config, current_user, now, session, today
from calendar_app.web.forms import form_values, opening

bp = Blueprint("proposals", __name__, url_prefix="/staff")

VALUES = ("title", "start", "end", "all_day", "precision", "venue_id", "summary", "body", "contact")
INPUTS = (
    "title",
    "start_date",
    "start_time",
    "end_date",
    "end_time",
    "all_day",
    "venue_id",
    "summary",
    "body",
    "contact",
)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(proposed=proposed)


@bp.route("/entries/<public_id>/propose", methods=["GET", "POST"])
def propose(public_id: str) -> Any:
    """Say whose an entry is, and take a proposed change of it.

    Raises NotFound for an unknown entry.
    """
    entry = queries.by_public_id(session, Entry, public_id) or abort(404)
    form, was = opening.opened(session, current_user, entry.kind, entry), revisions.values(entry)
    if request.method == "GET":
        form_values.fill(form, was, config.zone)
        return render_template("staff/propose.html", entry=entry, form=form)
    typed = opening.values(session, form, entry.kind, was["photos"], was, config, today=today())
    if any(form[name].errors for name in INPUTS if name in form):
        return render_template("staff/propose.html", entry=entry, form=form), 422
    values = {name: typed[name] for name in VALUES if name in typed}
    try:
        proposals.propose(session, entry, values, request.form.get("why", ""), actor=current_user, at=now())
    except Invalid:
        session.rollback()
        flash(gettext("Please change something, or write a comment."))
        return render_template("staff/propose.html", entry=entry, form=form), 422
    session.commit()
    flash(gettext("The proposal was sent to %(name)s.", name=entry.department.name))
    return redirect(url_for("entry_actions.done", public_id=public_id, _anchor="comments"), 303)


@bp.post("/comments/<int:number>/take")
def take(number: int) -> AnyResponse:
    """Take over a proposed change.

    Raises NotFound for an unknown comment, Forbidden when this person may not edit its entry.
    """
    comment = session.get(Comment, number) or abort(404)
    if not permissions.may(current_user, "edit", comment.entry):
        abort(403)
    public_id = comment.entry.public_id
    try:
        with revisions.one_act(session):
            taken = proposals.take_over(session, comment, actor=current_user, at=now())
        session.commit()
    except Invalid:
        session.rollback()
        taken = False
    if not taken:
        flash(gettext("The entry was changed meanwhile, so the proposal no longer fits. Please edit it by hand."))
    return redirect(url_for("entry_actions.done", public_id=public_id), 303)


def proposed(comment: Comment) -> list[revisions.Change]:
    """The proposed changes in words."""
    sides = [dict(comment.proposal[side]) for side in ("from", "to")] if comment.proposal else [{}, {}]
    for side in sides:
        if "venue_id" in side:
            venue = session.get(Venue, side["venue_id"]) if side["venue_id"] else None
            side["venue_id"] = venue.name if venue else ""
    return form_values.changes({"values": sides[0]}, {"values": sides[1]}, config.zone)

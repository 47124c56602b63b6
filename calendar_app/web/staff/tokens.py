"""Tokens of programs that write through the API: make one, shown once, and end it."""

from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.accounts import tokens
from calendar_app.db.models import SCOPES, ApiToken, Department
from calendar_app.entries import permissions
from calendar_app.entries.editing import Invalid
from calendar_app.web import current_user, now, session
from calendar_app.web.forms.fields import whole
from calendar_app.web.staff import sign_in

bp = Blueprint("tokens", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.route("/me/tokens", methods=["GET", "POST"])
def own() -> Any:
    """List one's own tokens and those that one may end; make one, which is shown once. Only its hash is stored.

    Raises Forbidden for a department for which this person may not write.
    """
    usual = {"days": 90, "scopes": ["write"], "department": current_user.department_id}
    if request.method == "GET":
        return _page({}, usual)
    days = request.form.get("days", 0, whole)
    home = session.get(Department, request.form.get("department", 0, whole))
    typed = {"name": request.form.get("name", "")[:200], "scopes": request.form.getlist("scope")[: len(SCOPES)]}
    if not permissions.may(current_user, "post", ApiToken(department_id=home.id if home else None)):
        abort(403)
    try:
        given: Any = {"department": home, "scopes": typed["scopes"], "days": days if days in tokens.DAYS else 90}
        row, token = tokens.make(session, current_user, str(typed["name"]), **given, at=now())
    except Invalid as error:
        session.rollback()
        return _page(error.errors, typed | {"days": days, "department": request.form.get("department")}), 422
    sign_in.record("token_made", current_user)
    name = row.name
    session.commit()
    return _page({}, usual, made=token, name=name)


@bp.post("/me/tokens/<int:number>/end")
def end(number: int) -> AnyResponse:
    """End a token at once. Raises NotFound for an unknown one, Forbidden for one of somebody else's people."""
    row = session.get(ApiToken, number) or abort(404)
    if not tokens.may_end(current_user, row):
        abort(403)
    sign_in.record("token_ended", row.user, current_user)
    tokens.end(session, row)
    session.commit()
    flash(gettext("The token no longer works."))
    return redirect(url_for("tokens.own"), 303)


def _page(errors: dict[str, str], typed: dict[str, Any], **shown: Any) -> str:
    """Show the tokens and the form for a new one; `shown` is a token just made, with its name."""
    departments = session.scalars(select(Department).order_by(Department.id))
    return render_template(
        "staff/tokens.html",
        errors=errors,
        typed=typed,
        held=tokens.held_by(session, current_user),
        others=tokens.led_by(session, current_user),
        departments=[
            each for each in departments if permissions.may(current_user, "post", ApiToken(department_id=each.id))
        ],
        days=tokens.DAYS,
        now=now(),
        **shown,
    )

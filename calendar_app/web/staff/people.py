"""The staff: their list, invitations by link, accounts, and the way to stop the weekly email."""

from typing import Any

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.accounts import people
from calendar_app.accounts.passwords import hash_password
from calendar_app.dates import formatting
from calendar_app.db.models import ROLES, Department, Invitation, User
from calendar_app.delivery import weekly_digest
from calendar_app.entries import permissions
from calendar_app.entries.editing import Invalid
from calendar_app.web import config, csrf, current_user, lang, now, session, today
from calendar_app.web.forms.fields import whole
from calendar_app.web.staff import passwords
from calendar_app.web.staff.sign_in import let_in

bp = Blueprint("people", __name__, url_prefix="/staff")

TYPED = ("name", "email", "role", "department_id")


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(may=permissions.may, officer_terms=officer_terms)


@bp.get("/people")
def everybody() -> str:
    """List the staff and the open invitations."""
    return _list({})


@bp.post("/people")
def invite() -> Any:
    """Create an invitation link, shown once; only its hash is stored.

    Raises Forbidden when this person may not give that role in that department.
    """
    typed = {name: request.form.get(name, "").strip()[:300] for name in TYPED}
    home = session.get(Department, request.form.get("department_id", 0, whole))
    if not permissions.may_give(current_user, typed["role"]) or not permissions.may(current_user, "lead", home):
        abort(403)
    try:
        fields: Any = {"email": typed["email"], "name": typed["name"], "role": typed["role"], "department": home}
        invitation, token = people.invite(session, actor=current_user, at=now(), **fields)
    except Invalid as error:
        session.rollback()
        return _list(typed, {name: _message(code) for name, code in error.errors.items()}), 422
    session.commit()
    link = config.base_url + url_for("people.join", token=token)
    return _list({}, link=link, invited=invitation)


@bp.post("/people/invitations/<int:number>/revoke")
def revoke(number: int) -> AnyResponse:
    """Revoke an invitation.

    Raises NotFound for an unknown invitation, Forbidden when this person may not manage it.
    """
    invitation = session.get(Invitation, number) or abort(404)
    if not permissions.may_manage(current_user, invitation):
        abort(403)
    people.revoke(session, invitation, actor=current_user, at=now())
    session.commit()
    flash(gettext("The link no longer works."))
    return redirect(url_for("people.everybody"), 303)


@bp.post("/people/<int:number>/<any(close, reopen):verb>")
def switch(number: int, verb: str) -> AnyResponse:
    """Close or reopen an account.

    Raises NotFound for an unknown person, Forbidden when this person may not manage them, and for oneself.
    """
    person = _manageable(number)
    try:
        people.set_active(session, person, verb == "reopen", actor=current_user, at=now())
        session.commit()
        flash(gettext("The account is active.") if person.active else gettext("The account is closed."))
    except Invalid as error:
        session.rollback()
        flash(_message(*error.errors.values()))
    return redirect(url_for("people.everybody"), 303)


@bp.post("/people/<int:number>/place")
def place(number: int) -> AnyResponse:
    """Change a person's role and department (administrators only).

    Raises Forbidden for anybody else, NotFound for an unknown person.
    """
    if not permissions.may(current_user, "manage_users"):
        abort(403)
    person = session.get(User, number) or abort(404)
    home = session.get(Department, request.form.get("department_id", 0, whole))
    try:
        people.assign_role(session, person, request.form.get("role", ""), home, actor=current_user, at=now())
        session.commit()
        flash(gettext("Saved."))
    except Invalid as error:
        session.rollback()
        flash(_message(*error.errors.values()))
    return redirect(url_for("people.everybody"), 303)


@bp.post("/departments/<int:number>/officer")
def appoint(number: int) -> AnyResponse:
    """Set the press officer of a department from a given day.

    Raises NotFound for an unknown department, Forbidden when this person does not lead it.
    """
    department = session.get(Department, number) or abort(404)
    if not permissions.may(current_user, "lead", department):
        abort(403)
    try:
        since = formatting.parse_date(request.form.get("since", "").strip()[:60] or f"{today()}", today())
        people.appoint(session, department, request.form.get("officer", "")[:300], since, actor=current_user, at=now())
        session.commit()
        flash(gettext("Saved."))
    except formatting.BadDate as error:
        session.rollback()
        flash(formatting.message(error, lang()))
    return redirect(url_for("venues_departments_tags.departments"), 303)


@bp.route("/invitation/<token>", methods=["GET", "POST"])
def join(token: str) -> Any:
    """Show and accept the form where an invited person chooses a password; viewing it does not use up the link."""
    invitation = people.find_invitation(session, token, at=now())
    if invitation is None:
        return _private(render_template("accounts/join.html", invitation=None), 410)
    name, password = request.form.get("name", invitation.name)[:100], request.form.get("password", "")
    again = request.form.get("password_again", "")
    wrong = "" if request.method == "GET" else passwords.problem(password, again, name, invitation.email)
    if request.method == "GET" or wrong:
        return _private(
            render_template("accounts/join.html", invitation=invitation, name=name, wrong=wrong), 422 if wrong else 200
        )
    session.rollback()  # no transaction stays open while the processor is busy
    user = people.accept(session, token, name=name, password_hash=hash_password(password), at=now())
    session.commit()
    if user is None:
        return _private(render_template("accounts/join.html", invitation=None), 410)
    let_in(user.id)
    flash(gettext("Welcome. You can post right away; no approval is needed."))
    return redirect(url_for("entry_actions.desk"), 303)


@bp.get("/mail/<token>")
def letters(token: str) -> Any:
    """Show the button that stops the Monday email, without signing in.

    Raises NotFound for an unknown or wrong token.
    """
    person = weekly_digest.find_subscriber(session, token, config.secret_key) or abort(404)
    return _private(render_template("accounts/letters.html", person=person), 200)


@bp.post("/mail/<token>")
@csrf.exempt  # RFC 8058: the mail program sends neither cookie nor token, so the signature in the address replaces both
def stop_letters(token: str) -> Any:
    """Stop the Monday email.

    Raises NotFound for an unknown or wrong token.
    """
    person = weekly_digest.find_subscriber(session, token, config.secret_key) or abort(404)
    person.weekly_mail = False
    session.commit()
    return _private(render_template("accounts/letters.html", person=person), 200)


def officer_terms() -> dict[int, list[people.OfficerTerm]]:
    """The terms of the press officers, by the number of the department."""
    return people.officer_terms(session)


def _private(page: str, status: int) -> AnyResponse:
    """Keep the address of a page from other sites, because it gives access."""
    response = current_app.make_response((page, status))
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _manageable(number: int) -> User:
    person = session.get(User, number) or abort(404)
    if not permissions.may_manage(current_user, person) or person.id == current_user.id:
        abort(403)
    return person


def _message(code: str) -> str:
    words: dict[str, str] = {
        "email": gettext("This is not an email address."),
        "there_already": gettext("This person is already in the list."),
        "required": gettext("Please fill this in."),
        "last_admin": gettext("This is the last administrator: someone must be able to invite others."),
    }
    return words[code]


def _list(typed: dict[str, str], errors: dict[str, str] | None = None, **more: Any) -> str:
    home = None if current_user.role == "admin" else current_user.department_id
    every = session.scalars(select(Department).order_by(Department.id)).all()
    leads = permissions.may(current_user, "lead")
    return render_template(
        "staff/people.html",
        people=people.list_users(session),
        last=people.last_activity(session),
        waiting=people.open_invitations(session, home, at=now()) if leads else [],
        departments=[department for department in every if permissions.may(current_user, "lead", department)],
        roles=[role for role in ROLES if permissions.may_give(current_user, role)],
        manages=lambda user: permissions.may_manage(current_user, user) and user.id != current_user.id,
        typed=typed,
        errors=errors or {},
        **more,
    )

"""One's own account: name, Monday email, password, the browsers in which one is signed in; and proving who one is."""

from typing import Any

from flask import Blueprint, Flask, abort, flash, g, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.accounts import journal, people, reset, sessions
from calendar_app.accounts import passwords as hashes
from calendar_app.db.models import User
from calendar_app.entries import permissions
from calendar_app.web import config, current_user, now, session
from calendar_app.web.staff import passkeys, passwords, sign_in

bp = Blueprint("account", __name__, url_prefix="/staff")

PROOF, PROOF_KEY = "proof", "proof_passkey"  # fields of a form: the password, typed again, or the answer of a passkey
PROVED = (
    *("people.invite", "people.revoke", "people.switch", "people.place", "reset.make"),
    *("second_factor.own", "passkeys.offer", "passkeys.add", "passkeys.remove", "single_sign_on.own", "tokens.own"),
)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.before_request(ask_for_proof)


@bp.route("/me", methods=["GET", "POST"])
def me() -> Any:
    """Show and change one's own name and whether the Monday email is sent; list where one is signed in."""
    if request.method == "POST":
        person = session.get_one(User, current_user.id)
        person.name = people.clean_name(request.form.get("name", "")) or person.name
        person.weekly_mail = "weekly_mail" in request.form
        session.commit()
        flash(gettext("Saved."))
        return redirect(url_for("account.me"), 303)
    found = sessions.of(session, current_user, config, at=now())
    return render_template("staff/me.html", sessions=found, here=g.desk_session.id)


@bp.post("/me/sessions/<int:number>/end")
def end_session(number: int) -> AnyResponse:
    """Sign out one of one's own browsers."""
    sessions.end(session, current_user, number)
    session.commit()
    flash(gettext("That device is signed out."))
    return redirect(url_for("account.me"), 303)


@bp.post("/me/sessions/end-others")
def end_other_sessions() -> AnyResponse:
    """Sign out every browser but this one."""
    sessions.end_all(session, current_user, but=g.desk_session.id)
    session.commit()
    flash(gettext("All other devices are signed out."))
    return redirect(url_for("account.me"), 303)


@bp.route("/password", methods=["GET", "POST"])
def password() -> Any:
    """Change one's own password, which signs out every other browser."""
    if request.method == "GET":
        return _password_page({})
    new, wrong = request.form.get("new_password", ""), {}
    try:
        passwords.check(current_user.email, current_user, request.form.get("password", ""))
    except passwords.Refused as refused:
        return _password_page({"password": _refusal(refused)}, 429 if refused.seconds else 422)
    if said := passwords.problem(
        new, request.form.get("new_password_again", ""), current_user.email, current_user.name
    ):
        wrong = {"new_password": said}
        return _password_page(wrong, 422)
    number = current_user.id
    session.rollback()
    made = hashes.hash_password(new)
    person = session.get_one(User, number)
    sessions.end_all(session, person)
    reset.end_around(session, person, at=now())
    person.password = made
    sign_in.record("password", person)
    g.pop("desk_session")
    sign_in.let_in(number, remember=cookie.permanent)
    flash(gettext("The password is changed. All other devices are signed out."))
    return redirect(url_for("account.me"), 303)


@bp.get("/people/sign-ins")
def sign_ins() -> str:
    """List the newest sign-ins and refusals (`only=refused`), for administrators only.

    Raises Forbidden for anybody else.
    """
    if not permissions.may(current_user, "manage_users"):
        abort(403)
    only = request.args.get("only") == "refused"
    records = journal.newest(session, journal.REFUSALS if only else ())
    return render_template("staff/sign_ins.html", records=records, only=only)


def ask_for_proof() -> AnyResponse | None:
    """Before accounts are managed: who has not shown lately who they are types the password again, or uses a passkey.

    The page asks for it in the middle of the action and holds what was typed.
    """
    if request.endpoint not in PROVED or request.method != "POST" or sessions.proved(g.desk_session, at=now()):
        return None
    said = ""
    if PROOF in request.form:
        number = g.desk_session.id
        try:
            _check_proof()
        except passwords.Refused as refused:
            said = _refusal(refused)
        else:
            sessions.prove(session, number, at=now())
            session.commit()
            return None
    passing = (PROOF, PROOF_KEY, "csrf_token")
    held = [(name, value) for name, value in request.form.items(multi=True) if name not in passing]
    return make_response(render_template("accounts/proof.html", held=held, wrong=said), 401)


def _check_proof() -> None:
    """Check the password or passkey of the person at this browser. Raises passwords.Refused."""
    answered, number = request.form.get(PROOF_KEY, ""), current_user.id
    if not answered:
        passwords.check(current_user.email, current_user, request.form[PROOF])
    elif passkeys.check(answered).user_id != number:
        session.rollback()
        raise passwords.Refused(why="passkey")


def _refusal(refused: passwords.Refused) -> str:
    if refused.seconds:
        return str(gettext("Too many attempts. Please wait %(seconds)s seconds.", seconds=refused.seconds))
    if refused.why == "password":
        return str(gettext("This is not your password."))
    return str(gettext("The passkey was not accepted. Please try again, or use your password."))


def _password_page(wrong: dict[str, str], code: int = 200) -> AnyResponse:
    return make_response(render_template("accounts/password.html", wrong=wrong), code)

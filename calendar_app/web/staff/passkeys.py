"""Passkeys: signing in with one, and keeping one's own."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, flash, jsonify, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.accounts import attempts, passkeys
from calendar_app.db.models import Passkey
from calendar_app.web import config, current_user, lang, now, session
from calendar_app.web.staff import account_letters, passwords, sign_in

bp = Blueprint("passkeys", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_global(offered, "passkeys_offered")
    app.add_template_global(lambda: passkeys.of(session, current_user), "own_passkeys")


def offered() -> bool:
    """Whether this site can have passkeys: its address has a name."""
    return passkeys.relying_party(config.base_url, "") is not None


@bp.get("/sign-in/passkey")
def question() -> Response:
    """Give the question that a passkey of this browser is to sign, as JSON; it is valid for five minutes.

    Raises NotFound when this site can have no passkeys.
    """
    return jsonify(passkeys.request_options(_party(), passkeys.challenge(_browser(), at=now())))


@bp.post("/sign-in/passkey")
def answer() -> AnyResponse:
    """Sign in whoever holds the passkey that signed our question; it stands for both factors."""
    try:
        key = check(request.form.get("passkey", ""))
    except passwords.Refused as refused:
        return sign_in.page(refused, 429 if refused.seconds else 200)
    number = key.user_id
    session.commit()
    sign_in.let_in(number, kind="passkey", remember="remember" in request.form)
    return redirect(sign_in.then())


@bp.post("/me/passkeys")
def offer() -> str:
    """Show the page on which the device makes a passkey. Raises NotFound when this site can have none."""
    return _offer()


@bp.post("/me/passkeys/add")
def add() -> Any:
    """Keep the passkey that the device has made. Raises NotFound when this site can have none."""
    name = request.form.get("name", "") or sign_in.device() or gettext("Passkey")
    party, made = _party(), request.form.get("passkey", "")
    try:
        passkeys.add(session, current_user, str(name), made, party, _browser(), at=now())
    except passkeys.Refused:
        session.rollback()
        return _offer(gettext("The passkey was not added. Please try again.")), 422
    sign_in.record("passkey_added", current_user)
    account_letters.queue("passkey_added", current_user)
    session.commit()
    flash(gettext("The passkey is added. You can sign in with it from now on."))
    return redirect(url_for("account.me"), 303)


@bp.post("/me/passkeys/<int:number>/rename")
def rename(number: int) -> AnyResponse:
    """Rename one of one's own passkeys."""
    passkeys.rename(session, current_user, number, request.form.get("name", ""))
    session.commit()
    flash(gettext("Saved."))
    return redirect(url_for("account.me"), 303)


@bp.post("/me/passkeys/<int:number>/remove")
def remove(number: int) -> AnyResponse:
    """Remove one of one's own passkeys."""
    if passkeys.remove(session, current_user, number):
        sign_in.record("passkey_removed", current_user)
        account_letters.queue("passkey_removed", current_user)
    session.commit()
    flash(gettext("The passkey is removed. It no longer signs you in."))
    return redirect(url_for("account.me"), 303)


def check(answered: str) -> Passkey:
    """Check the answer of a passkey; give the passkey. Raises passwords.Refused. Commit afterwards: the answer is used up."""
    key = passkeys.find(session, answered)
    owner = key.user if key else None
    chosen = passwords.buckets(owner.email if owner else "", owner)
    if wait := attempts.seconds_to_wait(session, chosen, at=now()):
        raise passwords.Refused(wait)
    try:
        if key is None:
            raise passkeys.Refused
        passkeys.accept(session, key, answered, _party(), _browser(), at=now())
    except passkeys.Refused as refused:
        session.rollback()
        if not refused.late:
            passwords.count(chosen, owner)
        raise passwords.Refused(why="late" if refused.late else "passkey") from refused
    return key


def _offer(wrong: str = "") -> str:
    asked = passkeys.challenge(_browser(), at=now())
    options = passkeys.creation_options(session, current_user, _party(), asked)
    name = request.form.get("name", "") or sign_in.device()
    return render_template("accounts/passkey.html", options=options, name=name, wrong=wrong)


def _party() -> passkeys.RelyingParty:
    return passkeys.relying_party(config.base_url, config.name(lang())) or abort(404)


def _browser() -> passkeys.Browser:
    generate_csrf()  # puts its random value into the cookie, unless it is there
    return passkeys.Browser(str(cookie["csrf_token"]), config.secret_key)

"""Sign in and out. Flask-Security handles the accounts, on our own pages below /staff; attempts are limited."""

import json
from datetime import timedelta
from typing import Any

from flask import Flask, abort, g, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask_security import Security, SQLAlchemySessionUserDatastore, UserMixin, current_user, login_user
from flask_security.forms import LoginForm
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import User
from calendar_app.entries import form_drafts
from calendar_app.web import SAFE_METHODS, config, now, rate_limit, session

SIGN_IN = "/staff/sign-in"
OPEN = ("security.login", "security.logout", "security.static", "people.join", "people.letters", "people.stop_letters")
FORMS = ("entry_form.new", "entry_form.edit")
LONGEST_FORM = 1_000_000


class Account(User, UserMixin):
    """A `User` with the methods that Flask-Security needs: the same row of the same table, so that the models need no Flask.

    A request loads the signed-in account first; later queries for that `User` return the same object.
    """


class SignInForm(LoginForm):
    """The sign-in form of Flask-Security, with a limit of attempts per hour for each address and account."""

    def validate(self, **kwargs: Any) -> bool:
        account = (self.email.data or "").strip().lower()[:100]
        if not rate_limit.allow(session, {f"ip:{request.remote_addr}": 20, f"account:{account}": 10}, at=now()):
            session.commit()
            abort(429)
        session.commit()
        return bool(super().validate(**kwargs))


def sign_in(user: User) -> None:
    """Sign in a person whose account was just created and committed."""
    number = user.id
    session.expunge(user)  # so that it is loaded again, as an Account
    login_user(session.get_one(Account, number))


def refuse_strangers() -> AnyResponse | None:
    """Require a sign-in for every path below /staff, so that no view has to check. Raises Unauthorized for other methods."""
    if request.endpoint == "security.login":
        request.max_content_length = request.max_form_memory_size = (
            LONGEST_FORM  # the form carries the text of another form
        )
    if not request.path.startswith("/staff") or request.endpoint in OPEN or current_user.is_authenticated:
        return None
    if request.method in SAFE_METHODS:
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    if request.endpoint in FORMS:
        return _carried()
    return abort(401)


def _carried() -> AnyResponse:
    """The sign-in page that carries the typed form. Nothing of strangers is stored, so photos must be chosen again."""
    if "_user_id" in cookie:  # this browser was signed in, so it may send a form with photos
        request.max_content_length, request.max_form_memory_size = config.upload_mb * 2**20, LONGEST_FORM
    arguments = request.view_args or {}
    entry, kind = arguments.get("public_id", ""), arguments.get("kind") or request.form.get("kind", "")
    key = form_drafts.key_of(entry) if entry else request.form.get("key", "")
    fields = {name: request.form.getlist(name) for name in request.form if name not in form_drafts.PASSING}
    form = SignInForm(formdata=None)
    form.next.data = url_for(str(request.endpoint), **arguments, draft=key)
    g.carried = json.dumps({"key": key, "kind": kind, "entry": entry, "fields": fields}, ensure_ascii=False)
    page = render_template("accounts/sign_in.html", login_user_form=form)
    return make_response(page, 401)


def register(app: Flask) -> None:
    app.config.update(
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SALT="unused: argon2 makes its own",
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_PASSWORD_LENGTH_MIN=10,
        SECURITY_URL_PREFIX=None,
        SECURITY_LOGIN_URL=SIGN_IN,
        SECURITY_LOGOUT_URL="/staff/sign-out",
        SECURITY_LOGOUT_METHODS=["POST"],
        SECURITY_VERIFY_URL="/staff/verify",
        SECURITY_STATIC_FOLDER_URL="/staff/account-static",
        SECURITY_CHANGE_URL="/staff/password",
        SECURITY_CHANGEABLE=True,
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_POST_LOGIN_VIEW="/staff/",
        SECURITY_POST_LOGOUT_VIEW="/",
        SECURITY_POST_CHANGE_VIEW="/staff/",
        SECURITY_UNAUTHORIZED_VIEW=None,
        SECURITY_RETURN_GENERIC_RESPONSES=True,
        SECURITY_REDIRECT_VALIDATE_MODE=["absolute", "regex"],
        SECURITY_LOGIN_USER_TEMPLATE="accounts/sign_in.html",
        SECURITY_CHANGE_PASSWORD_TEMPLATE="accounts/password.html",
        SECURITY_FLASH_MESSAGES=False,
        SECURITY_EMAIL_VALIDATOR_ARGS={"check_deliverability": False, "test_environment": True},
        SECURITY_DEFAULT_REMEMBER_ME=True,
        REMEMBER_COOKIE_DURATION=timedelta(days=14),
        REMEMBER_COOKIE_HTTPONLY=True,
        REMEMBER_COOKIE_SAMESITE="Lax",
        REMEMBER_COOKIE_SECURE=app.config["SESSION_COOKIE_SECURE"],
        WTF_CSRF_CHECK_DEFAULT=True,
    )
    app.before_request(refuse_strangers)
    datastore = SQLAlchemySessionUserDatastore(session, Account, None)  # type: ignore[arg-type]
    Security(app, datastore, login_form=SignInForm)

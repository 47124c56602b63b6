"""Signing in. Flask-Security does the account work, on our own pages and under /staff; tries are rationed by the database."""

from datetime import timedelta
from typing import Any

from flask import Flask, abort, redirect, request, url_for
from flask_security import Security, SQLAlchemySessionUserDatastore, UserMixin, current_user
from flask_security.forms import LoginForm
from werkzeug.wrappers import Response as AnyResponse

from calendar_app import throttle
from calendar_app.models import User
from calendar_app.web import SAFE_METHODS, now, session

# The row is models.User; what Flask-Security expects of a user joins it here, so that models needs no Flask.
if UserMixin not in User.__bases__:
    User.__bases__ += (UserMixin,)

SIGN_IN = "/staff/sign-in"
OPEN = ("security.login", "security.logout", "security.static", "people.join", "people.letters", "people.stop_letters")


class SignInForm(LoginForm):
    """Flask-Security's form, behind the ration of tries for this address and this account."""

    def validate(self, **kwargs: Any) -> bool:
        account = (self.email.data or "").strip().lower()[:100]
        if not throttle.allow(session, {f"ip:{request.remote_addr}": 20, f"account:{account}": 10}, at=now()):
            session.commit()
            abort(429)
        session.commit()
        return bool(super().validate(**kwargs))


def refuse_strangers() -> AnyResponse | None:
    """The one door of the staff desk, in front of every view under /staff, so that none can forget it."""
    if not request.path.startswith("/staff") or request.endpoint in OPEN or current_user.is_authenticated:
        return None
    if request.method in SAFE_METHODS:
        return redirect(url_for("security.login", next=request.path))
    return abort(401)


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
    datastore = SQLAlchemySessionUserDatastore(session, User, None)  # type: ignore[arg-type]
    Security(app, datastore, login_form=SignInForm)

"""The second factor: asked for after the password, and switched on and off by its owner."""

from typing import Any

from flask import Blueprint, Flask, flash, g, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.accounts import attempts, second_factor, totp
from calendar_app.db.models import User
from calendar_app.entries import revisions
from calendar_app.web import config, current_user, lang, now, session
from calendar_app.web.staff import account_letters, passwords, sign_in

bp = Blueprint("second_factor", __name__, url_prefix="/staff")

MINUTES = 5  # between password and code


def register(app: Flask) -> None:
    app.before_request(require)
    app.register_blueprint(bp)


def require() -> AnyResponse | None:
    """Lead whoever needs a second factor and has none to the page where it is set up; nothing else of the desk opens."""
    free = ("second_factor.own", "passkeys.offer", "passkeys.add", *sign_in.OPEN)
    if not request.path.startswith("/staff") or not current_user or request.endpoint in free:
        return None
    if g.desk_session.subject:  # the sign-in service decides what it asks for
        return None
    missing = second_factor.missing(session, current_user, config.second_factor)
    return redirect(url_for("second_factor.own"), 303) if missing else None


@bp.post("/sign-in/code")
def code() -> Any:
    """Accept the code of the app, or a recovery code, after the password."""
    number, begun, remember, password = cookie.get(sign_in.HALF) or (0, 0, False, "")
    user = session.get(User, number)
    late = now().timestamp() - begun > MINUTES * 60
    if user is None or not user.active or late or sign_in.fingerprint(user) != password:
        return redirect(url_for("sign_in.sign_in", next=request.form.get("next")), 303)
    chosen = passwords.buckets(user.email, user)
    if not (wait := attempts.seconds_to_wait(session, chosen, at=now())):
        revisions.lock(session)  # many at once are compared one after the other, and each failure counts for the next
        wait = attempts.seconds_to_wait(session, chosen, at=now())
    if wait:
        session.rollback()
        return sign_in.code_page(user, passwords.Refused(wait), 429)
    if not second_factor.accept(session, user, request.form.get("code", ""), **_key_and_time()):
        passwords.count(chosen, user)
        return sign_in.code_page(user, passwords.Refused())
    session.commit()
    sign_in.let_in(number, remember=bool(remember))
    return redirect(sign_in.then())


@bp.route("/me/second-factor", methods=["GET", "POST"])
def own() -> Any:
    """Switch one's own second factor on or off, and make recovery codes."""
    if request.method == "GET":
        return _page()
    action, wrong = request.form.get("action"), ""
    if action == "on" and not current_user.totp_secret:
        secret = _opened(request.form.get("secret", ""))
        typed = request.form.get("code", "")
        if not secret or not second_factor.turn_on(session, current_user, secret, typed, **_key_and_time()):
            session.rollback()
            wrong = gettext("This code is not right. Please type the code that the app shows now.")
            return _page(secret=secret, wrong=str(wrong), status=422)
    elif action == "off" and current_user.role not in config.second_factor:
        second_factor.turn_off(session, current_user)
        sign_in.record("second_factor_off", current_user)
        account_letters.queue("second_factor_off", current_user)
        session.commit()
        flash(gettext("The second factor is turned off."))
        return redirect(url_for("account.me"), 303)
    if not current_user.totp_secret:
        return redirect(url_for("second_factor.own"), 303)
    codes = second_factor.new_codes(session, current_user)
    sign_in.record("second_factor_on", current_user)
    account_letters.queue("second_factor_on", current_user)
    session.commit()
    return _page(codes=codes)


def _page(*, secret: str = "", wrong: str = "", codes: list[str] | None = None, status: int = 200) -> AnyResponse:
    on = bool(current_user.totp_secret)
    secret = "" if on else secret or totp.new_secret()
    page = render_template(
        "accounts/second_factor.html",
        on=on,
        codes=codes,
        left=second_factor.codes_left(session, current_user),
        must=current_user.role in config.second_factor,
        missing=second_factor.missing(session, current_user, config.second_factor),
        secret=secret,
        signed=_signer().dumps([current_user.id, secret]),
        address=totp.uri(secret, current_user.email, config.name(lang())),
        wrong=wrong,
    )
    return make_response(page, status)


def _opened(signed: str) -> str:
    """The secret that the page offered to this person; "" for any other."""
    try:
        number, secret = _signer().loads(signed)
    except (BadSignature, ValueError, TypeError):
        return ""
    return str(secret) if number == current_user.id else ""


def _key_and_time() -> dict[str, Any]:
    return {"secret_key": config.secret_key, "at": now()}


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(config.secret_key, salt="second factor")

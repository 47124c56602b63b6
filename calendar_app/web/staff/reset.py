"""A new password for who has forgotten it: by a link in a mail, or by one that a head or an administrator hands over."""

from typing import Any

from flask import Blueprint, Flask, abort, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.accounts import addresses, attempts, reset
from calendar_app.accounts.passwords import hash_password
from calendar_app.db.models import User
from calendar_app.delivery import letters
from calendar_app.entries import permissions
from calendar_app.web import config, current_user, lang, now, rate_limit, session
from calendar_app.web.staff import passwords, sign_in

bp = Blueprint("reset", __name__, url_prefix="/staff")

PER_HOUR = 5  # mails to one person, and from one network
SUBJECT = {"ja": "【{site}】パスワードの再設定", "en": "[{site}] A new password"}
BODY = {
    "ja": "{name} さん\n\n新しいパスワードを決めるには、1時間以内に次のページを開いてください。\n{link}\n\n"
    "お心当たりがなければ、このメールは捨ててください。パスワードは変わりません。\n",
    "en": "Dear {name},\n\nOpen this page within an hour to choose a new password:\n{link}\n\n"
    "If you did not ask for it, ignore this mail. Your password stays as it is.\n",
}


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.route("/forgotten", methods=["GET", "POST"])
def forgotten() -> Any:
    """Send a link for a new password by mail. The answer is the same whether there is such an account or not.

    Raises NotFound when the site sends no mail.
    """
    if not config.mail_server:
        abort(404)
    if request.method == "POST":
        _send(addresses.normalize(request.form.get("email", "")[:1000]))
    return _private(render_template("accounts/forgotten.html", sent=request.method == "POST"))


@bp.route("/reset/<token>", methods=["GET", "POST"])
def choose(token: str) -> Any:
    """Choose a new password by a link; viewing it does not use up the link."""
    link = reset.find(session, token, at=now())
    if link is None:
        return _private(render_template("accounts/reset.html", user=None), 410)
    new = request.form.get("new_password", "")
    again = request.form.get("new_password_again", "")
    wrong = passwords.problem(new, again, link.user.email, link.user.name) if request.method == "POST" else ""
    if request.method == "GET" or wrong:
        page = render_template("accounts/reset.html", user=link.user, wrong=wrong)
        return _private(page, 422 if wrong else 200)
    session.rollback()  # no transaction stays open while the processor is busy
    made = hash_password(new)
    user = reset.use(session, token, made, at=now())
    if user is None:
        session.rollback()
        return _private(render_template("accounts/reset.html", user=None), 410)
    sign_in.record("reset", user)
    session.commit()
    flash(gettext("The new password is set. Please sign in."))
    return redirect(url_for("sign_in.sign_in"), 303)


@bp.post("/people/<int:number>/reset")
def make(number: int) -> Any:
    """Make a link with which a person sets a new password; shown once.

    Raises NotFound for an unknown person, Forbidden when this person may not manage them.
    """
    person = session.get(User, number) or abort(404)
    if not permissions.may_manage(current_user, person) or person.id == current_user.id or not person.active:
        abort(403)
    _link, token = reset.make(session, person, actor=current_user, at=now())
    sign_in.record("reset_link", person, current_user)
    session.commit()
    address = config.base_url + url_for("reset.choose", token=token)
    return _private(render_template("accounts/reset_link.html", person=person, address=address))


def _send(account: str) -> None:
    place = {attempts.key("reset", attempts.network(request.remote_addr or "")): PER_HOUR}
    rations = place | {attempts.key("reset", account): PER_HOUR}
    if rate_limit.full(session, place, at=now()):
        return
    user = session.scalar(select(User).where(User.email == account, User.active))
    allowed = rate_limit.allow(session, rations, at=now())
    if user and allowed:
        link, token = reset.make(session, user, actor=None, at=now())
        link_address = config.base_url + url_for("reset.choose", token=token)
        words = {"site": config.name(lang()), "name": user.name, "link": link_address}
        subject, body = (text[lang()].format(**words) for text in (SUBJECT, BODY))
        letters.queue_sealed(session, link.id, user.email, subject, body, config, at=now())
        sign_in.record("reset_link", user)
    session.commit()


def _private(page: str, status: int = 200) -> AnyResponse:
    """The address of this page is a key: no other site learns it."""
    answer = make_response(page, status)
    answer.headers["Referrer-Policy"] = "same-origin"
    return answer

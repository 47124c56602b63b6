"""Signing in and out, and the one door of the staff desk."""

import hashlib
import json
import re
from contextlib import suppress
from threading import BoundedSemaphore
from typing import Any

from flask import Blueprint, Flask, Response, abort, g, make_response, redirect, render_template, request, url_for
from flask import session as cookie
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.accounts import addresses, attempts, devices, journal, second_factor, sessions
from calendar_app.db.engine import write_session
from calendar_app.db.models import User
from calendar_app.entries import form_drafts
from calendar_app.web import LONG_FORM, SAFE_METHODS, config, current_user, now, rate_limit, session
from calendar_app.web.staff import passwords, sign_in_service

bp = Blueprint("sign_in", __name__, url_prefix="/staff")

# Sign-ins of a process that are worked on at once. The others wait, so that thirty on a Monday leave room for those who save.
_some_at_once = BoundedSemaphore(2)
HALF = "half"  # in the cookie: whose password was right, and when; the second factor is still to come
KEY = "key"  # in the cookie: of the row of this browser
OPEN = (
    *("sign_in.sign_in", "sign_in.sign_out", "second_factor.code", "passkeys.question", "passkeys.answer"),
    *("reset.forgotten", "reset.choose", "single_sign_on.start", "single_sign_on.back", "single_sign_on.logged_out"),
    *("people.join", "people.letters", "people.stop_letters"),
)
WAYS_IN = ("sign_in.sign_in", "second_factor.code", "passkeys.answer")  # their forms carry what was typed elsewhere
FORMS = ("entry_form.new", "entry_form.edit")
DENIED_AN_HOUR = 30  # refused rights of one person that the journal keeps, so that a loop cannot fill it
LOCAL = re.compile(r"/staff(/[\w.~%-]+)*/?(\?[^\\\s#]*)?")


def register(app: Flask) -> None:
    app.before_request(refuse_strangers)
    app.after_request(note_denied)
    app.register_blueprint(bp)


def refuse_strangers() -> AnyResponse | None:
    """The one door of the staff desk, in front of every view under /staff, so that none can forget it."""
    if not request.path.startswith("/staff"):
        return None
    if request.endpoint in WAYS_IN:
        request.max_content_length = request.max_form_memory_size = LONG_FORM
    _recognize()
    if request.endpoint in OPEN or current_user:
        return None
    if request.method in SAFE_METHODS:
        return redirect(url_for("sign_in.sign_in", next=request.full_path.rstrip("?")))
    if request.endpoint in FORMS:
        return _carried()
    return abort(401)


def _recognize() -> None:
    """Whose browser this is, from the row that its cookie names."""
    at, key = now(), cookie.get(KEY, "")
    row = sessions.find(session, key, config, at=at) if key else None
    if row is None:
        return
    g.desk_session, g.user = row, row.user
    if sessions.needs_touch(row, at=at):
        try:
            with write_session(session.get_bind()) as writing:  # type: ignore[arg-type]
                sessions.touch(writing, row.id, at=at)
                writing.commit()
        except OperationalError:  # somebody else is writing: the next request will do
            pass


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> Any:
    """Show and accept the sign-in form."""
    if request.method == "GET":
        return page()
    with _some_at_once:
        return _check_in()


def _check_in() -> AnyResponse:
    account = addresses.normalize(request.form.get("email", "")[:1000])
    user = session.scalar(select(User).where(User.email == account))
    try:
        number = passwords.check(account, user, request.form.get("password", "")[:1000])
    except passwords.Refused as refused:
        return page(refused, 429 if refused.seconds else 200)
    found = session.get_one(User, number)
    if found.role not in (*config.password_roles, "admin"):
        return page(passwords.Refused(why="role"), 403)
    if second_factor.asked_for(session, found, config.second_factor):
        cookie[HALF] = [number, now().timestamp(), "remember" in request.form, fingerprint(found)]
        return code_page(found)
    let_in(number, remember="remember" in request.form)
    return redirect(then())


def fingerprint(user: User) -> str:
    """Names the password that was given, so that a new one ends what the old one began."""
    return hashlib.sha256((user.password or "").encode()).hexdigest()[:20]


@bp.post("/sign-out")
def sign_out() -> AnyResponse:
    """End the session of this browser: a copy of its cookie is worth nothing afterwards.

    Who came by single sign-on is offered to sign out there too.
    """
    there = sign_in_service.sign_out_address() if current_user else ""
    if current_user:
        sessions.end(session, current_user, g.desk_session.id)
        record("signed_out", current_user)
        session.commit()
    cookie.clear()
    g.pop("user", None)
    return (
        make_response(render_template("accounts/signed_out.html", there=there))
        if there
        else redirect(url_for("pages.home"))
    )


def let_in(
    number: int, *, kind: str = "signed_in", remember: bool = True, elsewhere: sessions.Elsewhere | None = None
) -> None:
    """Sign a person in, in this browser. `kind` is the journal's word for the way."""
    user = session.get_one(User, number)
    at, old = now(), g.pop("desk_session", None)
    if old:
        sessions.end(session, old.user, old.id)
    cookie[KEY] = sessions.begin(session, user, device=device(), at=at, elsewhere=elsewhere)
    record(kind, user)
    session.commit()
    cookie.permanent = remember
    for name in ("posted", HALF):
        cookie.pop(name, None)
    passwords.remember_device(user)
    g.user = user
    g.desk_session = sessions.find(session, cookie[KEY], config, at=at)


def record(kind: str, user: User | None, actor: User | None = None) -> None:
    """Write an event of this request into the journal of sign-ins."""
    network = attempts.network(request.remote_addr or "")
    journal.record(session, kind, user, actor=actor, network=network, device=device(), at=now())


def note_denied(answer: Response) -> Response:
    """Write into the journal that this person had no right to what they asked for (403), at most thirty times an hour."""
    if answer.status_code == 403 and current_user and request.endpoint not in OPEN:
        session.rollback()  # it may hold the write lock
        number, ration = current_user.id, {f"denied:{current_user.id}": DENIED_AN_HOUR}
        with suppress(OperationalError), write_session(session.get_bind()) as writing:  # type: ignore[arg-type]
            if not rate_limit.full(writing, ration, at=now()) and rate_limit.allow(writing, ration, at=now()):
                user = writing.get_one(User, number)
                network, asked = attempts.network(request.remote_addr or ""), f"{request.method} {request.path}"
                journal.record(writing, "denied", user, network=network, device=device(), request=asked, at=now())
                writing.commit()
    return answer


def device() -> str:
    return devices.describe(request.user_agent.string)


def code_page(user: User, refused: passwords.Refused | None = None, code: int = 200) -> AnyResponse:
    """Ask for the second factor; the page carries on what the sign-in form carried."""
    return page(refused, code, "accounts/code.html", app=bool(user.totp_secret))


def page(
    refused: passwords.Refused | None = None, code: int = 200, template: str = "accounts/sign_in.html", **more: Any
) -> AnyResponse:
    """The sign-in page, or another step of it."""
    made = render_template(template, refused=refused, then=request.values.get("next", ""), **more)
    answer = make_response(made, code)
    if refused and refused.seconds:
        answer.headers["Retry-After"] = str(refused.seconds)
    return answer


def then() -> str:
    """Where the person wanted to go, if that is a page of the desk."""
    return local(request.form.get("next", ""))


def local(wanted: str) -> str:
    """An address that somebody gave, if it is a page of the desk; or else the desk."""
    fits = LOCAL.fullmatch(wanted) and ".." not in wanted.partition("?")[0]
    return wanted if fits else url_for("entry_actions.desk")


def _carried() -> AnyResponse:
    """The sign-in page with all that was typed in it. Nothing is stored of strangers; pictures have to be chosen again."""
    if KEY in cookie:  # this browser was signed in: it may send a form with photos, as it could
        request.max_content_length, request.max_form_memory_size = config.upload_mb * 2**20, LONG_FORM
    arguments = request.view_args or {}
    entry, kind = arguments.get("public_id", ""), arguments.get("kind") or request.form.get("kind", "")
    key = form_drafts.key_of(entry) if entry else request.form.get("key", "")
    fields = {name: request.form.getlist(name) for name in request.form if name not in form_drafts.PASSING}
    g.carried = json.dumps({"key": key, "kind": kind, "entry": entry, "fields": fields}, ensure_ascii=False)
    then = url_for(str(request.endpoint), **arguments, draft=key)
    return make_response(render_template("accounts/sign_in.html", refused=None, then=then), 401)

"""Single sign-on: signing in at the town's own sign-in service, by setting (OpenID Connect)."""

from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    Flask,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask import session as cookie
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.accounts import oidc, once, sessions, single_sign_on
from calendar_app.db.models import Identity, User
from calendar_app.web import config, csrf, current_user, lang, now, session
from calendar_app.web.staff import account_letters, sign_in, sign_in_service

bp = Blueprint("single_sign_on", __name__, url_prefix="/staff")

VALID = timedelta(minutes=15)  # from the button to the answer
ASKED = (
    "single"  # in the cookie: the question, where to go afterwards, whether to stay signed in, whose account to join
)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_global(lambda: single_sign_on.linked(session, current_user, config), "own_identity")


@bp.get("/sign-in/single")
def start() -> AnyResponse:
    """Lead to the sign-in service; `again` makes it ask for the password anew. Raises NotFound where none is set."""
    sign_in_service.client()
    question, again = oidc.new_question(), "again" in request.args
    joined = current_user.id if current_user and cookie.pop("join", None) == current_user.id else 0
    cookie[ASKED] = [
        *(question.state, question.nonce, question.verifier),
        *(now().timestamp(), request.args.get("next", ""), again, joined),
    ]
    longest = config.session_days * 24 * 3600
    try:
        return redirect(
            sign_in_service.ask(oidc.authorization_address, question, again=again, longest=longest, at=now()), 303
        )
    except oidc.NotKnown as error:
        return _refused(str(error), "not_there")


@bp.get("/sign-in/single/back")
def back() -> AnyResponse:
    """Take the answer of the sign-in service. Raises NotFound where none is set."""
    client, asked, at = sign_in_service.client(), cookie.pop(ASKED, None), now()
    if not asked or asked[0] != request.args.get("state") or at.timestamp() - asked[3] > VALID.total_seconds():
        return _refused("no such question", "late")
    state, nonce, verifier, begun, then, again, joined = asked
    try:
        _use_up("state", str(state), at + VALID)
        if request.args.get("iss", client.issuer) != client.issuer:  # RFC 9207
            raise oidc.NotKnown("the answer is another issuer's")
        question = oidc.Question(state, nonce, verifier)
        claims = sign_in_service.ask(oidc.redeem, request.args.get("code", ""), question, at=at)
        if joined:
            return _join(joined, claims)
        proved_at = _proved_at(claims, begun, again)
        user = single_sign_on.sign_in(session, claims, config, at=at)
    except oidc.NotKnown as error:
        return _refused(str(error), "not_known")
    except single_sign_on.Refused as refused:
        session.rollback()
        return _refused(refused.code, refused.code, refused.user)
    there = sessions.Elsewhere(claims["sub"], str(claims.get("sid", ""))[:255], proved_at)
    sign_in.let_in(user.id, kind="single_sign_on", elsewhere=there)
    return redirect(sign_in.local(str(then)), 303)


@bp.post("/me/single-sign-on")
def own() -> Any:
    """Join one's own account to the sign-in service, or part it from there. Raises NotFound where none is set."""
    sign_in_service.client()
    identity = single_sign_on.linked(session, current_user, config)
    if request.form.get("action") == "part" and identity:
        session.delete(session.get_one(Identity, identity.id))
        sign_in.record("identity_removed", current_user)
        account_letters.queue("identity_removed", current_user)
        session.commit()
        flash(gettext("Your account is no longer joined to %(name)s.", name=config.sign_in_service(lang())))
        return redirect(url_for("account.me"), 303)
    cookie["join"] = current_user.id
    return render_template("accounts/single_sign_on.html")


@bp.post("/sign-in/single/logout")
@csrf.exempt  # the service itself sends it, without cookie; its signature is what counts
def logged_out() -> AnyResponse:
    """Back-channel logout: end what a session of the sign-in service began. Raises NotFound where none is set."""
    at = now()
    try:
        claims = sign_in_service.ask(oidc.read_logout_token, request.form.get("logout_token", ""), at=at)
        _use_up("logout", claims["jti"], at + 2 * oidc.LOGOUT_VALID)
    except oidc.NotKnown as error:
        current_app.logger.warning("single sign-on: %s", error)
        return make_response({"error": "invalid_request"}, 400)
    sessions.end_elsewhere(session, str(claims.get("sub", "")), str(claims.get("sid", "")))
    session.commit()
    return make_response("", 200)


def _join(number: int, claims: dict[str, Any]) -> AnyResponse:
    """Join the account that began this to the identity of these claims."""
    if not current_user or current_user.id != number:
        return _refused("signed out meanwhile", "late")
    if not single_sign_on.link(session, session.get_one(User, number), claims, config, at=now()):
        session.rollback()
        return _refused("somebody else's", "no_account", current_user)
    sign_in.record("identity_added", current_user)
    account_letters.queue("identity_added", current_user)
    session.commit()
    flash(gettext("Your account is joined to %(name)s.", name=config.sign_in_service(lang())))
    return redirect(url_for("account.me"), 303)


def _proved_at(claims: dict[str, Any], begun: float, again: bool) -> Any:
    """When the person showed the service who they are. Raises NotKnown if that should have been now and was not."""
    told = claims.get("auth_time")
    if not isinstance(told, int | float):
        return now() if again else now() - 2 * sessions.PROVED
    if again and told < begun - oidc.LEEWAY:
        raise oidc.NotKnown("the service did not ask anew")
    return now() - timedelta(seconds=max(0.0, now().timestamp() - told))


def _use_up(kind: str, value: str, until: Any) -> None:
    fresh = once.use(session, kind, value, until=until, at=now())
    session.commit()  # whatever comes of it, and no transaction stays open while the service is asked
    if not fresh:
        raise oidc.NotKnown("this has been answered")


def _refused(reason: str, code: str, user: User | None = None) -> AnyResponse:
    current_app.logger.warning("single sign-on: %s", reason)
    if user:
        sign_in.record("refused", user)
        session.commit()
    return sign_in.page(single=code, code=403)

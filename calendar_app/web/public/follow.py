"""Following without a calendar program: the forms, and the page on which a subscription is confirmed, changed and ended.

No account and no cookie: the address of the page, which only the follower has, is what counts.
"""

from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, Flask, Response, abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import OFTEN, Event, Subscription
from calendar_app.delivery import followers, web_push
from calendar_app.delivery.fediverse import accounts
from calendar_app.delivery.followers import Wish
from calendar_app.entries import describe
from calendar_app.feedback import inbox
from calendar_app.listings import filters, queries
from calendar_app.listings.filters import EVERYTHING, BadFilter, Filter
from calendar_app.outgoing import http
from calendar_app.web import config, csrf, lang, now, page, rate_limit, requested_filter, session, shown, site_view
from calendar_app.web.cross_site import from_another_site
from calendar_app.web.public.feedback import sender

bp = Blueprint("follow", __name__)

PER_HOUR, ALL_PER_HOUR, TO_ONE_PER_HOUR = 20, 2000, 3  # wishes of one network, of all, letters that ask one address
FORM_BYTES = 16 * 1024
LONGEST_QUERY = 500


def register(app: Flask) -> None:
    csrf.exempt(bp)  # public forms have no cookie; another site's forms are refused, and a token in the address decides
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        follow_ways=lambda: followers.offered(session, config),
        words_of=_words_of,
        push_key=push_key,
        fediverse_handles=fediverse_handles,
    )


@bp.get("/follow")
def choose() -> Response:
    """Show the ways to follow a filter without a calendar program: by mail or by notifications of the browser.

    Raises NotFound where neither is turned on.
    """
    return _form(requested_filter())


@bp.post("/follow/mail")
def mail() -> AnyResponse:
    """Take a wish to be sent mail about a filter, and send a letter that asks to confirm it.

    The answer is the same whether the address follows already or not. Raises NotFound where mail is off, TooManyRequests when
    one network or one address asks too often, BadRequest when the filter is too long.
    """
    request.max_content_length = request.max_form_memory_size = FORM_BYTES
    site_filter = requested_filter()
    if "mail" not in followers.offered(session, config):
        abort(404)
    if from_another_site():
        return _form(site_filter, refused=True)
    address = request.form.get("email", "").strip()
    if not inbox.is_address(address):
        return _form(site_filter, wrong=True)
    if not request.form.get("website"):  # people never see that field, so only robots fill it in
        _ask(address, site_filter)
    return redirect(url_for("follow.sent", lang=lang() if lang() != config.language else None), 303)


def _ask(address: str, site_filter: Filter) -> None:
    """Put the letter that asks to confirm into the outbox. Raises TooManyRequests, BadRequest."""
    query = Filter(site_filter.terms).query()
    if len(query) > LONGEST_QUERY:
        abort(400, description="too long")
    person = followers.fingerprint(config.secret_key, address)
    allow_wish({f"follow to:{person[:32]}": TO_ONE_PER_HOUR})
    wish = Wish(query, often=_often(), remind="remind" in request.form, lang=lang())
    try:
        found = followers.find_or_make(session, config, "mail", address, wish, {"address": address}, at=now())
    except followers.TooMany:
        session.rollback()
        return
    kind = "already" if found.confirmed_at else "confirm"
    content = {"kind": kind, "filter": filter_in_words(site_filter)}
    followers.put(session, found, f"{kind}-{now().isoformat()}", content, at=now())
    session.commit()


def allow_wish(more: dict[str, int]) -> None:
    """Count a wish of this network. Raises TooManyRequests."""
    network = sender(request.remote_addr or "", config.secret_key)
    if not rate_limit.allow(session, {f"follow:{network}": PER_HOUR, "follow:all": ALL_PER_HOUR} | more, at=now()):
        session.commit()
        abort(429)


@bp.post("/follow/push")
def push() -> AnyResponse:
    """Follow a filter, or one event with its reminder, by notifications of a browser, which has asked its person.

    Takes JSON: `endpoint` and `keys` of a PushSubscription, and `event`, a public id. Answers where it is ended (`leave`).
    Raises NotFound where push is off, Forbidden for another site, BadRequest for what is no subscription.
    """
    request.max_content_length = FORM_BYTES
    site_filter = requested_filter()
    if "push" not in followers.offered(session, config):
        abort(404)
    if from_another_site():
        abort(403)
    hidden, event = _device()
    about = shown(Event, event) if event else None
    body = describe.title(about, lang()) if about else filter_in_words(site_filter)
    link = site_view().entry(about) if about else site_view().url("/subscribe", site_filter.query())
    query = "" if about else Filter(site_filter.terms).query()
    allow_wish({})
    try:
        wish = Wish(query, event, remind=True, lang=lang())
        found = followers.find_or_make(session, config, "push", hidden["endpoint"], wish, hidden, at=now())
    except followers.TooMany:
        abort(429)
    followers.confirm(session, config, found, at=now())
    followers.put(session, found, "begun", {"kind": "begun", "body": body, "link": link}, at=now())
    session.commit()
    return jsonify(leave=url_for("follow.leave", token=found.token))


def _device() -> tuple[dict[str, str], str]:
    """Read a browser's subscription: what is sealed of it, and the event. Raises BadRequest."""
    given: Any = request.get_json(silent=True)
    try:
        keys, event = given["keys"], given.get("event", "")
        hidden = {"endpoint": http.normalize_address(given["endpoint"]), "p256dh": keys["p256dh"], "auth": keys["auth"]}
        well = web_push.is_valid(hidden["p256dh"], hidden["auth"]) and isinstance(event, str)
    except (KeyError, TypeError, AttributeError, ValueError, http.Unreachable):
        well = False
    if not well:
        abort(400, description="no push subscription")
    return hidden | {"vapid": followers.push_key(session, config)}, event


def push_key() -> str:
    """The public key with which a browser subscribes to push; "" where push is off."""
    if "push" not in followers.offered(session, config):
        return ""
    return web_push.public_key(followers.push_key(session, config))


def fediverse_handles(site_filter: Filter) -> list[str]:
    """Return the accounts in the fediverse that tell of a filter, else that of the whole town; [] where they are off."""
    if "fediverse" not in followers.offered(session, config):
        return []
    return [f"@{name}@{accounts.host(session, config)}" for name in accounts.of_filter(session, site_filter)]


@bp.get("/follow/sent")
def sent() -> Response:
    """Say that a letter is on its way, with which the wish is confirmed."""
    return page("public/follow_sent.html")


@bp.get("/follow/<token>")
def show(token: str) -> Response:
    """Show a subscription to whoever has its address: to confirm, change or end it.

    Raises NotFound for an unknown address.
    """
    return _own(_found(token))


@bp.post("/follow/<token>")
def change(token: str) -> AnyResponse:
    """Confirm a subscription, or change how often something is sent. Refused when another website sends it.

    Raises NotFound for an unknown address.
    """
    subscription = _found(token)
    if from_another_site():
        return _own(subscription, refused=True)
    if "confirm" in request.form:
        followers.confirm(session, config, subscription, at=now())
    elif subscription.confirmed_at:
        followers.set_rhythm(session, config, subscription, _often(), "remind" in request.form, at=now())
    session.commit()
    return _own(subscription, done=True)


@bp.get("/follow/<token>/leave")
def leaving(token: str) -> Response:
    """Show the button that ends a subscription.

    Raises NotFound for an unknown address.
    """
    return _own(_found(token), leaving=True)


@bp.post("/follow/<token>/leave")
def leave(token: str) -> Response:
    """End a subscription without a further question (RFC 8058), and delete the address with it.

    Mail providers send it, from pages of theirs too, so another website is not refused: who has the address may leave. An unknown address answers the same: it has ended before.
    """
    if subscription := followers.by_token(session, token):
        followers.leave(session, subscription)
        session.commit()
    return _private(page("public/follow_own.html", EVERYTHING, left=True, addresses=None))


def _found(token: str) -> Subscription:
    subscription: Subscription = followers.by_token(session, token) or abort(404)
    return subscription


def _often() -> str:
    often = request.form.get("often", "")
    return often if often in OFTEN else OFTEN[0]


def _form(site_filter: Filter, *, wrong: bool = False, refused: bool = False) -> Response:
    if not followers.offered(session, config):
        abort(404)
    words = filter_in_words(site_filter)
    answer = page(
        "public/follow.html", site_filter, filter_words=words, wrong=wrong, refused=refused, typed=request.form
    )
    if wrong or refused:
        answer.status_code, answer.headers["Cache-Control"] = 403 if refused else 422, "no-store"
    return answer


def filter_in_words(site_filter: Filter) -> str:
    """A filter in the language of this page; "" for everything."""
    return " ".join(filters.words(session, site_filter, lang()))


def _words_of(subscription: Subscription) -> str:
    if subscription.event:
        event = queries.by_public_id(session, Event, subscription.event)
        return describe.title(event, lang()) if event else ""
    try:
        return filter_in_words(filters.read_filter(parse_qs(subscription.query)))
    except BadFilter:
        return subscription.query


def _own(subscription: Subscription, *, done: bool = False, leaving: bool = False, refused: bool = False) -> Response:
    """Show the page of one subscription, and what else its address follows."""
    others = [each for each in followers.of_person(session, subscription.person) if each is not subscription]
    context: dict[str, Any] = {"subscription": subscription, "others": others, "done": done, "leaving": leaving}
    answer = page("public/follow_own.html", EVERYTHING, left=False, refused=refused, addresses=None, **context)
    answer.status_code = 403 if refused else 200
    return _private(answer)


def _private(answer: Response) -> Response:
    """Forbid caches, referrers and search engines: whoever has the address may change the subscription.

    Our own pages are told the referrer; without one, a browser names no Origin, and its form looks like another website's.
    """
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "same-origin"
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer

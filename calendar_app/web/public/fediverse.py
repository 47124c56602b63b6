"""The fediverse (ActivityPub, WebFinger): accounts, their objects, and the inbox. Not found until it is turned on."""

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, request

from calendar_app.db.models import Entry, Event, FediverseAccount, Revision
from calendar_app.delivery.fediverse import accounts, fetch, inbox, objects, people
from calendar_app.delivery.fediverse.inbox import Activity
from calendar_app.delivery.fediverse.people import Person
from calendar_app.formats import activity_streams
from calendar_app.formats.activity_streams import MEDIA_TYPE
from calendar_app.listings import queries
from calendar_app.outgoing import signatures
from calendar_app.outgoing.signatures import BadSignature, Claim
from calendar_app.web import config, csrf, now, rate_limit, session, site_view, today

bp = Blueprint("fediverse", __name__)

MOST_BYTES = 128 * 1024  # of an activity
PER_HOUR, FETCHED_PER_HOUR, ALL_FETCHED_PER_HOUR = 3000, 300, 6000  # requests of a server; keys asked of it, and of all
FETCHING = threading.BoundedSemaphore(2)  # requests of one process that wait for a key, so that readers need not wait
KEPT = "public, no-cache"


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def _place() -> objects.Place:
    """Where objects are made. Raises NotFound while the fediverse is off."""
    try:
        base = accounts.origin(session)
    except accounts.Off:
        abort(404)
    return objects.Place(base, site_view(), today(), config.zone)


def _account(name: str) -> FediverseAccount:
    found: FediverseAccount = accounts.find(session, name) or abort(404)
    return found


def _answer(document: Mapping[str, Any], kept: str = KEPT, media_type: str = MEDIA_TYPE) -> Response:
    response = Response(json.dumps(document, ensure_ascii=False) + "\n", content_type=media_type)
    response.headers["Cache-Control"] = kept
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/.well-known/webfinger")
def webfinger() -> Response:
    """Say where an account is (RFC 7033).

    Raises BadRequest without a resource, NotFound for an unknown account, and while the fediverse is off.
    """
    base = _place().base
    resource = request.args.get("resource", "") or abort(400)
    host = urlsplit(base).netloc
    name, _, server = resource.removeprefix("acct:").removeprefix("@").partition("@")
    if resource.startswith(accounts.address(base, "")):
        name, server = accounts.names_of(base, [resource])[0], host
    account = _account(name) if server.lower() == host else abort(404)
    own = accounts.address(base, account.name)
    links = [{"rel": "self", "type": MEDIA_TYPE, "href": own}]
    document = {"subject": f"acct:{account.name}@{host}", "aliases": [own], "links": links}
    return _answer(document, "no-cache", "application/jrd+json")


@bp.get("/actors/<name>")
def actor(name: str) -> Response:
    """Send an account.

    Raises NotFound for an unknown name, and while the fediverse is off.
    """
    place = _place()
    public_key = signatures.public_key(accounts.key(session, config))
    return _answer(objects.account(_account(name), place, public_key))


@bp.get("/actors/<name>/outbox")
def outbox(name: str) -> Response:
    """Send the newest entries that an account has told of.

    Raises NotFound for an unknown name, and while the fediverse is off.
    """
    place = _place()
    return _answer(objects.outbox(session, _account(name), place))


@bp.get("/actors/<name>/followers")
def followers(name: str) -> Response:
    """Say how many follow an account, not who.

    Raises NotFound for an unknown name, and while the fediverse is off.
    """
    place = _place()
    return _answer(objects.followers(session, _account(name), place), "no-cache")


@bp.get("/fediverse/entries/<public_id>")
def entry(public_id: str) -> Response:
    """Send an entry as the fediverse sees it; in place of a withdrawn one a Tombstone, with 410.

    Raises NotFound for what was never public, and while the fediverse is off.
    """
    place = _place()
    found = queries.by_public_id(session, Entry, public_id)
    if found is None or found.published_at is None:
        abort(404)
    if not found.public:
        return _gone(objects.entry_id(place.base, public_id), "Event" if isinstance(found, Event) else "Note")
    return _answer(objects.entry(session, found, place))


@bp.get("/fediverse/changes/<int:number>")
def change(number: int) -> Response:
    """Send the word of a change, by the number of its revision; of a withdrawn entry a Tombstone, with 410.

    Raises NotFound for what is no such change, and while the fediverse is off.
    """
    place = _place()
    row = session.get(Revision, number)
    if row is not None and row.public and row.notable and row.entry is not None and not row.entry.public:
        return _gone(objects.change_id(place.base, number), "Note")
    return _answer((objects.change(session, row, place) if row else None) or abort(404))


def _gone(id: str, former: str) -> Response:
    response = _answer(activity_streams.tombstone(id, former))
    response.status_code = 410
    return response


@bp.post("/fediverse/inbox")
@csrf.exempt  # servers send it, without a cookie; their signature counts
def shared_inbox() -> Response:
    """Take an activity of another server: 202 whether or not it concerns anything here, 401 unless its author signed it.

    Raises NotFound while the fediverse is off, BadRequest for no activity, Forbidden for who is blocked, TooManyRequests for
    a server that sends too much, ServiceUnavailable while other keys are being fetched.
    """
    return _receive()


@bp.post("/actors/<name>/inbox")
@csrf.exempt
def own_inbox(name: str) -> Response:
    """Take an activity that is addressed to one account; what it says counts, not where it arrives.

    Raises NotFound for an unknown name, and as the inbox of all accounts.
    """
    _account(name)
    return _receive()


def _receive() -> Response:
    request.max_content_length = MOST_BYTES
    base, at = _place().base, now()
    body = request.get_data()
    try:
        given = inbox.read(body)
        headers = {name.lower(): value for name, value in request.headers}
        target = f"{base}{request.full_path if request.query_string else request.path}"
        claim = signatures.read(signatures.Request("POST", target, headers, body), at)
        _take(given, claim, base)
    except inbox.Malformed as error:
        return _plain(str(error), 400)
    except BadSignature as error:
        session.rollback()
        return _plain(str(error), 401)
    except people.Full as error:
        session.rollback()
        abort(503, description=str(error))
    return Response("", 202)


def _take(given: Activity, claim: Claim, base: str) -> None:
    """Believe and do what an activity says. Raises BadSignature, people.Full, and as `shared_inbox`."""
    at, key = now(), accounts.key(session, config)
    if people.blocked(session, given.actor):
        abort(403)
    if not inbox.wanted(session, key, given, base):
        return
    _allow({f"fediverse:{urlsplit(given.actor).hostname}"[:120]: PER_HOUR})
    pem, who = inbox.kept_key(session, claim, given.actor, at=at), Person(given.actor)
    if not pem or given.kind == "Follow":
        session.commit()  # nothing waits for another server
        try:
            who, pem = _fetched(given, claim, key, base)
        except fetch.Unknown as error:
            if not (error.gone and given.kind == "Delete" and given.object == given.actor):
                raise BadSignature(str(error)) from error
            people.forget(session, key, given.actor)  # the server itself says that the account is gone
            session.commit()
            return
        inbox.keep_key(session, claim.key_id, given.actor, pem, at=at)
    if not claim.verify(pem):
        raise BadSignature("the signature is not that of the key")
    inbox.use(session, claim, at=at)
    inbox.take(session, key, given, who, base, at=at)
    session.commit()


def _fetched(given: Activity, claim: Claim, key: str, base: str) -> tuple[Person, str]:
    host = f"fediverse key:{urlsplit(given.actor).hostname}"[:120]
    _allow({host: FETCHED_PER_HOUR, "fediverse key:all": ALL_FETCHED_PER_HOUR})
    if not FETCHING.acquire(blocking=False):
        abort(503)
    try:
        return fetch.account(config, key, base, given.actor, claim.key_id, at=now())
    finally:
        FETCHING.release()


def _allow(buckets: dict[str, int]) -> None:
    """Count a request. Raises TooManyRequests."""
    allowed = not rate_limit.full(session, buckets, at=now()) and rate_limit.allow(session, buckets, at=now())
    session.commit()
    if not allowed:
        abort(429)


def _plain(text: str, status: int) -> Response:
    return Response(f"{text}\n", status, content_type="text/plain; charset=utf-8")

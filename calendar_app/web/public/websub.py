"""The WebSub hub: takes the wish to subscribe; the worker then asks the callback (`delivery/channels/websub.py`)."""

import secrets
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, request

from calendar_app.delivery import outbox, turns
from calendar_app.delivery.channels import websub
from calendar_app.web import config, csrf, now, rate_limit, session

bp = Blueprint("websub", __name__)

PARAMETERS = ("mode", "topic", "callback", "lease_seconds", "secret")
PER_HOUR = 600  # wishes of one network, and requests to one host: a reader with many feeds sends them at once


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.post("/websub")
@csrf.exempt  # programs send it, without a cookie
def subscribe() -> Response:
    """Take a request to subscribe to a feed or to unsubscribe (WebSub, section 5.1); 202, as the callback is asked later.

    Raises NotFound when this site has no hub of its own, TooManyRequests when one network or one host asks too often.
    """
    if config.websub != "own":
        abort(404)
    given = [request.form.get(f"hub.{name}", "")[:2000] for name in PARAMETERS]
    try:
        wish = websub.read(config, *given)
    except websub.Unacceptable as error:
        return Response(f"{error}\n", 400, content_type="text/plain; charset=utf-8")
    hosts = {
        f"websub:{request.remote_addr or ''}": PER_HOUR,
        f"websub to:{urlsplit(wish.callback).hostname}"[:120]: PER_HOUR,
    }
    if not rate_limit.allow(session, hosts, at=now()):
        session.commit()
        abort(429)
    to = outbox.receiver(session, "websub", wish.key, at=now())
    if to.query is None:
        to.expires_at = now() + websub.KEPT_UNCONFIRMED
    sealed = turns.sealed(config, {"secret": wish.secret})
    outbox.put(session, to, f"confirm-{secrets.token_hex(8)}", wish.content | {"sealed": sealed}, at=now())
    session.commit()
    return Response("", 202)

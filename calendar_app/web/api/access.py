"""Let a program in: its token in the header Authorization, its ration of requests, and what it may do.

No cookie counts here, so no page of another website can write with a signed-in browser.
"""

import math
from contextlib import suppress

from flask import Response, abort, g, request
from sqlalchemy.exc import OperationalError

from calendar_app.accounts import tokens
from calendar_app.db.engine import write_session
from calendar_app.db.models import ApiToken, Entry
from calendar_app.entries import permissions, revisions
from calendar_app.listings import queries
from calendar_app.web import LONG_FORM, now, rate_limit, session
from calendar_app.web.api import problems

AN_HOUR = 1000  # requests of one token that write or look at drafts
POLICY = f'"token";q={AN_HOUR};w=3600'


def admit() -> ApiToken:
    """The token of this request. From here on its person is `current_user`, and changes carry its name.

    Raises Unauthorized (401) without a valid token, TooManyRequests (429) when its ration is used up.
    """
    request.max_content_length = LONG_FORM
    sent = request.headers.get("Authorization", "")
    scheme, _, text = sent.partition(" ")
    row = tokens.find(session, text.strip(), at=now()) if scheme.lower() == "bearer" else None
    if row is None:
        response = problems.problem(401, "Authorization: Bearer …")
        response.headers["WWW-Authenticate"] = "Bearer"  # RFC 6750, section 3
        abort(response)
    g.user = row.user
    session.info[revisions.MADE_BY] = {"token": row.name}
    _count(row.id)
    return row


def _count(number: int) -> None:
    """Count this request, refused or not, in a transaction of its own."""
    bucket, at, accepted = {f"api:{number}": AN_HOUR}, now(), True
    with suppress(OperationalError), write_session(session.get_bind()) as writing:  # type: ignore[arg-type]
        accepted = rate_limit.allow(writing, bucket, at=at)
        tokens.touch(writing, number, at=at)
        writing.commit()
        g.ration = rate_limit.remaining(writing, *next(iter(bucket.items())), at=at)
    if not accepted:
        response = problems.problem(429)
        response.headers["Retry-After"] = str(math.ceil(3600 / AN_HOUR))
        abort(response)


def tell_ration(response: Response) -> Response:
    """Say in headers how many requests are left, and in how many seconds the ration is whole again (IETF RateLimit fields)."""
    if (left := g.get("ration")) is not None:
        response.headers["RateLimit-Policy"] = POLICY
        response.headers["RateLimit"] = f'"token";r={left};t={math.ceil((AN_HOUR - left) * 3600 / AN_HOUR)}'
    return response


def allow(token: ApiToken, *scopes: str) -> None:
    """Raises Forbidden (403) unless the token has one of these scopes."""
    if not set(scopes) & set(token.scopes):
        abort(403, description=f"scope: {' | '.join(scopes)}")


def writable(token: ApiToken, public_id: str, model: type[Entry] = Entry) -> Entry:
    """The entry to change. Raises NotFound when there is none of this kind, Forbidden when it is not the token's to change."""
    entry = queries.by_public_id(session, model, public_id) or abort(404)
    if not may_post(token, entry.department_id):
        abort(403, description="department")
    return entry


def may_post(token: ApiToken, department_id: int | None) -> bool:
    """Whether the token may write for a department: its person may, and the token is not narrowed to another."""
    home = ApiToken(department_id=department_id)
    return permissions.may(token.user, "post", home) and token.department_id in (None, department_id)

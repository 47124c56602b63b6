"""Ask a sign-in service who somebody is (OpenID Connect Core 1.0, code flow with PKCE; Back-Channel Logout 1.0)."""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import quote, urlencode

from calendar_app.outgoing import http

# The issuer is the operator's own setting, so it may stand in the town's network.
LIMITS = http.Limits(seconds=10, most=500_000, networks=(ip_network("0.0.0.0/0"), ip_network("::/0")))
SIGNED_BY = ["RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512", "Ed25519", "EdDSA"]
KEPT = timedelta(hours=1)  # what the issuer says of itself
REST = timedelta(seconds=10)  # after it did not answer: a flood of sign-ins must not wait for it
NEW_KEYS = timedelta(minutes=1)  # no oftener is it asked whether its keys are others
LEEWAY = 60  # seconds; clocks differ
LOGOUT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_VALID = timedelta(minutes=5)


class NotKnown(ValueError):
    """The service's answer is not to be trusted, or there is none; the message says why."""


@dataclass(slots=True)
class Client:
    """This calendar at an issuer. `metadata` and `keys` are the issuer's own words, kept for KEPT.

    `asked_at` is when it last was asked for them, `failed_at` when it did not answer.
    """

    issuer: str
    id: str
    secret: str
    back_to: str
    scopes: str
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: Any = None
    asked_at: datetime | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """What one sign-in begins with, and what its answer is compared with."""

    state: str
    nonce: str
    verifier: str


def new_question() -> Question:
    """Make the random values of one sign-in."""
    return Question(*(secrets.token_urlsafe(32) for _ in range(3)))


def authorization_address(client: Client, question: Question, *, again: bool, longest: int, at: datetime) -> str:
    """Where the browser goes. `again` asks for the password anew, `longest` is for how many seconds one may be signed in there.

    Raises NotKnown.
    """
    _discover(client, at)
    digest = hashlib.sha256(question.verifier.encode()).digest()
    asked = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": client.back_to,
        "scope": client.scopes,
        "state": question.state,
        "nonce": question.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
        "max_age": longest,
    } | ({"prompt": "login"} if again else {})
    return _with_query(client.metadata["authorization_endpoint"], asked)


def logout_address(client: Client, back_to: str, *, at: datetime) -> str:
    """Where one signs out of the service itself (RP-Initiated Logout 1.0); "" if it has no such page or does not answer."""
    try:
        _discover(client, at)
    except NotKnown:
        return ""
    page = client.metadata.get("end_session_endpoint")
    return _with_query(page, {"client_id": client.id, "post_logout_redirect_uri": back_to}) if page else ""


def redeem(client: Client, code: str, question: Question, *, at: datetime) -> dict[str, Any]:
    """Exchange a code for what the service knows of the person. Raises NotKnown."""
    _discover(client, at)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": client.back_to}
    form |= {"code_verifier": question.verifier}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if "client_secret_basic" in client.metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
        named = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"  # RFC 6749, section 2.3.1
        headers["Authorization"] = f"Basic {base64.b64encode(named.encode()).decode()}"
    else:
        form |= {"client_id": client.id, "client_secret": client.secret}
    answer = _ask(client.metadata["token_endpoint"], headers, urlencode(form).encode())
    claims = read_id_token(client, str(answer.get("id_token", "")), question.nonce, at=at)
    page, key = client.metadata.get("userinfo_endpoint"), answer.get("access_token")
    if page and key:
        told = _ask(page, {"Authorization": f"Bearer {key}", "Accept": "application/json"})
        if told.get("sub") != claims["sub"]:
            raise NotKnown("userinfo is about somebody else")
        claims = told | claims
    return claims


def read_id_token(client: Client, token: str, nonce: str, *, at: datetime) -> dict[str, Any]:
    """Read an ID token (OIDC Core, 3.1.3.7). Raises NotKnown."""
    claims = _read(client, token, at)
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if (len(audience) > 1 or "azp" in claims) and claims.get("azp") != client.id:
        raise NotKnown("the token is for another client")
    if not isinstance(claims.get("exp"), int | float):
        raise NotKnown("the token does not say when it ends")
    if not nonce or not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode()):
        raise NotKnown("the token answers another question")
    if not isinstance(claims.get("sub"), str) or not 0 < len(claims["sub"]) <= 255:
        raise NotKnown("the token names nobody")
    return claims


def read_logout_token(client: Client, token: str, *, at: datetime) -> dict[str, Any]:
    """Read a logout token (Back-Channel Logout 1.0, section 2.6). Whether its `jti` is new is the caller's to see.

    Raises NotKnown.
    """
    _discover(client, at)
    claims = _read(client, token, at)
    events = claims.get("events")
    if not isinstance(events, Mapping) or not isinstance(events.get(LOGOUT), Mapping) or "nonce" in claims:
        raise NotKnown("this is no logout token")
    if abs(at.timestamp() - claims["iat"]) > LOGOUT_VALID.total_seconds():
        raise NotKnown("the token is too old")
    named = [claims[name] for name in ("sub", "sid") if name in claims]
    if not named or not all(isinstance(value, str) and value for value in (claims.get("jti"), *named)):
        raise NotKnown("the token names no session")
    return claims


def _read(client: Client, token: str, at: datetime) -> dict[str, Any]:
    """The claims of a token that the issuer has signed for us and that is not over. Raises NotKnown."""
    from joserfc import jwt  # 0.2 s of processor: loaded at the first such sign-in
    from joserfc.errors import JoseError

    required: Any = {"iss": {"essential": True, "value": client.issuer}, "aud": {"essential": True, "value": client.id}}
    try:
        claims = dict(_decoded(client, token, at).claims)
        now = int(at.timestamp())
        jwt.JWTClaimsRegistry(now=now, leeway=LEEWAY, iat={"essential": True}, **required).validate(claims)
    except (JoseError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise NotKnown(f"the token is not valid: {type(error).__name__}") from error
    return claims


def _decoded(client: Client, token: str, at: datetime) -> Any:
    """Check the signature. A key that is not known makes us ask for the keys anew, once a minute at most: issuers change them."""
    from joserfc import jwt
    from joserfc.errors import JoseError

    try:
        return jwt.decode(token, client.keys, algorithms=SIGNED_BY)
    except (JoseError, ValueError):
        if client.asked_at and at - client.asked_at < NEW_KEYS:
            raise
        client.asked_at = None
        _discover(client, at)
        return jwt.decode(token, client.keys, algorithms=SIGNED_BY)


def _discover(client: Client, at: datetime) -> None:
    """Know what the issuer says of itself, and its keys. Raises NotKnown."""
    if client.asked_at and timedelta(0) <= at - client.asked_at < KEPT:
        return
    if client.failed_at and timedelta(0) <= at - client.failed_at < REST:
        raise NotKnown("the issuer did not answer a moment ago")
    try:
        client.metadata, client.keys = _asked(client.issuer)
    except NotKnown:
        client.failed_at = at
        raise
    client.asked_at, client.failed_at = at, None


def _asked(issuer: str) -> tuple[dict[str, Any], Any]:
    """Read what the issuer says of itself (Discovery 1.0), and its keys. Raises NotKnown."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    metadata = _ask(f"{issuer.rstrip('/')}/.well-known/openid-configuration", {"Accept": "application/json"})
    if metadata.get("issuer") != issuer:
        raise NotKnown(f"the issuer calls itself {metadata.get('issuer')!r}")
    try:
        keys = KeySet.import_key_set(_ask(metadata["jwks_uri"], {"Accept": "application/json"}))  # type: ignore[arg-type]
    except (JoseError, ValueError, TypeError, LookupError) as error:
        raise NotKnown(f"the issuer's keys cannot be read: {error}") from error
    return metadata, keys


def _ask(address: str, headers: dict[str, str], body: bytes | None = None) -> dict[str, Any]:
    try:
        answer = http.exchange("POST" if body else "GET", address, headers, body, limits=LIMITS)
        read = json.loads(answer.body)
    except (http.Unreachable, ValueError, RecursionError) as error:
        raise NotKnown(f"{address}: {error}") from error
    if answer.status != 200 or not isinstance(read, dict):
        raise NotKnown(f"{address}: {answer.status} {read.get('error', '') if isinstance(read, dict) else ''}")
    return read


def _with_query(address: str, asked: Mapping[str, object]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

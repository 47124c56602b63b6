"""The town's sign-in service as this process knows it (OpenID Connect, by setting)."""

from datetime import datetime
from threading import BoundedSemaphore
from typing import Any

from flask import abort, current_app, g

from calendar_app.accounts import oidc
from calendar_app.web import config, now, session

# Who waits for the service. The others are told to try again, so that a service that hangs takes two threads at most.
_some_at_once = BoundedSemaphore(2)
PATIENCE = 3  # seconds until that is said


def client() -> oidc.Client:
    """This calendar at its issuer, kept for the process with what the issuer says of itself. Raises NotFound without one."""
    if not config.oidc_issuer:
        abort(404)
    key = (config.oidc_issuer, config.oidc_client_id, config.oidc_client_secret, config.base_url, config.oidc_scopes)
    kept: dict[Any, oidc.Client] = current_app.extensions.setdefault("calendar_oidc", {})
    if key not in kept:
        issuer, name, secret, base, scopes = key
        kept[key] = oidc.Client(issuer, name, secret, f"{base}/staff/sign-in/single/back", scopes)
    return kept[key]


def ask(question: Any, *given: Any, at: datetime, **more: Any) -> Any:
    """Ask the service, which takes a moment; two threads at once. Raises NotKnown."""
    session.rollback()  # no transaction stays open meanwhile
    if not _some_at_once.acquire(timeout=PATIENCE):
        raise oidc.NotKnown("too many wait for the service")
    try:
        return question(client(), *given, at=at, **more)
    finally:
        _some_at_once.release()


def sign_out_address() -> str:
    """Where the person of this request signs out of the service too; "" if it did not sign them in."""
    if not config.oidc_issuer or not g.desk_session.subject:
        return ""
    return oidc.logout_address(client(), f"{config.base_url}/", at=now())

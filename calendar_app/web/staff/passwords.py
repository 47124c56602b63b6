"""Ask for a password: rationed by failures, checked outside every transaction."""

import secrets
from threading import BoundedSemaphore
from typing import Any

from flask import after_this_request, request
from flask_babel import gettext
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.accounts import attempts, devices, journal, passwords
from calendar_app.accounts.attempts import Bucket
from calendar_app.db.models import User
from calendar_app.web import config, now, session

PEOPLE = 10  # who signed in last in one browser
YEAR = 365 * 24 * 3600
# Many guesses sent at once are looked at two by two, so that the failures of the first count for those behind.
_two_at_once = BoundedSemaphore(2)


class Refused(Exception):
    """A password or passkey that is wrong, or was not looked at because the next attempt is allowed in some seconds only.

    `why` is "password", "passkey", or "late" when a passkey answered an old question.
    """

    def __init__(self, seconds: int = 0, why: str = "password") -> None:
        self.seconds, self.why = seconds, why


def check(account: str, user: User | None, password: str) -> int:
    """Check a password; give the number of its user. Raises Refused.

    `account` is the normalised mail address. A stored hash of older parameters is made anew.
    """
    session.rollback()  # whoever waits keeps no connection
    with _two_at_once:
        return _check(account, user, password)


def _check(account: str, user: User | None, password: str) -> int:
    chosen = buckets(account, user)
    if wait := attempts.seconds_to_wait(session, chosen, at=now()):
        raise Refused(wait)
    number, stored = (user.id, user.password) if user and user.active else (0, None)
    session.rollback()  # no transaction stays open while the processor is busy
    if not passwords.verify(stored, password):
        count(chosen, user)
        raise Refused
    if stored and passwords.outdated(stored):
        renewed = passwords.hash_password(password)
        session.get_one(User, number).password = renewed
        session.commit()
    return number


def problem(password: str, again: str, *known: str) -> str:
    """Say in words why a new password is refused; "" if it is good."""
    if password != again:
        return str(gettext("The two passwords do not match."))
    code = passwords.weakness(password, (*known, config.site_name_en, config.publisher_en, *config.base_url.split("/")))
    told = {
        "": "",
        "short": gettext("The password must have at least 10 characters."),
        "long": gettext("The password may have at most 128 characters."),
        "guessable": gettext("This password is easy to guess. Several words that do not belong together are better."),
    }
    return str(told[code])


def remember_device(user: User) -> None:
    """Mark this browser as one in which the person has signed in: strangers’ failures do not slow it down."""
    device, handles = _device()
    handles = [user.handle, *(handle for handle in handles if handle != user.handle)][:PEOPLE]
    value = str(_signer().dumps([device or secrets.token_urlsafe(9), handles]))

    @after_this_request
    def _set(response: Any) -> Any:
        kept: AnyResponse = response
        secure = config.base_url.startswith("https:")
        kept.set_cookie(_name(), value, max_age=YEAR, secure=secure, httponly=True, samesite="Lax")
        return kept


def buckets(account: str, user: User | None) -> list[Bucket]:
    """The buckets that a failure of this browser at an account fills."""
    device, handles = _device()
    known = device if user and user.handle in handles else ""
    return attempts.buckets(user.email if user else account, request.remote_addr or "", known)


def count(chosen: list[Bucket], user: User | None) -> None:
    """Count a failure, and write it into the journal."""
    at, address = now(), request.remote_addr or ""
    attempts.count_failure(session, chosen, at=at)
    device = devices.describe(request.user_agent.string)
    journal.record(session, "refused", user, network=attempts.network(address), device=device, at=at)
    session.commit()


def _device() -> tuple[str, list[str]]:
    """The name of this browser, and the handles of those who have signed in there."""
    try:
        device, handles = _signer().loads(request.cookies.get(_name(), ""))
    except (BadSignature, ValueError, TypeError):
        return "", []
    return str(device), list(map(str, handles))


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(config.secret_key, salt="device")


def _name() -> str:
    return "__Host-device" if config.base_url.startswith("https:") else "device"

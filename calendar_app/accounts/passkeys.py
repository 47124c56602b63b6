"""Passkeys (WebAuthn level 3): a person's device keeps the private key and unlocks it by finger, face or PIN.

So a passkey is two factors at once, and no other site can ask for it. A challenge is signed by us and bound to the browser's
cookie; the first answer that is accepted uses it up.
"""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from calendar_app.accounts import once
from calendar_app.db.models import Passkey, User
from calendar_app.entries import revisions
from calendar_app.text.markup import clean

VALID = timedelta(minutes=5)  # from the question to the answer
MOST = 20  # passkeys of one person
LONGEST_NAME = 60
LONGEST_ANSWER = 20_000  # characters


class Refused(Exception):
    """An answer that is not accepted. `late`: its question is older than VALID."""

    def __init__(self, *, late: bool = False) -> None:
        self.late = late


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """This site as authenticators know it (WebAuthn, section 4): its host, its origin, its name."""

    id: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Browser:
    """Who is asked: `cookie` is a random value that this browser's cookie holds, `secret` signs our questions."""

    cookie: str
    secret: str


def relying_party(base_url: str, name: str) -> RelyingParty | None:
    """Give the relying party of a public address; None for an IP address, for which there are no passkeys."""
    host = urlsplit(base_url).hostname or ""
    try:
        ip_address(host)
    except ValueError:
        return RelyingParty(host, base_url, name)
    return None


def of(session: Session, user: User) -> list[Passkey]:
    """The passkeys of a person, oldest first."""
    return list(session.scalars(select(Passkey).where(Passkey.user_id == user.id).order_by(Passkey.id)))


def challenge(browser: Browser, *, at: datetime) -> bytes:
    """Make a challenge for this browser."""
    return str(_signer(browser).dumps([secrets.token_urlsafe(16), int(at.timestamp())])).encode()


def creation_options(session: Session, user: User, party: RelyingParty, asked: bytes) -> dict[str, Any]:
    """What `navigator.credentials.create` is given, as JSON (section 5.4); a device that holds a passkey already refuses."""
    import webauthn  # 0.3 s of processor: loaded when somebody uses a passkey
    from webauthn.helpers import base64url_to_bytes, options_to_json_dict, structs

    options = webauthn.generate_registration_options(
        rp_id=party.id,
        rp_name=party.name,
        user_id=bytes.fromhex(user.handle),
        user_name=user.email,
        user_display_name=user.name,
        challenge=asked,
        timeout=int(VALID.total_seconds() * 1000),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            structs.PublicKeyCredentialDescriptor(base64url_to_bytes(key.credential_id)) for key in of(session, user)
        ],
    )
    return options_to_json_dict(options)


def request_options(party: RelyingParty, asked: bytes) -> dict[str, Any]:
    """What `navigator.credentials.get` is given, as JSON (section 5.5): any passkey of this site, its owner being unknown."""
    from webauthn.helpers import bytes_to_base64url

    return {
        "challenge": bytes_to_base64url(asked),
        "rpId": party.id,
        "timeout": int(VALID.total_seconds() * 1000),
        "userVerification": "required",
        "allowCredentials": [],
    }


def add(
    session: Session, user: User, name: str, answer: str, party: RelyingParty, browser: Browser, *, at: datetime
) -> Passkey:
    """Keep a new passkey of a person. Raises Refused."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url

    asked = _question(answer, browser, at=at)
    try:
        verified = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=asked,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except Exception as error:  # whatever a hostile answer makes of the library
        raise Refused from error
    _use_up(session, asked, at=at)
    credential_id = bytes_to_base64url(verified.credential_id)
    known = session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id))
    if known or len(of(session, user)) >= MOST:
        raise Refused
    key = Passkey(
        user_id=user.id,
        credential_id=credential_id,
        public_key=bytes_to_base64url(verified.credential_public_key),
        sign_count=verified.sign_count,
        name=clean_name(name),
        created_at=at,
    )
    session.add(key)
    session.flush()
    return key


def find(session: Session, answer: str) -> Passkey | None:
    """The passkey that an answer names; None if it is unknown or its owner's account is closed."""
    named = _read(answer).get("id")
    query = select(Passkey).join(User, User.id == Passkey.user_id).where(User.active)
    return session.scalar(query.where(Passkey.credential_id == named)) if isinstance(named, str) else None


def accept(session: Session, key: Passkey, answer: str, party: RelyingParty, browser: Browser, *, at: datetime) -> None:
    """Accept an answer that this passkey has signed. Raises Refused.

    A device that counts must tell a higher number each time (section 6.1.1): a copied key is noticed by that.
    """
    import webauthn
    from webauthn.helpers import base64url_to_bytes

    asked = _question(answer, browser, at=at)
    try:
        verified = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=asked,
            expected_rp_id=party.id,
            expected_origin=party.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
        handle = base64url_to_bytes(_read(answer)["response"].get("userHandle") or "").hex()
    except Exception as error:  # whatever a hostile answer makes of the library
        raise Refused from error
    if handle != key.user.handle:
        raise Refused
    _use_up(session, asked, at=at)
    now = session.get(Passkey, key.id, populate_existing=True)  # as it is under the lock
    if now is None or (verified.new_sign_count and verified.new_sign_count <= now.sign_count):
        raise Refused
    now.sign_count, now.used_at = verified.new_sign_count, at


def rename(session: Session, user: User, number: int, name: str) -> None:
    """Give a passkey of a person another name; nothing happens for one that is gone or somebody else's."""
    revisions.lock(session)
    if (key := session.get(Passkey, number)) and key.user_id == user.id:
        key.name = clean_name(name) or key.name


def remove(session: Session, user: User, number: int) -> bool:
    """Remove a passkey of a person; False for one that is gone or somebody else's."""
    revisions.lock(session)
    removed = session.execute(delete(Passkey).where(Passkey.id == number, Passkey.user_id == user.id))
    return bool(removed.rowcount)  # type: ignore[attr-defined]


def remove_all(session: Session, user: User) -> None:
    """Remove every passkey of a person."""
    revisions.lock(session)
    session.execute(delete(Passkey).where(Passkey.user_id == user.id))


def clean_name(name: str) -> str:
    """Clean a typed name to one line of at most LONGEST_NAME characters."""
    return clean(name, lines=False)[:LONGEST_NAME]


def _question(answer: str, browser: Browser, *, at: datetime) -> bytes:
    """The challenge that an answer repeats. Raises Refused unless this browser was asked it, within VALID."""
    from webauthn.helpers import base64url_to_bytes

    try:
        told = json.loads(base64url_to_bytes(_read(answer)["response"]["clientDataJSON"]))
        asked = base64url_to_bytes(told["challenge"])
        _nonce, since = _signer(browser).loads(asked)
    except (BadSignature, LookupError, TypeError, ValueError, RecursionError) as error:
        raise Refused from error
    if not 0 <= at.timestamp() - since <= VALID.total_seconds():
        raise Refused(late=True)
    return bytes(asked)


def _use_up(session: Session, asked: bytes, *, at: datetime) -> None:
    if not once.use(session, "passkey", asked.decode(), until=at + VALID, at=at):
        raise Refused


def _read(answer: str) -> dict[str, Any]:
    try:
        read = json.loads(answer) if len(answer) <= LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        read = None
    return read if isinstance(read, dict) else {}


def _signer(browser: Browser) -> URLSafeSerializer:
    return URLSafeSerializer(browser.secret, salt=f"passkey {browser.cookie}")

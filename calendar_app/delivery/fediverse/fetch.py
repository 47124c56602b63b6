"""Ask another server for an account: signed, as many servers ask; over the public internet only."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from calendar_app import __version__
from calendar_app.config import Config
from calendar_app.delivery.fediverse import accounts
from calendar_app.delivery.fediverse.people import Person
from calendar_app.formats import activity_streams
from calendar_app.outgoing import http, signatures
from calendar_app.outgoing.signatures import Form

ACCEPTED = 'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
LIMITS = http.Limits(5.0, most=256_000)
LONGEST_INBOX = 300


class Unknown(Exception):
    """The account cannot be read. `gone`: its server says that it is there no more."""

    def __init__(self, why: str, *, gone: bool = False) -> None:
        super().__init__(why)
        self.gone = gone


def account(config: Config, key: str, base: str, address: str, key_id: str, *, at: datetime) -> tuple[Person, str]:
    """Return an account elsewhere and its public key of this id (PEM). `key` and `base` are those of our accounts.

    Raises Unknown.
    """
    if urlsplit(address).netloc != urlsplit(key_id).netloc:
        raise Unknown("the key is at another server than the account")
    answer = _get(config, key, base, address, "cavage", at)
    if answer.status == 401:
        answer = _get(config, key, base, address, "rfc9421", at)
    if answer.status != 200:
        raise Unknown(f"the account answers {answer.status}", gone=answer.status in (404, 410))
    return _read(answer.body, address, key_id)


def _get(config: Config, key: str, base: str, address: str, form: Form, at: datetime) -> http.Answer:
    key_id = activity_streams.key_id(accounts.address(base, accounts.TOWN))
    agent = {
        "User-Agent": f"calendar-app/{__version__} (+{config.base_url})",
        "Accept": ACCEPTED,
        "Connection": "close",
    }
    signed = signatures.sign(form, key, key_id, "GET", address, b"", at)
    limits = http.Limits(LIMITS.seconds, LIMITS.most, networks=config.fetch_networks)
    try:
        return http.exchange("GET", address, agent | signed, limits=limits)
    except http.Unreachable as error:
        raise Unknown(error.code) from error


def _read(body: bytes, address: str, key_id: str) -> tuple[Person, str]:
    try:
        document = json.loads(body)
        given = document["publicKey"]
        keys = given if isinstance(given, list) else [given]
        pem = next(each["publicKeyPem"] for each in keys if each["id"] == key_id and each["owner"] == address)
        inbox, fits = _inbox(document), document["id"] == address
    except (ValueError, KeyError, TypeError, StopIteration, RecursionError) as error:
        raise Unknown("this is no account with this key") from error
    if not fits or not isinstance(pem, str) or len(pem) > 10_000:
        raise Unknown("this is no account with this key")
    return Person(address, inbox), pem


def _inbox(document: dict[str, Any]) -> str:
    """Return the inbox of the account's server, else its own. Raises ValueError."""
    endpoints = document.get("endpoints")
    common = endpoints.get("sharedInbox") if isinstance(endpoints, dict) else None
    inbox = common if isinstance(common, str) else document["inbox"]
    if not isinstance(inbox, str) or len(inbox) > LONGEST_INBOX:
        raise ValueError("no inbox")
    return http.normalize_address(inbox)


def handle(config: Config, key: str, base: str, typed: str, *, at: datetime) -> str:
    """Return the address of an account typed as @name@server (RFC 7033). Raises Unknown."""
    name, _, host = typed.strip().removeprefix("@").partition("@")
    address = f"https://{host}/.well-known/webfinger?{urlencode({'resource': f'acct:{name}@{host}'})}"
    answer = _get(config, key, base, address, "cavage", at)
    try:
        links = json.loads(answer.body)["links"]
        return str(next(link["href"] for link in links if link.get("rel") == "self"))
    except (ValueError, KeyError, TypeError, StopIteration, AttributeError) as error:
        raise Unknown("no account of this name") from error

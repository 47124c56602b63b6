"""Signatures of HTTP requests between servers of the fediverse, in both forms that are in use; made, and verified.

"cavage" is draft-cavage-http-signatures-12, which every server reads; "rfc9421" is HTTP Message Signatures, which some
ask for. A verified request is signed over its method, its address, its date and its body.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from typing import Literal
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

Form = Literal["cavage", "rfc9421"]

FRESH = timedelta(hours=1)  # how far the date of a request may be from ours, in either direction
BITS = 2048  # of a new key: what Mastodon uses, and every server reads
LONGEST = 4000  # characters of a header about a signature

_PARAMETER = re.compile(r'([a-zA-Z]+)=(?:"([^"]*)"|(\d+))')
_INPUT = re.compile(r'([a-z*][a-z0-9_.*-]*)=(\(((?:"[a-z0-9@-]+" ?)*)\)((?:;[a-z]+=(?:"[^"]*"|\d+))*))')


class BadSignature(ValueError):
    """The request proves nothing. The text says why, as the sender's operator may read it."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is signed: `url` is absolute, `headers` have lower-case names."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request claims of itself: signed with this key over `text`. True only once `verify` says so."""

    key_id: str
    text: bytes
    signature: bytes

    def verify(self, public_key: str) -> bool:
        """Whether the owner of a public key (PEM) has signed it."""
        try:
            key = load_pem_public_key(public_key.encode())
            if isinstance(key, RSAPublicKey):
                key.verify(self.signature, self.text, PKCS1v15(), SHA256())
            elif isinstance(key, Ed25519PublicKey):
                key.verify(self.signature, self.text)
            else:
                return False
        except (InvalidSignature, ValueError):
            return False
        return True


def new_key() -> str:
    """Make a private key (RSA, PEM)."""
    key = generate_private_key(65537, BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@lru_cache(maxsize=4)
def _private(key: str) -> RSAPrivateKey:
    loaded = load_pem_private_key(key.encode(), None)
    if not isinstance(loaded, RSAPrivateKey):
        raise TypeError("no RSA key")
    return loaded


@lru_cache(maxsize=4)
def public_key(key: str) -> str:
    """Return the public key of a private one (PEM)."""
    return _private(key).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def sign(form: Form, key: str, key_id: str, method: str, url: str, body: bytes, at: datetime) -> dict[str, str]:
    """Return the headers that sign a request, over its body too where it has one. `key` is a private key (PEM)."""
    return (_sign_cavage if form == "cavage" else _sign_rfc9421)(key, key_id, method, url, body, at)


def _sign_cavage(key: str, key_id: str, method: str, url: str, body: bytes, at: datetime) -> dict[str, str]:
    headers = {"date": format_datetime(at.astimezone(UTC), usegmt=True), "host": urlsplit(url).netloc}
    if body:
        headers["digest"] = f"SHA-256={_sha256(body)}"
    names = ["(request-target)", *headers]
    signature = _signed(key, _cavage_text(Request(method, url, headers), names))
    value = f'keyId="{key_id}",algorithm="rsa-sha256",headers="{" ".join(names)}",signature="{signature}"'
    return {name.title(): text for name, text in headers.items() if name != "host"} | {"Signature": value}


def _sign_rfc9421(key: str, key_id: str, method: str, url: str, body: bytes, at: datetime) -> dict[str, str]:
    headers = {"content-digest": f"sha-256=:{_sha256(body)}:"} if body else {}
    names = ["@method", "@target-uri", *headers]
    listed = " ".join(f'"{name}"' for name in names)
    parameters = f'({listed});created={int(at.timestamp())};keyid="{key_id}";alg="rsa-v1_5-sha256"'
    signature = _signed(key, _rfc9421_text(Request(method, url, headers), names, parameters))
    proof = {"Signature-Input": f"sig1={parameters}", "Signature": f"sig1=:{signature}:"}
    return {name.title(): text for name, text in headers.items()} | proof


def _signed(key: str, text: bytes) -> str:
    return base64.b64encode(_private(key).sign(text, PKCS1v15(), SHA256())).decode()


def _sha256(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest()).decode()


def read(request: Request, at: datetime) -> Claim:
    """Read the signature of a request that arrived, and check all that needs no key: its date, its body, what it covers.

    Raises BadSignature.
    """
    given = request.headers.get("signature", "")
    if not given:
        raise BadSignature("the request is not signed")
    if len(given) > LONGEST:
        raise BadSignature("the signature is too long")
    return (
        _read_rfc9421(request, given, at) if "signature-input" in request.headers else _read_cavage(request, given, at)
    )


def _read_cavage(request: Request, given: str, at: datetime) -> Claim:
    parameters = {name: text or number for name, text, number in _PARAMETER.findall(given)}
    names = parameters.get("headers", "date").lower().split()
    body_names = ("digest",) if request.body else ()
    _need(names, "(request-target)", "host", *body_names)
    if "date" in names:
        _check_date(_http_date(request.headers.get("date", "")), at)
    elif "(created)" in names:
        _check_date(_seconds(parameters.get("created", "")), at)
    else:
        raise BadSignature("the signature does not cover a date")
    if request.body:
        _check_body(request.headers.get("digest", ""), r"(?i:sha-256)=([A-Za-z0-9+/=]+)", request.body)
    text = _cavage_text(request, names, parameters.get("created", ""))
    return _claim(parameters.get("keyId", ""), text, parameters.get("signature", ""))


def _cavage_text(request: Request, names: list[str], created: str = "") -> bytes:
    """Return the text that is signed (draft-cavage-http-signatures-12, section 2.3)."""
    parts = urlsplit(request.url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    special = {
        "(request-target)": f"{request.method.lower()} {target}",
        "(created)": created,
        "host": parts.netloc,
    }
    return "\n".join(f"{name}: {special.get(name, request.headers.get(name, ''))}" for name in names).encode()


def _read_rfc9421(request: Request, given: str, at: datetime) -> Claim:
    described = request.headers["signature-input"]
    found = _INPUT.search(described) if len(described) <= LONGEST else None
    if found is None:
        raise BadSignature("Signature-Input cannot be read")
    label, parameters, listed, rest = found[1], found[2], found[3], found[4]
    names = [name.strip('"') for name in listed.split()]
    if "@target-uri" not in names:
        _need(names, "@authority", "@path")
    body_names = ("content-digest",) if request.body else ()
    _need(names, "@method", *body_names)
    values = {name: text or number for name, text, number in _PARAMETER.findall(rest)}
    _check_date(_seconds(values.get("created", "")), at)
    if request.body:
        _check_body(request.headers.get("content-digest", ""), r"sha-256=:([A-Za-z0-9+/=]+):", request.body)
    signature = re.search(rf"(?:^|,)\s*{re.escape(label)}=:([A-Za-z0-9+/=]+):", given)
    text = _rfc9421_text(request, names, parameters)
    return _claim(values.get("keyid", ""), text, signature[1] if signature else "")


def _rfc9421_text(request: Request, names: list[str], parameters: str) -> bytes:
    """Return the text that is signed (RFC 9421, section 2.5)."""
    parts = urlsplit(request.url)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    special = {
        "@method": request.method.upper(),
        "@target-uri": request.url,
        "@authority": parts.netloc.lower(),
        "@scheme": parts.scheme,
        "@request-target": target,
        "@path": parts.path,
        "@query": f"?{parts.query}",
        "host": parts.netloc,
    }
    lines = [f'"{name}": {special.get(name, request.headers.get(name, ""))}' for name in names]
    return "\n".join([*lines, f'"@signature-params": {parameters}']).encode()


def _need(names: list[str], *needed: str) -> None:
    if missing := [name for name in needed if name not in names]:
        raise BadSignature(f"the signature does not cover {', '.join(missing)}")


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _seconds(text: str) -> datetime | None:
    return datetime.fromtimestamp(int(text), UTC) if text.isdecimal() and len(text) < 12 else None


def _check_date(moment: datetime | None, at: datetime) -> None:
    if moment is None:
        raise BadSignature("the date cannot be read")
    if abs(moment - at) > FRESH:
        raise BadSignature("the date is not near the present")


def _check_body(header: str, pattern: str, body: bytes) -> None:
    found = re.search(pattern, header)
    if not found or found[1] != _sha256(body):
        raise BadSignature("the digest is not that of the body")


def _claim(key_id: str, text: bytes, signature: str) -> Claim:
    try:
        raw = base64.b64decode(signature, validate=True)
    except binascii.Error:
        raw = b""
    if not key_id or not raw:
        raise BadSignature("the signature cannot be read")
    return Claim(key_id, text, raw)

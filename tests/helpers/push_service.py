"""A push service and a browser's keys for tests: it refuses what the real ones refuse, and decrypts what it takes."""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from helpers.receivers import Reply, Request, taker


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def decrypt(body: bytes, private: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """As a browser does it (RFC 8291, section 3.4, and RFC 8188). Raises InvalidTag."""
    salt, size, length = body[:16], int.from_bytes(body[16:20]), body[20]
    theirs, sealed = body[21 : 21 + length], body[21 + length :]
    assert len(sealed) <= size
    shared = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
    ours = point(private.public_key())
    secret = HKDF(SHA256(), 32, auth, b"WebPush: info\0" + ours + theirs).derive(shared)
    key = HKDF(SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
    nonce = HKDF(SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
    padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
    assert padded.endswith(b"\x02"), "the last record"
    return padded[:-1]


@dataclass
class PushService:
    """One browser's mailbox. `ended` answers like a subscription that is no more."""

    url: str = ""
    at: datetime = datetime(2027, 3, 1, tzinfo=UTC)
    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"sixteen bytes ok"
    ended: int = 0
    taken: list[tuple[dict[str, str], dict[str, Any]]] = field(default_factory=list)  # headers, notification

    @property
    def device(self) -> dict[str, Any]:
        """What a browser gives as PushSubscription.toJSON()."""
        return {
            "endpoint": self.url,
            "keys": {"p256dh": encoded(point(self.private.public_key())), "auth": encoded(self.auth)},
        }

    def take(self, request: Request) -> Reply:
        if self.ended:
            return Reply(self.ended)
        headers = request.headers
        if not headers.get("ttl", "").isdecimal() or headers.get("content-encoding") != "aes128gcm":
            return Reply(400)
        if headers.get("urgency") not in ("very-low", "low", "normal", "high"):
            return Reply(400)
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,32}", headers.get("topic", "")):
            return Reply(400)
        if len(request.body) > 4096:
            return Reply(413)
        if not self._is_signed(headers.get("authorization", "")):
            return Reply(401)
        try:
            message = json.loads(decrypt(request.body, self.private, self.auth))
        except InvalidTag:
            return Reply(400)
        assert message["web_push"] == 8030
        self.taken.append((headers, message["notification"]))
        return Reply(201)

    def _is_signed(self, header: str) -> bool:
        """Whether the token is signed by the key it names, for this origin, and valid for a day at most (RFC 8292)."""
        found = re.fullmatch(r"vapid t=([\w-]+\.[\w-]+)\.([\w-]+), k=([\w-]+)", header)
        if not found:
            return False
        signed, signature, key = found[1], decoded(found[2]), decoded(found[3])
        claims = json.loads(decoded(signed.partition(".")[2]))
        public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
        pair = encode_dss_signature(int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
        try:
            public.verify(pair, signed.encode(), ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        left = datetime.fromtimestamp(claims["exp"], UTC) - self.at
        origin = self.url.rpartition("/")[0]
        contact = claims["sub"].startswith(("https://", "mailto:"))
        return claims["aud"] == origin and timedelta() < left <= timedelta(days=1) and contact


@contextmanager
def push_service() -> Iterator[PushService]:
    with taker() as server:
        service = PushService(url=server.url("/device"))
        server.reply = service.take
        yield service

"""A passkey in software: keeps private keys as a phone does, and answers a site's questions with real signatures (ES256)."""

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, encode_cbor

PRESENT, VERIFIED, ATTESTED = 1, 4, 64  # flags of authenticator data (WebAuthn, section 6.1)


@dataclass
class Authenticator:
    """One device of one person. The origin is what the browser would write; `flags` and `counted` what the device would."""

    origin: str = "https://calendar.example.jp"
    flags: int = PRESENT | VERIFIED
    counted: int = 0
    id: str = field(default_factory=lambda: bytes_to_base64url(secrets.token_bytes(16)))
    handle: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def create(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create`."""
        self.handle = options["user"]["id"]
        point = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: point.x.to_bytes(32, "big"), -3: point.y.to_bytes(32, "big")}
        raw = base64url_to_bytes(self.id)
        attested = bytes(16) + len(raw).to_bytes(2, "big") + raw + encode_cbor(public)
        data = self._data(options["rp"]["id"], self.flags | ATTESTED) + attested
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        return self._answer(self._client("webauthn.create", options), attestationObject=made)

    def get(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.get`."""
        client, data = self._client("webauthn.get", options), self._data(options["rpId"], self.flags)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"authenticatorData": data, "signature": signature, "userHandle": base64url_to_bytes(self.handle)}
        return self._answer(client, **parts)

    def _client(self, kind: str, options: dict[str, Any]) -> bytes:
        told = {"type": kind, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": False}
        return json.dumps(told).encode()

    def _data(self, rp_id: str, flags: int) -> bytes:
        return hashlib.sha256(rp_id.encode()).digest() + bytes([flags]) + self.counted.to_bytes(4, "big")

    def _answer(self, client: bytes, **parts: bytes) -> str:
        told = {name: bytes_to_base64url(value) for name, value in parts.items()}
        response = {"clientDataJSON": bytes_to_base64url(client)} | told
        return json.dumps({"id": self.id, "rawId": self.id, "type": "public-key", "response": response})

"""The cryptography of Web Push: encryption of a message (RFC 8291, RFC 8188) and who sends it (VAPID, RFC 8292)."""

import base64
import binascii
import json
import os
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()
RECORD = 4096  # bytes of the one record
MOST = 3993  # bytes of a message that every push service takes (RFC 8030, section 7.2)
VALID = timedelta(hours=12)  # of a signature; RFC 8292 allows 24


def new_key() -> str:
    """Make a private key: its number as unpadded base64url."""
    return encoded(ec.generate_private_key(CURVE).private_numbers().private_value.to_bytes(32))


def public_key(key: str) -> str:
    """Return the public key of a private one, as a browser takes it (`applicationServerKey`)."""
    return encoded(_point(_private(key).public_key()))


def authorization(key: str, endpoint: str, contact: str, at: datetime) -> str:
    """Return the header that says who sends: signed for the origin of this endpoint only."""
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int((at + VALID).timestamp()), "sub": contact}
    signed = ".".join(encoded(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": "ES256"}, claims))
    r, s = decode_dss_signature(_private(key).sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"vapid t={signed}.{encoded(r.to_bytes(32) + s.to_bytes(32))}, k={public_key(key)}"


def encrypt(message: bytes, p256dh: str, auth: str) -> bytes:
    """Encrypt a message for a browser: `p256dh` is its public key, `auth` its secret, both base64url. Raises ValueError."""
    theirs, secret = _public(decoded(p256dh)), decoded(auth)
    if len(secret) != 16 or len(message) > MOST:
        raise ValueError("no secret of 16 bytes, or too long a message")
    ours, salt = ec.generate_private_key(CURVE), os.urandom(16)
    points = _point(theirs) + _point(ours.public_key())
    shared = _derived(ours.exchange(ec.ECDH(), theirs), secret, b"WebPush: info\0" + points, 32)
    key = _derived(shared, salt, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(shared, salt, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(key).encrypt(nonce, message + b"\x02", None)  # 2: the last record
    point = _point(ours.public_key())
    return salt + RECORD.to_bytes(4) + bytes([len(point)]) + point + sealed


def is_valid(p256dh: str, auth: str) -> bool:
    """Whether these are the keys of a browser."""
    try:
        _public(decoded(p256dh))
        return len(decoded(auth)) == 16
    except ValueError:
        return False


def encoded(data: bytes) -> str:
    """Return unpadded base64url."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    """Read base64url with or without padding. Raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("no base64url") from error


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length=length, salt=salt, info=info).derive(secret)


def _private(key: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decoded(key)), CURVE)


def _public(point: bytes) -> ec.EllipticCurvePublicKey:
    return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

"""Encrypt secrets that the database keeps, so that a copy of it alone gives none of them away.

Each purpose has its own key, derived from the installation's secret key by HKDF (RFC 5869); AES-256-GCM encrypts.
"""

import base64
import binascii
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

VERSION = "1:"
NONCE = 12  # bytes


class Unreadable(ValueError):
    """The text was sealed with another key or for another purpose, or is damaged."""


def seal(secret_key: str, purpose: str, text: str) -> str:
    """Encrypt a text, as ASCII that a column can hold; the same text gives another result each time."""
    nonce = os.urandom(NONCE)
    sealed = _cipher(secret_key, purpose).encrypt(nonce, text.encode(), None)
    return VERSION + base64.urlsafe_b64encode(nonce + sealed).decode()


def unseal(secret_key: str, purpose: str, sealed: str) -> str:
    """Decrypt what `seal` made. Raises Unreadable."""
    try:
        data = base64.urlsafe_b64decode(sealed.removeprefix(VERSION))
        return _cipher(secret_key, purpose).decrypt(data[:NONCE], data[NONCE:], None).decode()
    except (InvalidTag, ValueError, binascii.Error) as error:
        raise Unreadable(purpose) from error


def _cipher(secret_key: str, purpose: str) -> AESGCM:
    key = HKDF(SHA256(), length=32, salt=None, info=f"calendar-app {purpose}".encode()).derive(secret_key.encode())
    return AESGCM(key)

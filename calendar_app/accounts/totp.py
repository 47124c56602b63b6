"""Six digits that an authenticator app shows anew every 30 seconds (TOTP, RFC 6238, with SHA-1 as every app reads it)."""

import base64
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

SECONDS, DIGITS = 30, 6
APART = (0, -1, 1)  # steps: clocks differ


def new_secret() -> str:
    """Make a secret of 160 bits in base32 (RFC 4226, section 4, R6)."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def uri(secret: str, account: str, issuer: str) -> str:
    """The address in the QR code that apps read."""
    label = quote(f"{issuer}:{account}")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"


def code(secret: str, step: int) -> str:
    """The digits of one step of 30 seconds since 1970 (RFC 4226, section 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), step.to_bytes(8, "big"), "sha1")
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, typed: str, last: int, *, at: datetime) -> int:
    """The step of a right code that is later than the `last` used one; 0 for a wrong or used code."""
    now = int(at.timestamp()) // SECONDS
    known = {code(secret, now + apart): now + apart for apart in APART}
    step = known.get(typed, 0)
    return step if step > last else 0

"""Hash passwords and refuse those that are easily guessed. Hashing takes a moment: never call it under the write lock."""

import unicodedata
from collections.abc import Iterable
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 10, 128
STRONG_ENOUGH = 3  # of zxcvbn's 0 to 4: more than 10^8 guesses
# What stands in a town's own passwords first. Romanised, because zxcvbn knows English and names only.
TOWN = (
    "calendar",
    "event",
    "matsuri",
    "sakura",
    "kanko",
    "yakuba",
    "shiyakusho",
    "semboku",
    "senboku",
    "kakunodate",
    "akita",
)

# OWASP's first recommendation for Argon2id: 19 MiB, two passes, one lane.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_at_once = BoundedSemaphore(2)  # more at once would only take memory and processor from those who save


def hash_password(password: str) -> str:
    """Hash a password by Argon2id."""
    with _at_once:
        return _hasher.hash(_normalized(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether a password is the stored one. Without a stored one it takes as long, so that nobody learns who has an account."""
    with _at_once:
        try:
            return _hasher.verify(stored or _nobody(), _normalized(password)[: LONGEST * 8]) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(stored: str) -> bool:
    """Whether a hash was made with other parameters than ours of today."""
    return _hasher.check_needs_rehash(stored)


def weakness(password: str, known: Iterable[str] = ()) -> str:
    """Say by a code why a password is refused: "short", "long" or "guessable"; "" if it is good.

    `known` are words that somebody who guesses would try first: name, mail address, the site's name.
    """
    if len(password) < SHORTEST:
        return "short"
    if len(password) > LONGEST:
        return "long"
    from zxcvbn_rs_py import zxcvbn  # 4 MB of word lists: loaded when somebody chooses a password

    words = [part for word in (*TOWN, *known) for part in (word, *word.replace("@", ".").split("."))]
    score = int(zxcvbn(_normalized(password), [word.lower() for word in words if len(word) > 2]).score)
    return "" if score >= STRONG_ENOUGH else "guessable"


def _normalized(password: str) -> str:
    """The same letters, whichever keyboard composed them (NFKD, as stored passwords are)."""
    return unicodedata.normalize("NFKD", password)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody has this password")

"""Surrogate keys: by them a shared cache knows which of its answers a change touches. They come from `last_changes`.

A key is hashed together with the site's address: caches take only plain letters, and several towns may share one cache.
"""

import hashlib
from collections.abc import Collection, Iterable

from calendar_app.entries.last_changes import EVERYTHING

ALWAYS = "+"  # of answers that every public change renews
MOST_PURGED = 30  # keys of one purge, which every interface takes; a change of more purges everything
MOST_SHOWN = 100  # keys of one answer, so that its headers stay short; one of more is renewed by every change


def of_answer(site: str, shows: Collection[str] | None) -> list[str]:
    """Return the surrogate keys of an answer that depends on these keys; None stands for everything. `site`: its address."""
    return _hashed(site, [EVERYTHING, ALWAYS] if shows is None or len(shows) > MOST_SHOWN else [EVERYTHING, *shows])


def of_change(site: str, touches: Collection[str] | None) -> list[str]:
    """Return the surrogate keys that a public change with these touches purges; None stands for everything."""
    if touches is None or EVERYTHING in touches or len(touches) >= MOST_PURGED:
        return _hashed(site, [EVERYTHING])
    return _hashed(site, [ALWAYS, *touches])


def _hashed(site: str, keys: Iterable[str]) -> list[str]:
    return [hashlib.blake2b(f"{site} {key}".encode(), digest_size=6).hexdigest() for key in keys]

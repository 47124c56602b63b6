"""Tell a shared cache that is purged (CALENDAR_PURGE) how long it may keep an answer, and by which keys it will be purged."""

from collections.abc import Callable
from datetime import datetime

from calendar_app.config import Config
from calendar_app.delivery.channels.purge import FORMS, KEEPS
from calendar_app.entries import surrogate_keys
from calendar_app.web.answers import Answer, Seen

Headers = Callable[[Answer, Seen | None, datetime], list[tuple[str, str]]]


def headers(config: Config) -> Headers | None:
    """Return a function that gives the headers of an answer for such a cache; None where the settings name no cache.

    It takes the answer, what is known of this moment and the moment itself (aware).
    """
    if not config.purge:
        return None
    form = FORMS[config.purge_form]

    def of(answer: Answer, seen: Seen | None, now: datetime) -> list[tuple[str, str]]:
        """No cache keeps an answer beyond midnight or the next due moment; one that never changes needs no word."""
        if answer.immutable or seen is None or answer.stamp != seen.stamp:
            return []
        seconds = max(0, min(KEEPS, int((seen.ends - now).total_seconds())))
        keys = form.between.join(surrogate_keys.of_answer(config.base_url, answer.shows))
        return [(form.keys, keys), (form.control, f"max-age={seconds}")]

    return of

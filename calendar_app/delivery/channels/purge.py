"""Shared caches in front, by the setting CALENDAR_PURGE: each is told by surrogate keys which of its answers to forget.

What it does not hear of it forgets by itself within a minute (`KEEPS`), so a purge older than that need not go out.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.delivery import outbox
from calendar_app.delivery.channel import Again, Channel, Gone, Refused, Said, Sent, To, outcome
from calendar_app.entries import surrogate_keys

KEEPS = 60  # seconds for which a cache may keep an answer without asking
AGAIN = 5.0  # seconds after which a purge is tried again


@dataclass(frozen=True, slots=True)
class Form:
    """How one kind of cache speaks: the headers of answers (keys, lifetime), then the request that purges.

    `token` is the request's header with the token, `body` whether the keys stand in a JSON body instead of the header `keys`.
    """

    keys: str
    between: str
    control: str
    method: str
    token: tuple[str, str] = ("Authorization", "Bearer {}")
    body: bool = False


FORMS = {
    "varnish": Form("Surrogate-Key", " ", "Surrogate-Control", "PURGE"),
    "fastly": Form("Surrogate-Key", " ", "Surrogate-Control", "POST", ("Fastly-Key", "{}")),
    "cloudflare": Form("Cache-Tag", ",", "CDN-Cache-Control", "POST", body=True),  # RFC 9213
}


def set_up(session: Session, config: Config, *, at: datetime) -> None:
    """Make the caches of the setting receivers, and forget those that were set before."""
    outbox.keep_receivers(session, CHANNEL.name, config.purge, query="", at=at)


def send(said: Said, to: To) -> Sent:
    """Purge what a change touches, in one request. Raises Again, Refused."""
    form = FORMS[to.config.purge_form]
    headers, body = _request(form, surrogate_keys.of_change(to.config.base_url, said.data["touches"]))
    if to.config.purge_token:
        name, value = form.token
        headers[name] = value.format(to.config.purge_token)
    try:
        outcome(to.call(form.method, to.key, body, headers))
    except Again as error:
        raise Again(str(error), error.seconds or AGAIN) from error
    except Gone as error:
        raise Refused(str(error)) from error
    return Sent()


def _request(form: Form, keys: Sequence[str]) -> tuple[dict[str, str], bytes]:
    """Return the headers and the body that name these keys."""
    if form.body:
        return {"Content-Type": "application/json"}, json.dumps({"tags": keys}).encode()
    return {form.keys: form.between.join(keys)}, b""


CHANNEL = Channel(
    name="purge",
    label={"ja": "共有キャッシュ", "en": "Shared caches"},
    say=lambda _message, _to: None,
    send=send,
    follows="touches",
    at_desk=False,
    give_up=timedelta(seconds=2 * KEEPS),
    kept=timedelta(days=3),
)

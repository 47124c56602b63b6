"""WebSub (W3C, 2018): our own hub. A subscriber confirms its wish, then is sent the whole feed whenever it changes.

A receiver's key is made of topic and callback; its `query` is the topic's address on this site, from the confirmation on.
"""

import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from calendar_app.config import Config, sealing
from calendar_app.delivery.channel import Again, Channel, Gone, Page, Refused, Said, Sent, To, Unneeded
from calendar_app.outgoing import http

LEASES = 60, 864_000, 864_000  # seconds: at least, at most, without a wish
LONGEST_SECRET = 199  # bytes (section 5.1)
FEEDS = ("atom", "rss", "json", "ics")
KEPT_UNCONFIRMED = timedelta(days=1)


class Unacceptable(ValueError):
    """The request cannot be accepted; the text says why (section 5.1.1)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A request to subscribe or to unsubscribe, before its callback has confirmed it."""

    mode: str
    topic: str
    callback: str
    lease: int
    secret: str

    @property
    def key(self) -> str:
        """One for each pair of topic and callback."""
        return hashlib.sha256(f"{self.topic} {self.callback}".encode()).hexdigest()

    @property
    def content(self) -> dict[str, str]:
        """What the delivery that asks the callback holds, besides the secret, which is sealed there."""
        return {"mode": self.mode, "topic": self.topic, "callback": self.callback, "lease": str(self.lease)}


def read(config: Config, mode: str, topic: str, callback: str, lease: str, secret: str) -> Wish:
    """Read a request. Raises Unacceptable; whether the topic is a feed of ours is seen when the callback is asked."""
    if mode not in ("subscribe", "unsubscribe"):
        raise Unacceptable("hub.mode has to be subscribe or unsubscribe")
    path = urlsplit(topic).path
    if not topic.startswith(f"{config.base_url}/") or path.rpartition(".")[2] not in FEEDS or len(topic) > 400:
        raise Unacceptable("hub.topic is no feed of this site")
    try:
        callback = http.normalize_address(callback)
    except http.Unreachable as error:
        raise Unacceptable("hub.callback is no address") from error
    if len(secret.encode()) > LONGEST_SECRET:
        raise Unacceptable("hub.secret has to be shorter than 200 bytes")
    least, most, usual = LEASES
    seconds = int(lease) if lease.isascii() and lease.isdecimal() and len(lease) < 10 else usual
    return Wish(mode, topic, callback, min(max(seconds, least), most), secret)


def send(said: Said, to: To) -> Sent:
    """Ask a callback to confirm, or send it the feed. Raises Again, Refused, Gone, Unneeded."""
    return _confirm(said.data, to) if "mode" in said.data else _distribute(to)


def _confirm(wish: dict[str, str], to: To) -> Sent:
    """Verify the intent of the subscriber (section 5.3): it echoes the challenge."""
    page = _page(wish["topic"], to)
    challenge = secrets.token_urlsafe(24)
    asked = {"hub.mode": wish["mode"], "hub.topic": wish["topic"]}
    if page.status != 200 or not _is_self(page, wish["topic"]):
        _ask(wish["callback"], asked | {"hub.mode": "denied", "hub.reason": "this topic is no feed of this site"}, to)
        raise Gone("denied")
    lease = {"hub.lease_seconds": wish["lease"]} if wish["mode"] == "subscribe" else {}
    answer = _ask(wish["callback"], asked | {"hub.challenge": challenge} | lease, to)
    if not (200 <= answer.status < 300 and answer.body == challenge.encode()):
        raise Refused(f"not_confirmed (HTTP {answer.status})")
    if wish["mode"] == "unsubscribe":
        raise Gone("unsubscribed")
    return Sent(
        keep={"topic": wish["topic"], "callback": wish["callback"], "digest": _digest(page)},
        seal=json.loads(sealing.unseal(to.config.secret_key, "channel", wish["sealed"])),
        query=wish["topic"].removeprefix(to.config.base_url),
        expires_at=to.at + timedelta(seconds=int(wish["lease"])),
    )


def _ask(callback: str, parameters: dict[str, str], to: To) -> http.Answer:
    join = "&" if "?" in callback else "?"
    return to.call("GET", f"{callback}{join}{urlencode(parameters)}")


def _distribute(to: To) -> Sent:
    """Send the feed as it is now, byte for byte as it is served (section 7)."""
    topic = to.settings["topic"]
    page = _page(topic, to)
    if page.status != 200:
        raise Again(f"the feed answers HTTP {page.status}")
    digest = _digest(page)
    if digest == to.settings.get("digest"):
        raise Unneeded
    headers = {
        "Content-Type": page.headers["content-type"],
        "Link": f'<{to.config.hub}>; rel="hub", <{topic}>; rel="self"',
    }
    if secret := to.settings.get("secret"):
        signature = hmac.digest(secret.encode(), page.body, hashlib.sha256)
        headers["X-Hub-Signature"] = f"sha256={signature.hex()}"
    answer = to.call("POST", to.settings["callback"], page.body, headers)
    if answer.status == 410:
        raise Gone("HTTP 410")
    if not 200 <= answer.status < 300:
        raise Again(f"HTTP {answer.status}")
    return Sent(keep={"digest": digest})


def _page(topic: str, to: To) -> Page:
    return to.page(topic.removeprefix(to.config.base_url))


def _is_self(page: Page, topic: str) -> bool:
    """Whether an address is the one that its answer calls its own: a topic has only one (section 4)."""
    return f'<{topic}>; rel="self"' in page.headers.get("link", "")


def _digest(page: Page) -> str:
    return hashlib.sha256(page.body).hexdigest()


CHANNEL = Channel(
    name="websub",
    label={"ja": "WebSub", "en": "WebSub"},
    say=lambda _message, _to: None,
    send=send,
    follows="feeds",
    at_desk=False,
    newest=True,
    together=48,
    kept=timedelta(days=3),
)

"""The shape of a channel: one file of `delivery/channels` that declares `CHANNEL` (docs/channels.md).

The outbox decides what is owed, when it goes out and when it is given up; a channel only knows how its network speaks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy.orm import Session

from calendar_app import __version__
from calendar_app.config import Config
from calendar_app.delivery.messages import Message
from calendar_app.outgoing import http

SECONDS = 15.0  # for one request and its answer


class Again(Exception):
    """It did not go out and may later: try again, after `seconds` where the network says when.

    `everywhere`: the network as a whole is away, so the other receivers of the channel wait as well.
    """

    def __init__(self, problem: str, seconds: float | None = None, *, everywhere: bool = False) -> None:
        super().__init__(problem)
        self.seconds = seconds
        self.everywhere = everywhere


class Refused(Exception):
    """This one is refused for good; the next may go."""


class Unneeded(Exception):
    """There is nothing to send: the receiver has all of it already."""


class Gone(Exception):
    """The receiver wants nothing more, or is there no more: a subscriber is deleted, a town's channel is turned off."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a channel, as the desk asks for it: label and hint in Japanese and English. `secret` ones are sealed."""

    name: str
    label: dict[str, str]
    hint: dict[str, str] = field(default_factory=lambda: {"ja": "", "en": ""})
    secret: bool = False
    required: bool = True
    type: str = "text"  # of the HTML input
    default: str = ""
    choices: tuple[tuple[str, dict[str, str]], ...] = ()  # values with their labels, where only these are allowed


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` deliveries in `seconds`, to one receiver."""

    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Page:
    """What an address of this site answers: its bytes and its headers by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class To:
    """The receiver of one delivery. `settings` holds its secrets too, opened.

    `uid` is the same in every try, for networks that know a second copy by it. `earlier` are the results of what was sent
    about the same entry before, oldest first: ids of posts that a change answers, edits or deletes. `page` gives the answer of
    an address of this site ("/feed.atom?tag=…").
    """

    config: Config
    settings: Mapping[str, str]
    lang: str
    at: datetime
    uid: str = ""
    key: str = ""
    earlier: tuple[dict[str, Any], ...] = ()
    plain: dict[str, str] = field(default_factory=dict)  # of the settings, those that are no secrets
    page: Callable[[str], Page] = lambda _: Page(404, {}, b"")

    def call(
        self, method: str, url: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> http.Answer:
        """Send a request, over the public internet only. Raises Again when there is no answer, Refused for a bad address."""
        agent = {"User-Agent": f"calendar-app/{__version__} (+{self.config.base_url})", "Connection": "close"}
        limits = http.Limits(SECONDS, most=1_000_000, networks=self.config.fetch_networks)
        try:
            return http.exchange(method, url, agent | dict(headers or {}), body, limits=limits)
        except http.Unreachable as error:
            kind = Refused if error.code in ("bad_address", "scheme", "credentials", "port") else Again
            raise kind(error.code) from error


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a delivery that went out: what a later change needs.

    `keep` and `seal` are added to the receiver's settings and to its secrets, such as a new token; `query` and `expires_at` replace
    those of a subscriber that has just confirmed what it wants.
    """

    result: dict[str, Any] = field(default_factory=dict)
    keep: dict[str, str] = field(default_factory=dict)
    seal: dict[str, str] = field(default_factory=dict)
    query: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """What a channel will say for a change: `text` as people read it, at the desk too, and `data` for `send`."""

    text: str
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Channel:
    """A way out. `say` makes of a message what goes out; `send` sends it; `check` tries the settings and answers in words.

    `say` and `check` do nothing to the outside world, except that `check` may ask the network whether it knows us. `send` raises
    Again, Refused or Gone. A change that `say` answers with None is not said there.

    `follows`: "news" are notable changes, withdrawals and their like (`messages.KINDS`); "feeds" are changes of the feed whose
    address is the receiver's `query`; "touches" are all public changes, with what they touch; "" follows nothing by itself.
    `shared` are settings that all its receivers have in common, such as one key. `at_desk`: people set up its receivers at the desk; the receivers of the others come by themselves. `many`: also receives
    what is published by the dozen, such as an import. `newest`: each delivery holds all that the earlier ones held, so only the
    newest goes out. `limits` are the network's own, kept by counting. `together`: how many receivers are served at once, at most;
    of these half may be slow or failing.
    """

    name: str
    label: dict[str, str]
    say: Callable[[Message, To], Said | None]
    send: Callable[[Said, To], Sent]
    check: Callable[[To], str] = lambda _: ""
    settings: tuple[Setting, ...] = ()
    shared: Callable[[Session, Config], Mapping[str, str]] = lambda _session, _config: {}
    follows: Literal["news", "feeds", "touches", ""] = "news"
    at_desk: bool = True
    many: bool = False
    newest: bool = False
    together: int = 8
    limits: tuple[Limit, ...] = ()
    give_up: timedelta = timedelta(hours=24)
    dropped: timedelta = timedelta(days=3)  # of failures, after which a subscriber is deleted
    kept: timedelta = timedelta(days=400)  # in which a change may still need what was sent


def outcome(answer: http.Answer) -> http.Answer:
    """Return an answer of success (2xx); of any other raise what it means for the delivery.

    Raises Again (408, 425, 429, 5xx, with Retry-After in seconds where it is given), Gone (410), Refused (all others).
    """
    if 200 <= answer.status < 300:
        return answer
    problem = f"HTTP {answer.status}"
    if answer.status == 410:
        raise Gone(problem)
    if answer.status in (408, 425, 429) or answer.status >= 500:
        raise Again(problem, retry_after(answer))
    raise Refused(problem)


def retry_after(answer: http.Answer) -> float | None:
    """Return the seconds of Retry-After (RFC 9110, section 10.2.3), None without it or where it is a date."""
    value = answer.headers.get("retry-after", "").strip()
    return min(float(value), 86400.0) if value.isdecimal() else None

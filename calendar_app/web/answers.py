"""The answers that the cache keeps."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.utils import format_datetime
from typing import NamedTuple

from calendar_app.db.engine import Newest

Stamp = tuple[int, date, int]  # the public revision, the local day and the history (`touched`) that an answer shows
Whole = tuple[str, list[tuple[str, str]], list[bytes]]  # status, headers, body
OVERHEAD = 4096  # headers and book-keeping of one answer, in bytes, rounded up
# Headers of Flask that are not kept: the cache sets them for each variant, or they are personal.
OWN_HEADERS = ("content-length", "etag", "vary", "set-cookie")
# An answer that is not kept is not personal either, because Flask saw no cookie.
PERSONAL_HEADERS = ("vary", "set-cookie")
# Headers that a 304 repeats: those of RFC 9110 section 15.4.5, and those that our readers rely on.
KEPT_ON_304 = {
    *("cache-control", "link", "access-control-allow-origin", "access-control-expose-headers"),
    "x-content-type-options",
}


class Seen(NamedTuple):
    """A stamp, what the database said of it, and the instants from which and until which it is the same."""

    newest: Newest
    stamp: Stamp
    begins: datetime
    ends: datetime


@dataclass(slots=True)
class Answer:
    """A stored answer: its bytes, plain and in each coding that a request has asked for."""

    key: str
    stamp: Stamp | None
    tag: str
    headers: list[tuple[str, str]]
    bodies: dict[str, bytes]
    modified: datetime | None = None
    compressible: bool = True
    immutable: bool = False
    feed: bool = False  # whether programs follow it
    shows: frozenset[str] | None = None  # the keys of `entries.last_changes` on which it depends; None: everything
    time: int | None = None  # of its files for a web server in front, in seconds since 1970
    offered: float = float("-inf")  # when it was last offered to be kept as files, by the monotonic clock
    ready: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)
    # Whole answers by what a request says of its coding and of what it has.
    whole: dict[tuple[str | None, ...], Whole] = field(default_factory=dict)

    def named(self, tag: str) -> bool:
        """Whether an entity tag, without its quotes, names one of the codings of these bytes."""
        times = (f"{self.time:x}-{len(body):x}" for body in self.bodies.values()) if self.time is not None else ()
        return tag == self.tag or tag in times

    def entity_tag(self, coding: str) -> str:
        """The strong ETag of one coding: that which a web server makes of a file's time and size, where there is a file."""
        if self.time is not None:
            return f'"{self.time:x}-{len(self.bodies[coding]):x}"'
        return f'"{self.tag}-{coding}"' if coding else f'"{self.tag}"'

    def kept_as_files(self, time: int) -> None:
        """Take over the time of its files."""
        if time != self.time:
            self.time, self.modified = time, datetime.fromtimestamp(time, UTC)
            others = [pair for pair in self.headers if pair[0].lower() != "last-modified"]
            self.headers = [*others, ("Last-Modified", format_datetime(self.modified, usegmt=True))]
            self.ready.clear()
            self.whole.clear()

    def size(self) -> int:
        return OVERHEAD + sum(map(len, self.bodies.values()))


@dataclass(slots=True)
class Miss:
    """A stored 404 or 410. Some programs request such an address for ever."""

    stamp: Stamp | None
    status: str
    headers: list[tuple[str, str]]
    body: bytes

    def size(self) -> int:
        return OVERHEAD + len(self.body)

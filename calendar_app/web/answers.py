"""The answers that the cache keeps."""

from dataclasses import dataclass, field
from datetime import date, datetime

Stamp = tuple[int, date]  # the public revision and the local day that an answer shows
OVERHEAD = 2048  # headers and book-keeping of one answer, in bytes, rounded up


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
    shows: frozenset[str] | None = None  # the keys of `entries.last_changes` on which it depends; None: everything
    ready: dict[tuple[str, str], list[tuple[str, str]]] = field(default_factory=dict)

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

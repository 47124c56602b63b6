"""A store in memory, bounded by bytes: what has not been asked for longest goes first. Threads share it."""

import threading
from collections import OrderedDict
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    def size(self) -> int:
        """In bytes, with the book-keeping."""


T = TypeVar("T", bound=Sized)


class Shelf(Generic[T]):
    """Values by key, of at most `limit` bytes in all. A value over a quarter of that is not kept."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._values: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def get(self, key: str) -> T | None:
        """The value, which counts as used now."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: str, value: T) -> None:
        with self._lock:
            if old := self._values.pop(key, None):
                self.bytes -= old.size()
            if value.size() > self.limit // 4:
                return
            self._values[key] = value
            self.bytes += value.size()
            while self.bytes > self.limit:
                _, oldest = self._values.popitem(last=False)
                self.bytes -= oldest.size()

    def grown(self, key: str, value: T, by: int) -> None:
        """A value that is kept has grown by so many bytes."""
        with self._lock:
            if self._values.get(key) is value:
                self.bytes += by

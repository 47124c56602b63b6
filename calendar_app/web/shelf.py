"""A store in memory with a limit in bytes. It removes the least recently used values first; threads may share it."""

import threading
from collections import OrderedDict
from typing import Generic, Protocol, TypeVar


class Sized(Protocol):
    def size(self) -> int:
        """The size in bytes, with the overhead of the store."""


T = TypeVar("T", bound=Sized)


class Shelf(Generic[T]):
    """Values by key, `limit` bytes in total at most. It does not keep a value larger than a quarter of the limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bytes = 0
        self._values: OrderedDict[str, T] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def get(self, key: str) -> T | None:
        """The value of a key, which becomes the most recently used one."""
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: str, value: T) -> None:
        """Keep a value, and remove the least recently used ones while the limit is exceeded."""
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
        """Count that a kept value has grown by `by` bytes."""
        with self._lock:
            if self._values.get(key) is value:
                self.bytes += by

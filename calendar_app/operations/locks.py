"""Locks among the processes of one installation, as files: they end with the process that holds them."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Busy(Exception):
    """Somebody else is at work; the message says who."""


@contextmanager
def only_backup(folder: Path) -> Iterator[None]:
    """Keep every other backup of this folder out. Raises Busy."""
    with _held(folder / ".lock", fcntl.LOCK_EX, "another backup is under way"):
        yield


@contextmanager
def serving(instance: Path) -> Iterator[None]:
    """Hold the installation while it serves or works, so that nobody restores another town under it. Raises Busy."""
    with _held(instance / ".in_use", fcntl.LOCK_SH, "a restore is under way: wait until it has ended"):
        yield


@contextmanager
def alone(instance: Path) -> Iterator[None]:
    """Have the installation alone. Raises Busy."""
    with _held(instance / ".in_use", fcntl.LOCK_EX, "a server or a worker is running here: stop it first"):
        yield


@contextmanager
def _held(file: Path, how: int, otherwise: str) -> Iterator[None]:
    file.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(lock, how, otherwise)
        yield
    finally:
        os.close(lock)


def _take(lock: int, how: int, otherwise: str) -> None:
    try:
        fcntl.flock(lock, how | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Busy(otherwise) from error

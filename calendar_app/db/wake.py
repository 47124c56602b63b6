"""Wake the worker as soon as something it waits for is committed; without a call it looks once a second.

On PostgreSQL the call is a NOTIFY, which also reaches workers on other hosts; on SQLite, which one host uses, it is a byte in a
named pipe beside the database. A lost call costs the second that the worker waits at most, and nothing else.
"""

import os
import select
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Engine
from sqlalchemy.orm import Session, SessionTransaction

CHANNEL = "calendar_wake"
CALLED = "wake"  # key in session.info: the transaction calls the worker when it is committed

Wait = Callable[[float], None]


def at_commit(session: Session) -> None:
    """Call the worker when this transaction is committed."""
    if session.info.get(CALLED):
        return
    session.info[CALLED] = True
    if session.get_bind().dialect.name == "postgresql":  # sent by the server, at the commit
        session.execute(sa.select(sa.func.pg_notify(CHANNEL, "")))


@event.listens_for(Session, "after_commit")
def _after_commit(session: Session) -> None:
    if session.in_nested_transaction() or not session.info.pop(CALLED, False):
        return
    if pipe := _pipe(session.get_bind().engine.url):
        with suppress(OSError):  # no worker listens, or so many calls wait that one more says nothing new
            _write(pipe)


@event.listens_for(Session, "after_transaction_end")
def _after_end(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(CALLED, None)


def _write(pipe: Path) -> None:
    number = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    try:
        os.write(number, b".")
    finally:
        os.close(number)


def _pipe(url: URL) -> Path | None:
    """Return the named pipe of an SQLite database; None for others."""
    on_disk = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
    return Path(f"{url.database}.wake") if on_disk else None


@contextmanager
def listening(engine: Engine) -> Iterator[Wait]:
    """Give a function that waits for a call, so many seconds at most. What was called since the last wait ends it at once."""
    if engine.dialect.name == "postgresql":
        pooled = engine.raw_connection()
        with closing(cast(Any, pooled.driver_connection)) as connection:
            pooled.detach()  # it is closed in the end, not lent to others
            connection.autocommit = True
            connection.execute(f"LISTEN {CHANNEL}")
            yield lambda seconds: _take_notice(connection, seconds)
    elif pipe := _pipe(engine.url):
        with suppress(FileExistsError):
            os.mkfifo(pipe, 0o600)
        number = os.open(
            pipe, os.O_RDWR | os.O_NONBLOCK
        )  # also for writing: without a writer it would always be readable
        try:
            yield lambda seconds: _read(number, seconds)
        finally:
            os.close(number)
    else:
        yield time.sleep


def _take_notice(connection: Any, seconds: float) -> None:
    """Wait until the server tells something; what it told in one go is one call."""
    for _ in connection.notifies(timeout=seconds, stop_after=1):
        pass


def _read(number: int, seconds: float) -> None:
    """Wait until the pipe can be read, and empty it."""
    if select.select([number], [], [], seconds)[0]:
        with suppress(BlockingIOError):  # another worker was faster
            os.read(number, 65536)

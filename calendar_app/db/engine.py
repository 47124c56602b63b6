"""Engines, sessions and column types for SQLite (the default) and PostgreSQL.

A transaction reads until it writes. On SQLite its first statement that writes ends the reading and begins anew with the
write lock (BEGIN IMMEDIATE): a transaction that has read keeps an old state, and SQLite refuses it the lock with
"database is locked". What was read before may have changed since, as on PostgreSQL (READ COMMITTED);
`entries.revisions.lock` reads it again.
"""

import json
import sqlite3
import threading
from datetime import UTC, datetime
from types import ModuleType
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import DeclarativeBase, Session

try:
    # Debian's SQLite 3.40 has the WAL-reset corruption bug; this package brings its own, newer SQLite.
    import pysqlite3.dbapi2 as sqlite_module
except ImportError:  # no wheel for this platform: use the system's SQLite; `doctor` warns
    sqlite_module = sqlite3

sqlite: ModuleType = sqlite_module
SQLITE_SAFE_SINCE = (3, 51, 3)

# busy_timeout comes first, because changing the journal mode can itself meet a lock.
PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA temp_store=MEMORY",
)


NO_WRITES = ("SELECT", "WITH", "PRAGMA", "EXPLAIN", "BEGIN", "ROLLBACK")
WRITING = "writing"  # of a connection: its transaction holds the write lock


RENEWED = 3600  # seconds: a connection of SQLite reads the planner's statistics (`db.statistics`) once, when it opens
WAIT_SECONDS = 5.0  # for the threads before; as long again for other processes (busy_timeout)
_waiting = threading.Lock()


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An instant. Takes aware datetimes only and gives aware UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class WallTime(sa.types.TypeDecorator[datetime]):
    """Wall-clock time where the event takes place: a naive datetime, as a person typed it."""

    impl = sa.DateTime(timezone=False)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is not None and value.tzinfo is not None:
            raise ValueError("wall-clock time has no time zone of its own")
        return value


class Base(DeclarativeBase):
    """The base of all models, with the names of constraints that migrations rely on."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration
        datetime: UTCDateTime,
        dict[str, Any]: sa.JSON,
        list[Any]: sa.JSON,
    }
    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def make_engine(url: str) -> Engine:
    """Make the engine of a database URL, SQLite or PostgreSQL."""
    if make_url(url).get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True, connect_args={"connect_timeout": 5})
    options: dict[str, Any] = {"module": sqlite, "connect_args": {"check_same_thread": False, "timeout": 5}}
    engine = sa.create_engine(url, pool_recycle=RENEWED, **options)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_cursor_execute", _lock_before_writing)
    event.listen(engine, "savepoint", lambda connection, _name: _take_lock(connection))
    return engine


def for_writing(engine: Engine) -> Engine:
    """Give the same engine and pool with transactions that begin with the write lock."""
    return engine.execution_options(**{WRITING: True})


def write_session(engine: Engine) -> Session:
    """Open a session whose transaction begins with the write lock."""
    return Session(for_writing(engine))


def take_write_lock(session: Session) -> None:
    """Take SQLite's write lock for the rest of the transaction. Does nothing on PostgreSQL, which locks rows."""
    if (connection := session.connection()).dialect.name == "sqlite":
        _take_lock(connection)


DATA_VERSION = "PRAGMA data_version"  # another number after each commit of another connection, in whatever process


class Newest(NamedTuple):
    """Where the history of public changes stands: the number of the newest one, the instant (UTC) at which work becomes due,
    and the newest link of the chain (`db.public_chain`), which another history with the same number does not have.
    """

    number: int
    due_at: datetime | None
    link: str


class _Seen(NamedTuple):
    """What one thread has read, and the number that tells whether it is still so."""

    execute: Any
    version: int
    newest: Newest


class RevisionReader:
    """Reads the newest public revision with the raw driver, on one connection for each thread.

    On SQLite it first asks whether anything was committed since this thread last looked (`PRAGMA data_version`), which takes
    microseconds. On PostgreSQL it costs a round trip on every request; a notification instead could
    arrive after the save has returned, and a cancelled event would be served as going ahead. Each method raises the
    driver's error when the database is away.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tells_of_commits = engine.dialect.name == "sqlite"
        self._per_thread = threading.local()

    def newest(self) -> Newest:
        """Return where the history of public changes stands."""
        seen: _Seen | None = getattr(self._per_thread, "seen", None)
        try:
            if seen is not None and seen.execute(DATA_VERSION).fetchone()[0] == seen.version:
                return seen.newest
        except Exception:
            vars(self._per_thread).clear()
            raise
        return self._look()

    def _look(self) -> Newest:
        if self._tells_of_commits:
            # Asked before the row is read: a commit between the two is noticed once more, and never missed.
            [[version]] = self._rows(DATA_VERSION)
            newest = self._newest()
            self._per_thread.seen = _Seen(self._per_thread.connection.cursor().execute, version, newest)
            return newest
        return self._newest()

    def _newest(self) -> Newest:
        [(number, due_at, link)] = self._rows("SELECT public_revision, due_at, public_hash FROM site WHERE id = 1")
        return Newest(int(number), _instant(due_at), link)

    def holds(self, number: int, link: str) -> bool:
        """Whether the history still has this public revision, with this newest link up to it. It has not after a database was put back."""
        query = (
            f"SELECT number, public_hash FROM revision WHERE number = {number:d} OR number = (SELECT max(number) FROM revision"  # noqa: S608
            f" WHERE number <= {number:d} AND public_hash IS NOT NULL)"
        )
        rows = dict(self._rows(query))
        return not number or (number in rows and link == next(filter(None, rows.values()), ""))

    def touches_after(self, number: int) -> list[tuple[int, list[str] | None]]:
        """Return what each public revision after this one touched, oldest first; None stands for everything."""
        # An integer needs no placeholder, which the two drivers write differently.
        query = f"SELECT number, touches FROM revision WHERE number > {number:d} AND public ORDER BY number"  # noqa: S608
        return [(int(newer), _list(touches)) for newer, touches in self._rows(query)]

    def _rows(self, query: str) -> list[Any]:
        """Ask on this thread's connection; on a new one if that was kept and has broken, as by a restart of the database."""
        kept = hasattr(self._per_thread, "connection")
        try:
            if not kept:
                self._per_thread.connection = _raw_connection(self._engine)
            rows: list[Any] = self._per_thread.connection.execute(query).fetchall()
            return rows
        except Exception:
            vars(self._per_thread).clear()  # a new connection counts anew
            if not kept:
                raise
        return self._rows(query)


def _list(value: Any) -> list[str] | None:
    """Return the raw driver's value of a JSON column: PostgreSQL gives a list, SQLite text."""
    touches: list[str] | None = json.loads(value) if isinstance(value, str) else value
    return touches


def _instant(value: datetime | str | None) -> datetime | None:
    """Return the raw driver's value as aware UTC: PostgreSQL gives an aware datetime, SQLite text in UTC."""
    if value is None or isinstance(value, datetime):
        return value
    return datetime.fromisoformat(value).replace(tzinfo=UTC)


def _raw_connection(engine: Engine) -> Any:
    if engine.dialect.name == "sqlite":
        connection = sqlite.connect(engine.url.database or "", isolation_level=None, check_same_thread=False)
        connection.execute(PRAGMAS[0])
        return connection
    import psycopg

    url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(url, autocommit=True, connect_timeout=5)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun explicitly
    for pragma in PRAGMAS:
        connection.execute(pragma)


def _begin_sqlite(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(WRITING, False)
    connection.info[WRITING] = writes
    if writes:
        _begin_immediate(connection)
    else:
        connection.exec_driver_sql("BEGIN")


def _lock_before_writing(connection: sa.Connection, _cursor: Any, statement: str, *_: Any) -> None:
    if not statement.lstrip("( \n").startswith(NO_WRITES):
        _take_lock(connection)


def _take_lock(connection: sa.Connection) -> None:
    """Begin the transaction anew with the write lock, if it has only read so far."""
    if not connection.info.get(WRITING):
        connection.exec_driver_sql("ROLLBACK")
        try:
            _begin_immediate(connection)
        except sa.exc.OperationalError:
            connection.exec_driver_sql("BEGIN")  # SQLAlchemy's own ROLLBACK, which follows, expects a transaction
            raise
        connection.info[WRITING] = True


def _begin_immediate(connection: sa.Connection) -> None:
    """Wait for the lock, one thread of a process at a time: SQLite's own waiting gives it to whoever happens to look."""
    first = _waiting.acquire(timeout=WAIT_SECONDS)
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        if first:
            _waiting.release()


def sqlite_version() -> tuple[int, ...]:
    """Give the version of the SQLite in use, as (3, 53, 0)."""
    return tuple(int(part) for part in sqlite.sqlite_version.split("."))

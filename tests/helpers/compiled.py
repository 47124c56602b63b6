"""Statements compiled once in a process, not once for each of the thousands of engines that the tests open."""

from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Engine

_kept: dict[Any, Any] = {}


def share_compiled_statements() -> None:
    """Let SQLAlchemy's caches take every engine of a database for the same: they know it by its dialect's identity."""
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[method-assign, assignment]
        dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign, assignment]
    event.listen(Engine, "engine_connect", _use_kept)


def _use_kept(connection: Connection) -> None:
    connection.execution_options(compiled_cache=_kept)

"""A PostgreSQL database that one test after another finds as it was set up."""

from functools import cached_property
from typing import Any

import psycopg
from psycopg import sql

from helpers.services import PostgreSQL

TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
SEQUENCES = "SELECT sequencename, start_value, last_value FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1"
# Tables, indexes and sequences with the type of each column; and every constraint.
SHAPE = """
SELECT concat_ws(' ', c.relname, a.attname, a.atttypid::regtype, a.attnotnull)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL SELECT concat_ws(' ', conname, contype) FROM pg_constraint WHERE connamespace = 'public'::regnamespace
ORDER BY 1
"""
BREAK_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


class ReusedDatabase:
    """Emptied and filled again with the rows of its template, in a thirtieth of the time that a new database takes."""

    def __init__(self, server: PostgreSQL, name: str, template: str) -> None:
        self._server, self._name, self._template = server, name, template
        self.url = server.create_database(name, template=template)

    def renewed(self) -> str:
        """Its address, with the tables and rows of the template. Also breaks the connections that are still open."""
        tables, *_ = self._first
        try:
            with self._connect() as connection:
                connection.execute(BREAK_OTHERS)
                if _shape(connection) == self._first[-1]:
                    self._fill(connection, tables)
                    return self.url
        except psycopg.OperationalError:  # a test has closed it to everybody
            pass
        self._server.drop_database(self._name)
        return self._server.create_database(self._name, template=self._template)

    def _fill(self, connection: "psycopg.Connection[Any]", tables: list[str]) -> None:
        _, rows, sequences, _ = self._first
        connection.execute("SET session_replication_role = replica")  # no foreign key is looked at
        connection.execute(
            sql.SQL("; ").join(sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in tables)
        )
        for name, lines in rows.items():
            with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                copy.write(lines)
        for name, start, last in sequences:
            connection.execute("SELECT setval(quote_ident(%s), %s, %s)", (name, last or start, last is not None))

    @cached_property
    def _first(self) -> tuple[list[str], dict[str, bytes], list[tuple[str, int, int | None]], list[Any]]:
        """Of the database as it was created: tables, the rows of those that have some, sequences, shape."""
        with self._connect() as connection:
            tables = [name for (name,) in connection.execute(TABLES)]
            rows = {name: lines for name in tables if (lines := _rows(connection, name))}
            return tables, rows, connection.execute(SEQUENCES).fetchall(), _shape(connection)

    def _connect(self) -> "psycopg.Connection[Any]":
        return psycopg.connect(self.url.replace("+psycopg", ""))


def _rows(connection: "psycopg.Connection[Any]", table: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))) as copy:
        return b"".join(copy)


def _shape(connection: "psycopg.Connection[Any]") -> list[Any]:
    return connection.execute(SHAPE).fetchall()

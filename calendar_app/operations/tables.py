"""Read every row of a town, and write it into an empty database: the same town on SQLite and on PostgreSQL.

Tables are those of the database, not of the models, so that a backup of an older version can be read. A row is a dict that JSON can
hold; instants are written in UTC without their zone, as SQLite keeps them.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from calendar_app.db import migrations
from calendar_app.db.engine import for_writing

Row = dict[str, Any]
Rows = Callable[[str], Iterable[Row]]

MADE_AGAIN = (
    "alembic_version",
    "throttle",
    "feed_reader",
    "used_once",
    "search_state",
    "search_word",
)  # from the other tables, or of the moment
# A restore revives no session, no link to a new password, and no token that was revoked since.
LEFT_OUT = (*MADE_AGAIN, "desk_session", "reset_link", "api_token", "api_answer")
AT_ONCE = 1000  # rows in one statement


def snapshot(engine: Engine) -> sa.Connection:
    """Open a connection that sees one moment of the database until it is closed, and keeps nobody from writing."""
    options = {} if engine.dialect.name == "sqlite" else {"isolation_level": "REPEATABLE READ"}
    return engine.connect().execution_options(**options)


def tables_of(connection: sa.Connection, left_out: Collection[str] = LEFT_OUT) -> list[sa.Table]:
    """List the tables that hold the town, each after those that it refers to; the row of the site comes last."""
    metadata = sa.MetaData()
    metadata.reflect(
        connection, only=lambda name, _: migrations.is_modelled(name, "table", None) and name not in left_out
    )
    return sorted(metadata.sorted_tables, key=lambda table: table.name == "site")


def rows_of(connection: sa.Connection, table: sa.Table) -> Iterator[Row]:
    """Give the rows of a table in the order of its key."""
    query = sa.select(table).order_by(*table.primary_key.columns)
    for row in connection.execution_options(yield_per=AT_ONCE).execute(query).mappings():
        yield plain_row(row)


def plain_row(row: Mapping[Any, Any]) -> Row:
    """Give a row as JSON can hold it."""
    return {str(name): _plain(value) for name, value in row.items()}


def line(row: Mapping[str, Any]) -> bytes:
    """Give a row as one line of JSON, always the same for the same values."""
    return (
        json.dumps(row, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode("utf-8", "surrogatepass")
        + b"\n"
    )


def fill(engine: Engine, schema: str, names: Iterable[str], rows: Rows) -> dict[str, int]:
    """Make the tables of a schema version in an empty database, fill them, and bring them up to date; the rows by table.

    `rows` gives the rows of a table by its name.
    """
    migrations.upgrade(engine, schema)
    with for_writing(engine).begin() as connection:
        tables, known = tables_of(connection), set(names)
        for table in reversed(tables):  # what a migration put there
            connection.execute(table.delete())
        counted = {table.name: _insert(connection, table, rows(table.name)) for table in tables if table.name in known}
        if connection.dialect.name == "postgresql":
            set_sequences(connection, tables)
    migrations.upgrade(engine)
    return counted


def clear(engine: Engine) -> None:
    """Drop every table of ours from a database."""
    with for_writing(engine).begin() as connection:
        connection.execute(
            sa.text(f"DROP TABLE IF EXISTS {migrations.INDEX}")
        )  # and with it, SQLite's tables behind it
        metadata = sa.MetaData()
        metadata.reflect(connection)
        metadata.drop_all(connection)


def _insert(connection: sa.Connection, table: sa.Table, rows: Iterable[Row]) -> int:
    """Insert rows; references within the table are set when all are there, because a row may refer to a later one."""
    own = [key.parent.name for key in table.foreign_keys if key.column.table is table]
    readers = {column.name: _reader(column.type) for column in table.columns}
    key = next(iter(table.primary_key.columns))
    references: list[Row] = []
    count = 0
    for group in batched_rows(rows):
        values = [{name: readers[name](value) for name, value in row.items() if name in readers} for row in group]
        for name in own:
            references += [
                {"b_key": row[key.name], "name": name, "to": row[name]} for row in values if row[name] is not None
            ]
            values = [row | {name: None} for row in values]
        connection.execute(table.insert(), values)
        count += len(values)
    for name in own:
        wanted = [{"b_key": one["b_key"], "b_to": one["to"]} for one in references if one["name"] == name]
        if wanted:
            statement = table.update().where(key == sa.bindparam("b_key")).values({name: sa.bindparam("b_to")})
            connection.execute(statement, wanted)
    return count


def batched_rows(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Give rows in groups that one statement takes."""
    group: list[Row] = []
    for row in rows:
        group.append(row)
        if len(group) == AT_ONCE:
            yield group
            group = []
    if group:
        yield group


def _reader(kind: sa.types.TypeEngine[Any]) -> Callable[[Any], Any]:
    """How the values of a column are read from JSON."""
    if isinstance(kind, sa.JSON):
        kind.none_as_null = True
    if isinstance(kind, sa.DateTime):
        zone = UTC if kind.timezone else None
        return lambda value: value and datetime.fromisoformat(value).replace(tzinfo=zone)
    if isinstance(kind, sa.Date):
        return lambda value: value and date.fromisoformat(value)
    if isinstance(kind, sa.LargeBinary):
        return lambda value: value if value is None else bytes.fromhex(value)
    return lambda value: value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return bytes(value).hex() if isinstance(value, bytes | memoryview) else value


def set_sequences(connection: sa.Connection, tables: Iterable[sa.Table]) -> None:
    """Let new rows get numbers behind those that were loaded."""
    for table in tables:
        for column in table.primary_key.columns:
            name = connection.scalar(
                sa.text("SELECT pg_get_serial_sequence(:table, :column)"),
                {"table": f'"{table.name}"', "column": column.name},
            )
            if name:
                highest = connection.scalar(sa.select(sa.func.max(column)))
                connection.execute(
                    sa.text("SELECT setval(:name, :value, :used)"),
                    {"name": name, "value": highest or 1, "used": highest is not None},
                )

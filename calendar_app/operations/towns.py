"""Put a town from an archive, or from another database, into this installation's database and photo folder."""

import os
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db import migrations
from calendar_app.db.engine import for_writing, make_engine
from calendar_app.entries.search_index import index_ids, unindexed
from calendar_app.operations import startup, tables
from calendar_app.operations.archive import Archive, BadArchive

INDEXED = 500  # entries in one transaction
DERIVED = ("fragments.db", "fragments.db-wal", "fragments.db-shm")  # of the town that was here before

Say = Callable[[str], None]


class NotEmpty(Exception):
    """The database holds a town already."""


def holds_town(engine: Engine) -> bool:
    """Whether the database has a city; tables alone are what an interrupted restore left."""
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("site"):
            return False
        return bool(connection.scalar(sa.text("SELECT count(*) FROM site")))


def from_archive(config: Config, archive: Archive, say: Say) -> None:
    """Load an archive into the empty database of the settings, with its photos. Raises BadArchive, NotEmpty."""
    archive.check()
    engine = _empty_engine(config)
    say(f"loading {sum(archive.contents.rows.values())} rows of {archive.contents.site_id}, {archive.contents.made_at}")
    tables.fill(engine, archive.contents.schema, archive.contents.rows, archive.rows)
    _put_own_files(config, archive, say)
    for name in archive.contents.photos:
        put_photo(config.photos, name, archive.photo(name))
    _finish(config, engine, archive.contents.site_id, say)


def from_database(config: Config, url: str, say: Say) -> None:
    """Load another database into the empty one of the settings; photos stay where they are. Raises BadArchive, NotEmpty."""
    source = make_engine(url)
    engine = _empty_engine(config)
    with tables.snapshot(source) as connection:
        schema = migrations.current_revision(connection)
        site_id = schema and connection.scalar(sa.text("SELECT site_id FROM site WHERE id = 1"))
        if not schema or not site_id:
            raise BadArchive(f"{startup.shown(source)} holds no town")
        tables_by_name = {table.name: table for table in tables.tables_of(connection)}
        say(f"moving {site_id} from {startup.shown(source)}")
        tables.fill(engine, schema, tables_by_name, lambda name: tables.rows_of(connection, tables_by_name[name]))
    source.dispose()
    _finish(config, engine, site_id, say)


def put_aside(config: Config, *, at: datetime) -> Path | None:
    """Move an SQLite database, and photos of another town, into a folder of the instance; None if there is nothing to move."""
    file = startup.sqlite_file(config)
    moving = [file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")] if file else []
    files = [path for path in moving if path.exists()]
    if not files:
        return None
    aside = config.instance / f"before-restore-{at.strftime('%Y%m%d-%H%M%S')}"
    aside.mkdir()
    for path in files:
        path.rename(aside / path.name)
    return aside


def _empty_engine(config: Config) -> Engine:
    engine = make_engine(config.database_url)
    if holds_town(engine):
        raise NotEmpty(f"the database {startup.shown(engine)} holds a town already")
    tables.clear(engine)
    return engine


def _finish(config: Config, engine: Engine, site_id: str, say: Say) -> None:
    reindex(engine, say)
    engine.dispose()
    for name in DERIVED:
        (config.instance / name).unlink(missing_ok=True)
    startup.mark(config, site_id)


def reindex(engine: Engine, say: Say, *, anew: bool = False) -> None:
    """Put into the index of search what is not in it, in portions."""
    with Session(for_writing(engine)) as session, session.begin():
        ids = unindexed(session, anew=anew)
    for first in range(0, len(ids), INDEXED):
        with Session(for_writing(engine)) as session, session.begin():
            index_ids(session, ids[first : first + INDEXED])
        say(f"indexed {min(first + INDEXED, len(ids))} of {len(ids)} entries for search")


def put_photo(folder: Path, name: str, body: bytes) -> None:
    """Write a photo where it belongs, whole or not at all. Raises BadArchive for a name that is no photo's."""
    home, _, file = name.partition("/")
    if len(home) != 2 or not set(home) <= set("0123456789abcdef") or "/" in file or file.startswith("."):
        raise BadArchive(f"{name!r} is no name of a photo")
    final = folder / home / file
    if final.exists() and final.read_bytes() == body:
        return
    final.parent.mkdir(parents=True, exist_ok=True)
    part = final.with_name(f".{file}.part")
    part.write_bytes(body)
    os.replace(part, final)


def _put_own_files(config: Config, archive: Archive, say: Say) -> None:
    """The key and the statements of the town; a config.toml that is here already stays."""
    for name, body in archive.own_files().items():
        path = config.instance / Path(name).name
        if path.exists() and name != "secret_key":
            say(f"kept {path} as it is")
        elif not (name == "secret_key" and startup.read_site(config.instance)):
            path.write_bytes(body)
            path.chmod(0o600)


def verify(archive: Archive) -> None:
    """Restore the archive into a folder that goes again, and compare every row. Raises BadArchive."""
    archive.check()
    with tempfile.TemporaryDirectory(prefix=".verify-", dir=archive.file.parent) as folder:
        engine = make_engine(f"sqlite:///{folder}/calendar.db")
        try:
            tables.fill(engine, archive.contents.schema, archive.contents.rows, archive.rows)
            with engine.connect() as connection:
                _compare(connection, archive)
        except sa.exc.DatabaseError as error:
            raise BadArchive(f"{archive.file} cannot be restored: {startup.first_line(error)}") from error
        finally:
            engine.dispose()


def _compare(connection: sa.Connection, archive: Archive) -> None:
    tables_by_name = {table.name: table for table in tables.tables_of(connection)}
    same_schema = migrations.current_revision(connection) == archive.contents.schema
    for name, expected in archive.contents.rows.items():
        if name not in tables_by_name:
            continue
        count = connection.scalar(sa.select(sa.func.count()).select_from(tables_by_name[name]))
        if count != expected:
            raise BadArchive(f"{archive.file}: {name} has {count} rows, not {expected}")
        if same_schema and _lines(tables.rows_of(connection, tables_by_name[name])) != _lines(archive.rows(name)):
            raise BadArchive(f"{archive.file}: rows of {name} are not what they were")
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken or connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
        raise BadArchive(f"{archive.file}: the restored database does not hold together: {broken[:3]}")


def _lines(rows: Iterable[tables.Row]) -> int:
    return hash(tuple(map(tables.line, rows)))

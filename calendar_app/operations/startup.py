"""Check before a server starts that it can serve: folders, database, schema, photos, port. Each fault is one line that says what to do.

`init` leaves the city's identity beside the database (`SITE_FILE`, in the instance folder and in the photo folder). So a database that
has disappeared is not replaced by an empty one, and photos of another city are not served.
"""

import errno
import os
import socket
import tempfile
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url

from calendar_app.config import Config
from calendar_app.db import migrations
from calendar_app.db.engine import make_engine

SITE_FILE = ".site_id"
PRIVATE = (
    "calendar.db",
    "calendar.db-wal",
    "calendar.db-shm",
    "config.toml",
    "secret_key",
    "fragments.db",
    "worker.alive",
)


class CannotStart(Exception):
    """The server cannot serve; the message is one line that names the fault and the remedy."""


def check(config: Config) -> None:
    """Check folders, database, schema and photos. Raises CannotStart."""
    for folder in (config.instance, config.photos):
        check_folder(folder)
    check_database(config)


def check_folder(folder: Path) -> None:
    """Make a folder if it is missing, and write into it. Raises CannotStart."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".check-"):
            pass
    except OSError as error:
        raise CannotStart(f"the folder {folder} cannot be written to: {error.strerror}") from error


def check_database(config: Config) -> None:
    """Check that the database is there, of this version, and this installation's. Raises CannotStart."""
    check_not_lost(config)
    missing = sqlite_file(config)
    if missing and not missing.exists():
        raise CannotStart(f"there is no database at {missing}: `calendar-app init` creates it")
    engine = make_engine(config.database_url)
    try:
        with engine.connect() as connection:
            _check_schema(connection)
            site_id = connection.scalar(sa.text("SELECT site_id FROM site WHERE id = 1"))
    except sa.exc.DatabaseError as error:
        raise CannotStart(f"the database {shown(engine)} cannot be used: {first_line(error)}") from error
    finally:
        engine.dispose()
    if site_id is None:
        raise CannotStart(f"the database {shown(engine)} holds no city yet: run `calendar-app init`")
    _check_photos(config, site_id)


def _check_schema(connection: sa.Connection) -> None:
    version = migrations.current_revision(connection)
    if version is None:
        raise CannotStart(f"the database {shown(connection.engine)} has no tables yet: run `calendar-app init`")
    if version not in migrations.revisions():
        raise CannotStart(
            f"the database {shown(connection.engine)} was made by a newer calendar-app (schema {version}; this one knows "
            f"{migrations.head_revision()}): install that version, or restore a backup from before the upgrade"
        )
    if version != migrations.head_revision():
        raise CannotStart(
            f"the database {shown(connection.engine)} has the schema {version}, this calendar-app needs "
            f"{migrations.head_revision()}: make a backup, then run `calendar-app init`"
        )


def _check_photos(config: Config, site_id: str) -> None:
    site_of_photos = read_site(config.photos)
    if site_of_photos not in ("", site_id):
        raise CannotStart(
            f"the photos in {config.photos} are those of {site_of_photos}, the database is that of {site_id}: "
            f"check CALENDAR_INSTANCE and CALENDAR_DATABASE_URL"
        )


def check_not_lost(config: Config) -> None:
    """Refuse to take a missing database for a new installation. Raises CannotStart."""
    file, site_id = sqlite_file(config), read_site(config.instance)
    if file and site_id and not (file.exists() and file.stat().st_size):
        raise CannotStart(
            f"the database {file} of {site_id} is missing: restore a backup with `calendar-app restore`, "
            f"or remove {config.instance / SITE_FILE} to begin with an empty one"
        )


def check_known_schema(engine: Engine) -> None:
    """Refuse a database of a newer program, before a migration. Raises CannotStart."""
    with engine.connect() as connection:
        version = migrations.current_revision(connection)
        if version is not None and version not in migrations.revisions():
            _check_schema(connection)


def check_port(host: str, port: int) -> None:
    """Check that nobody listens on the port. Raises CannotStart.

    The server itself shares its port among its processes (SO_REUSEPORT), so that a second server would start silently beside the first.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        reason = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
        raise CannotStart(f"cannot listen on {host}:{port}: {reason}") from error


def mark(config: Config, site_id: str) -> None:
    """Leave the city's identity in the instance folder and with its photos, and close both to other accounts."""
    for folder in (config.instance, config.photos):
        folder.mkdir(parents=True, exist_ok=True)
        if read_site(folder) != site_id:
            (folder / SITE_FILE).write_text(f"{site_id}\n")
    close_to_others(config)


def close_to_others(config: Config) -> None:
    """Take from other accounts what an earlier version, or a copy, gave them: folders 0700, files 0600."""
    private = (config.instance / name for name in PRIVATE)
    with suppress(PermissionError):  # somebody else's files; `doctor` names them
        for path in (config.instance, config.photos, *private):
            if path.exists():
                os.chmod(path, 0o700 if path.is_dir() else 0o600)


def read_site(folder: Path) -> str:
    """Give the identity of the city whose folder this is, "" if nobody has left it."""
    try:
        return (folder / SITE_FILE).read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def sqlite_file(config: Config) -> Path | None:
    """Give the file of an SQLite database, None for PostgreSQL."""
    return sqlite_file_of(config.database_url)


def sqlite_file_of(address: str) -> Path | None:
    """Give the file of an SQLite database, None for PostgreSQL."""
    url = make_url(address)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def shown(engine: Engine) -> str:
    """Give the address of the database without its password."""
    return engine.url.render_as_string(hide_password=True)


def first_line(error: sa.exc.DBAPIError) -> str:
    """Give what the driver says, in one line."""
    return " ".join(str(error.orig).split())

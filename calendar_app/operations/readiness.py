"""Whether this server can do its work now: the database takes a write, the disk takes a file and has room."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from calendar_app.config import Config
from calendar_app.db.engine import for_writing

LEAST_FREE = 50 * 2**20  # bytes; a form with photos may bring 32 MiB
SAMPLE = b"\0" * 4096


def problems(config: Config, engine: Engine) -> list[str]:
    """Name what does not work: "database", "disk", "disk full"; nothing if this server is ready."""
    return [*_database(engine), *_disk(config)]


def _database(engine: Engine) -> Iterator[str]:
    """Write and commit what changes nothing."""
    try:
        with for_writing(engine).begin() as connection:
            if connection.execute(sa.text("UPDATE site SET id = id WHERE id = 1")).rowcount != 1:
                yield "database"
    except sa.exc.SQLAlchemyError:
        yield "database"


def _disk(config: Config) -> Iterator[str]:
    try:
        for folder in (config.instance, config.photos):
            write_sample(folder)
        if shutil.disk_usage(config.instance).free < LEAST_FREE:
            yield "disk full"
    except OSError:
        yield "disk"


def write_sample(folder: Path) -> None:
    """Write a file through to the disk, and remove it. Raises OSError."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".check-") as file:
        file.write(SAMPLE)
        file.flush()
        os.fsync(file.fileno())

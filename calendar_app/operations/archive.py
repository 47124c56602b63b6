"""A town in one file: its tables as JSON lines, and its photos. A plain tar that any tool opens.

`town.json` comes last and names every other member with its SHA-256, so a cut file is known as such. A backup leaves the photos outside
(they are named by content and never change): `photos/` beside the file holds those of all backups.
"""

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from calendar_app.db import migrations
from calendar_app.operations import tables
from calendar_app.operations.tables import Row

FORMAT = 1
CONTENTS = "town.json"
# Of the instance folder, beside database and photos.
OWN_FILES = ("config.toml", "secret_key", "accessibility*.md")
CHUNK = 2**20


class BadArchive(Exception):
    """The file is no whole archive of a town; the message says why."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds. `rows` by table; `members` and `photos` are SHA-256 sums by name."""

    site_id: str
    schema: str
    made_at: str
    revision: int
    rows: dict[str, int] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)
    photos: dict[str, str] = field(default_factory=dict)


def write(engine: Engine, instance: Path, file: Path, *, at: datetime, with_photos: bool) -> Contents:
    """Write the town as it is at one moment. The file appears whole or not at all. Raises BadArchive without a town."""
    part = file.with_name(f".{file.name}.part")
    try:
        with tables.snapshot(engine) as connection, tarfile.open(part, "w") as packed:
            contents = _begun(connection, at)
            for name, rows in _every_table(connection):
                _add_table(packed, contents, name, rows)
            _add_files(packed, contents, instance, with_photos)
            _add(packed, contents, CONTENTS, json.dumps(contents_dict(contents), ensure_ascii=False, indent=1).encode())
        with part.open("rb") as written:
            os.fsync(written.fileno())
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)
    return contents


def contents_dict(contents: Contents) -> dict[str, Any]:
    """Give the contents as `town.json` has them."""
    return {"format": FORMAT} | {name: getattr(contents, name) for name in Contents.__dataclass_fields__}


def _begun(connection: sa.Connection, at: datetime) -> Contents:
    schema = migrations.current_revision(connection)
    site = schema and connection.execute(sa.text("SELECT site_id, revision FROM site WHERE id = 1")).first()
    if not schema or not site:
        raise BadArchive("the database holds no town")
    return Contents(site.site_id, schema, at.isoformat(timespec="seconds"), site.revision)


def _every_table(connection: sa.Connection) -> Iterator[tuple[str, Iterable[Row]]]:
    for table in tables.tables_of(connection):
        yield table.name, tables.rows_of(connection, table)


def _add_table(packed: tarfile.TarFile, contents: Contents, name: str, rows: Iterable[Row]) -> None:
    count = 0
    packed_rows = io.BytesIO()
    with gzip.GzipFile(fileobj=packed_rows, mode="wb", mtime=0, compresslevel=6) as lines:
        for row in rows:
            lines.write(tables.line(row))
            count += 1
    contents.rows[name] = count
    _add(packed, contents, f"tables/{name}.jsonl.gz", packed_rows.getvalue())


def _add_files(packed: tarfile.TarFile, contents: Contents, instance: Path, with_photos: bool) -> None:
    for pattern in OWN_FILES:
        for path in sorted(instance.glob(pattern)):
            _add(packed, contents, f"instance/{path.name}", path.read_bytes())
    for path in photo_files(instance / "photos"):
        name, body = f"{path.parent.name}/{path.name}", path.read_bytes()
        contents.photos[name] = hashlib.sha256(body).hexdigest()
        if with_photos:
            _add(packed, contents, f"photos/{name}", body)


def photo_files(folder: Path) -> list[Path]:
    """List the stored copies of photos, without what an upload has not finished."""
    return sorted(path for path in folder.glob("[0-9a-f][0-9a-f]/*") if path.is_file())


def _add(packed: tarfile.TarFile, contents: Contents, name: str, body: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(body), 0o600
    packed.addfile(member, io.BytesIO(body))
    contents.members[name] = hashlib.sha256(body).hexdigest()


class Archive:
    """An archive to read. Photos are inside, or in the folder `photos` beside the file."""

    def __init__(self, file: Path) -> None:
        """Open it. Raises BadArchive."""
        self.file = file
        opened = None
        try:
            self._packed = opened = tarfile.open(file)  # noqa: SIM115 - closed by __exit__
            self.contents = self._read_contents()
        except (tarfile.TarError, EOFError, OSError, KeyError, ValueError, TypeError) as error:
            if opened:
                opened.close()
            raise BadArchive(f"{file} is no whole archive of a town: {error}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._packed.close()

    def rows(self, table: str) -> Iterator[Row]:
        """Give the rows of a table."""
        with self._open(f"tables/{table}.jsonl.gz") as packed, gzip.open(packed) as lines:
            for line in lines:
                yield json.loads(line)

    def own_files(self) -> dict[str, bytes]:
        """Give the files of the instance folder by name."""
        names = [name for name in self.contents.members if name.startswith("instance/")]
        return {name.removeprefix("instance/"): self._open(name).read() for name in names}

    def photo(self, name: str) -> bytes:
        """Give a photo's bytes. Raises BadArchive if it is lost or not what it was."""
        try:
            inside = f"photos/{name}" in self.contents.members
            body = self._open(f"photos/{name}").read() if inside else (self.file.parent / "photos" / name).read_bytes()
        except (tarfile.TarError, OSError) as error:
            raise BadArchive(f"the photo {name} cannot be read: {error}") from error
        if hashlib.sha256(body).hexdigest() != self.contents.photos[name]:
            raise BadArchive(f"the photo {name} is damaged")
        return body

    def check(self) -> None:
        """Compare every member and photo with its sum. Raises BadArchive."""
        for name, expected in self.contents.members.items():
            try:
                with self._open(name) as member:
                    actual = _sum(member)
            except (tarfile.TarError, OSError, KeyError) as error:
                raise BadArchive(f"{self.file}: {name} cannot be read: {error}") from error
            if actual != expected:
                raise BadArchive(f"{self.file}: {name} is damaged")
        for name in self.contents.photos:
            self.photo(name)

    def _read_contents(self) -> Contents:
        given = json.loads(self._open(CONTENTS).read())
        if given.pop("format") != FORMAT:
            raise ValueError("it is of another version of calendar-app")
        return Contents(**given)

    def _open(self, name: str) -> BinaryIO:
        return cast(BinaryIO, self._packed.extractfile(name))


def _sum(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()

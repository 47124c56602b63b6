"""`calendar-app backup` and `restore`, `export-data` and `import-data`: a whole town as a file, and back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from calendar_app.cli.session import require_database
from calendar_app.config import BadSetting, Config, readers
from calendar_app.db.engine import make_engine
from calendar_app.operations import archive, backups, locks, startup, tables, towns
from calendar_app.operations.archive import Archive, BadArchive

ARCHIVE = click.Path(exists=True, dir_okay=False, path_type=Path)


@contextmanager
def _refusals() -> Iterator[None]:
    """What cannot be done is one line."""
    try:
        yield
    except (BadArchive, locks.Busy, towns.NotEmpty, startup.CannotStart) as error:
        raise click.ClickException(str(error)) from error


@click.command()
@click.option("--list", "listing", is_flag=True, help="List the backups that there are.")
@click.pass_obj
def backup(config: Config, listing: bool) -> None:
    """Make a backup of database and photos while the server runs, and verify it by a restore."""
    if listing:
        for file in backups.files(config.backup_folder):
            click.echo(f"{backups.made_at(file).astimezone(config.zone):%Y-%m-%d %H:%M}  {file}")
        return
    require_database(config)
    with _refusals():
        file = backups.make(config, at=datetime.now(UTC))
    click.echo(f"{file}  ({file.stat().st_size} bytes, verified by a restore)")


@click.command()
@click.argument("file", type=ARCHIVE)
@click.option("--replace", is_flag=True, help="Put aside the town that is here; on PostgreSQL, after a backup of it.")
@click.option("--check", is_flag=True, help="Restore into a folder that goes again, and only say whether all is right.")
@click.pass_obj
def restore(config: Config, file: Path, replace: bool, check: bool) -> None:
    """Make this installation the town of a backup, on SQLite or PostgreSQL."""
    with _refusals(), Archive(file) as opened:
        if check:
            towns.verify(opened)
            click.echo(f"{file} is whole: {opened.contents.site_id}, {sum(opened.contents.rows.values())} rows, "
                       f"{len(opened.contents.photos)} files of photos")  # fmt: skip
            return
        with locks.alone(config.instance):
            opened.check()
            if replace:
                _make_room(config)
            _load(config, opened)


def _make_room(config: Config) -> None:
    now = datetime.now(UTC)
    if startup.sqlite_file(config):
        if aside := towns.put_aside(config, at=now):
            click.echo(f"the town that was here is in {aside}")
        return
    engine = make_engine(config.database_url)
    if towns.holds_town(engine):
        click.echo(f"the town that was here is in {backups.make(config, at=now)}")
        tables.clear(engine)
    engine.dispose()


def _load(config: Config, opened: Archive) -> None:
    for folder in (config.instance, config.photos):
        startup.check_folder(folder)
    if startup.read_site(config.photos) not in ("", opened.contents.site_id):
        raise BadArchive(f"the photos in {config.photos} are another town's: put that folder aside first")
    towns.from_archive(config, opened, click.echo)
    click.echo(f"restored {opened.contents.site_id} as of {opened.contents.made_at}; `calendar-app doctor` examines it")


@click.command("export-data")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def export_data(config: Config, file: Path) -> None:
    """Write the whole town, photos included, into one file."""
    if file.exists():
        raise click.ClickException(f"{file} is there already")
    require_database(config)
    engine = make_engine(config.database_url)
    with _refusals():
        contents = archive.write(engine, config.instance, file, at=datetime.now(UTC), with_photos=True)
    engine.dispose()
    click.echo(f"{file}: {sum(contents.rows.values())} rows, {len(contents.photos)} files of photos")


@click.command("import-data")
@click.argument("source", metavar="FILE|DATABASE_URL")
@click.pass_obj
def import_data(config: Config, source: str) -> None:
    """Fill the empty database of the settings from a file of export-data, or straight from another database."""
    with _refusals(), locks.alone(config.instance):
        if "://" not in source:
            if not Path(source).is_file():
                raise click.ClickException(f"there is no file {source}")
            with Archive(Path(source)) as opened:
                _load(config, opened)
            return
        _from_database(config, source)


def _from_database(config: Config, source: str) -> None:
    try:
        url = readers.database_url(source)
        if (file := startup.sqlite_file_of(url)) and not file.exists():
            raise BadSetting(f"an existing file, not {file}")
        towns.from_database(config, url, click.echo)
    except ValueError as error:
        raise click.ClickException(f"the database to move from: expected {error}") from error
    except sa.exc.DatabaseError as error:
        raise click.ClickException(f"the database refuses: {startup.first_line(error)}") from error
    click.echo("moved; set CALENDAR_DATABASE_URL to the new database for every process, and start the server")

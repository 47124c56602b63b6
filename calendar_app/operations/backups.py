"""Backups of the town: one archive each, the photos of all in one folder, verified by a restore, kept for a set number of days."""

import shutil
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path

from calendar_app.config import Config
from calendar_app.db.engine import make_engine
from calendar_app.operations import archive, locks, startup, towns
from calendar_app.operations.archive import Archive, BadArchive

NAME = "town-%Y%m%d-%H%M%S.tar"
LEAST_FREE = 200 * 2**20  # bytes that a backup leaves on the disk


def make(config: Config, *, at: datetime) -> Path:
    """Make a backup, verify it by a restore, drop those that are too old; its file. Raises BadArchive, Busy, OSError."""
    folder = config.backup_folder
    folder.mkdir(parents=True, exist_ok=True)
    with locks.only_backup(folder):
        _check_room(config, folder)
        engine = make_engine(config.database_url)
        file = folder / at.astimezone(UTC).strftime(NAME)
        contents = archive.write(engine, config.instance, file, at=at, with_photos=False)
        engine.dispose()
        for name in contents.photos:
            if not (folder / "photos" / name).exists():
                towns.put_photo(folder / "photos", name, (config.photos / name).read_bytes())
        _verify_or_remove(file)
        prune(folder, config.backups_kept)
    return file


def _verify_or_remove(file: Path) -> None:
    try:
        with Archive(file) as packed:
            towns.verify(packed)
    except BadArchive:
        file.rename(file.with_suffix(".damaged"))
        raise


def _check_room(config: Config, folder: Path) -> None:
    database = startup.sqlite_file(config)
    need = LEAST_FREE + (database.stat().st_size if database and database.exists() else 0)
    if (free := shutil.disk_usage(folder).free) < need:
        raise BadArchive(f"{folder} has {free // 2**20} MiB free, a backup needs {need // 2**20} MiB")


def files(folder: Path) -> list[Path]:
    """List the backups, oldest first."""
    return sorted(folder.glob("town-*.tar"))


def made_at(file: Path) -> datetime:
    """Give the instant (UTC) of a backup, from its name."""
    return datetime.strptime(file.name, NAME).replace(tzinfo=UTC)


def newest(folder: Path) -> datetime | None:
    """Give the instant (UTC) of the newest backup."""
    backups = files(folder)
    return made_at(backups[-1]) if backups else None


def due(config: Config, *, at: datetime) -> bool:
    """Whether the hour of the backup (the city's time) has passed since the newest one, or since the town was set up."""
    if not config.backups_kept:
        return False
    site = config.instance / startup.SITE_FILE
    last = newest(config.backup_folder)
    if last is None and site.exists():
        last = datetime.fromtimestamp(site.stat().st_mtime, UTC)
    return last is not None and last < _last_hour(at, config.backup_hour, config.zone)


def _last_hour(at: datetime, hour: int, zone: tzinfo) -> datetime:
    here = at.astimezone(zone)
    today = here.replace(hour=hour, minute=0, second=0, microsecond=0)
    return today if today <= here else today - timedelta(days=1)


def prune(folder: Path, kept: int) -> None:
    """Keep the newest backup of each of the last `kept` days that have one; drop the others, and photos of none."""
    of_day = {file.name[: len("town-20270401")]: file for file in files(folder)}  # the newest of a day comes last
    wanted = set(sorted(of_day.values())[-kept:]) if kept else set(files(folder))
    for file in files(folder):
        if file not in wanted:
            file.unlink()
    _drop_photos(folder)


def _drop_photos(folder: Path) -> None:
    named: set[str] = set()
    for file in files(folder):
        try:
            with Archive(file) as opened:
                named |= opened.contents.photos.keys()
        except BadArchive:
            return  # nobody knows what a damaged one needs
    for path in archive.photo_files(folder / "photos"):
        if f"{path.parent.name}/{path.name}" not in named:
            path.unlink()

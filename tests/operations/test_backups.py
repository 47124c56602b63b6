"""Backups: made at the hour, kept for the days of the setting, with every photo once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from calendar_app.config import Config, load
from calendar_app.operations import backups, startup
from calendar_app.operations.archive import Archive, BadArchive
from helpers.town import NOW, SITE_ID


@pytest.fixture
def kept(config: Config, sqlite_url: str) -> Config:
    startup.mark(config, SITE_ID)
    given = {"INSTANCE": str(config.instance), "BACKUPS_KEPT": "3", "SECRET_KEY": "only for tests"}
    return load({f"CALENDAR_{name}": value for name, value in given.items()})


def photo(config: Config, name: str) -> Path:
    path = config.photos / name[:2] / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(name.encode())
    return path


def test_the_newest_of_each_of_the_last_days_is_kept_and_photos_of_none_go(kept: Config) -> None:
    photo(kept, "ab" * 12 + "-640.jpg")
    backups.make(kept, at=NOW)
    old = photo(kept, "cd" * 12 + "-640.jpg")
    backups.make(kept, at=NOW + timedelta(hours=1))
    old.unlink()
    for day in range(1, 4):
        assert list((kept.backup_folder / "photos/cd").iterdir())
        backups.make(kept, at=NOW + timedelta(days=day))
    days = [backups.made_at(file).date() for file in backups.files(kept.backup_folder)]
    assert days == [(NOW + timedelta(days=day)).date() for day in range(1, 4)]
    assert list((kept.backup_folder / "photos/ab").iterdir())
    assert list((kept.backup_folder / "photos/cd").iterdir()) == []


def test_a_backup_becomes_due_at_its_hour(kept: Config) -> None:
    night = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)  # 3:00 of 2 March in Tokyo
    backups.make(kept, at=night - timedelta(hours=2))
    assert not backups.due(kept, at=night - timedelta(minutes=1))
    assert backups.due(kept, at=night)
    backups.make(kept, at=night)
    assert not backups.due(kept, at=night + timedelta(hours=23))


def test_a_new_town_waits_for_its_first_night(kept: Config) -> None:
    now = datetime.now(UTC)
    assert not backups.due(kept, at=now - timedelta(hours=1))
    assert backups.due(kept, at=now + timedelta(days=1, minutes=1))


def test_a_photo_that_rots_in_the_backup_is_found(kept: Config) -> None:
    name = "ab" * 12 + "-640.jpg"
    photo(kept, name)
    file = backups.make(kept, at=NOW)
    (kept.backup_folder / "photos/ab" / name).write_bytes(b"rotten")
    with Archive(file) as opened, pytest.raises(BadArchive, match=r"640\.jpg is damaged"):
        opened.check()


def test_a_backup_that_fails_leaves_nothing_half(kept: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("calendar_app.operations.archive._add_files", full)
    with pytest.raises(OSError, match="No space"):
        backups.make(kept, at=NOW)
    assert [path.name for path in kept.backup_folder.iterdir()] == [".lock"]

"""Settings: from the environment or the instance's file, and refused clearly when they cannot be."""

from pathlib import Path

import pytest

from calendar_app.config import BadSetting, load


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('site_name = "まち"\nthreads = 2\n')
    config = load({"CALENDAR_INSTANCE": str(tmp_path), "CALENDAR_THREADS": "8"})
    assert (config.site_name, config.threads) == ("まち", 8)


def test_without_settings_the_database_and_a_kept_secret_are_in_the_instance(tmp_path: Path) -> None:
    environ = {"CALENDAR_INSTANCE": str(tmp_path)}
    config = load(environ)
    assert config.database_url == f"sqlite:///{tmp_path}/calendar.db"
    assert len(config.secret_key) > 40
    assert load(environ).secret_key == config.secret_key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIMEZONE", "Asia"),
        ("TIMEZONE", "../etc/passwd"),
        ("BASE_URL", "calendar.example.jp"),
        ("THREADS", "0"),
        ("THREADS", "many"),
        ("LANGUAGE", "xx"),
        ("COMPRESS_ICS", "perhaps"),
        ("NO_SUCH_SETTING", "1"),
    ],
)
def test_setting_that_cannot_be_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"CALENDAR_{name}"):
        load({"CALENDAR_INSTANCE": str(tmp_path), f"CALENDAR_{name}": value})

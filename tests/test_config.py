"""Settings: from the environment or the instance's file, and refused clearly when they cannot be."""

from pathlib import Path

import pytest

from calendar_app.config import BadSetting, load, sealing


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
        ("BASE_URL", "https://example.jp/calendar"),
        ("BASE_URL", "https://example.jp:80000"),
        ("BASE_URL", "https://"),
        ("DATABASE_URL", "postgres://calendar@localhost/calendar"),
        ("DATABASE_URL", "mysql://calendar@localhost/calendar"),
        ("DATABASE_URL", "calendar.db"),
        ("DATABASE_URL", "sqlite://"),
        ("BODY_CODE", "052158"),
        ("BODY_CODE", "仙北市"),
        ("MAIL_SERVER", "smtp://mail.example.jp:99999"),
    ],
)
def test_setting_that_cannot_be_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"CALENDAR_{name}"):
        load({"CALENDAR_INSTANCE": str(tmp_path), f"CALENDAR_{name}": value})


def test_a_password_in_a_setting_is_not_repeated(tmp_path: Path) -> None:
    environ = {"CALENDAR_INSTANCE": str(tmp_path), "CALENDAR_DATABASE_URL": "mysql://calendar:geheim@localhost/x"}
    with pytest.raises(BadSetting) as refused:
        load(environ)
    assert "geheim" not in str(refused.value)


@pytest.mark.parametrize("text", ["threads = ", "[[", "body_code = 052159", "\udcff"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(BadSetting, match=r"config\.toml"):
        load({"CALENDAR_INSTANCE": str(tmp_path)})


def test_a_list_in_the_file_is_the_list_of_the_setting(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('languages = ["ja", "ko"]\n')
    assert load({"CALENDAR_INSTANCE": str(tmp_path)}).languages == ("ja", "ko")


def test_a_folder_that_cannot_be_is_named() -> None:
    with pytest.raises(BadSetting, match="/proc/calendar/secret_key"):
        load({"CALENDAR_INSTANCE": "/proc/calendar"})


def test_an_installed_copy_keeps_its_data_outside_of_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("calendar_app.config.ROOT", tmp_path / "site-packages")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    assert load({"CALENDAR_BASE_URL": "https://calendar.example.jp"}).instance == tmp_path / "data" / "calendar-app"


@pytest.mark.parametrize("code", ["052159", "131016", "011002", "473821"])
def test_codes_of_real_cities_are_taken(tmp_path: Path, code: str) -> None:
    assert load({"CALENDAR_INSTANCE": str(tmp_path), "CALENDAR_BODY_CODE": code}).body_code == code


def test_a_sealed_secret_opens_with_its_key_and_purpose_only() -> None:
    sealed = sealing.seal("key", "channel", "秘密")
    assert "秘密" not in sealed
    assert sealed != sealing.seal("key", "channel", "秘密")
    assert sealing.unseal("key", "channel", sealed) == "秘密"
    damaged = sealed[:-6] + ("AAAA==" if sealed[-6:] != "AAAA==" else "BBBB==")
    for key, purpose, text in (
        ("other", "channel", sealed),
        ("key", "totp", sealed),
        ("key", "channel", damaged),
        ("key", "channel", ""),
    ):
        with pytest.raises(sealing.Unreadable):
            sealing.unseal(key, purpose, text)

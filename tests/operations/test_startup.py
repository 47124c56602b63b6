"""Before it serves, the program says in one line what is wrong with folder, database, photos or port."""

import socket
from pathlib import Path

import pytest
import sqlalchemy as sa

from calendar_app.config import Config
from calendar_app.db import migrations
from calendar_app.db.engine import make_engine
from calendar_app.operations import startup
from calendar_app.operations.startup import CannotStart
from helpers.services import PostgreSQL, free_port
from helpers.town import SITE_ID, settings


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Config:
    return settings(tmp_path, database_url)


def do(config: Config, statement: str) -> None:
    engine = make_engine(config.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()


def test_a_town_that_was_set_up_can_be_served(town: Config) -> None:
    startup.check(town)
    startup.mark(town, SITE_ID)
    startup.check(town)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DROP TABLE alembic_version", "no tables yet: run `calendar-app init`"),
        ("UPDATE alembic_version SET version_num = '0009'", "has the schema 0009"),
        ("UPDATE alembic_version SET version_num = '9999'", "made by a newer calendar-app"),
        ("DELETE FROM site", "holds no city yet"),
    ],
)
def test_a_database_of_another_version_is_refused(town: Config, statement: str, says: str) -> None:
    do(town, statement)
    with pytest.raises(CannotStart, match=says):
        startup.check(town)


def test_a_newer_database_is_not_migrated(town: Config) -> None:
    do(town, "UPDATE alembic_version SET version_num = '9999'")
    engine = make_engine(town.database_url)
    with pytest.raises(CannotStart, match="newer"):
        startup.check_known_schema(engine)
    engine.dispose()


def test_photos_of_another_town_are_refused(town: Config) -> None:
    startup.mark(town, SITE_ID)
    (town.photos / startup.SITE_FILE).write_text("other.example.jp\n")
    with pytest.raises(CannotStart, match=r"photos .* are those of other\.example\.jp"):
        startup.check(town)


def test_a_database_that_has_disappeared_is_no_new_town(config: Config) -> None:
    startup.check(config)
    startup.mark(config, SITE_ID)
    file = startup.sqlite_file(config)
    assert file
    for path in config.instance.glob("calendar.db*"):
        path.unlink()
    with pytest.raises(CannotStart, match="is missing: restore a backup"):
        startup.check(config)
    assert not file.exists()


def test_no_database_at_all_asks_for_init(tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="`calendar-app init` creates it"):
        startup.check(settings(tmp_path, f"sqlite:///{tmp_path}/none.db"))
    assert not (tmp_path / "none.db").exists()


def test_a_database_server_that_is_away_is_named_without_its_password(tmp_path: Path) -> None:
    config = settings(tmp_path, f"postgresql+psycopg://calendar:geheim@127.0.0.1:{free_port()}/calendar")
    with pytest.raises(CannotStart, match="cannot be used") as refused:
        startup.check(config)
    assert "geheim" not in str(refused.value)


def test_an_empty_database_of_postgresql_has_no_tables(postgresql: PostgreSQL, tmp_path: Path) -> None:
    config = settings(tmp_path, postgresql.create_database("never_set_up"))
    with pytest.raises(CannotStart, match="no tables yet"):
        startup.check(config)
    postgresql.drop_database("never_set_up")


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    (tmp_path / "photos").write_text("a file")
    with pytest.raises(CannotStart, match="photos cannot be written to"):
        startup.check(settings(tmp_path, f"sqlite:///{tmp_path}/calendar.db"))
    with pytest.raises(CannotStart, match="cannot be written to"):
        startup.check_folder(Path("/proc/calendar"))  # not for root either


def test_a_port_in_use_is_refused_even_where_it_could_be_shared() -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CannotStart, match="another program listens"):
            startup.check_port("127.0.0.1", other.getsockname()[1])
    startup.check_port("127.0.0.1", free_port())


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CannotStart, match="cannot listen on 192"):
        startup.check_port("192.0.2.1", free_port())


def test_files_of_an_earlier_version_are_closed_to_other_accounts(config: Config) -> None:
    config.photos.mkdir()
    for path, mode in ((config.instance, 0o755), (config.photos, 0o755), (config.instance / "calendar.db", 0o644)):
        path.chmod(mode)
    startup.mark(config, SITE_ID)
    assert config.instance.stat().st_mode & 0o777 == 0o700
    assert config.photos.stat().st_mode & 0o777 == 0o700
    assert (config.instance / "calendar.db").stat().st_mode & 0o777 == 0o600


def test_every_version_that_migrations_know_is_known() -> None:
    assert {"0001", migrations.head_revision()} <= migrations.revisions()

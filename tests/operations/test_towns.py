"""A whole town goes into a file and comes back, on either database, and no feed changes by a byte."""

import shutil
import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db import migrations
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event, Photo, User
from calendar_app.operations import archive, locks, startup, tables
from helpers import cities
from helpers.commands import run
from helpers.services import PostgreSQL
from helpers.town import NOW, SITE_ID, person, published, settings

FEEDS = (
    *("/calendar.ics", "/deadlines.ics", "/feed.atom", "/feed.rss", "/feed.json", "/upcoming.atom", "/upcoming.rss"),
    *(
        "/upcoming.json",
        "/events.csv",
        "/calendar.ics?lang=en",
        "/feed.json?lang=zh",
        "/deadlines.json",
        "/sitemap.xml",
    ),
    *("/", "/calendar/2027/04", "/search?q=桜", "/agenda"),
)


def answers(config: Config) -> dict[str, bytes]:
    """What every feed and some pages say."""
    with cities.looked_at(config) as app:
        client = app.test_client()
        return {path: client.get(path).data for path in FEEDS}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return cities.demo(tmp_path_factory)


@cache
def of_the_demo(demo: Config) -> dict[str, bytes]:
    return answers(demo)


@pytest.fixture
def empty(postgresql: PostgreSQL) -> Iterator[str]:
    yield postgresql.create_database("moved_to")
    postgresql.drop_database("moved_to")


def test_a_town_moves_to_postgresql_and_back_and_no_feed_changes(
    demo: Config, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = of_the_demo(demo)
    assert len(set(before.values())) == len(FEEDS)
    moved = settings(tmp_path / "moved", empty)
    shutil.copytree(demo.photos, moved.photos)
    done = run(moved, monkeypatch, "import-data", demo.database_url)
    assert done.exit_code == 0, done.output
    assert answers(moved) == before
    back = settings(tmp_path / "back", f"sqlite:///{tmp_path}/back/calendar.db")
    done = run(back, monkeypatch, "import-data", empty)
    assert done.exit_code == 0, done.output
    assert answers(back) == before


def test_a_file_carries_the_photos_too(
    demo: Config, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "town.tar"
    assert run(demo, monkeypatch, "export-data", str(file)).exit_code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert "is there already" in run(demo, monkeypatch, "export-data", str(file)).output
    moved = settings(tmp_path / "moved", empty)
    done = run(moved, monkeypatch, "import-data", str(file))
    assert done.exit_code == 0, done.output
    assert "another town" not in done.output
    assert answers(moved) == of_the_demo(demo)
    found = {path.relative_to(demo.photos): path.read_bytes() for path in demo.photos.glob("??/*")}
    assert len(found) > 20
    assert {path.relative_to(moved.photos): path.read_bytes() for path in moved.photos.glob("??/*")} == found
    again = run(moved, monkeypatch, "import-data", str(file))
    assert (again.exit_code, "holds a town already" in again.output) == (1, True)


@pytest.fixture
def town(database_url: str, tmp_path: Path) -> Config:
    return settings(tmp_path, database_url)


def test_new_rows_get_numbers_behind_those_that_were_moved(
    town: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = make_engine(town.database_url)
    with write_session(engine) as session:
        published(session)
        session.commit()
    assert run(town, monkeypatch, "export-data", str(tmp_path / "town.tar")).exit_code == 0
    assert run(town, monkeypatch, "restore", "--replace", str(tmp_path / "town.tar")).exit_code == 0
    with write_session(make_engine(town.database_url)) as session:
        second = published(session, title="二つ目")
        session.commit()
        assert [event.title for event in session.scalars(sa.select(Event).order_by(Event.id))][1] == second.title
        assert session.scalar(sa.text("SELECT count(*) FROM search_index")) == 2
    engine.dispose()


def test_a_reference_to_a_later_row_and_odd_values_survive(
    town: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_session(make_engine(town.database_url)) as session:
        child, season = published(session, title="夜桜"), published(session, title="桜まつり\u2028\\\"')")
        child.parent_id, child.facilities = season.id, {"階段": None, "a": [1.5, True, "é"]}
        session.add(Photo(name="ab" * 12, width=1, height=1, sizes={}, uploaded_at=NOW, entry_id=season.id))
        session.commit()
    file = tmp_path / "town.tar"
    assert run(town, monkeypatch, "export-data", str(file)).exit_code == 0
    before = lines(town)
    assert run(town, monkeypatch, "restore", "--replace", str(file)).exit_code == 0
    assert lines(town) == before
    assert any(b'"parent_id":2' in line for line in before)


def lines(config: Config) -> list[bytes]:
    engine = make_engine(config.database_url)
    with tables.snapshot(engine) as connection:
        found = [
            tables.line(row) for table in tables.tables_of(connection) for row in tables.rows_of(connection, table)
        ]
    engine.dispose()
    return found


def test_a_backup_is_restored_and_the_town_that_was_there_is_kept(
    town: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_session(make_engine(town.database_url)) as session:
        published(session)
        person(session)
        session.commit()
    before = lines(town)
    made = run(town, monkeypatch, "backup")
    assert made.exit_code == 0, made.output
    assert "verified by a restore" in made.output
    (file,) = (town.instance / "backups").glob("*.tar")
    with write_session(make_engine(town.database_url)) as session:
        published(session, title="後から")
        session.commit()
    refused = run(town, monkeypatch, "restore", str(file))
    assert (refused.exit_code, "holds a town already" in refused.output) == (1, True)
    done = run(town, monkeypatch, "restore", "--replace", str(file))
    assert done.exit_code == 0, done.output
    assert "the town that was here is in" in done.output
    assert lines(town) == before


@pytest.mark.parametrize("fault", ["cut", "changed", "other"])
def test_a_damaged_file_is_refused_before_anything_is_changed(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    file = tmp_path / "town.tar"
    assert run(config, monkeypatch, "export-data", str(file)).exit_code == 0
    body = bytearray(file.read_bytes())
    if fault == "cut":
        body = body[: len(body) // 2]
    elif fault == "changed":
        with tarfile.open(file) as packed:
            body[packed.getmember("tables/venue.jsonl.gz").offset_data + 30] ^= 1
    else:
        body = bytearray(b"something else")
    file.write_bytes(body)
    for words in (("restore", "--replace", str(file)), ("restore", "--check", str(file))):
        done = run(config, monkeypatch, *words)
        assert done.exit_code == 1
        assert "Traceback" not in done.output
        assert "no whole archive" in done.output or "damaged" in done.output
    startup.check(config)


def test_an_archive_of_an_older_version_is_brought_up_to_date(
    town: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with write_session(make_engine(town.database_url)) as session:
        published(session)
        session.commit()
    engine = make_engine(town.database_url)
    migrations.downgrade(engine, "0012")
    file = tmp_path / "old.tar"
    archive.write(engine, town.instance, file, at=NOW, with_photos=True)
    engine.dispose()
    done = run(town, monkeypatch, "restore", "--replace", str(file))
    assert done.exit_code == 0, done.output
    with Session(make_engine(town.database_url)) as session:
        assert session.scalars(sa.select(Event)).one().title == "角館の桜まつり"
    startup.check(town)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("restore", "/nowhere/town.tar"), "does not exist"),
        (("import-data", "/nowhere/town.tar"), "there is no file"),
        (("import-data", "mysql://localhost/x"), "expected sqlite:"),
        (("import-data", "sqlite:////nowhere/calendar.db"), "an existing file"),
        (("import-data", "postgresql://127.0.0.1:1/x"), "database refuses"),
    ],
)
def test_what_cannot_be_moved_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], says: str
) -> None:
    done = run(settings(tmp_path, f"sqlite:///{tmp_path}/calendar.db"), monkeypatch, *words)
    assert done.exit_code in (1, 2)
    assert says in done.output
    assert "Traceback" not in done.output


def test_nobody_restores_under_a_running_server(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "town.tar"
    run(config, monkeypatch, "export-data", str(file))
    with locks.serving(config.instance):
        done = run(config, monkeypatch, "restore", "--replace", str(file))
    assert (done.exit_code, "is running here" in done.output) == (1, True)


def test_the_key_of_the_town_comes_with_it(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (config.instance / "secret_key").write_text("the key of the town")
    (config.instance / "accessibility.md").write_text("方針")
    file = tmp_path / "town.tar"
    assert run(config, monkeypatch, "export-data", str(file)).exit_code == 0
    fresh = settings(tmp_path / "fresh", f"sqlite:///{tmp_path}/fresh/calendar.db")
    assert run(fresh, monkeypatch, "restore", str(file)).exit_code == 0
    assert (fresh.instance / "secret_key").read_text() == "the key of the town"
    assert (fresh.instance / "accessibility.md").read_text() == "方針"
    assert startup.read_site(fresh.photos) == SITE_ID
    with Session(make_engine(fresh.database_url)) as session:
        assert session.scalar(sa.select(sa.func.count(User.id))) == 0

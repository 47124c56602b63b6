"""Faults of the machine, as `docs/operating.md` lists them: what readers and staff see, and that it recovers by itself."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.db import migrations
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import User
from calendar_app.entries import publishing
from calendar_app.operations import doctor, startup, tables
from helpers import ROOT, town
from helpers.services import PostgreSQL
from helpers.staff_desk import NEW, TYPED, publish, send, signed_in
from helpers.town import NOW, attached, copied, person, published, settings

KNOWN, OTHER, FEED = "/calendar/2027/04", "/calendar/2027/05", "/feed.json"
MOUNT = ["mount", "-o", "loop,errors=remount-ro"]
DIES_IN_A_MIGRATION = """
import os, sys
import sqlalchemy as sa
from calendar_app.db import migrations
from calendar_app.db.engine import make_engine
left = [int(sys.argv[2])]
def count(*_given):
    left[0] -= 1
    if not left[0]:
        os._exit(9)
sa.event.listen(sa.Engine, "after_cursor_execute", count)
migrations.upgrade(make_engine(sys.argv[1]))
"""


@contextmanager
def desk_of(built: Flask, config: Config) -> Iterator[FlaskClient]:
    """A colleague at the desk of a town with these settings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("calendar_app.web.datetime", town.Clock)
        engine = make_engine(config.database_url)
        with write_session(engine) as session:
            if session.scalar(sa.select(User.id)) is None:
                person(session)
            session.commit()
        engine.dispose()
        app = attached(built, config)
        patch.setattr(built, "config", app.config)
        yield signed_in(app, "staff@example.jp")
        app.extensions["calendar_engine"].dispose()


def refuses_and_keeps(desk: FlaskClient) -> None:
    """A save answers 503 and carries what was typed."""
    answer = send(desk, NEW, TYPED | {"title": "消えない文章"})
    assert answer.status_code == 503
    assert "消えない文章" in answer.text


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MiB."""
    place = tmp_path / "disk"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", place], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_full_disk_stops_saves_and_nothing_else(built: Flask, sqlite_template: Path, disk: Path) -> None:
    with desk_of(built, settings(disk, f"sqlite:///{copied(sqlite_template, disk)}")) as desk:
        public_id = publish(desk)
        before = {path: desk.get(path).data for path in (KNOWN, FEED)}
        fill(disk / "filler")
        refuses_and_keeps(desk)
        assert {path: desk.get(path).data for path in before} == before
        assert desk.get(OTHER).status_code == 200
        assert desk.get("/readyz").status_code == 503
        (disk / "filler").unlink()
        assert send(desk, NEW, TYPED | {"title": "後の催し"}).status_code == 303
        page = desk.get(KNOWN).text
        assert public_id in page
        assert "後の催し" in page


@pytest.fixture
def failing_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MiB with a file system that turns read-only when it fails, as ext4 does."""
    place, image = tmp_path / "disk", tmp_path / "image"
    place.mkdir()
    with image.open("wb") as file:
        file.truncate(24 * 2**20)
    for command in (["mkfs.ext4", "-q", "-F", str(image)], [*MOUNT, str(image), str(place)]):
        if not shutil.which(command[0]) or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("no disk can be mounted here")
    yield place
    subprocess.run(["umount", "--lazy", place], check=True)


def test_a_disk_that_turns_read_only_stops_saves_and_nothing_else(
    built: Flask, sqlite_template: Path, failing_disk: Path
) -> None:
    config = settings(failing_disk, f"sqlite:///{copied(sqlite_template, failing_disk)}")
    with desk_of(built, config) as desk:
        public_id = publish(desk)
        before = {path: desk.get(path).data for path in (KNOWN, FEED)}
        subprocess.run(["mount", "-o", "remount,abort", failing_disk], check=True)
        refuses_and_keeps(desk)
        assert {path: desk.get(path).data for path in before} == before
        assert [desk.get(path).status_code for path in ("/", OTHER, "/readyz")] == [200, 200, 503]
    with pytest.raises(startup.CannotStart, match="cannot be written to: Read-only"):
        startup.check(config)
    subprocess.run(["umount", "--lazy", failing_disk], check=True)
    # This process still holds files of the old mount, as a server that has ended does not: mount a copy.
    copy = shutil.copy(failing_disk.with_name("image"), failing_disk.with_name("copy"))
    subprocess.run([*MOUNT, copy, failing_disk], check=True)
    with desk_of(built, config) as desk:  # the server was started again
        assert send(desk, NEW, TYPED | {"title": "後の催し"}).status_code == 303
        page = desk.get(KNOWN).text
        assert public_id in page
        assert "後の催し" in page


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return


def test_a_database_that_is_away_leaves_known_pages_and_is_found_again(
    built: Flask, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    url = postgresql.create_database("away", template="template_town")
    with desk_of(built, settings(tmp_path, url)) as desk:
        public_id = publish(desk)
        before = {path: desk.get(path).data for path in (KNOWN, FEED)}
        postgresql.stop()
        try:
            for path, body in before.items():
                answer = desk.get(path)
                assert (answer.status_code, answer.data, answer.headers["Warning"][:3]) == (200, body, "110")
            assert desk.get(OTHER).status_code == 503
            assert desk.get("/healthz").status_code == 503
            refuses_and_keeps(desk)
        finally:
            postgresql.start()
        assert send(desk, NEW, TYPED | {"title": "後の催し"}).status_code == 303
        page = desk.get(KNOWN)
        assert "Warning" not in page.headers
        assert public_id in page.text
        assert "後の催し" in page.text
    postgresql.drop_database("away")


def test_a_database_that_is_put_back_behind_a_running_server_makes_no_kept_page_right(
    built: Flask, postgresql: PostgreSQL, tmp_path: Path
) -> None:
    url = postgresql.create_database("running", template="template_town")
    with desk_of(built, settings(tmp_path, url)) as desk:
        replace_database(postgresql, "older", by="running")
        post(url, "消えた催し", NOW)
        assert "消えた催し" in desk.get(KNOWN).text
        replace_database(postgresql, "running", by="older")
        post(url, "別の催し", NOW + timedelta(seconds=9))  # gets the numbers that the other had
        desk.get(OTHER)  # meets the connections that the restart has broken
        page = desk.get(KNOWN).text
        assert "別の催し" in page
        assert "消えた催し" not in page
    for name in ("running", "older"):
        postgresql.drop_database(name)


def replace_database(postgresql: PostgreSQL, name: str, *, by: str) -> None:
    postgresql.stop()  # a database is copied while nobody is connected
    postgresql.start()
    postgresql.drop_database(name)
    postgresql.create_database(name, template=by)


def post(url: str, title: str, at: datetime) -> None:
    engine = make_engine(url)
    with write_session(engine) as session:
        published(session, title=title, at=at)
        session.commit()
    engine.dispose()


def test_a_clock_that_goes_back_hides_no_save(
    desk: FlaskClient, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    public_id = publish(desk)
    before = client.get(FEED)
    monkeypatch.setattr(town, "STOPPED", town.STOPPED - timedelta(hours=2))
    page = desk.get(f"/staff/entries/{public_id}/edit").text
    version = page.partition('name="version"')[2].partition('value="')[2].partition('"')[0]
    changed = TYPED | {"title": "改めた題", "version": version, "asked": "y"}
    assert send(desk, f"/staff/entries/{public_id}/edit", changed).status_code == 303
    again = {"If-None-Match": before.headers["ETag"], "If-Modified-Since": before.headers["Last-Modified"]}
    answer = client.get(FEED, headers=again)
    assert answer.status_code == 200
    assert "改めた題" in answer.text
    assert "改めた題" in client.get(KNOWN).text


@pytest.mark.parametrize("statements", [5, 40])
def test_an_upgrade_that_is_cut_off_has_changed_nothing_and_is_done_again(
    database_url: str, tmp_path: Path, statements: int
) -> None:
    engine = make_engine(database_url)
    with write_session(engine) as session:
        published(session)
        session.commit()
    migrations.downgrade(engine, "0012")
    before = everything(engine)
    command = [sys.executable, "-c", DIES_IN_A_MIGRATION, database_url, str(statements)]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 9
    assert everything(engine) == before
    migrations.upgrade(engine)
    faults = [*doctor.integrity(engine), doctor.history(engine, {}), doctor.dates(engine), doctor.search(engine)]
    assert [finding for finding in faults if finding.level == "fault"] == []
    engine.dispose()


def everything(engine: Engine) -> list[bytes]:
    with tables.snapshot(engine) as connection:
        return [tables.line(row) for table in tables.tables_of(connection) for row in tables.rows_of(connection, table)]


def test_a_new_host_name_changes_links_and_no_identity(config: Config, built: Flask, write: Session) -> None:
    event = published(write)
    publishing.save(write, event, {"title": "改めた題"}, actor=None, at=NOW)
    write.commit()
    moved = replace(config, base_url="https://events.example.org")
    old, new = (
        {path: ask(built, given, path) for path in ("/calendar.ics", FEED, "/feed.atom")} for given in (config, moved)
    )
    for path in old:
        assert old[path] != new[path]
        assert identities(old[path]) == identities(new[path]) != []
        assert "https://calendar.example.jp/" not in new[path]


def ask(built: Flask, config: Config, path: str) -> str:
    app = attached(built, config)
    answer = app.test_client().get(path, base_url=config.base_url)
    app.extensions["calendar_engine"].dispose()
    return answer.text


def identities(feed: str) -> list[str]:
    """UIDs, and the guids of items and of the feed."""
    return re.findall(r"^UID:(\S+)|<id>([^<]+)</id>|\"id\": ?\"([^\"]+)\"", feed, re.MULTILINE)

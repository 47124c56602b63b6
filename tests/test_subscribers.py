"""A subscriber with vdirsyncer and khal, who syncs before and after each thing that happens to an event."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
from conftest import set_up
from services import Server
from sqlalchemy.orm import Session

from calendar_app import db, publishing
from calendar_app.models import Event

DAY = date.today() + timedelta(days=30)

VDIRSYNCER = """
[general]
status_path = "{folder}/status/"
[pair city]
a = "web"
b = "disk"
collections = null
conflict_resolution = "a wins"
[storage web]
type = "http"
url = "{url}/calendar.ics"
[storage disk]
type = "filesystem"
path = "{folder}/calendar/"
fileext = ".ics"
"""
KHAL = """
[calendars]
[[city]]
path = {folder}/calendar/
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = Asia/Tokyo
default_timezone = Asia/Tokyo
[sqlite]
path = {folder}/khal.db
"""


class Subscriber:
    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        (folder / "calendar").mkdir(parents=True)
        (folder / "vdirsyncer.conf").write_text(VDIRSYNCER.format(folder=folder, url=url))
        (folder / "khal.conf").write_text(KHAL.format(folder=folder))
        self.run("vdirsyncer", "-c", str(folder / "vdirsyncer.conf"), "discover", answer="y\ny\n")

    def run(self, program: str, *arguments: str, answer: str = "") -> str:
        done = subprocess.run(
            [Path(sys.executable).parent / program, *arguments],
            input=answer,
            capture_output=True,
            text=True,
            env=dict(os.environ) | {"HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"},
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def sync(self) -> list[icalendar.Event]:
        """Fetch as such programs do; what is on disk of the festival. (vdirsyncer puts UIDs of its own; an emptied source it refuses.)"""
        self.run("vdirsyncer", "-c", str(self.folder / "vdirsyncer.conf"), "sync")
        files = sorted((self.folder / "calendar").glob("*.ics"))
        return [
            one
            for file in files
            for one in icalendar.Calendar.from_ical(file.read_bytes()).walk("VEVENT")
            if "桜まつり" in one["SUMMARY"]
        ]

    def agenda(self) -> str:
        """What khal lists for the year around."""
        return self.run("khal", "-c", str(self.folder / "khal.conf"), "list", date.today().isoformat(), "90d")


@pytest.fixture
def town(tmp_path: Path) -> Iterator[tuple[Session, Subscriber]]:
    url = f"sqlite:///{tmp_path}/calendar.db"
    set_up(url)
    engine = db.make_engine(url)
    with Server(tmp_path / "instance", {"CALENDAR_DATABASE_URL": url}) as server, db.write_session(engine) as session:
        yield session, Subscriber(tmp_path / "subscriber", server.url)
    engine.dispose()


def now() -> datetime:
    return datetime.now(UTC)


def test_subscriber_holds_the_right_thing_after_every_sync(town: tuple[Session, Subscriber]) -> None:
    session, subscriber = town
    standing = {"title": "朝市", "start": f"{DAY}T06:00:00", "timezone": "Asia/Tokyo", "department_id": 1}
    publishing.publish(
        session, publishing.create(session, "event", standing, actor=None, at=now()), actor=None, at=now()
    )
    session.commit()
    assert subscriber.sync() == []

    values = {"title": "角館の桜まつり", "start": f"{DAY}T10:00:00", "end": f"{DAY}T12:00:00", "timezone": "Asia/Tokyo"}
    event = publishing.create(session, "event", values | {"department_id": 1, "venue_id": 1}, actor=None, at=now())
    assert isinstance(event, Event)
    publishing.publish(session, event, actor=None, at=now())
    session.commit()
    (held,) = subscriber.sync()
    assert (held["SUMMARY"], held["STATUS"], held["SEQUENCE"]) == ("角館の桜まつり", "CONFIRMED", 0)
    assert f"{DAY}" in subscriber.agenda()
    assert "10:00-12:00 角館の桜まつり" in subscriber.agenda()

    moved = DAY + timedelta(days=2)
    publishing.save(session, event, {"start": f"{moved}T13:00:00", "end": f"{moved}T15:00:00"}, actor=None, at=now())
    session.commit()
    (held,) = subscriber.sync()
    assert (held["SEQUENCE"], held["DTSTART"].dt.date()) == (1, moved)
    assert "10:00-12:00" not in subscriber.agenda()
    assert "13:00-15:00 【日時変更】角館の桜まつり" in subscriber.agenda()

    publishing.cancel(session, event, "大雨のため", actor=None, at=now())
    session.commit()
    (held,) = subscriber.sync()
    assert (held["STATUS"], held["SEQUENCE"]) == ("CANCELLED", 2)
    assert "大雨のため" in held["DESCRIPTION"]
    assert "【中止】角館の桜まつり" in subscriber.agenda()

    publishing.restore(session, event, actor=None, at=now())
    session.commit()
    (held,) = subscriber.sync()
    assert (held["STATUS"], held["SEQUENCE"]) == ("CONFIRMED", 3)
    assert "中止" not in subscriber.agenda()

    publishing.withdraw(session, event, "", actor=None, at=now())
    session.commit()
    assert subscriber.sync() == []
    assert "桜まつり" not in subscriber.agenda()

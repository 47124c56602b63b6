"""A subscriber with vdirsyncer and khal, who syncs before and after each thing that happens to an event."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from sqlalchemy.orm import Session

from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event
from calendar_app.entries import publishing, single_dates
from helpers.clients import vevents
from helpers.serving import installation

DAY = date.today() + timedelta(days=30)
TITLE = "角館の桜まつり"

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
    """A folder of calendar files that vdirsyncer fills and khal shows; nothing of it lies anywhere else."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        (folder / "calendar").mkdir(parents=True)
        (folder / "vdirsyncer.conf").write_text(VDIRSYNCER.format(folder=folder, url=url))
        (folder / "khal.conf").write_text(KHAL.format(folder=folder))
        self._run("vdirsyncer", "discover", answer="y\ny\n")

    def sync(self) -> list[Any]:
        """Fetch as such programs do; what is on disk of the festival."""
        self._run("vdirsyncer", "sync")
        files = sorted((self.folder / "calendar").glob("*.ics"))
        return [one for file in files for one in vevents(file.read_bytes()) if TITLE in one["SUMMARY"]]

    def agenda(self) -> str:
        """What khal lists for the coming three months."""
        return self._run("khal", "list", date.today().isoformat(), "90d")

    def _run(self, program: str, *arguments: str, answer: str = "") -> str:
        xdg = {f"XDG_{kind}_HOME": str(self.folder / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA", "STATE")}
        done = subprocess.run(
            [Path(sys.executable).parent / program, "-c", self.folder / f"{program}.conf", *arguments],
            input=answer,
            capture_output=True,
            text=True,
            env=os.environ | xdg | {"HOME": str(self.folder), "LC_ALL": "C.UTF-8", "TZ": "Asia/Tokyo"},
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture
def town(sqlite_url: str, tmp_path: Path) -> Iterator[tuple[Session, Subscriber]]:
    engine = make_engine(sqlite_url)
    address = installation(tmp_path / "instance", CALENDAR_DATABASE_URL=sqlite_url)
    with address as url, write_session(engine) as session:
        yield session, Subscriber(tmp_path / "subscriber", url)
    engine.dispose()


def now() -> datetime:
    return datetime.now(UTC)


def publish(session: Session, title: str, start: str, end: str) -> Event:
    values = {"title": title, "timezone": "Asia/Tokyo", "department_id": 1, "venue_id": 1}
    times = {"start": f"{DAY}T{start}:00", "end": f"{DAY}T{end}:00"}
    event = publishing.create(session, "event", values | times, actor=None, at=now())
    publishing.publish(session, event, actor=None, at=now())
    session.commit()
    return cast(Event, event)


def test_subscriber_holds_the_right_thing_after_every_sync(town: tuple[Session, Subscriber]) -> None:
    session, subscriber = town
    publish(session, "朝市", "06:00", "08:00")  # always there: vdirsyncer refuses a calendar that has become empty
    assert subscriber.sync() == []

    event = publish(session, TITLE, "10:00", "12:00")
    assert held(subscriber) == (TITLE, "CONFIRMED", 0, f"{DAY} 10:00")

    moved = DAY + timedelta(days=2)
    publishing.save(session, event, {"start": f"{moved}T13:00:00", "end": f"{moved}T15:00:00"}, actor=None, at=now())
    session.commit()
    assert held(subscriber) == (f"【日時変更】{TITLE}", "CONFIRMED", 1, f"{moved} 13:00")
    agenda = subscriber.agenda()
    assert "10:00-12:00" not in agenda
    assert f"13:00-15:00 【日時変更】{TITLE}" in agenda

    publishing.cancel(session, event, "大雨のため", actor=None, at=now())
    session.commit()
    assert held(subscriber) == (f"【中止】{TITLE}", "CANCELLED", 2, f"{moved} 13:00")
    assert f"13:00-15:00 【中止】{TITLE}" in subscriber.agenda()

    publishing.restore(session, event, actor=None, at=now())
    session.commit()
    assert held(subscriber) == (f"【日時変更】{TITLE}", "CONFIRMED", 3, f"{moved} 13:00")

    publishing.withdraw(session, event, "", actor=None, at=now())
    session.commit()
    assert subscriber.sync() == []
    agenda = subscriber.agenda()
    assert TITLE not in agenda
    assert "朝市" in agenda


def test_a_slot_of_a_series_is_a_file_of_its_own_that_goes_with_it(town: tuple[Session, Subscriber]) -> None:
    session, subscriber = town
    event = publish(session, TITLE, "10:00", "12:00")
    afternoon = {"rule": "FREQ=WEEKLY;COUNT=3", "slots": [["13:00", "14:30"]]}
    publishing.save(session, event, afternoon, actor=None, at=now())
    session.commit()
    assert len({one["UID"] for one in subscriber.sync()}) == 2
    agenda = subscriber.agenda()
    assert agenda.count("10:00-12:00") == agenda.count("13:00-14:30") == 3

    second = datetime.combine(DAY + timedelta(days=7), time(13))
    single_dates.set_status(session, event, second, "cancelled", "強風のため", actor=None, at=now())
    session.commit()
    subscriber.sync()
    agenda = subscriber.agenda()
    assert agenda.count(f"13:00-14:30 【中止】{TITLE}") == agenda.count(f"【中止】{TITLE}") == 1

    publishing.save(session, event, {"slots": [["15:00", "16:30"]], "overrides": []}, actor=None, at=now())
    session.commit()
    assert sorted(f"{one['DTSTART'].dt:%H:%M}" for one in subscriber.sync()) == ["10:00", "15:00"]
    agenda = subscriber.agenda()
    assert (agenda.count("13:00-14:30"), agenda.count("15:00-16:30"), agenda.count("中止")) == (0, 3, 0)


def held(subscriber: Subscriber) -> tuple[str, str, int, str]:
    """Title, status, sequence and start of the one file that the festival has after a sync."""
    (event,) = subscriber.sync()
    return event["SUMMARY"], event["STATUS"], event["SEQUENCE"], f"{event['DTSTART'].dt:%Y-%m-%d %H:%M}"

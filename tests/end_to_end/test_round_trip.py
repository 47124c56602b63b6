"""What we say in our formats, read back: by ourselves nothing changes, in another town it is the same calendar."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from calendar_app.config import load
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event, Site
from calendar_app.entries import describe, publishing
from calendar_app.importing import ImportContext, ImportRow, Unreadable, detect, mend
from calendar_app.importing.save import OFF, ImportResult, import_rows
from helpers import cities
from helpers.import_samples import FOLDER
from helpers.town import STOPPED, Clock, set_up

LATER = STOPPED + timedelta(hours=1)
SETTING = ImportContext(timezone="Asia/Tokyo", today=STOPPED.date(), horizon=STOPPED.date() + timedelta(days=1125))
EVERY_DAY = "/calendar.ics?window=3653-3653"


class Town:
    """A town's database, and a reader of its pages."""

    def __init__(self, folder: Path) -> None:
        address = "https://calendar.example.jp"
        self.config = load(
            {"CALENDAR_INSTANCE": str(folder), "CALENDAR_BASE_URL": address, "CALENDAR_SECRET_KEY": "only for tests"}
        )
        self.engine: Engine = make_engine(self.config.database_url)

    @property
    def client(self) -> FlaskClient:
        return cities.over(self.config).test_client()

    def take(self, data: bytes, source: str) -> tuple[ImportResult, list[ImportRow]]:
        rows = [mend(one) for one in detect.parse_file(data, SETTING).rows]
        with write_session(self.engine) as session:
            taken = import_rows(session, source, rows, department_id=1, actor=None, at=LATER)
            session.commit()
        return taken, rows

    def revision(self) -> int:
        with Session(self.engine) as session:
            return session.get_one(Site, 1).revision

    def dates(self) -> list[tuple[Any, ...]]:
        """Every date of every public event: what, from when to when, and whether it takes place."""
        with Session(self.engine) as session:
            events = session.scalars(select(Event).where(Event.state == "published"))
            found = [(event.title, one, describe.status(one)) for event in events for one in event.occurrences]
            return sorted((title, one.start, one.end, status in OFF) for title, one, status in found)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The demo city on 1 March 2027, to be written into."""
    folder = tmp_path_factory.mktemp("city") / "instance"
    shutil.copytree(cities.demo(tmp_path_factory).instance, folder)
    town = Town(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("calendar_app.web.datetime", Clock)
        yield town


@pytest.fixture
def other(tmp_path: Path) -> Town:
    town = Town(tmp_path)
    set_up(town.config.database_url)
    return town


@pytest.mark.parametrize(
    "address", [EVERY_DAY, "/events.csv?window=3653-3653", "/feed.rss", "/feed.atom", "/upcoming.atom"]
)
def test_what_comes_from_here_changes_nothing(city: Town, address: str) -> None:
    before = city.revision()
    taken, rows = city.take(city.client.get(address).data, "somebody's copy")
    assert len(rows) > 20
    assert (len(taken.own), taken.created, taken.changed) == (len(rows) - len(taken.refused), [], [])
    assert not taken.refused
    assert city.revision() == before


def test_another_town_has_the_same_calendar_and_gives_it_back_and_takes_it_again_unchanged(
    city: Town, other: Town
) -> None:
    ours = city.client.get(EVERY_DAY).data
    taken, rows = other.take(ours, "neighbour")
    assert not taken.refused
    assert len(rows) > 20
    assert set(other.dates()) == set(city.dates())
    before = other.revision()
    again, _rows = other.take(ours, "neighbour")
    theirs, _rows = other.take(other.client.get(EVERY_DAY).data, "neighbour")
    assert (again.created, again.changed, theirs.created, theirs.changed) == ([], [], [], [])
    assert len(again.same) == len(theirs.own) > 20
    assert other.revision() == before


THRICE = {
    "title": "昔話の会",
    "department_id": 1,
    "timezone": "Asia/Tokyo",
    "start": "2027-04-04T10:00:00",
    "end": "2027-04-04T11:00:00",
    "rule": "FREQ=WEEKLY;BYDAY=SU;UNTIL=20270530",
    "exdates": ["2027-04-11T13:00:00", "2027-04-25T00:00:00"],
    "overrides": [
        {"original": "2027-04-18T13:00:00", "status": "cancelled", "note": "強風のため"},
        {"original": "2027-05-02T22:00:00", "start": "2027-05-03T20:00:00", "end": "2027-05-03T21:00:00"},
    ],
    "slots": [["13:00", "14:30"], ["22:00", "01:00"]],
}


def test_slots_of_a_day_are_one_series_with_slots_again(other: Town, tmp_path: Path) -> None:
    with write_session(other.engine) as session:
        event = publishing.create(session, "event", THRICE, actor=None, at=LATER)
        publishing.publish(session, event, actor=None, at=LATER)
        event_id = event.id
        session.commit()
    ours = other.client.get(EVERY_DAY).data
    assert ours.count(b"RRULE") == 3
    back, _rows = other.take(ours, "copy")
    assert (len(back.own), back.created, back.changed) == (1, [], [])

    (tmp_path / "third").mkdir()
    third = Town(tmp_path / "third")
    set_up(third.config.database_url)
    taken, rows = third.take(ours, "neighbour")
    assert (len(taken.created), len(rows)) == (1, 1)
    assert rows[0].values["slots"] == THRICE["slots"]
    assert third.dates() == other.dates()
    assert len(third.dates()) == 9 * 3 - 1 - 3  # nine Sundays without an afternoon and a whole day

    with write_session(other.engine) as session:
        publishing.save(session, session.get_one(Event, event_id), {"slots": []}, actor=None, at=LATER)
        session.commit()
    third.take(other.client.get(EVERY_DAY).data, "neighbour")
    assert [one[1:3] for one in third.dates()] == [one[1:3] for one in other.dates()]
    assert len(third.dates()) == 8


def test_whatever_was_imported_comes_back_as_our_own(other: Town) -> None:
    """Every sample of other people's files, good and bad."""
    taken = 0
    for path in sorted(FOLDER.iterdir()):
        with suppress(Unreadable):
            taken += len(other.take(path.read_bytes(), path.name)[0].created)
    before = other.revision()
    assert taken > 50
    for address in (EVERY_DAY, "/events.csv?window=3653-3653"):
        back, rows = other.take(other.client.get(address).data, "copy")
        assert (back.created, back.changed, back.refused) == ([], [], {}), address
        assert len(back.own) == len(rows) > 20
    assert other.revision() == before

"""An import as a whole: new entries, the next edition of a source, what the town has changed meanwhile, and back again."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from calendar_app.cli.commands import main
from calendar_app.config import Config
from calendar_app.db.models import Announcement, Entry, Event, Venue
from calendar_app.entries import publishing, revisions
from calendar_app.importing import ImportRow, mend
from calendar_app.importing.save import ImportResult, import_rows
from helpers.acts import undo_act
from helpers.clients import vevents
from helpers.import_samples import FOLDER, calendar, event, read, read_text
from helpers.town import NOW

LATER = NOW + timedelta(hours=1)
CONCERT = ("UID:concert@example.org", "SUMMARY:春の演奏会", "DTSTART:20270410T090000Z", "DTEND:20270410T110000Z")
HALL = ("LOCATION:市民会館",)
MARKET = ("UID:market@example.org", "SUMMARY:朝市", "DTSTART;TZID=Asia/Tokyo:20270404T080000")
WEEKLY = ("DTEND;TZID=Asia/Tokyo:20270404T100000", "RRULE:FREQ=WEEKLY;BYDAY=SU;UNTIL=20270530T145959Z")


def taking(session: Session, *events: str, at: Any = NOW) -> ImportResult:
    return import_rows(session, "hall", rows(*events), department_id=1, actor=None, at=at)


def rows(*events: str) -> list[ImportRow]:
    return [mend(one) for one in read_text(calendar(*events)).rows]


def only(session: Session) -> Event:
    return session.scalars(select(Event)).one()


def test_a_source_is_taken_once_and_known_again(session: Session) -> None:
    first = taking(session, event(*CONCERT, *HALL), event(*MARKET, *WEEKLY))
    assert first.created == [1, 2]
    uids = session.scalars(select(Entry.uid).order_by(Entry.id)).all()
    again = taking(session, event(*CONCERT, *HALL), event(*MARKET, *WEEKLY), at=LATER)
    assert (again.created, again.changed, again.same) == ([], [], [1, 2])
    assert session.scalars(select(Entry.uid).order_by(Entry.id)).all() == uids
    assert session.scalars(select(Venue.name).where(Venue.name == "市民会館")).all() == ["市民会館"]


def test_what_the_source_changes_changes_here(session: Session) -> None:
    taking(session, event(*CONCERT))
    moved = [line.replace("0410T", "0411T") for line in CONCERT]
    assert taking(session, event(*moved), at=LATER).changed == [1]
    assert (only(session).start.day, only(session).status) == (11, "rescheduled")


def test_what_the_town_changed_stays_and_is_named(session: Session) -> None:
    taking(session, event(*CONCERT))
    publishing.save(session, only(session), {"title": "春の大演奏会"}, actor=None, at=LATER)
    there = [line.replace("春の演奏会", "春の演奏会（吹奏楽）") for line in CONCERT]
    moved = [line.replace("0410T", "0411T") for line in there]
    for _ in range(2):  # and the next time still
        kept = taking(session, event(*moved), at=LATER)
        assert only(session).title == "春の大演奏会"
        assert only(session).start.day == 11
    assert kept.refused == {}


def test_what_the_town_changed_stays_also_when_the_source_changes_it_much_later(session: Session) -> None:
    taking(session, event(*CONCERT))
    publishing.save(session, only(session), {"title": "春の大演奏会"}, actor=None, at=LATER)
    taking(session, event(*CONCERT), at=LATER)
    there = [line.replace("春の演奏会", "春の演奏会（吹奏楽）") for line in CONCERT]
    assert taking(session, event(*there), at=LATER).kept == {1: ["title"]}
    assert only(session).title == "春の大演奏会"


def test_a_cancellation_there_is_one_here_and_ends_with_it(session: Session) -> None:
    taking(session, event(*CONCERT))
    taking(session, event(*CONCERT, "STATUS:CANCELLED"), at=LATER)
    assert only(session).status == "cancelled"
    taking(session, event(*CONCERT), at=LATER)
    assert only(session).status == "scheduled"


def test_a_source_that_is_suddenly_empty_removes_nothing(session: Session) -> None:
    taking(session, event(*CONCERT))
    taking(session, at=LATER)
    assert only(session).public


def test_an_import_is_taken_back_as_one(session: Session) -> None:
    with revisions.one_act(session) as act:
        taking(session, event(*CONCERT), event(*MARKET, *WEEKLY))
    assert undo_act(session, act, actor=None, at=LATER) == 2
    assert session.scalar(select(func.count()).select_from(Entry).where(Entry.state == "published")) == 0
    assert taking(session, event(*CONCERT), at=LATER).withdrawn == [1]


def test_a_row_that_cannot_be_saved_costs_no_other(session: Session) -> None:
    good, bad = rows(event(*CONCERT), event(*MARKET, *WEEKLY))
    broken = ImportRow(bad.number, bad.kind, bad.source_uid, bad.values | {"title": ""})
    made = import_rows(session, "hall", [broken, good], department_id=1, actor=None, at=NOW)
    assert made.created == [1]
    assert "title" in made.refused[2]
    assert only(session).title == "春の演奏会"


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir()))
def test_whatever_a_reader_gives_can_be_saved_twice(session: Session, name: str) -> None:
    try:
        found = [mend(one) for one in read(name).rows]
    except ValueError:
        return  # unreadable as a whole, as its own test says
    given: dict[str, Any] = {"department_id": 1, "actor": None}
    first = import_rows(session, name, found, at=NOW, **given)
    again = import_rows(session, name, found, at=LATER, **given)
    assert sorted(first.created) == sorted(
        one.number for one in found if not one.refused and one.number not in first.refused
    )
    assert (again.created, again.changed, again.kept) == ([], [], {})


def test_news_becomes_announcements(session: Session) -> None:
    import_rows(session, "news", [mend(one) for one in read("rss20.xml").rows], department_id=1, actor=None, at=NOW)
    assert session.scalars(select(Announcement)).first()


def test_the_command_looks_first_then_takes_then_takes_back(
    config: Config, client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALENDAR_INSTANCE", str(tmp_path))
    monkeypatch.setenv("CALENDAR_DATABASE_URL", config.database_url)
    file = tmp_path / "hall.ics"
    file.write_text(calendar(event(*CONCERT), event(*MARKET, *WEEKLY)))

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(main, ["import", *arguments])
        assert done.exit_code == 0, done.output
        return str(done.output)

    assert "2 rows" in run(str(file))
    assert vevents(client.get("/calendar.ics").data) == []
    told = run(str(file), "--apply", "--department", "toshokan")
    assert "2 new" in told
    assert len(vevents(client.get("/calendar.ics").data)) == 2
    run("--undo", told.rsplit(" ", 1)[1].strip())
    assert vevents(client.get("/calendar.ics").data) == []


def test_the_command_says_why_it_reads_nothing(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALENDAR_INSTANCE", str(tmp_path))
    (tmp_path / "page.html").write_text("<!doctype html><title>404</title>")
    done = CliRunner().invoke(main, ["import", str(tmp_path / "page.html")])
    assert done.exit_code == 1
    assert "Error:" in done.output

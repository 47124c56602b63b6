"""What the database promises: no lost write, no naive instant, the safe settings on every connection."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import Engine
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from calendar_app.db.engine import RevisionReader, make_engine, write_session
from calendar_app.db.models import Event, Revision, Site, Venue
from calendar_app.entries import publishing
from helpers.town import NOW, SAKURA, published


def test_concurrent_writers_lose_nothing_and_never_meet_a_lock_error(engine: Engine) -> None:
    def rename(number: int) -> None:
        with write_session(engine) as session:
            site = session.get_one(Site, 1)
            _ = site.revision  # read first, write later: what loses updates by the driver's default
            publishing.save_reference(session, Venue(), {"name": f"会場{number}"}, actor=None, at=NOW)
            session.commit()

    before = revision(engine)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(rename, range(120)))
    assert revision(engine) == before + 120
    with Session(engine) as session:
        numbers = list(session.scalars(sa.select(Revision.number).order_by(Revision.number)))
    assert numbers == list(range(1, before + 121))


def revision(engine: Engine) -> int:
    with Session(engine) as session:
        return session.get_one(Site, 1).revision


@pytest.mark.filterwarnings("ignore:.*was deleted while still open")  # kept for the life of its thread
def test_newest_revision_is_seen_from_a_kept_connection_at_once(engine: Engine) -> None:
    read = RevisionReader(engine).newest
    before = read().number
    with write_session(engine) as session:
        publishing.save_reference(session, Venue(), {"name": "新しい会場"}, actor=None, at=NOW)
        assert read()[:2] == (before, None)
        session.commit()
    assert read()[:2] == (before + 1, None)


@pytest.mark.filterwarnings("ignore:.*was deleted while still open")
def test_a_history_that_was_put_back_is_told_from_one_that_went_on(engine: Engine) -> None:
    reader = RevisionReader(engine)
    with write_session(engine) as session:
        published(session)
        session.commit()
    seen = reader.newest()
    with write_session(engine) as session:
        published(session)
        session.commit()
    assert reader.holds(seen.number, seen.link)
    later = reader.newest()
    with engine.begin() as connection:  # as a dump from before `later` would
        connection.execute(sa.delete(Revision).where(Revision.number > seen.number))
    assert (reader.holds(seen.number, seen.link), reader.holds(later.number, later.link)) == (True, False)
    assert not reader.holds(seen.number, later.link)


def test_instants_need_a_time_zone_and_come_back_in_utc(session: Session) -> None:
    site = session.get_one(Site, 1)
    site.changed_at = datetime(2027, 4, 1, 9, tzinfo=timezone(timedelta(hours=9)))
    session.flush()
    session.expire_all()
    assert session.get_one(Site, 1).changed_at.isoformat() == "2027-04-01T00:00:00+00:00"
    site.changed_at = datetime(2027, 4, 1)
    with pytest.raises(StatementError, match="time zone"):
        session.flush()


def test_wall_clock_times_have_none(session: Session) -> None:
    event = publishing.create(session, "event", SAKURA, actor=None, at=NOW)
    assert isinstance(event, Event)
    event.start = datetime(2027, 4, 1, tzinfo=UTC)
    with pytest.raises(StatementError, match="no time zone"):
        session.flush()


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 5000)]
)
def test_sqlite_connections_are_safe(sqlite_url: str, pragma: str, value: Any) -> None:
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
    engine.dispose()


def test_four_who_save_one_entry_lose_nothing_and_meet_no_lock_error(engine: Engine) -> None:
    """As requests do: each looks first, without the lock, then saves under it."""
    with write_session(engine) as session:
        number = publishing.create(session, "event", SAKURA, actor=None, at=NOW).id
        session.commit()

    def save(writer: int) -> int:
        saved = 0
        for turn in range(15):
            with Session(engine) as session:
                event = session.get_one(Event, number)
                _ = event.title, event.tags, event.version
                saved += publishing.save(session, event, {"title": f"{writer} {turn}"}, actor=None, at=NOW)
                session.commit()
        return saved

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(save, range(4))) == [15] * 4
    with Session(engine) as session:
        event = session.get_one(Event, number)
        assert event.version == 1 + 60
        assert len(event.revisions) == 1 + 60


def test_reading_takes_no_lock_and_writing_sees_what_was_written_meanwhile(engine: Engine) -> None:
    with write_session(engine) as session:
        number = publishing.create(session, "event", SAKURA, actor=None, at=NOW).id
        session.commit()
    with Session(engine) as mine:
        event = mine.get_one(Event, number)
        with write_session(engine) as theirs:
            publishing.save(theirs, theirs.get_one(Event, number), {"summary": "先に"}, actor=None, at=NOW)
            theirs.commit()
        publishing.save(mine, event, {"title": "後から"}, actor=None, at=NOW)
        mine.commit()
        assert (event.summary, event.title) == ("先に", "後から")

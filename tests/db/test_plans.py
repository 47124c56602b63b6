"""The database finds the few rows of an answer by an index, however many entries there are."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from calendar_app.cli.demo import bulk, stories
from calendar_app.db import statistics
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Announcement, Event, Venue
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import emergencies
from calendar_app.listings import date_outlines, event_outlines, queries
from calendar_app.listings.filters import Filter
from helpers.services import PostgreSQL
from helpers.town import copied

ENTRIES = {"sqlite": 1000, "postgresql": 200}  # over many days; enough for SQLite to choose as in a city of 100,000
NOW = datetime(2026, 11, 3, 3, tzinfo=UTC)
TODAY = NOW.date()
LARGE = "entry|event|announcement|occurrence|revision|entry_tag"
SCANS = {
    "sqlite": re.compile(rf"^SCAN (?:{LARGE}|sub_\w+)(?! USING)"),
    "postgresql": re.compile(rf"Seq Scan on (?:{LARGE})\b"),
}
SITE_VIEW = SiteView("ja", "ja", "https://example.jp", "仙北市", "仙北市", "Asia/Tokyo", "example.jp")
MONTH = Filter((("from", ("2026-11-01",)), ("to", ("2026-11-30",))))
LATER = TODAY + timedelta(380)  # when a calendar holds a tenth of this city, as it does of a large one
FIRST = {"event": 1, "announcement": 1}  # their ids, once the city is there
TAG = Filter((("tag", ("桜",)),))

QUERIES: dict[str, Callable[[Session], object]] = {
    "a month": lambda session: date_outlines.on_days(session, TODAY, TODAY + timedelta(30)),
    "a month of a tag": lambda session: date_outlines.on_days(session, TODAY, TODAY + timedelta(30), TAG),
    "the next dates": lambda session: date_outlines.next_dates(session, TODAY, 20),
    "related dates": lambda session: date_outlines.related(session, session.get_one(Event, FIRST["event"]), TODAY, 6),
    "a day's dates": lambda session: queries.occurrences(session, TODAY, TODAY),
    "emergencies": queries.emergencies,
    "emergencies of calendars": lambda session: emergencies.event_items(session, TAG, SITE_VIEW, TODAY),
    "what replaces an announcement": lambda session: queries.replaced_by(session, session.get_one(Announcement, FIRST["announcement"])),
    "status lines": lambda session: queries.headlines_of(session, [1, 2, 3]),
    "notices": lambda session: queries.log_outlines(session, NOW, Filter()),
    "announcements": lambda session: queries.announcements(session, 5),
    "a subscribed calendar": lambda session: event_outlines.in_calendar(session, LATER, Filter(), 1000),
    "its number": lambda session: event_outlines.number_in_calendar(session, LATER, Filter()),
    "a calendar of a month": lambda session: list(event_outlines.by_start(session, LATER, MONTH)),
}  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    server: PostgreSQL | None = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql")
        url = server.create_database("plans", template="template_town")
    else:
        folder: Path = tmp_path_factory.mktemp("plans")
        url = f"sqlite:///{copied(request.getfixturevalue('sqlite_template'), folder)}"
    engine = make_engine(url)
    with write_session(engine) as session:
        session.add_all(Venue(name=f"会場{number}") for number in range(25))
        told = stories.tell(ENTRIES[request.param], 1, bulk.places(session), now=NOW)
        while bulk.write(session, told):
            session.commit()
        FIRST["event"] = session.scalars(sa.select(sa.func.min(Event.id))).one()
        FIRST["announcement"] = session.scalars(sa.select(sa.func.min(Announcement.id))).one()
    statistics.refresh(engine)
    engine.dispose()
    yield engine
    engine.dispose()
    if server:
        server.drop_database("plans")


@pytest.mark.parametrize("name", QUERIES)
def test_no_query_reads_a_whole_table(city: Engine, name: str) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    with Session(city) as session:
        event.listen(city, "before_cursor_execute", note)
        QUERIES[name](session)
        event.remove(city, "before_cursor_execute", note)
        assert asked
        plans = [plan(session, statement, parameters) for statement, parameters in asked]
    scan = SCANS[city.dialect.name]
    assert not [line for lines in plans for line in lines if scan.search(line)], plans


def plan(session: Session, statement: str, parameters: Any) -> list[str]:
    """The lines of the plan. PostgreSQL is told to dislike scans, which a small table deserves: then one is left only where
    no index serves."""
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        return [str(row[3]) for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
    connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
    return [str(row[0]) for row in connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)]

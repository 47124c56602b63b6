"""An invented city is what staff would have made: the rows written in bulk are those of `publishing`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from calendar_app.cli.demo import bulk, stories
from calendar_app.cli.demo.stories import ENDINGS, Story
from calendar_app.db import migrations
from calendar_app.db.engine import Base, make_engine, write_session
from calendar_app.db.models import Department, Event, Revision, Site
from calendar_app.entries import publishing
from helpers.services import PostgreSQL

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
ENTRIES, SEED = 30, 489  # a city with every ending, a draft, a series, and an announcement in force

WORDS = {
    "sqlite": "SELECT term, doc, col, offset FROM temp.words ORDER BY doc, col, offset, term",
    "postgresql": "SELECT rowid, words::text FROM search_index ORDER BY rowid",
}


@pytest.fixture(params=["sqlite", "postgresql"])
def engines(request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[list[Engine]]:
    """Two databases with the same departments, venues and tags."""
    server: PostgreSQL | None = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    names = [f"city_{number}" for number in range(2)]
    made = [
        make_engine(server.create_database(name) if server else f"sqlite:///{tmp_path}/{name}.db") for name in names
    ]
    for engine in made:
        migrations.upgrade(engine)
        with write_session(engine) as session:
            session.add(Site(id=1, site_id="city.example.jp", changed_at=NOW - timedelta(days=900)))
            for number in range(3):
                publishing.save_reference(session, Department(), {"slug": f"d{number}", "name": f"第{number}課"}, actor=None, at=NOW - timedelta(days=890))  # fmt: skip
            for model in (bulk.Category, bulk.Venue):
                values = {"name": "公民館"} | ({"slug": "c"} if model is bulk.Category else {"address": "角館町1"})
                publishing.save_reference(session, model(), values, actor=None, at=NOW - timedelta(days=890))
            session.commit()
    yield made
    for engine, name in zip(made, names, strict=True):
        engine.dispose()
        if server:
            server.drop_database(name)


def test_bulk_rows_equal_those_of_publishing(engines: list[Engine], monkeypatch: pytest.MonkeyPatch) -> None:
    with write_session(engines[0]) as session:
        told = list(stories.tell(ENTRIES, SEED, bulk.places(session), now=NOW))
        queue = iter(told)
        while bulk.write(session, queue):
            session.commit()
    with write_session(engines[1]) as session:
        bulk.places(session)
        session.commit()
        for story in told:
            act(session, story, monkeypatch)
    assert {"cancelled", "postponed", "full", ""} == {story.status for story in told}
    assert {story.public for story in told} == {True, False}
    assert any(story.values.get("rule") for story in told)
    for table in Base.metadata.sorted_tables:
        bulk_rows, one_by_one = (rows(engine, table) for engine in engines)
        assert bulk_rows == one_by_one, table.name
    assert indexed(engines[0]) == indexed(engines[1])


def act(session: Session, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do by `publishing` what the story tells, one transaction for each step."""
    letters = iter(story.public_id)
    names = SimpleNamespace(token_hex=lambda _: story.token, choice=lambda _: next(letters))
    monkeypatch.setattr(publishing, "secrets", names)
    entry = publishing.create(session, story.kind, story.values, actor=None, at=story.created)
    session.commit()
    if story.public:
        publishing.publish(session, entry, actor=None, at=story.published)
        session.commit()
    if story.status:
        assert isinstance(entry, Event)
        do = {"cancelled": publishing.cancel, "postponed": publishing.postpone}.get(story.status)
        if do:
            do(session, entry, ENDINGS[story.status], actor=None, at=story.ended)
        else:
            publishing.mark(session, entry, story.status, ENDINGS[story.status], actor=None, at=story.ended)
        session.commit()


def rows(engine: Engine, table: sa.Table) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return sorted(map(tuple, connection.execute(sa.select(table))), key=repr)


def indexed(engine: Engine) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql("CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search_index, instance)")
        return [tuple(row) for row in connection.exec_driver_sql(WORDS[engine.dialect.name])]


def test_new_entries_follow_an_invented_city(engines: list[Engine]) -> None:
    """Numbers go on behind those of the city, and its history is whole."""
    engine = engines[0]
    with write_session(engine) as session:
        places = bulk.places(session)
        bulk.write(session, stories.tell(ENTRIES, SEED, places, now=NOW))
        session.commit()
        values = {"title": "次の催し", "start": "2026-12-01T10:00:00", "department_id": places.departments[0]}
        event = publishing.create(session, "event", values, actor=None, at=NOW)
        session.commit()
        assert event.id == ENTRIES + 1
        assert session.scalar(sa.select(sa.func.max(Revision.number))) == session.get_one(Site, 1).revision
        assert bulk.revision_chain.first_broken(session.connection()) is None

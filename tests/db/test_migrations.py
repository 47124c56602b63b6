"""The database's versions: they build what the models say, and every one goes down again."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from calendar_app.db import migrations
from calendar_app.db.engine import Base, make_engine, write_session
from calendar_app.db.models import Event
from calendar_app.entries import publishing
from helpers.services import PostgreSQL
from helpers.town import NOW, SAKURA, set_up


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path}/empty.db")
        yield engine
        engine.dispose()
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    engine = make_engine(server.create_database("empty"))
    yield engine
    engine.dispose()
    server.drop_database("empty")


def test_migrations_build_exactly_the_models(empty: Engine) -> None:
    migrations.upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "include_name": migrations.is_modelled}
        )
        assert compare_metadata(context, Base.metadata) == []


def test_migrations_go_down_to_nothing_and_up_again(empty: Engine) -> None:
    migrations.upgrade(empty)
    migrations.downgrade(empty)
    assert set(sa.inspect(empty).get_table_names()) <= {"alembic_version"}
    migrations.upgrade(empty)
    assert "entry" in sa.inspect(empty).get_table_names()


def test_upgrading_twice_changes_nothing(empty: Engine) -> None:
    migrations.upgrade(empty)
    migrations.upgrade(empty)
    with empty.connect() as connection:
        assert connection.scalar(sa.text("SELECT version_num FROM alembic_version")) == migrations.head_revision()


def test_history_is_one_line_and_its_files_are_named_by_their_number() -> None:
    script = ScriptDirectory.from_config(migrations.alembic_config())
    assert len(script.get_heads()) == 1
    for revision in script.walk_revisions():
        assert Path(revision.path).name.startswith(f"{revision.revision}_")


def test_a_field_that_came_later_goes_and_comes_with_events_in_place(empty: Engine) -> None:
    set_up(str(empty.url.render_as_string(hide_password=False)))
    with write_session(empty) as session:
        values = SAKURA | {"url": "https://example.jp/", "ticket_url": "https://example.jp/tickets"}
        publishing.create(session, "event", values, actor=None, at=NOW)
        session.commit()
    migrations.downgrade(empty, "0012")
    with empty.connect() as connection:
        assert connection.scalar(sa.text("SELECT url FROM event")) == "https://example.jp/"
    migrations.upgrade(empty)
    with empty.connect() as connection:
        found = connection.execute(sa.text("SELECT title, url, ticket_url FROM event JOIN entry USING (id)")).one()
    assert tuple(found) == (SAKURA["title"], "https://example.jp/", "")


def test_a_town_with_data_goes_down_to_the_first_version_and_up_again(empty: Engine) -> None:
    """Version by version. What a version knows of an entry is the same after it as before."""
    set_up(str(empty.url.render_as_string(hide_password=False)))
    with write_session(empty) as session:
        for number in range(3):
            values = SAKURA | {"title": f"催し{number}", "rule": "FREQ=DAILY;COUNT=3", "end": None}
            publishing.publish(
                session, publishing.create(session, "event", values, actor=None, at=NOW), actor=None, at=NOW
            )
        publishing.create(session, "announcement", {"title": "お知らせ", "department_id": 1}, actor=None, at=NOW)
        session.commit()
    kept: dict[str, list[tuple[object, ...]]] = {}
    for version in reversed(versions()):
        kept[version] = first_rows(empty)
        if version != versions()[0]:
            migrations.downgrade(empty, versions()[versions().index(version) - 1])
    assert len(kept[versions()[0]]) == 1 + 4 + 3 + 1 + 9
    for version in versions():
        migrations.upgrade(empty, version)
        assert first_rows(empty) == kept[version], version
    with write_session(empty) as session:
        titles = [event.title for event in session.scalars(sa.select(Event).order_by(Event.id))]
        assert titles == ["催し0", "催し1", "催し2"]
        publishing.create(session, "event", SAKURA, actor=None, at=NOW)
        session.commit()


def versions() -> list[str]:
    return sorted(migrations.revisions())


def first_rows(engine: Engine) -> list[tuple[object, ...]]:
    """What every version has: the site, entries, events, announcements and their dates."""
    asked = (
        "SELECT site_id, revision, public_revision FROM site",
        "SELECT uid, public_id, state, title, sequence, version FROM entry ORDER BY id",
        'SELECT id, start, "end", all_day, status, venue_id FROM event ORDER BY id',
        "SELECT id, importance FROM announcement ORDER BY id",
        "SELECT event_id, start, first_day FROM occurrence ORDER BY event_id, start",
    )
    with engine.connect() as connection:
        return [tuple(row) for query in asked for row in connection.execute(sa.text(query))]


def test_every_version_has_a_number_of_its_own() -> None:
    """Two branches that each add a version must not both land: neither would know which goes first."""
    files = Path(migrations.__file__).parent.glob("versions/[0-9]*.py")
    numbers = sorted(int(path.name.partition("_")[0]) for path in files)
    assert numbers == list(range(1, len(numbers) + 1))

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
from calendar_app.db.engine import Base, make_engine
from helpers.services import PostgreSQL


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

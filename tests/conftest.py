"""A set-up database for each test, on both engines, and the application over it."""

import gc
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import argon2
import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app.accounts import passwords
from calendar_app.config import Config
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event
from helpers import cities
from helpers.compiled import share_compiled_statements
from helpers.reused import ReusedDatabase
from helpers.services import PostgreSQL, browser
from helpers.staff_desk import signed_in
from helpers.town import Clock, attached, copied, person, published, set_up, settings

# A busy machine is no fault of an example. Failures are written out, to be replayed elsewhere.
# `make soak` looks at many more examples.
hypothesis.settings.register_profile("tests", deadline=None, print_blob=True, max_examples=30)
hypothesis.settings.register_profile("soak", hypothesis.settings.get_profile("tests"), max_examples=1000)
hypothesis.settings.load_profile("tests")
share_compiled_statements()
# Tests start a hundred processes, and each would compile the program for itself. A run leaves `__pycache__` behind.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# A hash of the same kind in a hundredth of the time: a guess is meant to be slow, a thousand tests of sign-in are not.
passwords._hasher = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
gc.set_threshold(200_000, 50, 100)  # looking for garbage took a third of the suite's time
if TYPE_CHECKING:
    from playwright.sync_api import Browser

LONGEST = ("tests/end_to_end/", "tests/cli/test_serve")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to `make soak` every case of a test on PostgreSQL but the first. What tests the database itself stays whole.

    The longest modules come first, so that no process is left with one of them at the end while the others wait.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))
    seen: set[str] = set()
    for item in items:
        values = getattr(item, "callspec", None) and item.callspec.params.values()  # type: ignore[attr-defined]
        if any(isinstance(value, str) and value == "postgresql" for value in values or ()):
            test = item.nodeid.partition("[")[0]
            if test in seen and not test.startswith("tests/db/"):
                item.add_marker(pytest.mark.soak)
            seen.add(test)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        server.create_database("template_town")
        set_up(server.url("template_town"))
        yield server


@pytest.fixture(scope="session")
def reused(postgresql: PostgreSQL) -> ReusedDatabase:
    return ReusedDatabase(postgresql, "town", "template_town")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "calendar.db"
    set_up(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database. A test that asks for it runs on both engines, its further cases on SQLite alone."""
    if request.param == "sqlite":
        yield f"sqlite:///{copied(request.getfixturevalue('sqlite_template'), tmp_path)}"
    else:
        yield request.getfixturevalue("reused").renewed()


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{copied(sqlite_template, tmp_path)}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    database = make_engine(database_url)
    yield database
    database.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with write_session(engine) as opened:
        yield opened


@pytest.fixture
def config(sqlite_url: str, tmp_path: Path) -> Config:
    return settings(tmp_path, sqlite_url)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Views, templates and catalogs, put together once for all tests of a process."""
    return cities.built(settings(tmp_path_factory.mktemp("built"), ""))


@pytest.fixture
def app(built: Flask, config: Config, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """With a database and a cache of its own."""
    monkeypatch.setattr("calendar_app.web.datetime", Clock)
    application = attached(built, config)
    application.testing = True
    monkeypatch.setattr(built, "config", application.config)  # where extensions look
    return application


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    with browser() as opened:
        yield opened


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def write(config: Config) -> Iterator[Session]:
    """A session on the application's own SQLite database, for a test to arrange with; commit to be seen."""
    engine = make_engine(config.database_url)
    with write_session(engine) as opened:
        yield opened
    engine.dispose()


@pytest.fixture
def post() -> Callable[..., Event]:
    """Publish an event: 角館の桜まつり, changed by the arguments."""
    return published


@pytest.fixture
def desk(app: Flask, write: Session) -> FlaskClient:
    """A signed-in colleague of 観光課."""
    person(write)
    write.commit()
    return signed_in(app, "staff@example.jp")


@pytest.fixture
def town(config: Config) -> Iterator[Session]:
    """A look into the application's database that keeps nobody from writing."""
    engine = make_engine(config.database_url)
    with Session(engine) as opened:
        yield opened
    engine.dispose()

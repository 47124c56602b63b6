"""A set-up database for each test, on both engines; a town to write about; the clock's hands in our own."""

import gc
import shutil
from collections.abc import Callable, Iterator
from copy import copy
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache
from services import PostgreSQL, browser
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from staff_desk import signed_in

from calendar_app import attach, build
from calendar_app.config import Config, load
from calendar_app.db import migrations
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Category, Department, Entry, Event, Site, User, Venue
from calendar_app.entries import publishing

gc.set_threshold(200_000, 50, 100)  # looking for garbage took a third of the suite's time
if TYPE_CHECKING:
    from playwright.sync_api import Browser

SITE_ID = "calendar.example.jp"
NOW = datetime(2027, 3, 1, 0, 0, tzinfo=UTC)
STOPPED = NOW + timedelta(hours=3)  # when the pages are looked at; later than what happened at NOW


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with PostgreSQL() as server:
        server.create_database("template_town")
        set_up(server.url("template_town"))
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "calendar.db"
    set_up(f"sqlite:///{path}")
    return path


def set_up(url: str) -> None:
    """An empty city: tables by migration, the site, three departments, a category, a venue, people."""
    engine = make_engine(url)
    migrations.upgrade(engine)
    with write_session(engine) as session:
        session.add(Site(id=1, site_id=SITE_ID, changed_at=NOW - timedelta(days=1)))
        for slug, name, english in (("kanko", "観光課", "Tourism"), ("toshokan", "学習資料館", "Library")):
            thing = Department()
            values = {"slug": slug, "name": name, "name_en": english, "contact": f"{name} 0187-00-0000"}
            publishing.save_thing(session, thing, values, actor=None, at=NOW)
        publishing.save_thing(session, Category(), {"slug": "festival", "name": "催事・観光"}, actor=None, at=NOW)
        venue = {
            "name": "桧木内川堤",
            "name_en": "Hinokinai River bank",
            "address": "秋田県仙北市角館町",
            "lat": 39.59,
            "lon": 140.56,
        }
        publishing.save_thing(session, Venue(), venue, actor=None, at=NOW)
        session.commit()
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database; a test that asks for it runs on both engines."""
    if request.param == "sqlite":
        yield f"sqlite:///{copied(request.getfixturevalue('sqlite_template'), tmp_path)}"
    else:
        server = request.getfixturevalue("postgresql")
        name = f"t{abs(hash(request.node.nodeid)):x}"
        yield server.create_database(name, template="template_town")
        server.drop_database(name)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    return f"sqlite:///{copied(sqlite_template, tmp_path)}"


def copied(template: Path, folder: Path) -> Path:
    return Path(shutil.copy(template, folder / "calendar.db"))


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with write_session(engine) as opened:
        yield opened


@pytest.fixture
def config(sqlite_url: str, tmp_path: Path) -> Config:
    return settings(tmp_path, sqlite_url)


def settings(instance: Path, database_url: str) -> Config:
    return load(
        {
            "CALENDAR_INSTANCE": str(instance),
            "CALENDAR_DATABASE_URL": database_url,
            "CALENDAR_BASE_URL": "https://calendar.example.jp",
            "CALENDAR_SECRET_KEY": "only for tests",
        }
    )


TEMPLATES = FileSystemBytecodeCache()


class Clock(datetime):
    """The application's clock, stopped: a test must say the same in any year."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(STOPPED.timestamp(), tz)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """Views, templates and catalogs, put together once for all tests of a process."""
    made = build(settings(tmp_path_factory.mktemp("built"), ""))
    made.testing = True
    made.jinja_env.bytecode_cache = TEMPLATES  # compiled once for all tests
    return made


@pytest.fixture
def app(built: Flask, config: Config, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """With a database and a cache of its own."""
    monkeypatch.setattr("calendar_app.web.datetime", Clock)
    made = copy(built)
    made.config, made.extensions = copy(built.config), dict(built.extensions)
    monkeypatch.setattr(built, "config", made.config)  # where extensions look
    return attach(made, config)


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


SAKURA: dict[str, Any] = {
    "title": "角館の桜まつり",
    "start": "2027-04-15T00:00:00",
    "end": "2027-05-05T00:00:00",
    "all_day": True,
    "timezone": "Asia/Tokyo",
    "tags": ["桜", "仙北市"],
    "summary": "武家屋敷通りのシダレザクラと桧木内川堤のソメイヨシノ。",
    "venue_id": 1,
    "department_id": 1,
}


@pytest.fixture
def post() -> Callable[..., Event]:
    """Publish an event: 角館の桜まつり, changed by the arguments."""

    def make(session: Session, *, at: datetime = NOW, **values: Any) -> Event:
        event = publishing.create(session, "event", SAKURA | values, actor=None, at=at)
        publishing.publish(session, event, actor=None, at=at)
        assert isinstance(event, Event)
        return event

    return make


def announce(session: Session, *, at: datetime = NOW, **values: Any) -> Entry:
    defaults = {"title": "お知らせ", "department_id": 1}
    entry = publishing.create(session, "announcement", defaults | values, actor=None, at=at)
    publishing.publish(session, entry, actor=None, at=at)
    return entry


@cache
def password_hash() -> str:
    """Of "correct horse battery". Made once: it is meant to be slow."""
    return PasswordHasher().hash("correct horse battery")


def person(session: Session, email: str = "staff@example.jp", *, role: str = "member", department: int = 1) -> User:
    user = User(
        email=email,
        name="桜田 花子",
        password=password_hash(),
        fs_uniquifier=sha256(email.encode()).hexdigest(),
        role=role,
        department_id=department,
        created_at=NOW,
    )
    session.add(user)
    session.flush()
    return user


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

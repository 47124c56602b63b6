"""A town to write about, and the clock's hands in our own."""

import shutil
from copy import copy
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Any, Self

from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy.orm import Session

from calendar_app import attach
from calendar_app.accounts.passwords import hash_password
from calendar_app.config import Config, load
from calendar_app.db import migrations
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Category, Department, Entry, Event, Site, User, Venue
from calendar_app.entries import publishing

SITE_ID = "calendar.example.jp"
NOW = datetime(2027, 3, 1, 0, 0, tzinfo=UTC)
STOPPED = NOW + timedelta(hours=3)  # when the pages are looked at; later than what happened at NOW
TEMPLATES = FileSystemBytecodeCache()  # compiled once for all tests

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


def set_up(url: str) -> None:
    """An empty city: tables by migration, the site, three departments, a category, a venue, people."""
    engine = make_engine(url)
    migrations.upgrade(engine)
    with write_session(engine) as session:
        session.add(Site(id=1, site_id=SITE_ID, changed_at=NOW - timedelta(days=1)))
        for slug, name, english in (("kanko", "観光課", "Tourism"), ("toshokan", "学習資料館", "Library")):
            row = Department()
            values = {"slug": slug, "name": name, "name_en": english, "contact": f"{name} 0187-00-0000"}
            publishing.save_reference(session, row, values, actor=None, at=NOW)
        publishing.save_reference(session, Category(), {"slug": "festival", "name": "催事・観光"}, actor=None, at=NOW)
        venue = {
            "name": "桧木内川堤",
            "name_en": "Hinokinai River bank",
            "address": "秋田県仙北市角館町",
            "lat": 39.59,
            "lon": 140.56,
            "department_id": 1,
        }
        publishing.save_reference(session, Venue(), venue, actor=None, at=NOW)
        session.commit()
    engine.dispose()


def copied(template: Path, folder: Path) -> Path:
    return Path(shutil.copy(template, folder / "calendar.db"))


def settings(instance: Path, database_url: str) -> Config:
    return load(
        {
            "CALENDAR_INSTANCE": str(instance),
            "CALENDAR_DATABASE_URL": database_url,
            "CALENDAR_BASE_URL": "https://calendar.example.jp",
            "CALENDAR_SECRET_KEY": "only for tests",
        }
    )


def attached(built: Flask, config: Config) -> Flask:
    """An application with a database, files and a cache of its own, over views and templates that were put together once."""
    application = copy(built)
    application.config, application.extensions = copy(built.config), dict(built.extensions)
    return attach(application, config)


class Clock(datetime):
    """The application's clock, stopped: a test must say the same in any year."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(STOPPED.timestamp(), tz)


def published(session: Session, *, at: datetime = NOW, **values: Any) -> Event:
    event = publishing.create(session, "event", SAKURA | values, actor=None, at=at)
    publishing.publish(session, event, actor=None, at=at)
    assert isinstance(event, Event)
    return event


def announce(session: Session, *, at: datetime = NOW, **values: Any) -> Entry:
    defaults = {"title": "お知らせ", "department_id": 1}
    entry = publishing.create(session, "announcement", defaults | values, actor=None, at=at)
    publishing.publish(session, entry, actor=None, at=at)
    return entry


@cache
def password_hash() -> str:
    """Of "correct horse battery". Made once: it is meant to be slow."""
    return hash_password("correct horse battery")


def person(session: Session, email: str = "staff@example.jp", *, role: str = "member", department: int = 1) -> User:
    user = User(
        email=email,
        name="桜田 花子",
        password=password_hash(),
        role=role,
        department_id=department,
        created_at=NOW,
    )
    session.add(user)
    session.flush()
    return user

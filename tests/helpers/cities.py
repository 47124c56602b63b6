"""Whole cities to look at, each made once for all processes of a test run. Nobody writes into them."""

import fcntl
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from calendar_app import build
from calendar_app.cli.demo import load_city
from calendar_app.config import Config, load
from calendar_app.db import migrations
from calendar_app.db.engine import Engine, make_engine, write_session
from calendar_app.db.models import Site
from calendar_app.entries import due
from calendar_app.web.cache import Cache
from helpers import hostile
from helpers.town import SITE_ID, STOPPED, TEMPLATES, Clock, attached, set_up

SETTINGS = {"CALENDAR_BASE_URL": "https://calendar.example.jp", "CALENDAR_SECRET_KEY": "only for tests"}
_BUILT: dict[Hashable, Flask] = {}


def demo(factory: pytest.TempPathFactory) -> Config:
    """The demo city of 1 March 2027, with its photos."""
    return _made_once(factory, "demo", _demo)


def hostile_city(factory: pytest.TempPathFactory, events: int) -> Config:
    return _made_once(factory, f"hostile-{events}", partial(_hostile, events))


@contextmanager
def looked_at(config: Config) -> Iterator[Flask]:
    """Its application, under the clock of the tests."""
    with stopped_clock():
        yield over(config)


def over(config: Config) -> Flask:
    """A fresh application over a city, with an empty cache."""
    return attached(built(config), config)


def built(config: Config) -> Flask:
    """Views, templates and catalogs, put together once in a process for all installations that have these settings alike.

    Of no use behind a trusted proxy: the wrapper that believes it would hold the first application.
    """
    https = config.base_url.startswith("https:")
    alike = (https, config.secret_key, config.session_days, config.language)
    if alike not in _BUILT:
        app = _BUILT[alike] = build(config)
        app.jinja_env.bytecode_cache = TEMPLATES
    return _BUILT[alike]


def cache_of(app: Flask) -> Cache:
    """The cache of an application, behind what answers before it."""
    layer: Any = app.wsgi_app
    while not isinstance(layer, Cache):
        layer = layer.app
    return layer


@contextmanager
def stopped_clock() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("calendar_app.web.datetime", Clock)
        yield


def _made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Config], None]) -> Config:
    own = factory.getbasetemp()
    shared = own.parent if own.name.startswith("popen-") else own  # xdist gives each process a folder in one
    folder = shared / f"city-{name}"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "finished").exists():
            folder.mkdir()
            make(config_of(folder))
            (folder / "finished").touch()
    return config_of(folder)


def config_of(folder: Path, **settings: str) -> Config:
    return load(SETTINGS | {"CALENDAR_INSTANCE": str(folder)} | settings)


def _demo(config: Config) -> None:
    with _opened(config, migrations.upgrade) as session:
        today = STOPPED.date()
        at = datetime.combine(today, time(0), UTC)
        session.add(Site(id=1, site_id=SITE_ID, changed_at=at - timedelta(days=900)))
        session.flush()
        load_city(session, today=today, at=at, photo_folder=config.photos)
        due.run(session, at=STOPPED)  # as the worker does at once


def _hostile(events: int, config: Config) -> None:
    set_up(config.database_url)
    with _opened(config) as session:
        hostile.load(session, events)


@contextmanager
def _opened(config: Config, prepare: Callable[[Engine], object] | None = None) -> Iterator[Session]:
    engine = make_engine(config.database_url)
    if prepare:
        prepare(engine)
    with write_session(engine) as session:
        yield session
        session.commit()
    engine.dispose()

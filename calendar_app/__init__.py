"""An event calendar and announcement feed server for cities."""

import sys
from typing import TYPE_CHECKING, Any

from calendar_app.config import Config, load

if TYPE_CHECKING:
    from flask import Flask

    from calendar_app.web.front import Front

__version__ = "0.1.0"

if sys.flags.optimize:
    # icalendar guards property names and values against injected lines by `assert`, which -O removes.
    raise SystemExit("calendar-app does not run under python -O or PYTHONOPTIMIZE: its checks would be removed")


def create_app(config: Config | None = None) -> "Flask":
    """Create the application with its settings, views and database. Any WSGI server can serve it (`wsgi:app`)."""
    config = config or load()
    return attach(build(config), config)


def build(config: Config) -> "Flask":
    """Set up views, templates and catalogs, without a database."""
    from flask import Flask

    from calendar_app.web import setup

    app = Flask(__name__, instance_path=str(config.instance), template_folder=str(setup.template_folder()))
    setup.register(app, config)
    return app


def attach(app: "Flask", config: Config) -> "Flask":
    """Connect a built application with the database, the fragments and the cache of one installation."""
    from sqlalchemy.orm import Session

    from calendar_app.db import desk_signals
    from calendar_app.db.engine import RevisionReader, make_engine
    from calendar_app.feeds.fragment_cache import Fragments
    from calendar_app.operations.counters import Counters
    from calendar_app.web import due_work, now, surrogates
    from calendar_app.web.cache import Cache
    from calendar_app.web.counting import Counting
    from calendar_app.web.feed_log import FeedLog
    from calendar_app.web.pulse import Pulse
    from calendar_app.web.usage_log import UsageLog

    engine = make_engine(config.database_url)
    fragments = Fragments(config.instance / "fragments.db")
    counters = Counters(config.instance / "metrics")
    app.extensions.update(calendar_config=config, calendar_engine=engine, calendar_fragments=fragments)
    app.extensions["calendar_counters"] = counters
    app.extensions["calendar_feed_log"] = feed_log = FeedLog(engine, now)
    app.extensions["calendar_usage_log"] = usage = UsageLog(engine, now, config.zone)
    revisions = RevisionReader(engine)
    do_due = due_work.DueWork(engine, now)
    cache = Cache(
        app.wsgi_app,
        newest=revisions.newest,
        touches_after=revisions.touches_after,
        holds=revisions.holds,
        now=now,
        zone=config.zone,
        do_due=do_due,
        base_url=config.base_url,
        limit=config.cache_mb * 2**20,
        compress_ics=config.compress_ics,
        front=_front(config, revisions.newest, do_due),
        served=feed_log.note,
        surrogate=surrogates.headers(config),
    )

    def signals() -> dict[int, int]:
        with Session(engine) as session:
            return desk_signals.numbers(session)

    app.wsgi_app = Counting(Pulse(cache, signals, config.secret_key), counters, usage)  # type: ignore[assignment, method-assign]
    return app


def _front(config: Config, newest: Any, do_due: Any) -> "Front | None":
    """Fill and guard the files for a web server in front, where the settings name a folder."""
    import time

    from calendar_app.operations import answer_files
    from calendar_app.web import front, now

    if (files := answer_files.of(config, time.time)) is None:
        return None
    guarded = front.Front(files, newest=newest, do_due=do_due, now=now, zone=config.zone)
    front.start(guarded)
    return guarded

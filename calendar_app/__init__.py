"""An event calendar and announcement feed server for cities."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING

from calendar_app.config import Config, load

if TYPE_CHECKING:
    from flask import Flask

__version__ = "0.1.0"

if sys.flags.optimize:
    # icalendar guards property names and values against injected lines by `assert`, which -O removes.
    raise SystemExit("calendar-app does not run under python -O or PYTHONOPTIMIZE: its checks would be removed")


def create_app(config: Config | None = None) -> "Flask":
    """The application: settings, database, web. Any WSGI server can serve it (`wsgi:app`)."""
    from flask import Flask

    from calendar_app import db
    from calendar_app.web import application
    from calendar_app.web.cache import Cache

    config = config or load()
    app = Flask(__name__, instance_path=str(config.instance), template_folder=str(application.template_folder()))
    engine = db.make_engine(config.database_url)
    application.register(app, config, engine)
    app.wsgi_app = Cache(  # type: ignore[assignment, method-assign]
        app.wsgi_app,
        newest=db.revision_reader(engine),
        today=lambda: datetime.now(config.zone).date(),
        base_url=config.base_url,
        limit=config.cache_mb * 2**20,
        compress_ics=config.compress_ics,
    )
    return app

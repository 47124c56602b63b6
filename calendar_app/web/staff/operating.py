"""The status page for administrators: worker, sources, mail, disk, backup, requests, failures of the day."""

from datetime import timedelta

from flask import Blueprint, Flask, abort, current_app, render_template

from calendar_app import __version__
from calendar_app.db.engine import sqlite_version
from calendar_app.operations import counters, logs, metrics
from calendar_app.web import config, current_user, now, session

bp = Blueprint("staff_operating", __name__, url_prefix="/staff")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/status")
def status() -> str:
    """Show administrators how the server is.

    Raises Forbidden for anybody else.
    """
    if current_user.role != "admin":
        abort(403)
    engine = current_app.extensions["calendar_engine"]
    database = f"SQLite {'.'.join(map(str, sqlite_version()))}" if engine.dialect.name == "sqlite" else "PostgreSQL"
    totals = current_app.extensions["calendar_counters"].totals()
    requests = {kind: counters.of_kind(totals, kind)[0] for kind in counters.KINDS}
    late = now() - timedelta(seconds=max(60, 6 * config.work_seconds))
    return render_template(
        "staff/operating.html",
        numbers=metrics.gather(session, config),
        requests=requests,
        failures=logs.failures_since(config.instance, now() - timedelta(days=1)),
        late=late,
        old_backup=now() - timedelta(hours=26),
        version=__version__,
        database=database,
    )

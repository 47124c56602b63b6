"""The status page for administrators: worker, sources, mail, disk, backup, requests, failures of the day."""

from datetime import timedelta

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response as AnyResponse

from calendar_app import __version__
from calendar_app.db.engine import sqlite_version
from calendar_app.delivery import followers
from calendar_app.delivery.followers import Way
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
    _administrators_only()
    engine = current_app.extensions["calendar_engine"]
    database = f"SQLite {'.'.join(map(str, sqlite_version()))}" if engine.dialect.name == "sqlite" else "PostgreSQL"
    totals = current_app.extensions["calendar_counters"].totals()
    requests = {kind: counters.of_kind(totals, kind)[0] for kind in counters.KINDS}
    late = now() - timedelta(seconds=max(60, 6 * config.work_seconds))
    return render_template(
        "staff/operating.html",
        follows=followers.switches(session),
        counts=followers.counts(session),
        numbers=metrics.gather(session, config),
        requests=requests,
        failures=logs.failures_since(config.instance, now() - timedelta(days=1)),
        late=late,
        old_backup=now() - timedelta(hours=26),
        version=__version__,
        database=database,
    )


@bp.post("/status/follow/<any(mail, push, fediverse):way>")
def follow(way: Way) -> AnyResponse:
    """Turn a way in which citizens follow on or off.

    Raises Forbidden for anybody but administrators.
    """
    _administrators_only()
    on = bool(request.form.get("on"))
    followers.switch(session, config, way, on, actor=current_user, at=now())
    session.commit()
    flash(gettext("Citizens can follow this way now.") if on else gettext("Nothing goes out that way any more."))
    return redirect(url_for("staff_operating.status"), 303)


def _administrators_only() -> None:
    if current_user.role != "admin":
        abort(403)

"""Import at the staff desk: a file is read and shown with its defects; what is ticked is published as one act."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from flask_security import current_user
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from calendar_app import access, dates, importing, revisions
from calendar_app.importing import Row, Setting, Source, files, saving
from calendar_app.models import Department
from calendar_app.web import config, lang, now, session, today

bp = Blueprint("imports", __name__, url_prefix="/staff/import")

SHOWN = 300
YEARS_AHEAD = 3
PORTION = 50  # rows in one transaction: nobody else's save waits for more


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(defect_words=importing.message)


@bp.route("", methods=["GET", "POST"])
def choose() -> Any:
    """Take a file; it is kept until it has been dealt with."""
    request.max_content_length = importing.MAX_BYTES + 2**16
    if request.method == "GET":
        return render_template("staff/import.html", error="")
    upload: Any = request.files.get("file")
    data = upload.read() if upload else b""
    try:
        files.read(data, _setting())
    except importing.Unreadable as error:
        return render_template("staff/import.html", error=importing.message_unreadable(error, lang())), 422
    name = hashlib.sha256(data).hexdigest()[:32]
    path = _path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return redirect(url_for("imports.preview", name=name, source=Path(upload.filename or "").name[:100]), 303)


@bp.get("/<name>")
def preview(name: str) -> str:
    found = _read(name)
    return render_template(
        "staff/import_preview.html",
        name=name,
        source=request.args.get("source", "") or name[:8],
        found=found,
        rows=found.rows[:SHOWN],
        more=max(0, len(found.rows) - SHOWN),
        good=sum(not row.refused for row in found.rows),
        departments=[
            one for one in _departments() if access.may(current_user, "post", SimpleNamespace(department_id=one.id))
        ],
    )


@bp.post("/<name>")
def take(name: str) -> AnyResponse:
    """Publish the rows that are ticked, with their mends where those are ticked."""
    source = request.form.get("source", "")[:100].strip() or name[:8]
    department = request.form.get("department", 0, int)
    if not access.may(current_user, "post", SimpleNamespace(department_id=department)):
        abort(403)
    rows = list(_ticked(_read(name)))
    act, total = "", saving.Taken()
    for first in range(0, len(rows), PORTION):
        with revisions.one_act(session, act) as act:
            some = rows[first : first + PORTION]
            total.add(saving.take(session, source, some, department_id=department, actor=current_user, at=now()))
        session.commit()
    _path(name).unlink(missing_ok=True)
    flash(_told(total))
    return redirect(url_for("bulk.done", act=act) if act else url_for("imports.choose"), 303)


def _told(total: saving.Taken) -> str:
    counts = {name: len(getattr(total, name)) for name in ("created", "changed", "same", "kept", "refused")}
    said = gettext(
        "%(created)s new, %(changed)s changed, %(same)s as before; in %(kept)s your own words stay, %(refused)s refused.",
        **counts,
    )
    own = gettext("%(count)s come from this calendar itself and stay as they are.", count=len(total.own))
    return f"{said} {own}" if total.own else str(said)


def _ticked(found: Source) -> Iterator[Row]:
    """Rows beyond those that were shown are taken with all their mends."""
    chosen, mends = set(request.form.getlist("row")), set(request.form.getlist("mend"))
    for place, row in enumerate(found.rows):
        if place >= SHOWN:
            yield importing.mended(row)
        elif str(row.number) in chosen:
            yield importing.mended(row) if str(row.number) in mends else row


def _read(name: str) -> Source:
    path = _path(name)
    if not path.is_file():
        abort(404)
    return files.read(path.read_bytes(), _setting())


def _path(name: str) -> Path:
    if len(name) != 32 or set(name) - set("0123456789abcdef"):
        abort(404)
    return config.instance / "imports" / name


def _setting() -> Setting:
    return Setting(config.timezone, today(), dates.fiscal_end(today(), YEARS_AHEAD))


def _departments() -> list[Department]:
    return list(session.scalars(select(Department).order_by(Department.id)))

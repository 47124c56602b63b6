"""Import at the desk: show the rows of a file or an address with their defects; publish the ticked rows as one act.

An address can be followed from then on.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select

from calendar_app import importing
from calendar_app.db.models import Department
from calendar_app.entries import permissions
from calendar_app.entries.editing import Invalid
from calendar_app.importing import ImportContext, ImportRow, ParsedFile, changed_uids, detect, save, words
from calendar_app.importing.sources import fetch, follow, towns
from calendar_app.importing.sources.fetch import Fetched
from calendar_app.outgoing.http import Unreachable, normalize_address
from calendar_app.web import READING_SECONDS, config, current_user, lang, now, reading_elsewhere, session, writing
from calendar_app.web.forms.fields import whole

bp = Blueprint("imports", __name__, url_prefix="/staff/import")

SHOWN = 300


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(defect_words=importing.defect_message, row_when=_when)


@bp.route("", methods=["GET", "POST"])
def choose() -> Any:
    """Show and accept the upload of a file or a web address to import."""
    request.max_content_length = importing.MAX_BYTES + 2**16
    if request.method == "GET":
        return _asking({})
    upload: Any = request.files.get("file")
    url = request.form.get("url", "").strip()
    try:
        fetched = _fetched(url) if url else Fetched(upload.read() if upload else b"")
        data = fetched.data or b""
        detect.parse_file(data, _context(), charset=fetched.charset)
    except Unreachable as error:
        return _asking({"url": fetch.problem_message(error.code, error.parameters, lang())}), 422
    except importing.Unreadable as error:
        return _asking({"url" if url else "file": importing.unreadable_message(error, lang())}), 422
    name = hashlib.sha256(url.encode() + data).hexdigest()[:32]
    path = _path(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    if url:
        record = {name: getattr(fetched, name) for name in ("etag", "last_modified", "charset")}
        _beside(name).write_text(json.dumps(record | {"url": normalize_address(url)}))
    source = follow.source_name(url, data) if url else Path(upload.filename or "").name
    return redirect(url_for("imports.preview", name=name, source=source[:100]), 303)


def _asking(errors: dict[str, str]) -> str:
    return render_template("staff/import.html", errors=errors, url=request.form.get("url", request.args.get("url", "")))


def _fetched(url: str) -> Fetched:
    """Fetch outside any transaction, so that no save waits for a foreign server."""
    with reading_elsewhere() as free:
        if not free:
            raise Unreachable("occupied")
        return follow.fetch_source(config, url, seconds=READING_SECONDS)


@bp.get("/<name>")
def preview(name: str) -> str:
    """Show what an uploaded file contains, before anything is published."""
    return _preview(name, request.args.get("source", "") or name[:8], {})


def _preview(name: str, source: str, errors: dict[str, str]) -> str:
    file = _read(name, source)
    return render_template(
        "staff/import_preview.html",
        name=name,
        source=source,
        url=_kept(name).get("url", ""),
        shape=words.say_shape(file.shape, lang()),
        encoding=words.say_encoding(file.encoding),
        errors=errors,
        file=file,
        rows=file.rows[:SHOWN],
        more=max(0, len(file.rows) - SHOWN),
        good=sum(not row.refused for row in file.rows),
        departments=[
            department
            for department in _departments()
            if permissions.may(current_user, "post", SimpleNamespace(department_id=department.id))
        ],
    )


@bp.post("/<name>")
def take(name: str) -> Any:
    """Publish the selected rows, with the selected fixes, and follow the address on request.

    Raises NotFound when the uploaded file is gone, Forbidden when this person may not post for the department.
    """
    source = request.form.get("source", "")[:100].strip() or name[:8]
    department = request.form.get("department", 0, whole)
    if not permissions.may(current_user, "post", SimpleNamespace(department_id=department)):
        abort(403)
    if "follow" in request.form:
        return _follow(name, source, department)
    options: dict[str, Any] = {"department_id": department, "actor": current_user, "at": now()}
    total, act = save.import_in_portions(writing, source, list(_ticked(_read(name, source))), **options)
    _forget(name)
    flash(_summary(total))
    return redirect(url_for("batch_dates.done", act=act) if act else url_for("imports.choose"), 303)


def _follow(name: str, source: str, department: int) -> Any:
    record = _kept(name) or abort(404)
    fetched = Fetched(_path(name).read_bytes(), **{key: text for key, text in record.items() if key != "url"})
    try:
        with writing():
            followed = follow.start_following(
                session, source, record["url"], department, _choices(_read(name, source)), at=now(), owner=current_user
            )
            ask = follow.request_for(followed, _context())
    except Invalid as error:
        session.rollback()
        return _preview(name, source, {"source": _refused(next(iter(error.errors.values())))}), 422
    if len(_read(name, source).rows) > SHOWN or towns.is_town(record["url"]):  # more than a person should wait for
        flash(gettext("The source is followed. Its entries will be imported in the next few minutes."))
    else:
        total = follow.import_fetched(writing, ask, fetched, _context(), actor=current_user, at=now())
        flash(_summary(total or save.ImportResult()))
    _forget(name)
    return redirect(url_for("sources.every"), 303)


def _refused(code: str) -> str:
    match code:
        case "followed":
            return str(gettext("This address is already followed."))
        case "taken":
            return str(gettext("This name is already used by entries or a source. Please choose another."))
        case _:
            return str(gettext("It needs a name of its own."))


def _choices(file: ParsedFile) -> dict[str, Any]:
    """Return the choices that later readings keep: rows left out, held rows that were checked, rows without corrections."""
    shown = [row for row in file.rows[:SHOWN] if not row.refused]
    ticked, mends = set(request.form.getlist("row")), set(request.form.getlist("mend"))
    return {
        "out": [save.row_key(row) for row in shown if str(row.number) not in ticked and not row.held],
        "checked": [save.row_key(row) for row in shown if str(row.number) in ticked and row.held],
        "as_is": [save.row_key(row) for row in shown if str(row.number) not in mends and _proposes(row)],
    }


def _proposes(row: ImportRow) -> bool:
    return any(defect.proposed for defect in row.defects)


def _summary(total: save.ImportResult) -> str:
    counts = {name: len(getattr(total, name)) for name in ("created", "changed", "same", "kept", "refused")}
    summary = gettext(
        "%(created)s new, %(changed)s changed, %(same)s unchanged; your edits kept in %(kept)s, %(refused)s rejected.",
        **counts,
    )
    own = gettext("%(count)s came from this calendar and are left unchanged.", count=len(total.own))
    return f"{summary} {own}" if total.own else str(summary)


def _ticked(file: ParsedFile) -> Iterator[ImportRow]:
    """Yield the ticked rows; rows beyond the shown ones come with all corrections, unless they are held."""
    chosen, mends = set(request.form.getlist("row")), set(request.form.getlist("mend"))
    for place, row in enumerate(file.rows):
        if place >= SHOWN:
            if not row.held:
                yield importing.mend(row)
        elif str(row.number) in chosen:
            yield importing.mend(row) if str(row.number) in mends else row


def _when(row: ImportRow) -> tuple[str, int]:
    """Return in words when a row takes place if its fixes are taken, and the number of its dates."""
    return words.say_when(importing.mend(row).values, lang())


def _read(name: str, source: str) -> ParsedFile:
    path = _path(name)
    if not path.is_file():
        abort(404)
    file = detect.parse_file(path.read_bytes(), _context(), charset=_kept(name).get("charset", ""))
    return replace(file, rows=changed_uids.propose(session, source, file.rows))


def _path(name: str) -> Path:
    if len(name) != 32 or set(name) - set("0123456789abcdef"):
        abort(404)
    return config.instance / "imports" / name


def _beside(name: str) -> Path:
    """Return the path of the record of where a file was fetched from."""
    return _path(name).with_suffix(".json")


def _kept(name: str) -> dict[str, str]:
    path = _beside(name)
    return dict(json.loads(path.read_text())) if path.is_file() else {}


def _forget(name: str) -> None:
    for path in (_path(name), _beside(name)):
        path.unlink(missing_ok=True)


def _context() -> ImportContext:
    return follow.import_context(config, now())


def _departments() -> list[Department]:
    return list(session.scalars(select(Department).order_by(Department.id)))

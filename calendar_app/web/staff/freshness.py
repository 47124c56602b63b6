"""The freshness board: outdated pages by department. All staff may see it; it is not public."""

from flask import Blueprint, Flask, abort, render_template, request
from sqlalchemy import select

from calendar_app.db.models import Department
from calendar_app.staff import freshness
from calendar_app.web import config, session, today

bp = Blueprint("freshness", __name__, url_prefix="/staff/freshness")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("")
def board() -> str:
    """Show the content freshness of each department."""
    rows = freshness.board(session, today(), config.zone)
    return render_template(
        "staff/freshness.html", rows=rows, what=freshness.WHAT, month=freshness.next_month(today())[0]
    )


@bp.get("/<what>")
def behind(what: str) -> str:
    """List the entries behind one number, of one department (`department`, its slug) or of all.

    Raises NotFound for an unknown number or department.
    """
    slug = request.args.get("department", "")
    home = (session.scalar(select(Department).where(Department.slug == slug)) or abort(404)) if slug else None
    if what not in freshness.WHAT:
        abort(404)
    entries = freshness.measured_entries(session, what, today(), config.zone, home)
    return render_template("staff/freshness_list.html", entries=entries, what=what, department=home)

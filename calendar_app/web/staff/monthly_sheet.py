"""The monthly sheet of what citizens said, for a department or for all: to read on the screen or to print."""

from datetime import timedelta

from flask import Blueprint, Flask, abort, render_template, request

from calendar_app.feedback import monthly_sheet
from calendar_app.web import config, current_user, session

bp = Blueprint("monthly_sheet", __name__, url_prefix="/staff/questions/month")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/<year:year>/<int(fixed_digits=2):month>")
def show(year: int, month: int) -> str:
    """Show what citizens said in a month to the own department or to all, what was improved, how long they waited.

    Raises NotFound for a month that does not exist.
    """
    if not 1 <= month <= 12:
        abort(404)
    everybody = current_user.role == "admin" or request.args.get("of") == "all"
    home = None if everybody else current_user.department
    sheet = monthly_sheet.of_month(session, home, year, month, config.zone)
    return render_template(
        "staff/monthly_sheet.html",
        sheet=sheet,
        department=home,
        of=request.args.get("of"),
        before=sheet.first - timedelta(days=1),
        after=sheet.first + timedelta(days=31),
    )

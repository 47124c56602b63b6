"""What no month's page shows at once: all that must be applied for soon, and whole years."""

from flask import Blueprint, Flask, Response, abort

from calendar_app.feeds import deadlines
from calendar_app.formats.ics_limits import MAX_VEVENTS
from calendar_app.listings import filters, fiscal_years
from calendar_app.web import asked, lang, page, session, today

bp = Blueprint("archive", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        deadline_marks=deadlines.MARKS, say_deadline=deadlines.say, say_left=deadlines.say_left
    )


@bp.get("/deadlines")
def closing_soon() -> Response:
    """List the applications that close in the next 30 days, then those that open."""
    wanted = asked()
    found = deadlines.between(session, today(), today() + deadlines.SOON, wanted)
    return page(
        "public/deadlines.html",
        wanted,
        closing=[deadline for deadline in found if deadline.kind == "closes"],
        opening=[deadline for deadline in found if deadline.kind == "opens"],
        said=filters.words(session, wanted, lang()),
    )


@bp.get("/archive/")
def years() -> Response:
    """List the fiscal years."""
    wanted = asked()
    said = filters.words(session, wanted, lang())
    return page("public/archive.html", wanted, years=fiscal_years.counts(session, wanted), said=said)


@bp.get("/archive/<year:year>")
def year(year: int) -> Response:
    """List every event of one fiscal year."""
    wanted = asked()
    said = filters.words(session, wanted, lang())
    found = fiscal_years.occurrences(session, year, wanted) or abort(404)
    return page(
        "public/archive_year.html",
        wanted,
        said=said,
        year=year,
        months=fiscal_years.months(found, year),
        count=len(fiscal_years.events(found)),
        most=MAX_VEVENTS,
        others=fiscal_years.counts(session, wanted),
    )

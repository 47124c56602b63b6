"""Lists that no month shows: application deadlines, and whole fiscal years."""

from flask import Blueprint, Flask, Response, abort

from calendar_app.feeds import deadlines
from calendar_app.formats.ics_limits import MAX_VEVENTS
from calendar_app.listings import filters, fiscal_years
from calendar_app.text import countries
from calendar_app.web import lang, page, requested_filter, session, today

bp = Blueprint("archive", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        deadline_marks=deadlines.MARKS, say_deadline=deadlines.say, say_left=deadlines.say_left
    )


@bp.get("/deadlines")
def closing_soon() -> Response:
    """List the applications that close in the next 30 days, then those that open."""
    site_filter = requested_filter()
    applications = deadlines.between(session, today(), today() + deadlines.SOON, site_filter, listed=True)
    return page(
        "public/deadlines.html",
        site_filter,
        closing=[deadline for deadline in applications if deadline.kind != "opens"],
        opening=[deadline for deadline in applications if deadline.kind == "opens"],
        filter_words=filters.words(session, site_filter, lang()),
    )


@bp.get("/archive/")
def years() -> Response:
    """List the fiscal years."""
    site_filter = requested_filter()
    words = filters.words(session, site_filter, lang())
    return page(
        "public/archive.html",
        site_filter,
        years=fiscal_years.counts(session, site_filter),
        filter_words=words,
        fiscal_month=countries.here().fiscal_month,
    )


@bp.get("/archive/<year:year>")
def year(year: int) -> Response:
    """List every event of one fiscal year.

    Raises NotFound when no event falls in that year.
    """
    site_filter = requested_filter()
    words = filters.words(session, site_filter, lang())
    occurrences = fiscal_years.occurrences(session, year, site_filter) or abort(404)
    return page(
        "public/archive_year.html",
        site_filter,
        filter_words=words,
        year=year,
        months=fiscal_years.months(occurrences, year),
        count=len(fiscal_years.events(occurrences)),
        most=MAX_VEVENTS,
        others=fiscal_years.counts(session, site_filter),
    )

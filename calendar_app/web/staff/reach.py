"""Reach at the desk: how often pages, feeds and short addresses are used, as charts, tables and a yearly sheet for paper."""

from urllib.parse import parse_qs

from flask import Blueprint, Flask, abort, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from calendar_app.dates.formatting import fiscal_year
from calendar_app.db.models import Department
from calendar_app.delivery import channels, reach
from calendar_app.feeds import reader_kinds
from calendar_app.listings import filters, fiscal_years
from calendar_app.listings.filter_keys import BadFilter
from calendar_app.web import config, lang, session, today

bp = Blueprint("reach", __name__, url_prefix="/staff/reach")


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/")
def now_running() -> Response:
    """Redirect to the sheet of the running fiscal year."""
    return redirect(url_for("reach.sheet", year=fiscal_year(today())))


@bp.get("/<year:year>")
def sheet(year: int) -> str:
    """Show what was used in a fiscal year, of the town or of the department named by `of`.

    Raises NotFound for a year outside the calendar and for an unknown department.
    """
    if year not in fiscal_years.YEARS:
        abort(404)
    slug = request.args.get("of", "")
    department = session.scalar(select(Department).where(Department.slug == slug)) if slug else None
    if slug and department is None:
        abort(404)
    return render_template(
        "staff/reach.html",
        year=year,
        years=sorted({*reach.years(session), fiscal_year(today()), year}, reverse=True),
        year_name=fiscal_years.say,
        department=department,
        departments=session.scalars(select(Department).order_by(Department.id)).all(),
        used=reach.of_year(session, year, department),
        subscribed=[] if department else reach.subscribed(session),
        feeds=[] if department else reach.followed_feeds(session),
        label_of={name: channel.label for name, channel in channels.every().items()},
        reader_of=reader_kinds.LABELS,
        filter_words=filter_words,
        in_front=config.files,
    )


def filter_words(query: str) -> str:
    """Say the filter of a query in words; "" for everything, the query itself where it names what is no more."""
    try:
        return " ".join(filters.words(session, filters.read_filter(parse_qs(query)), lang()))
    except BadFilter:
        return query

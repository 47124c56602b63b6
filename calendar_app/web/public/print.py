"""The calendar for paper, as a page and as PDF: a month as a wall poster, or as a column for the town magazine."""

from datetime import date, timedelta
from importlib.util import find_spec
from typing import Any

from flask import Blueprint, Flask, Response, abort, render_template

from calendar_app.dates import formatting, month_grid
from calendar_app.listings import filters, queries
from calendar_app.listings.filters import Filter
from calendar_app.web import PACKAGE, config, lang, page, pieces, requested_filter, session, today

bp = Blueprint("print", __name__)

AHEAD, BACK = (
    timedelta(days=800),
    timedelta(days=400),
)  # a PDF takes long to make, so only months in this range have one
MONTH = "/paper/<year:year>/<int(fixed_digits=2):month>"
FORMS = {"wall": "paper/wall.html", "list": "paper/list.html"}


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(has_pdf=find_spec("weasyprint") is not None)


@bp.get(f"{MONTH}/<any(wall, list):form>")
def sheet(year: int, month: int, form: str) -> Response:
    """Show one month as a poster or a list for paper.

    Raises NotFound for a month too far from today.
    """
    site_filter = requested_filter()
    return page(FORMS[form], site_filter, form=form, style="", **_month(year, month, site_filter))


@bp.get(f"{MONTH}/<any(wall, list):form>.pdf")
def pdf(year: int, month: int, form: str) -> Response:
    """Send one month as PDF; 404 unless the extra `pdf` is installed."""
    if find_spec("weasyprint") is None:
        abort(404)
    from weasyprint import HTML

    site_filter = requested_filter()
    style = (PACKAGE / "static" / "paper.css").read_text()
    html = pieces.fill(render_template(FORMS[form], form=form, style=style, **_month(year, month, site_filter)))
    body = HTML(string=html, url_fetcher=_fetch_nothing).write_pdf()
    response = Response(body, content_type="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="calendar-{year}-{month:02}-{form}.pdf"'
    response.headers["Cache-Control"] = "public, no-cache"
    return response


def _fetch_nothing(url: str, *_args: Any, **_options: Any) -> Any:
    """Refuse every address, because a sheet contains all that it needs. Raises ValueError."""
    raise ValueError(f"a sheet of paper asked for {url}")


def _month(year: int, month: int, site_filter: Filter) -> dict[str, Any]:
    if not 1 <= month <= 12 or not today() - BACK <= date(year or 1, month, 1) <= today() + AHEAD:
        abort(404)
    first = date(year, month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    weeks = formatting.month_weeks(year, month)
    occurrences = queries.occurrences(session, weeks[0][0], weeks[-1][-1], site_filter)
    dated = [occurrence for occurrence in occurrences if occurrence.event.precision == "exact"]
    inside = [occurrence for occurrence in dated if occurrence.first_day <= last and occurrence.last_day >= first]
    return {
        "first": first,
        "weeks": month_grid.month(weeks, dated),
        "running": [occurrence for occurrence in inside if occurrence.first_day < first],
        "days": month_grid.by_day([occurrence for occurrence in inside if occurrence.first_day >= first], first),
        "emergencies": queries.emergencies(session),
        "filter_words": filters.words(session, site_filter, lang()),
        "address": f"{config.base_url}/calendar/{year}/{month:02}"
        + (f"?{site_filter.query()}" if site_filter.query() else ""),
        "terms": {key: list(values) for key, values in site_filter.terms},
    }

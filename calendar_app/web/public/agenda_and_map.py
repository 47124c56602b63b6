"""Other ways to look at the same dates: a weekend, an agenda without end, the seasons of a year, a map."""

from datetime import date, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort

from calendar_app.dates import formatting, month_grid
from calendar_app.db.models import Occurrence, Venue
from calendar_app.listings import filter_options, filters, queries
from calendar_app.listings.filters import Filter
from calendar_app.web import POLICY, asked, config, lang, page, session, today

bp = Blueprint("agenda_and_map", __name__)

AGENDA = 40  # dates of one page, at least; a day is never cut
MAP_DAYS = timedelta(days=60)
SEASON = timedelta(days=9)  # from ten days on
YEARS = 10


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_filter(_with_from, "with_from")


@bp.get("/weekend")
def weekend() -> Response:
    """Show the coming weekend; on a weekend, the current one."""
    wanted = asked()
    saturday, sunday = formatting.weekend(today())
    found = queries.occurrences(session, saturday, sunday, wanted)
    days = {
        day: [occurrence for occurrence in found if occurrence.first_day <= day <= occurrence.last_day]
        for day in (saturday, sunday)
    }
    return _page("public/weekend.html", wanted, found, days=days, later=sunday + timedelta(1))


@bp.get("/agenda")
def agenda() -> Response:
    """List events day by day from today, or from the day asked for."""
    wanted = asked()
    first = wanted.day("from") or today()
    found = queries.upcoming(session, first, AGENDA + 1, wanted)
    following = None
    if len(found) > AGENDA:
        following = max(found[-1].first_day, first + timedelta(1))
        found = queries.occurrences(session, first, following - timedelta(1), wanted)
    if first > today():
        found = [occurrence for occurrence in found if occurrence.first_day >= first]
    return _page(
        "public/agenda.html",
        wanted,
        found,
        days=month_grid.by_day(found, first),
        first=first,
        following=following,
        groups=filter_options.groups(session, lang(), today()),
    )


@bp.get("/seasons")
def seasons() -> Response:
    """Show the seasons of the current year."""
    return _seasons(today().year)


@bp.get("/seasons/<year:year>")
def seasons_of(year: int) -> Response:
    """Show the seasons of one year."""
    return _seasons(year)


@bp.get("/map")
def places() -> Response:
    """Show where events take place in the coming weeks, as a list and on a map."""
    wanted = asked()
    found = queries.occurrences(session, today(), today() + MAP_DAYS, wanted)
    by_venue: dict[Venue, list[Occurrence]] = {}
    for occurrence in found:
        if venue := occurrence.venue or occurrence.event.venue:
            by_venue.setdefault(venue, []).append(occurrence)
    response = _page("public/map.html", wanted, found, venues=by_venue, until=today() + MAP_DAYS, tiles=config.tiles)
    tiles = urlsplit(config.tiles)
    response.headers["Content-Security-Policy"] = POLICY.replace("img-src", f"img-src {tiles.scheme}://{tiles.netloc}")
    return response


def _seasons(year: int) -> Response:
    if abs(year - today().year) > YEARS:
        abort(404)
    wanted = asked()
    found = queries.occurrences(session, date(year, 1, 1), date(year, 12, 31), wanted)
    long = [occurrence for occurrence in found if occurrence.last_day - occurrence.first_day >= SEASON]
    return _page(
        "public/seasons.html",
        wanted,
        long,
        year=year,
        rows=[(occurrence, month_grid.thirds(occurrence, year)) for occurrence in long],
        earlier=year - 1 if year > today().year - YEARS else None,
        later=year + 1 if year < today().year + YEARS else None,
    )


def _with_from(terms: dict[str, list[str]], day: date) -> dict[str, list[str]]:
    """The same filter from another day on."""
    return terms | {"from": [day.isoformat()]}


def _page(template: str, wanted: Filter, found: list[Occurrence], **more: object) -> Response:
    shared = {
        "said": filters.words(session, wanted, lang()),
        "choosers": filters.choosers(session, lang()),
        "headlines": queries.headlines(session, [occurrence.event for occurrence in found]),
        "found": found,
    }
    return page(template, wanted, **shared | more)

"""Other views of the same dates: the weekend, the agenda, the seasons of a year and the map."""

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, request

from calendar_app.dates import formatting, month_grid
from calendar_app.dates.limits import read_day
from calendar_app.db.models import Occurrence, Venue
from calendar_app.listings import date_outlines, filters, queries
from calendar_app.listings.filters import Filter
from calendar_app.web import POLICY, choices, config, lang, page, requested_filter, session, today

bp = Blueprint("agenda_and_map", __name__)

AGENDA = 40  # the least number of dates on a page; a day is never divided
MAP_DAYS = timedelta(days=60)
SEASON = timedelta(days=9)  # an event this long counts as a season
YEARS = 10


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_filter(_with_from, "with_from")


@bp.get("/weekend")
def weekend() -> Response:
    """Show the coming weekend; on a weekend, the current one."""
    site_filter = requested_filter()
    saturday, sunday = formatting.weekend(today())
    occurrences = date_outlines.on_days(session, saturday, sunday, site_filter)
    days = {
        day: [occurrence for occurrence in occurrences if occurrence.first_day <= day <= occurrence.last_day]
        for day in (saturday, sunday)
    }
    return _page("public/weekend.html", site_filter, occurrences, days=days, later=sunday + timedelta(1))


@bp.get("/agenda")
def agenda() -> Response:
    """List events by their next dates from today, or from the day asked for. `after` is the first day of a later page.

    Raises NotFound when `after` is no day.
    """
    site_filter = requested_filter()
    first, since = site_filter.day("from") or today(), _after()
    page_first = max(first, since or first)
    occurrences = date_outlines.next_dates(session, first, AGENDA + 1, site_filter, since=since)
    following = None
    if len(occurrences) > AGENDA:
        following = max(occurrences[-1].first_day, page_first + timedelta(1))
        until = following - timedelta(1)
        occurrences = date_outlines.next_dates(session, first, None, site_filter, since=since, until=until)
    return _page(
        "public/agenda.html",
        site_filter,
        occurrences,
        days=month_grid.by_day(occurrences, page_first),
        first=page_first,
        following=following,
        groups=choices.groups(),
    )


@bp.get("/seasons")
def seasons() -> Response:
    """Show the seasons of the current year.

    Raises NotFound for a year too far from this one.
    """
    return _seasons(today().year)


@bp.get("/seasons/<year:year>")
def seasons_of(year: int) -> Response:
    """Show the seasons of one year.

    Raises NotFound for a year too far from this one.
    """
    return _seasons(year)


@bp.get("/map")
def places() -> Response:
    """Show where events take place in the coming weeks, as a list and on a map."""
    site_filter = requested_filter()
    occurrences = queries.occurrences(session, today(), today() + MAP_DAYS, site_filter)
    by_venue: dict[Venue, dict[int, Occurrence]] = {}
    for occurrence in occurrences:
        if venue := occurrence.venue or occurrence.event.venue:
            by_venue.setdefault(venue, {}).setdefault(occurrence.event_id, occurrence)
    response = _page(
        "public/map.html", site_filter, occurrences, venues=by_venue, until=today() + MAP_DAYS, tiles=config.tiles
    )
    return allow_tiles(response)


def allow_tiles(response: Response) -> Response:
    """Let a page load the pictures of a map."""
    tiles = urlsplit(config.tiles)
    response.headers["Content-Security-Policy"] = POLICY.replace("img-src", f"img-src {tiles.scheme}://{tiles.netloc}")
    return response


def _seasons(year: int) -> Response:
    if abs(year - today().year) > YEARS:
        abort(404)
    site_filter = requested_filter()
    occurrences = queries.occurrences(session, date(year, 1, 1), date(year, 12, 31), site_filter)
    long = [occurrence for occurrence in occurrences if occurrence.last_day - occurrence.first_day >= SEASON]
    return _page(
        "public/seasons.html",
        site_filter,
        long,
        year=year,
        rows=[(occurrence, month_grid.thirds(occurrence, year)) for occurrence in long],
        earlier=year - 1 if year > today().year - YEARS else None,
        later=year + 1 if year < today().year + YEARS else None,
    )


def _after() -> date | None:
    """The first day of a later page of the agenda. Raises NotFound when the address names no day."""
    sent = request.args.get("after", "")
    return (read_day(sent) or abort(404)) if sent else None


def _with_from(terms: dict[str, list[str]], day: date) -> dict[str, list[str]]:
    """The filter parameters with another first day."""
    return terms | {"from": [day.isoformat()]}


def _page(template: str, site_filter: Filter, occurrences: Sequence[object], **more: object) -> Response:
    shared = {
        "filter_words": filters.words(session, site_filter, lang()),
        "choosers": choices.choosers(),
        "occurrences": occurrences,
    }
    return page(template, site_filter, **shared | more)

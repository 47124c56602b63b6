"""The page of a venue: how to get there, what is there for whom, and what is on."""

from flask import Blueprint, Flask, Response, abort

from calendar_app.db.models import Venue
from calendar_app.listings import date_outlines
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.web import addresses, config, page, session, today
from calendar_app.web.public.agenda_and_map import allow_tiles

bp = Blueprint("venues", __name__)

MOST = 24  # events on the page


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/venues/<int:number>")
def venue(number: int) -> Response:
    """Show one venue: directions, access, a map, what is on and its feeds.

    Raises NotFound for a number without a venue.
    """
    row = session.get(Venue, number) or abort(404)
    site_filter = Filter((("venue", (str(number),)),))
    dates = date_outlines.next_dates(session, today(), MOST + 1, site_filter)
    response = page(
        "public/venue.html",
        site_filter,
        addresses=addresses(EVERYTHING),  # the path names the filter already
        venue=row,
        dates=dates[:MOST],
        more=len(dates) > MOST,
        tiles=config.tiles,
    )
    return allow_tiles(response)

"""Open data for other programs: the standard event list and the core model, with the same filters as the pages."""

from collections.abc import Callable
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, request

from calendar_app.feeds import open_data_rows
from calendar_app.feeds.fragment_cache import FragmentKey
from calendar_app.formats import open_data
from calendar_app.formats.open_data import Columns, OpenDataRow
from calendar_app.listings import event_outlines, queries
from calendar_app.text import countries
from calendar_app.web import config, fragments, lang, requested_filter, session, site_view, today
from calendar_app.web.front import FEED_CONTROL

bp = Blueprint("open_data", __name__)

ENCODINGS = {"utf-8": "utf-8-sig", "cp932": "cp932"}


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.before_request
def only_where_known() -> None:
    """Answer 404 in a country that knows no such tables: their columns are Japan's."""
    if "open_data" not in countries.here().shows:
        abort(404)


@bp.after_request
def open_to_every_website(response: Response) -> Response:
    """Allow scripts of other sites to read the data (CORS)."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@bp.get("/events.csv")
def event_list() -> Response:
    """Send the recommended data set's 32 columns as CSV.

    Raises BadRequest for an unknown `encoding`.
    """
    return _csv(open_data.EVENT_LIST, "events.csv")


@bp.get("/events-core.csv")
def core_table() -> Response:
    """Send the events in the GIF core model (DS-43C) as CSV.

    Raises BadRequest for an unknown `encoding`.
    """
    return _csv(open_data.CORE_MODEL, "events-core.csv")


@bp.get("/events-core.json")
def core_objects() -> Response:
    """Send the events in the GIF core model, with its English names, as JSON."""
    body = open_data.join_json(_rows("events-core.json", open_data.CORE_MODEL, open_data.json_object))
    return _answer(body, "application/json; charset=utf-8", "events-core.json")


def _rows(file: str, columns: Columns, write: Callable[[Columns, OpenDataRow], bytes]) -> list[bytes]:
    """The events of the filter by start, each written as a row of these columns; only those that changed are loaded."""

    def render(public_ids: list[str]) -> dict[str, bytes]:
        events = queries.events_of(session, public_ids)
        return {event.public_id: write(columns, open_data_rows.row(event, site_view(), config)) for event in events}

    wanted = event_outlines.by_start(session, today(), requested_filter())
    keys = [FragmentKey(public_id, changed_at) for public_id, changed_at in wanted]
    place = (config.body_code, config.prefecture, config.municipality)
    return fragments.get_or_render(f"{file}/{lang()}", f"{site_view()!r} {place}", keys, render)


def _csv(columns: Columns, name: str) -> Response:
    asked_for = request.args.get("encoding", "utf-8").lower()
    if asked_for not in ENCODINGS:
        abort(400, description=f"encoding={asked_for[:20]}: {' / '.join(ENCODINGS)}")
    lines = _rows(name, columns, open_data.csv_line)
    body, lost = open_data.join_csv(columns, lines, ENCODINGS[asked_for])
    charset = "utf-8" if asked_for == "utf-8" else "Shift_JIS"
    response = _answer(body, f"text/csv; charset={charset}; header=present", name)
    if lost:
        response.headers["X-Characters-Lost"] = quote(lost)
    return response


def _answer(body: bytes, content_type: str, name: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = FEED_CONTROL
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response

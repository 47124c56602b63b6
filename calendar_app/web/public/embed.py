"""The calendar on other sites: a frame, a script that inserts it, oEmbed, and the page that generates the code."""

import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from flask import Blueprint, Flask, Response, abort, jsonify, request, send_file
from markupsafe import Markup
from werkzeug.datastructures import ImmutableMultiDict

from calendar_app.dates import formatting, month_grid
from calendar_app.db.models import Announcement, Event
from calendar_app.entries import describe, last_changes
from calendar_app.feeds import items
from calendar_app.listings import date_outlines, filters, queries
from calendar_app.listings.filters import BadFilter, Filter
from calendar_app.web import (
    PACKAGE,
    POLICY,
    choices,
    config,
    depends_on,
    lang,
    page,
    requested_filter,
    session,
    site_view,
    today,
)
from calendar_app.web.front import FEED_CONTROL

bp = Blueprint("embed", __name__)

LOOKS = ("list", "cards", "month")
THEMES = ("auto", "light", "dark")
COUNTS = (3, 5, 10, 20, 30)
COUNT = 5
WIDTH, HEIGHT = 600, 480  # CSS pixels; the default size of a frame
FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
FRAMING = POLICY + "; frame-src 'self'"
ONE = re.compile(r"/(?P<kind>events|announcements)/(?P<public_id>[0-9a-z]+)", re.ASCII)
ABOUT = re.compile(r"/(?P<key>tag|department)s/(?P<value>[^/]+)")
LISTS = re.compile(r"/|/calendar/(?:[0-9]{4}/[0-9]{2}(?:/[0-9]{2})?)?", re.ASCII)


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/embed")
def frame() -> Response:
    """Show the calendar inside a frame on another site, without cookies."""
    site_filter, look, theme, count = requested_filter(), _one_of("look", LOOKS), _one_of("theme", THEMES), _count()
    first = today().replace(day=1)
    if look == "month":
        weeks = formatting.month_weeks(first.year, first.month)
        occurrences = date_outlines.on_days(session, weeks[0][0], weeks[-1][-1], site_filter)
        shown = [occurrence for occurrence in occurrences if occurrence.last_day >= today()][:count]
        month = month_grid.month(weeks, [occurrence for occurrence in occurrences if occurrence.exact])
    else:
        month, shown = [], date_outlines.next_dates(session, today(), count, site_filter)
    return _framed(
        page(
            "embed/frame.html",
            site_filter,
            look=look,
            theme=theme,
            first=first,
            weeks=month,
            days=month_grid.by_day(shown, today()),
            shown=shown,
            filter_words=filters.words(session, site_filter, lang()),
        )
    )


@bp.get("/embed/events/<public_id>")
def event(public_id: str) -> Response:
    """Show one event as a card for other sites: what oEmbed answers for its page.

    Raises NotFound unless the event is public.
    """
    entry = queries.by_public_id(session, Event, public_id)
    if entry is None or not entry.public:
        abort(404)
    depends_on([last_changes.entry_key(entry.id)])
    coming = [occurrence for occurrence in entry.occurrences if occurrence.last_day >= today()] or list(
        entry.occurrences
    )[-1:]
    theme = _one_of("theme", THEMES)
    return _framed(page("embed/event.html", event=entry, shown=coming[:1], theme=theme))


@bp.get("/embed.js")
def script() -> Response:
    """Send the script that puts the frame into another site's page; cached briefly, so that fixes arrive."""
    response = send_file(PACKAGE / "static" / "embed.js", max_age=3600, conditional=False, etag=False)
    response.headers["Cache-Control"] = "public, max-age=3600"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@bp.get("/embed/build")
def build() -> Response:
    """Show the page where a site owner chooses a frame and copies its code."""
    site_filter, look, theme, count = requested_filter(), _one_of("look", LOOKS), _one_of("theme", THEMES), _count()
    query = _query(site_filter, look, theme, count)
    response = page(
        "embed/build.html",
        site_filter,
        filter_words=filters.words(session, site_filter, lang()),
        choosers=choices.choosers(),
        look=look,
        theme=theme,
        count=count,
        looks=LOOKS,
        themes=THEMES,
        counts=[(str(number), str(number)) for number in sorted({*COUNTS, count})],
        frame=f"/embed{query and '?' + query}",
        lines=_lines(site_filter, query),
    )
    response.headers["Content-Security-Policy"] = FRAMING
    return response


@bp.get("/oembed")
def oembed() -> Response:
    """Answer an oEmbed 1.0 request; 404 for other sites' addresses and for what is not public, 501 for other formats.

    Raises NotImplemented (501) for a format other than json and xml, NotFound for an address without a card.
    """
    form = request.args.get("format", "json")
    if form not in ("json", "xml"):
        abort(501)
    width = min(WIDTH, request.args.get("maxwidth", WIDTH, int))
    height = min(HEIGHT, request.args.get("maxheight", HEIGHT, int))
    address = request.args.get("url", "")
    if spoken := parse_qs(urlsplit(address).query).get("lang"):  # answer in the language of that page
        request.args = ImmutableMultiDict({**request.args, "lang": spoken[0]})
    answer = _described(address, max(width, 1), max(height, 1)) or abort(404)
    response = Response(_xml(answer), content_type="text/xml; charset=utf-8") if form == "xml" else jsonify(answer)
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cache-Control"] = FEED_CONTROL
    return response


def _framed(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = FRAMED
    del response.headers["Link"]
    return response


def _one_of(name: str, values: tuple[str, ...]) -> str:
    value = request.args.get(name) or values[0]
    if value not in values:
        raise BadFilter(f"{name}={value}"[:60])
    return value


def _count() -> int:
    value = request.args.get("count") or str(COUNT)
    if not value.isdecimal() or not 1 <= int(value) <= COUNTS[-1]:
        raise BadFilter(f"count={value}"[:60])
    return int(value)


def _query(site_filter: Filter, look: str, theme: str, count: int) -> str:
    """The query string of the frame, without default values."""
    language = lang() if lang() != config.language else ""
    options = {"look": (look, LOOKS[0]), "theme": (theme, THEMES[0]), "count": (str(count), str(COUNT))}
    changed = [f"{name}={value}" for name, (value, usual) in options.items() if value != usual]
    return "&".join(filter(None, [Filter(site_filter.terms, language).query(), *changed]))


def _lines(site_filter: Filter, query: str) -> dict[str, str]:
    """The code to copy: the line with the script, which contains a link for when scripts are blocked, and the frame alone."""
    heading, link = _title(site_filter), site_view().url("/calendar/", site_filter.query())
    options = Markup(' data-query="{}"').format(query) if query else ""
    script = Markup('<p><a href="{}">{}</a></p>\n<script src="{}/embed.js"{} async></script>')
    return {
        "script": str(script.format(link, heading, config.base_url, options)),
        "frame": str(_frame(f"/embed{query and '?' + query}", heading, "100%", HEIGHT)),
    }


def _title(site_filter: Filter) -> str:
    return " ".join([site_view().name, *filters.words(session, site_filter, lang())])


def _frame(address: str, title: str, width: int | str, height: int) -> Markup:
    size = Markup('width="{}" height="{}" loading="lazy" style="border:0;max-width:100%"').format(width, height)
    return Markup('<iframe src="{}{}" title="{}" {}></iframe>').format(config.base_url, address, title, size)


def _described(url: str, width: int, height: int) -> dict[str, Any] | None:
    """The oEmbed answer for one of our addresses; None for any other."""
    parts, base = urlsplit(url), urlsplit(config.base_url)
    if (parts.netloc, parts.scheme in ("http", "https")) != (base.netloc, True):
        return None
    path = unquote(parts.path).removeprefix(base.path)
    shared = {"version": "1.0", "provider_name": site_view().name, "provider_url": f"{config.base_url}/"}
    if match := ONE.fullmatch(path):
        return _one_described(match["kind"], match["public_id"], shared, width, height)
    site_filter = _wanted_by(path, parts.query)
    if site_filter is None:
        return None
    query = site_filter.query()
    html = _frame(f"/embed{query and '?' + query}", _title(site_filter), width, height)
    return shared | {"type": "rich", "title": _title(site_filter), "html": str(html), "width": width, "height": height}


def _one_described(kind: str, public_id: str, shared: dict[str, Any], width: int, height: int) -> dict[str, Any] | None:
    model: Any = {"events": Event, "announcements": Announcement}[kind]
    entry = queries.by_public_id(session, model, public_id)
    if entry is None or not entry.public:
        return None
    shared |= {"title": describe.title(entry, lang()), "author_name": describe.department(entry, lang())}
    if entry.photos:
        picture = items.image(entry.photos[0], site_view())
        sizes = {"thumbnail_width": picture.width, "thumbnail_height": picture.height}
        shared |= {"thumbnail_url": picture.url, **sizes}
    if kind == "announcements":
        return shared | {"type": "link"}
    query = Filter((), lang() if lang() != config.language else "").query()
    html = _frame(f"/embed/events/{public_id}{query and '?' + query}", shared["title"], width, min(height, HEIGHT // 2))
    return shared | {"type": "rich", "html": str(html), "width": width, "height": min(height, HEIGHT // 2)}


def _wanted_by(path: str, query: str) -> Filter | None:
    """The filter of one of our pages; None for a page without a list or with an unknown filter value."""
    about = ABOUT.fullmatch(path)
    if not about and not LISTS.fullmatch(path):
        return None
    parameters = parse_qs(query) | ({about["key"]: [about["value"]]} if about else {})
    try:
        site_filter = filters.read_filter(parameters)
        filters.words(session, site_filter, lang())
    except BadFilter:
        return None
    return site_filter


def _xml(answer: dict[str, Any]) -> str:
    parts = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in answer.items())
    return f'<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<oembed>{parts}</oembed>'

"""The subscribe page: choose a filter with links, see its content, and add it to any calendar program."""

from datetime import date, timedelta
from urllib.parse import parse_qsl, quote, urlencode

from flask import Blueprint, Flask, Response, abort, redirect, request, url_for
from markupsafe import Markup, escape
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.feeds import calendar_parts
from calendar_app.formats import ics_limits, registry
from calendar_app.listings import filters, queries, short_links
from calendar_app.listings.filters import Filter
from calendar_app.sharing import qr
from calendar_app.web import (
    config,
    csrf,
    fragments,
    lang,
    now,
    page,
    rate_limit,
    requested_filter,
    session,
    site_view,
    today,
)

bp = Blueprint("subscribe", __name__)

NEXT = 10
HEAD_BYTES = 1500  # of a calendar without events, roughly
CODES_PER_HOUR = 30


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/subscribe")
def choose() -> Response:
    """Show the page where a filter is chosen and subscribed to."""
    return _page("")


@bp.get("/f/<code>")
def named(code: str) -> Response:
    """Show the subscribe page of a filter by its short name.

    Raises NotFound for an unknown code.
    """
    query = short_links.query_of(session, code)
    if query is None:
        abort(404)
    request.args = ImmutableMultiDict(parse_qsl(query))
    return _page(code)


@bp.post("/subscribe")
@csrf.exempt  # anybody may create a name for a filter, because it reveals nothing and changes nothing else
def shorten() -> AnyResponse:
    """Create a short address for a filter.

    Raises TooManyRequests when an address asks too often, BadRequest when the filter is too long.
    """
    site_filter = requested_filter()
    address = request.remote_addr or ""
    if not rate_limit.allow(session, {f"short:{address}": CODES_PER_HOUR}, at=now()):
        session.commit()
        abort(429)
    try:
        code = short_links.mint(session, site_filter, at=now())
    except short_links.TooLong:
        abort(400, description="too long")
    session.commit()
    return redirect(url_for("subscribe.named", code=code, lang=None, _anchor="address"), 303)


def _page(code: str) -> Response:
    site_filter = requested_filter()
    matches = queries.calendar_outlines(session, today(), site_filter)
    outlines = matches[: queries.MAX_EVENTS]
    vevents = calendar_parts.vevents(
        session, outlines, site_filter, site_view=site_view(), today=today(), fragments=fragments
    )
    parts, _ = ics_limits.within_limits(
        zip([(outline.start, outline.uid) for outline in outlines], vevents, strict=True)
    )
    words = filters.words(session, site_filter, lang())
    return page(
        "public/subscribe.html",
        site_filter,
        filter_words=words,
        count=len(parts),
        left_out=len(matches) - len(parts),
        cut=_next_half(today()),
        one_day=timedelta(days=1),
        size=(HEAD_BYTES + sum(len(vevent) for _, vevent in parts)) // 1000,
        coming=queries.upcoming(session, today(), NEXT, site_filter),
        code=code,
        ways=_ways(site_filter, code, " ".join([site_view().name, *words])),
        choosers=filters.choosers(session, lang()),
    )


def _next_half(day: date) -> date:
    """The first day of the next half of a fiscal year: 1 April or 1 October."""
    return min(start for year in (day.year, day.year + 1) for month in (4, 10) if (start := date(year, month, 1)) > day)


def _address(form: str, site_filter: Filter, code: str) -> str:
    """The address of the feed of a filter in a format, with the short name if there is one."""
    return f"{config.base_url}/f/{code}.{form}" if code else site_view().url(f"/feed.{form}", site_filter.query())


def _ways(site_filter: Filter, code: str, name: str) -> dict[str, str]:
    """The addresses by program. Google does not accept https, Outlook does not accept webcal."""
    long = site_view().url("/calendar.ics", site_filter.query())
    plain = f"{config.base_url}/f/{code}.ics" if code else long
    webcal = "webcal:" + plain.partition(":")[2]
    outlook = urlencode({"url": plain, "name": name}, quote_via=quote)
    return {
        "plain": plain,
        "apple": webcal,
        "google": f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}",
        "outlook": f"https://outlook.live.com/calendar/0/addfromweb?{outlook}",
        "office": f"https://outlook.office.com/calendar/0/addfromweb?{outlook}",
        "qr": Markup(qr.svg(plain, escape(plain))),  # noqa: S704 - its text is escaped
        **{
            feed_format.extension: _address(feed_format.extension, site_filter, code)
            for feed_format in registry.of_items("feed")
        },
    }

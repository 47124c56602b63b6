"""How to follow: choose by pressing, see what it is, and take it into any program."""

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
from calendar_app.web import asked, config, csrf, fragments, lang, now, page, rate_limit, session, site_view, today

bp = Blueprint("subscribe", __name__)

NEXT = 10
HEAD_BYTES = 1500  # of a calendar without events, about
CODES_PER_HOUR = 30


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/subscribe")
def choose() -> Response:
    """Show the page where a filter is chosen and subscribed to."""
    return _page("")


@bp.get("/f/<code>")
def named(code: str) -> Response:
    """Show the subscribe page of a filter by its short name."""
    query = short_links.query_of(session, code)
    if query is None:
        abort(404)
    request.args = ImmutableMultiDict(parse_qsl(query))
    return _page(code)


@bp.post("/subscribe")
@csrf.exempt  # a stranger's press may make a name for a filter; it tells nothing and changes nothing else
def shorten() -> AnyResponse:
    """Create a short address for a filter."""
    wanted = asked()
    address = request.remote_addr or ""
    if not rate_limit.allow(session, {f"short:{address}": CODES_PER_HOUR}, at=now()):
        session.commit()
        abort(429)
    try:
        code = short_links.mint(session, wanted, at=now())
    except short_links.TooLong:
        abort(400, description="too long")
    session.commit()
    return redirect(url_for("subscribe.named", code=code, lang=None, _anchor="address"), 303)


def _page(code: str) -> Response:
    wanted = asked()
    found = queries.calendar_outlines(session, today(), wanted)
    outlines = found[: queries.MAX_EVENTS]
    vevents = calendar_parts.vevents(
        session, outlines, wanted, site_view=site_view(), today=today(), fragments=fragments
    )
    kept, _ = ics_limits.within_limits(
        zip([(outline.start, outline.uid) for outline in outlines], vevents, strict=True)
    )
    said = filters.words(session, wanted, lang())
    return page(
        "public/subscribe.html",
        wanted,
        said=said,
        count=len(kept),
        left_out=len(found) - len(kept),
        cut=_next_half(today()),
        one_day=timedelta(days=1),
        size=(HEAD_BYTES + sum(len(vevent) for _, vevent in kept)) // 1000,
        coming=queries.upcoming(session, today(), NEXT, wanted),
        code=code,
        ways=_ways(wanted, code, " ".join([site_view().name, *said])),
        choosers=filters.choosers(session, lang()),
    )


def _next_half(day: date) -> date:
    """The first day of the next half of a fiscal year: 1 April or 1 October."""
    return min(start for year in (day.year, day.year + 1) for month in (4, 10) if (start := date(year, month, 1)) > day)


def _address(form: str, wanted: Filter, code: str) -> str:
    """The feed of this filter in a format: by its short name, where it has one."""
    return f"{config.base_url}/f/{code}.{form}" if code else site_view().url(f"/feed.{form}", wanted.query())


def _ways(wanted: Filter, code: str, name: str) -> dict[str, str]:
    """The addresses that each program wants. Google takes no https, Outlook no webcal."""
    long = site_view().url("/calendar.ics", wanted.query())
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
        **{made.extension: _address(made.extension, wanted, code) for made in registry.of_items("feed")},
    }

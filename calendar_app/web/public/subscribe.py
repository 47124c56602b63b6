"""The subscribe page: choose a filter with links, see its content, and add it to any calendar program."""

from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl, quote, urlencode

from flask import Blueprint, Flask, Response, abort, current_app, redirect, request, url_for
from markupsafe import Markup, escape
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.entries import last_changes
from calendar_app.feeds import calendar_parts
from calendar_app.feeds.calendar_parts import CalendarParts
from calendar_app.formats import registry
from calendar_app.listings import date_outlines, filters, short_links, validators
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.sharing import qr
from calendar_app.text import countries
from calendar_app.web import (
    choices,
    config,
    csrf,
    depends_on,
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
from calendar_app.web.cross_site import from_another_site

bp = Blueprint("subscribe", __name__)

NEXT = 10
HEAD_BYTES = 1500  # of a calendar without events, roughly
CODES_PER_HOUR = 30
REMEMBERED = 500  # filters whose calendars are known to be full or not
NEAR_LIMIT = 0.2  # of a calendar: more than a city publishes within the day for which an answer is kept


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(calendar_left_out=left_out, calendar_too_long=too_long, halves=halves)


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

    A form sent by another website is answered with the page of its filter. Raises TooManyRequests when an address asks too
    often, BadRequest when the filter is too long.
    """
    site_filter = requested_filter()
    if from_another_site():
        return _page("", refused=True)
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


def _page(code: str, refused: bool = False) -> Response:
    site_filter = requested_filter()
    parts = _parts(site_filter)
    words = filters.words(session, site_filter, lang())
    answer = page(
        "public/subscribe.html",
        site_filter,
        refused=refused,
        filter_words=words,
        count=parts.matches - parts.left_out,
        left_out=parts.left_out,
        size=(HEAD_BYTES + sum(len(vevent) for _, vevent in parts.fitting)) // 1000,
        coming=date_outlines.next_dates(session, today(), NEXT, site_filter),
        code=code,
        ways=_ways(site_filter, code, " ".join([site_view().name, *words])),
        choosers=choices.choosers(),
    )
    if refused:
        answer.status_code, answer.headers["Cache-Control"] = 403, "no-store"
    return answer


def _parts(site_filter: Filter) -> CalendarParts:
    return calendar_parts.of_filter(session, site_filter, site_view=site_view(), today=today(), fragments=fragments)


def left_out(site_filter: Filter = EVERYTHING) -> int:
    """The number of events that /calendar.ics of a filter leaves out because calendar apps cannot hold more."""
    return _parts(site_filter).left_out


def too_long(site_filter: Filter) -> bool:
    """Whether /calendar.ics of a filter leaves events out.

    Far from the limit a change of texts alone cannot alter that. Near it, any event of the filter may, also one that the
    page does not show; then the calendar is measured anew after each of their changes.
    """
    full = _fullness(site_filter, validators.last_change(session, [last_changes.MEMBERS]))
    if abs(full - 1) < NEAR_LIMIT:
        depends_on(validators.touches(session, site_filter))
        full = _fullness(site_filter, validators.changed_at(session, site_filter))
    return full > 1


def _fullness(site_filter: Filter, changed_at: datetime) -> float:
    """How full the calendar of a filter is, measured once for each instant of a change and each day: many pages ask."""
    known: dict[object, float] = current_app.extensions.setdefault("calendar_fullness", {})
    key = (changed_at, today(), lang(), site_filter)
    if (full := known.get(key)) is None:
        full = calendar_parts.fullness(session, site_filter, site_view=site_view(), today=today(), fragments=fragments)
        if len(known) >= REMEMBERED:
            known.clear()
        known[key] = full
    return full


def halves(day: date) -> tuple[date, date]:
    """The first day of the next half of a fiscal year (in Japan 1 April or 1 October), and the day before it."""
    begin = countries.here().fiscal_month
    months = {(begin - 1) % 12 + 1, (begin + 5) % 12 + 1}
    starts = (date(year, month, 1) for year in (day.year, day.year + 1) for month in months)
    cut = min(start for start in starts if start > day)
    return cut, cut - timedelta(days=1)


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

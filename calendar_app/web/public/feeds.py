"""The feeds: each reads one filter, makes one SELECT and writes one format. The cache adds ETag, 304 and compression."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, Response, abort, redirect, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import Event
from calendar_app.entries import last_changes
from calendar_app.feeds import calendar_parts, channel, deadlines, emergencies, items
from calendar_app.feeds.fragment_cache import FragmentKey
from calendar_app.formats import EventItem, Feed, FeedFormat, FeedItem, ics, registry
from calendar_app.formats.atom_rss import ATOM, atom_fragments, join_atom
from calendar_app.listings import filters, fiscal_years, queries, short_links, validators
from calendar_app.listings.filters import Filter
from calendar_app.listings.queries import NoticeOutline
from calendar_app.text import labels
from calendar_app.text.languages import Words, tables
from calendar_app.web import config, depends_on, fragments, lang, requested_filter, session, shown, site_view, today
from calendar_app.web.front import FEED_CONTROL
from calendar_app.web.open_to_all import open_to_every_website
from calendar_app.web.touched import SHOWS

bp = Blueprint("feeds", __name__)

UPCOMING_ITEMS = 50

DESCRIPTION = Words({"ja": "{}の公式の催しとお知らせ", "en": "Official events and news of {}"})
TITLES = tables(
    {
        "feed": {"ja": "新着・変更", "en": "News and changes"},
        "upcoming": {"ja": "これからの催し", "en": "Coming up"},
        "deadlines": {"ja": "締切間近", "en": "Closing soon"},
        "calendar": {"ja": "", "en": ""},
    }
)


def register(app: Flask) -> None:
    """Register the feeds of items and the short names in every registered format, and the calendars below."""
    app.register_blueprint(bp)
    for name, view in {"feed": log, "upcoming": upcoming, "deadlines": closing_soon}.items():
        app.add_url_rule(f"/{name}.{_any(registry.of_items(name))}", f"{bp.name}.{view.__name__}", view)
    followed = [*registry.of_items("feed"), ics.ICS]
    app.add_url_rule(f"/f/<code>.{_any(followed)}", f"{bp.name}.{short.__name__}", short)


def _any(formats: list[FeedFormat]) -> str:
    """The end of a URL rule that takes the extension of one of these formats as `form`."""
    return f"<any({', '.join(feed_format.extension for feed_format in formats)}):form>"


bp.after_request(open_to_every_website)


def feed_head(name: str, site_filter: Filter, updated: datetime, entries: list[FeedItem], title: str = "") -> Feed:
    """The feed `name` (its address without the extension) with these items; its title says the filter in words.

    The answer depends on what the filter names.
    """
    depends_on(validators.touches(session, site_filter))
    words = filters.words(session, site_filter, lang())
    heading = " ".join(filter(None, [site_view().name, title or TITLES[name][lang()], *words])).replace(",", "、")
    description = DESCRIPTION[lang()].format(site_view().publisher)
    return channel.feed(site_view(), name, heading, description, site_filter.query(), updated, entries)


def log(form: str) -> Response:
    """Send what is new or changed, as one of the feed formats; from kept fragments where the format has them."""
    site_filter, format = requested_filter(), registry.FORMATS[form]
    notices = emergencies.on_top(session, site_filter, queries.log_outlines(session, _midnight(), site_filter))
    updated = validators.changed_at(session, site_filter)
    feed = feed_head("feed", site_filter, updated, [])
    if form == ATOM.extension:
        feed = replace(feed, older=_archive_address(queries.archived_pages(session, notices), site_filter))
    if not (format.fragments and format.join):
        return _syndicated(form, replace(feed, items=tuple(_log_items([notice.guid for notice in notices]))))
    bodies = _log_fragments(feed, notices, form, format.fragments)
    return _answer(format.join(feed, bodies), format, "", feed.links[form], feed.page_url)


@bp.get("/feed/archive/<int:page>.atom")
def old_notices(page: int) -> Response:
    """Send an archive document of the news as Atom (RFC 5005, section 4): always the same notices, without those withdrawn since.

    Raises NotFound for a document that is not full yet.
    """
    site_filter = requested_filter()
    if not 1 <= page <= queries.archived_pages(session):
        abort(404)
    last, notices = queries.archived_outlines(session, page, site_filter)
    feed = feed_head("feed", site_filter, max([last, *(notice.changed_at for notice in notices)]), [])
    own, current = _archive_address(page, site_filter), feed.links[ATOM.extension]
    links = feed.links | {ATOM.extension: own}
    older, hub = _archive_address(page - 1, site_filter), site_view().hub_of(own)
    feed = replace(feed, links=links, current=current, older=older, hub=hub)
    bodies = _log_fragments(feed, notices, ATOM.extension, atom_fragments)
    return _answer(join_atom(feed, bodies), ATOM, "", own, feed.page_url)


def _archive_address(page: int, site_filter: Filter) -> str:
    """The address of an archive document; "" for none."""
    return site_view().url(f"/feed/archive/{page}.atom", site_filter.query()) if page else ""


def _log_fragments(
    feed: Feed, notices: list[NoticeOutline], form: str, make: Callable[[Feed], dict[str, bytes]]
) -> list[bytes]:
    """The rendered fragment of each notice. `make` renders the fragments that are not kept yet."""

    def render(guids: list[str]) -> dict[str, bytes]:
        return make(replace(feed, items=tuple(_log_items(guids))))

    keys = [FragmentKey(notice.guid, notice.changed_at.isoformat()) for notice in notices]
    return fragments.get_or_render(f"{form}/{lang()}", repr(site_view()), keys, render)


def _log_items(guids: list[str]) -> list[FeedItem]:
    """The items of the notices, in the order of the guids."""
    rows = {row.guid: row for row in queries.log_rows(session, guids)}
    return [items.log_item(rows[guid], site_view()) for guid in guids if guid in rows]


def upcoming(form: str) -> Response:
    """Send the upcoming events, as one of the feed formats."""
    site_filter = requested_filter()
    occurrences = queries.upcoming(session, today(), UPCOMING_ITEMS, site_filter)
    entries = emergencies.feed_items(session, site_filter, site_view())
    entries += [items.upcoming_item(occurrence, site_view()) for occurrence in occurrences]
    updated = validators.changed_at(session, site_filter)
    return _syndicated(form, feed_head("upcoming", site_filter, updated, entries))


def closing_soon(form: str) -> Response:
    """Send the application deadlines of the next 30 days; a deadline that moves is a new item."""
    site_filter = requested_filter()
    applications = deadlines.between(session, today(), today() + deadlines.SOON, site_filter)
    entries = emergencies.feed_items(session, site_filter, site_view())
    entries += [deadlines.feed_item(deadline, site_view()) for deadline in applications]
    updated = validators.changed_at(session, site_filter)
    return _syndicated(form, feed_head("deadlines", site_filter, updated, entries))


@bp.get("/deadlines.ics")
def deadline_calendar() -> Response:
    """Send each application deadline as an iCalendar event, changed in place when it moves."""
    site_filter = requested_filter()
    first, last = queries.calendar_window(today())
    urgent = emergencies.event_items(session, site_filter, site_view(), today())
    nearest = deadlines.nearest_first(deadlines.between(session, first, last, site_filter), today())
    entries = urgent + [deadlines.event_item(deadline, site_view()) for deadline in nearest]
    feed = feed_head("deadlines", site_filter, _updated(site_filter, urgent), [])
    return _answer(ics.render(feed, entries, last), ics.ICS, "deadlines.ics", feed.links["ics"], feed.page_url)


@bp.get("/archive/<year:year>.ics")
def archive(year: int) -> Response:
    """Send every event of one fiscal year as iCalendar.

    Raises NotFound when no event falls in that year.
    """
    site_filter = requested_filter()
    events = fiscal_years.events(fiscal_years.occurrences(session, year, site_filter)) or abort(404)
    window, headlines = fiscal_years.days(year), queries.headlines(session, events)
    drop = site_filter.drops_cancelled
    entries = [items.event_item(event, site_view(), headlines.get(event.id), window, drop=drop) for event in events]
    updated = validators.changed_at(session, site_filter)
    feed = feed_head(f"archive/{year}", site_filter, updated, [], fiscal_years.say(year, lang()))
    body = ics.render_archive(feed, entries, window[1])
    return _answer(body, ics.ICS, f"calendar-{year}.ics", feed.links["ics"], feed.page_url)


@bp.get("/calendar.ics")
def calendar() -> Response:
    """Send the events of a filter as iCalendar."""
    site_filter = requested_filter()
    parts = calendar_parts.of_filter(session, site_filter, site_view=site_view(), today=today(), fragments=fragments)
    feed = feed_head("calendar", site_filter, _updated(site_filter, parts.urgent), [])
    body = ics.join(feed, parts.vevents, parts.zones, parts.beyond)
    return _answer(body, ics.ICS, "calendar.ics", feed.links["ics"], feed.page_url)


def _updated(site_filter: Filter, urgent: list[EventItem]) -> datetime:
    """The instant of the last change in a calendar with these emergencies."""
    return max([validators.changed_at(session, site_filter), *(item.modified for item in urgent)])


@bp.get("/feed")
@bp.get("/feed/")
@bp.get("/rss")
@bp.get("/rss/")
@bp.get("/rss.xml")
@bp.get("/atom.xml")
@bp.get("/ical")
@bp.get("/ical/")
def elsewhere() -> AnyResponse:
    """Redirect from the addresses where programs and people guess a feed to be."""
    name = {"/atom.xml": "/feed.atom", "/ical": "/calendar.ics"}.get(request.path.rstrip("/"), "/feed.rss")
    response = redirect(site_view().url(name, requested_filter().query()), 301)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def short(code: str, form: str) -> Response:
    """Send the feed of a filter by its short name, without a redirect, for programs that do not follow one.

    Raises NotFound for an unknown code.
    """
    query = short_links.query_of(session, code)
    if query is None:
        abort(404)
    request.args = ImmutableMultiDict(parse_qsl(query))
    return calendar() if form == ics.ICS.extension else log(form)


@bp.get("/events/<public_id>.ics")
def event(public_id: str) -> Response:
    """Send one event as iCalendar."""
    published = shown(Event, public_id)
    depends_on([last_changes.entry_key(published.id)])
    entry = items.event_item(published, site_view(), queries.headlines(session, [published]).get(published.id))
    body = ics.render_single(entry, occurrences_until(published), lang())
    return _answer(body, ics.ICS, f"event-{public_id}.ics", site_view().url(request.path), site_view().entry(published))


def occurrences_until(event: Event) -> Any:
    return max(occurrence.last_day for occurrence in event.occurrences)


def _syndicated(form: str, feed: Feed) -> Response:
    """A complete feed of items. Raises LookupError for a format without items."""
    format = registry.FORMATS[form]
    if format.render is None:
        raise LookupError(form)
    return _answer(format.render(feed), format, "", feed.links[form], feed.page_url)


def _answer(body: bytes, format: FeedFormat, filename: str, own: str, page: str) -> Response:
    """A feed response that every cache may keep. `own` is its address, `page` the address of the matching page."""
    response = Response(body, content_type=format.content_type)
    response.headers["Cache-Control"] = FEED_CONTROL
    links = [f'<{own}>; rel="self"', f'<{page}>; rel="alternate"; type="text/html"']
    if hub := site_view().hub_of(own):
        links.append(f'<{hub}>; rel="hub"')  # WebSub, section 4
    if licence := labels.licence_url(config.licence):
        links.append(f'<{licence}>; rel="license"')  # RFC 4946; a calendar can name its licence only in this header
    response.headers["Link"] = ", ".join(links)
    response.last_modified = _last_modified()
    if filename:
        response.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    return response


def _last_modified() -> datetime:
    """The Last-Modified instant: the last change of what the answer depends on, or the start of the day, because lists
    begin with a day."""
    return max(validators.last_change(session, request.environ.get(SHOWS)), _midnight())


def _midnight() -> datetime:
    """The instant at which today began in the zone of the city."""
    return datetime.combine(today(), datetime.min.time(), config.zone)

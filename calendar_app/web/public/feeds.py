"""The feeds: one filter, one SELECT, one format. The cache in front adds ETag, 304 and compression."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, Response, abort, redirect, request
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.db.models import Event
from calendar_app.feeds import calendar_parts, channel, deadlines, emergencies, items
from calendar_app.feeds.fragment_cache import Wanted
from calendar_app.formats import EventItem, Feed, FeedItem, atom_rss, ics, json_feed
from calendar_app.listings import filters, fiscal_years, queries, short_links
from calendar_app.listings.filters import Filter
from calendar_app.text import labels
from calendar_app.text.languages import Words, tables
from calendar_app.web import asked, config, fragments, lang, now, session, shown, site_view, today

bp = Blueprint("feeds", __name__)

FORMATS: dict[str, tuple[str, Callable[[Feed], bytes]]] = {
    "atom": ("application/atom+xml; charset=utf-8", atom_rss.render_atom),
    "rss": ("application/rss+xml; charset=utf-8", atom_rss.render_rss),
    "json": ("application/feed+json; charset=utf-8", json_feed.render),
}
# What of a feed is kept, and how it is put together; JSON is quicker than a look at what is kept.
PIECES: dict[str, tuple[Callable[[Feed], dict[str, bytes]], Callable[[Feed, list[bytes]], bytes]]] = {
    "atom": (atom_rss.atom_pieces, atom_rss.join_atom),
    "rss": (atom_rss.rss_pieces, atom_rss.join_rss),
}
CALENDAR = "text/calendar; charset=utf-8"
CACHE_CONTROL = "public, max-age=900, stale-while-revalidate=3600, stale-if-error=86400"
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
    app.register_blueprint(bp)


@bp.after_request
def open_to_every_website(response: Response) -> Response:
    """CORS: a script elsewhere may read the feeds; before it sends If-None-Match, its browser asks (OPTIONS) for leave."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = "ETag, Last-Modified, Link"
    if request.method == "OPTIONS":
        response.status_code = 204
        response.headers.pop("Content-Type", None)
        response.headers["Access-Control-Max-Age"] = "86400"
        response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, OPTIONS"
        response.headers["Access-Control-Allow-Headers"] = "If-None-Match, If-Modified-Since"
    return response


def named(name: str, wanted: Filter, updated: datetime, entries: list[Any], title: str = "") -> Feed:
    """The feed's head: its title says the filter in words."""
    said = filters.words(session, wanted, lang())
    heading = " ".join(filter(None, [site_view().name, title or TITLES[name][lang()], *said])).replace(",", "、")
    description = DESCRIPTION[lang()].format(site_view().publisher)
    return channel.feed(site_view(), name, heading, description, wanted.query(), updated, entries)


@bp.get("/feed.<any(atom, rss, json):form>")
def log(form: str) -> Response:
    wanted = asked()
    notices = emergencies.on_top(session, wanted, queries.log_notices(session, now(), wanted))
    updated = max(one.at for one in notices) if notices else queries.site(session).changed_at
    feed = named("feed", wanted, updated, [])
    if form not in PIECES:
        return _syndicated(form, replace(feed, items=tuple(_log_items([one.guid for one in notices]))))
    pieces, join = PIECES[form]

    def render(guids: list[str]) -> dict[str, bytes]:
        return pieces(replace(feed, items=tuple(_log_items(guids))))

    kept = [Wanted(one.guid, one.changed_at.isoformat()) for one in notices]
    body = join(feed, fragments.take(f"{form}/{lang()}", repr(site_view()), kept, render))
    return _answer(body, FORMATS[form][0], "", feed.links[form], feed.page_url)


def _log_items(guids: list[str]) -> list[FeedItem]:
    """In the order of the guids."""
    rows = {row.guid: row for row in queries.log_rows(session, guids)}
    return [items.log_item(rows[guid], site_view()) for guid in guids if guid in rows]


@bp.get("/upcoming.<any(atom, rss, json):form>")
def upcoming(form: str) -> Response:
    wanted = asked()
    found = queries.upcoming(session, today(), UPCOMING_ITEMS, wanted)
    entries = emergencies.feed_items(session, wanted, site_view())
    entries += [items.upcoming_item(occurrence, site_view()) for occurrence in found]
    updated = max((entry.updated for entry in entries), default=queries.site(session).changed_at)
    return _syndicated(form, named("upcoming", wanted, updated, entries))


@bp.get("/deadlines.<any(atom, rss, json):form>")
def closing_soon(form: str) -> Response:
    """What opens or closes in the next 30 days; a deadline that is moved is a new item."""
    wanted = asked()
    found = deadlines.between(session, today(), today() + deadlines.SOON, wanted)
    entries = emergencies.feed_items(session, wanted, site_view())
    entries += [deadlines.feed_item(one, site_view()) for one in found]
    updated = max((entry.updated for entry in entries), default=queries.site(session).changed_at)
    return _syndicated(form, named("deadlines", wanted, updated, entries))


@bp.get("/deadlines.ics")
def deadline_calendar() -> Response:
    """Each deadline as an event of its own, changed in place when it moves."""
    wanted = asked()
    first, last = queries.calendar_window(today())
    urgent, updated = _urgent(wanted)
    entries = [
        deadlines.event_item(one, site_view()) for one in deadlines.between(session, first, last, wanted)
    ] + urgent
    feed = named("deadlines", wanted, updated, [])
    return _answer(ics.render(feed, entries, last), CALENDAR, "deadlines.ics", feed.links["ics"], feed.page_url)


@bp.get("/archive/<int(fixed_digits=4):year>.ics")
def archive(year: int) -> Response:
    """A whole 年度 to keep."""
    wanted = asked()
    events = fiscal_years.events(fiscal_years.occurrences(session, year, wanted)) or abort(404)
    window, headlines = fiscal_years.days(year), queries.headlines(session, events)
    drop = wanted.drops_cancelled
    entries = [items.event_item(one, site_view(), headlines.get(one.id), window, drop=drop) for one in events]
    updated = queries.calendar_changed_at(session, wanted)
    feed = named(f"archive/{year}", wanted, updated, [], fiscal_years.say(year, lang()))
    body = ics.render_archive(feed, entries, window[1])
    return _answer(body, CALENDAR, f"calendar-{year}.ics", feed.links["ics"], feed.page_url)


@bp.get("/calendar.ics")
def calendar() -> Response:
    wanted = asked()
    pieces = queries.calendar_pieces(session, today(), wanted)
    urgent, updated = _urgent(wanted)
    feed = named("calendar", wanted, updated, [])
    bodies = calendar_parts.vevents(session, pieces, wanted, site_view=site_view(), today=today(), kept=fragments)
    parts = list(zip([(piece.start, piece.uid) for piece in pieces], bodies, strict=True))
    parts += [(ics.sort_key(one), ics.vevents(one, lang(), today())) for one in urgent]
    zones = {zone for piece in pieces for zone in ics.zones_of(piece.timezone, piece.all_day)}
    return _answer(ics.join(feed, parts, zones), CALENDAR, "calendar.ics", feed.links["ics"], feed.page_url)


def _urgent(wanted: Filter) -> tuple[list[EventItem], datetime]:
    """The emergencies of a calendar, and when anything in it changed last."""
    found = emergencies.event_items(session, wanted, site_view(), today())
    changed = emergencies.changed_at(session, wanted)
    moments = [queries.calendar_changed_at(session, wanted), *filter(None, [changed]), *(one.modified for one in found)]
    return found, max(moments)


@bp.get("/feed/")
@bp.get("/rss.xml")
@bp.get("/atom.xml")
def elsewhere() -> AnyResponse:
    """Where people guess a feed to be, and where many a city had it before: it lives at one address, for ever."""
    form = "atom" if request.path == "/atom.xml" else "rss"
    response = redirect(site_view().url(f"/feed.{form}", asked().query()), 301)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@bp.get("/f/<code>.<any(ics, atom, rss, json):form>")
def short(code: str, form: str) -> Response:
    """A filter by its short name: the same answer, not a way to it, for programs that do not follow one."""
    query = short_links.query_of(session, code)
    if query is None:
        abort(404)
    request.args = ImmutableMultiDict(parse_qsl(query))
    return calendar() if form == "ics" else log(form)


@bp.get("/events/<public_id>.ics")
def event(public_id: str) -> Response:
    found = shown(Event, public_id)
    entry = items.event_item(found, site_view(), queries.headlines(session, [found]).get(found.id))
    body = ics.render_single(entry, occurrences_until(found), lang())
    return _answer(body, CALENDAR, f"event-{public_id}.ics", site_view().url(request.path), site_view().entry(found))


def occurrences_until(found: Event) -> Any:
    return max(occurrence.last_day for occurrence in found.occurrences)


def _syndicated(form: str, feed: Feed) -> Response:
    content_type, render = FORMATS[form]
    return _answer(render(feed), content_type, "", feed.links[form], feed.page_url)


def _answer(body: bytes, content_type: str, filename: str, own: str, page: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = CACHE_CONTROL
    links = [f'<{own}>; rel="self"', f'<{page}>; rel="alternate"; type="text/html"']
    if licence := labels.licence_url(config.licence):
        links.append(f'<{licence}>; rel="license"')  # RFC 4946; the one place where a calendar can name it
    response.headers["Link"] = ", ".join(links)
    response.last_modified = _last_modified()
    if filename:
        response.headers["Content-Disposition"] = f'inline; filename="{filename}"'
    return response


def _last_modified() -> datetime:
    """Moves with every public change and with the day, since windows and lists are cut by days; never back."""
    midnight = datetime.combine(today(), datetime.min.time(), config.zone)
    return max(queries.site(session).changed_at, midnight)

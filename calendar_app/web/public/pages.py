"""The public pages. Every list is one range query, and every page links the feeds of its own content."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, NoReturn

from flask import Blueprint, Flask, Response, abort, jsonify, redirect, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from calendar_app.dates import formatting, month_grid, repeat_patterns
from calendar_app.db.models import Announcement, Department, Event, Occurrence, Tag
from calendar_app.entries import describe, last_changes
from calendar_app.feeds import deadlines, items
from calendar_app.formats import json_ld
from calendar_app.listings import date_outlines, queries, renames, seasons, series, validators
from calendar_app.listings.date_outlines import DateOutline
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.sharing import add_to_calendar
from calendar_app.text import audiences, season_stages
from calendar_app.web import (
    addresses,
    choices,
    config,
    depends_on,
    lang,
    move_to,
    now,
    page,
    requested_filter,
    session,
    shown,
    site_view,
    today,
)
from calendar_app.web.public.agenda_and_map import allow_tiles
from calendar_app.web.public.months import (
    date_of,
    day_addresses,
    day_words,
    days_from,
    exact,
    indexed,
    month_page,
    without_day,
)

bp = Blueprint("pages", __name__)

HOME_DAYS = timedelta(days=28)
HOME_SEASONS, HOME_NEXT, HOME_CLOSING = 4, 12, 5
ABOUT, ABOUT_NEWS = 24, 8  # events and announcements on the page of a tag, department or audience
EVENT_CHANGES = 10
RELATED = 4
LEFT_OUT_AHEAD = timedelta(days=92)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.jinja_env.globals.update(
        say_stage=season_stages.say, series=series, day_addresses=day_addresses, day_words=day_words
    )


@bp.get("/")
def home() -> Response:
    """Show today, this weekend, the running seasons and the newest announcements."""
    day = today()
    coming = date_outlines.on_days(session, day, day + HOME_DAYS)
    coming = coming or date_outlines.next_dates(session, day, HOME_NEXT)
    return page(
        "public/home.html",
        announcements=date_outlines.announcements(session, 8),
        groups=choices.groups(),
        closing=deadlines.next_closings(session, day, day + deadlines.SOON, HOME_CLOSING),
        **_home_lists(coming, day),
    )


@bp.get("/calendar/")
def calendar() -> Response:
    """Show the current month."""
    return month_page(today().year, today().month)


@bp.get("/calendar/<year:year>/<int(fixed_digits=2):month>")
def month(year: int, month: int) -> Response:
    """Show one month as a grid and as a list."""
    return month_page(year, month)


@bp.get("/calendar/<year:year>/<int(fixed_digits=2):month>/<int(fixed_digits=2):day>")
def day(year: int, month: int, day: int) -> Response:
    """Show every event of one day."""
    shown = date_of(year, month, day)
    occurrences = date_outlines.on_days(session, shown, shown, requested_filter())
    depends_on(last_changes.months(shown, shown))
    return page(
        "public/day.html",
        requested_filter(),
        day=shown,
        indexed=indexed(shown),
        previous=days_from(shown, -1),
        following=days_from(shown, 1),
        occurrences=exact(occurrences),
        vague=without_day(occurrences),
        applications=deadlines.between(session, shown, shown, requested_filter(), listed=True),
    )


@bp.get("/events/<public_id>")
def event(public_id: str) -> Response:
    """Show one event."""
    entry = shown(Event, public_id)
    depends_on(validators.around(entry, today()))
    coming = [occurrence for occurrence in entry.occurrences if occurrence.last_day >= today()]
    tomorrow = today() + timedelta(days=1)
    response = page(
        "public/event.html",
        event=entry,
        tiles=config.tiles,
        described=_described(entry, coming),
        changes=queries.changes(session, entry, EVENT_CHANGES),
        coming=coming,
        repeated=len(entry.occurrences) > 1,
        repeat=repeat_patterns.say_pattern(entry.rule, entry.skips, entry.shift, entry.slots, lang()),
        left_out=series.left_out(entry, today(), today() + LEFT_OUT_AHEAD, lang()),
        decided=[occurrence for occurrence in coming if occurrence.status and occurrence.first_day <= tomorrow],
        previous=[datetime.fromisoformat(start) for start in entry.previous_starts],
        following=queries.following(session, entry),
        related=date_outlines.related(session, entry, today(), RELATED),
        into=add_to_calendar.links(entry, coming, site_view()),
        parts=seasons.parts(session, entry, today()),
        season=seasons.record(session, entry, site_view(), today()),
    )
    return allow_tiles(response)


def _described(event: Event, coming: list[Occurrence]) -> str:
    """The JSON-LD of an event for search engines: its coming dates, or its past dates when none is coming."""
    shown = [items.instance(occurrence, lang()) for occurrence in coming or event.occurrences]
    view = site_view()
    department = describe.department(event, lang())
    return json_ld.render(items.event_item(event, view), shown, view.publisher, view.base_url, lang(), department)


@bp.get("/announcements/")
def announcements() -> Response:
    """List the announcements, newest first."""
    site_filter = requested_filter()
    newest = date_outlines.announcements(session, 100, site_filter)
    return page("public/announcements.html", site_filter, announcements=newest)


@bp.get("/announcements/<public_id>")
def announcement(public_id: str) -> Response:
    """Show one announcement."""
    entry = shown(Announcement, public_id)
    depends_on(map(last_changes.entry_key, filter(None, (entry.id, entry.about_id, entry.supersedes_id))))
    return page(
        "public/announcement.html",
        announcement=entry,
        changes=queries.changes(session, entry, EVENT_CHANGES),
        replaced_by=queries.replaced_by(session, entry),
    )


@bp.get("/tags/<name>")
def tag(name: str) -> Response:
    """Show the upcoming events and the announcements of one tag.

    Raises NotFound for a tag that never existed.
    """
    row = session.scalar(select(Tag).where(Tag.name == name)) or _renamed("tag", name)
    return _about("tag", row.name, "#" + describe.text(row, "name", lang()), None)


@bp.get("/departments/<slug>")
def department(slug: str) -> Response:
    """Show the upcoming events and the announcements of one department.

    Raises NotFound for a department that never existed.
    """
    row = session.scalar(select(Department).where(Department.slug == slug)) or _renamed("department", slug)
    return _about("department", slug, describe.text(row, "name", lang()), row)


@bp.get("/for/<audience>")
def audience(audience: str) -> Response:
    """Show the upcoming events for one audience.

    Raises NotFound for an unknown audience.
    """
    name = audiences.name(audience, lang()) if audience in audiences.AUDIENCES else abort(404)
    return _about("audience", audience, name, None)


def _renamed(key: str, old: str) -> NoReturn:
    """Redirect to the page that was renamed; 404 for a name that never existed."""
    move_to(f"/{key}s/{renames.current_name(session, key, old) or abort(404)}")


@bp.get("/healthz")
def healthz() -> Response:
    """Answer 200 while this process and its database respond.

    "late" means that due work waits or that the worker has not run, for at least one minute. `revision` and `hash` are the
    newest link of the chain of revisions.
    """
    site, seen = queries.site(session), config.worker_seen
    late = now() - timedelta(seconds=max(60, 6 * config.work_seconds))
    status = "late" if (site.due_at and site.due_at < late) or seen < late.timestamp() else "ok"
    worker = datetime.fromtimestamp(seen, UTC).isoformat(timespec="seconds") if seen else None
    return jsonify(status=status, revision=site.revision, hash=site.revision_hash, worker=worker)


@bp.get("/calendar")
def calendar_without_slash() -> AnyResponse:
    """Redirect to the address with the slash."""
    return redirect(url_for("pages.calendar"), 308)


def _home_lists(coming: list[DateOutline], day: date) -> dict[str, Any]:
    """Place each date in one list of the home page: seasons, running, today, the weekend, later, or without a day."""
    saturday, sunday = formatting.weekend(day)
    vague, coming = without_day(coming), exact(coming)
    running = [
        occurrence
        for occurrence in coming
        if occurrence.first_day <= day < occurrence.last_day or occurrence.first_day < day
    ]
    ids = [occurrence.event_id for occurrence in running]
    headlines, illustrated = queries.headlines_of(session, ids), date_outlines.illustrated(session, ids)
    telling = [
        occurrence for occurrence in running if occurrence.event_id in headlines or occurrence.event_id in illustrated
    ]
    # The season that opened last comes first, because people look for it: cherry blossom before the whole spring.
    telling.sort(key=lambda occurrence: (occurrence.event_id in headlines, occurrence.first_day), reverse=True)
    seasons = telling[:HOME_SEASONS]
    starting = [occurrence for occurrence in coming if occurrence.first_day >= day and occurrence not in running]
    todays = [occurrence for occurrence in starting if occurrence.first_day == day]
    later = [occurrence for occurrence in starting if occurrence.first_day > day]
    weekend = [occurrence for occurrence in later if saturday <= occurrence.first_day <= sunday]
    above = {occurrence.event_id for occurrence in running + todays + weekend}
    following = [date for date in date_outlines.once(later) if date.event_id not in above]
    return {
        "seasons": seasons,
        "running": [occurrence for occurrence in running if occurrence not in seasons],
        "todays": todays,
        "weekend": month_grid.by_day(weekend, day),
        "following": following[:HOME_NEXT],
        "vague": vague,
    }


def _about(key: str, value: str, heading: str, department: Department | None) -> Response:
    """The page of a tag, department or audience: coming events, announcements, and its feeds."""
    site_filter = Filter(((key, (value,)),))
    depends_on(validators.touches(session, site_filter))
    dates = date_outlines.next_dates(session, today(), ABOUT + 1, site_filter)
    listed = dates[:ABOUT]
    running = [date for date in exact(listed) if date.first_day < today()]
    news = date_outlines.announcements(session, ABOUT_NEWS + 1, site_filter)
    return page(
        "public/about.html",
        site_filter,
        addresses=addresses(EVERYTHING),  # the path names the filter already
        heading=heading,
        department=department,
        running=running,
        coming=[date for date in listed if date not in running],
        more=len(dates) > ABOUT,
        announcements=news[:ABOUT_NEWS],
        more_news=len(news) > ABOUT_NEWS,
    )

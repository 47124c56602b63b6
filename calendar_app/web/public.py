"""What citizens see. Every list is one range query; every page links the feeds of what it shows."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Flask, Response, abort, jsonify, redirect, request, send_file, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response as AnyResponse

from calendar_app import dates, photos, queries
from calendar_app.models import Announcement, Department, Entry, Event, Photo, Tag
from calendar_app.publishing import Gone
from calendar_app.queries import Filter
from calendar_app.web import config, page, session, today

bp = Blueprint("public", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/")
def home() -> Response:
    day = today()
    coming = queries.occurrences(session, day, day + timedelta(days=28))
    running = [one for one in coming if one.first_day <= day]
    events = [one.event for one in coming]
    return page(
        "public/home.html",
        coming=coming,
        running=running,
        weekend=dates.weekend(day),
        headlines=queries.headlines(session, events),
        announcements=queries.announcements(session, 8),
    )


@bp.get("/calendar/")
def calendar() -> Response:
    return _month(today().year, today().month)


@bp.get("/calendar/<int:year>/<int(fixed_digits=2):month>")
def month(year: int, month: int) -> Response:
    return _month(year, month)


@bp.get("/calendar/<int:year>/<int(fixed_digits=2):month>/<int(fixed_digits=2):day>")
def day(year: int, month: int, day: int) -> Response:
    shown = _date(year, month, day)
    found = queries.occurrences(session, shown, shown, asked())
    return page(
        "public/day.html", day=shown, found=found, headlines=queries.headlines(session, [o.event for o in found])
    )


@bp.get("/events/<public_id>")
def event(public_id: str) -> Response:
    found = shown(Event, public_id)
    return page("public/event.html", event=found, news=queries.about(session, found))


@bp.get("/announcements/<public_id>")
def announcement(public_id: str) -> Response:
    return page("public/announcement.html", announcement=shown(Announcement, public_id))


@bp.get("/tags/<name>")
def tag(name: str) -> Response:
    found = session.scalar(select(Tag).where(Tag.name == name)) or abort(404)
    return _about("tag", found.name, "#" + found.name, None)


@bp.get("/departments/<slug>")
def department(slug: str) -> Response:
    found = session.scalar(select(Department).where(Department.slug == slug)) or abort(404)
    return _about("department", slug, found.name, found)


@bp.get("/photos/<name>")
def photo(name: str) -> Response:
    """A picture of something public. Withdrawing an entry takes its pictures away too."""
    path = photos.path_of(config.photos, name)
    stem = name.partition("-")[0]
    known = (
        select(Photo.id).join(Entry, Entry.id == Photo.entry_id).where(Photo.name == stem, Entry.state == "published")
    )
    if path is None or session.scalar(known.limit(1)) is None:
        abort(404)
    response = send_file(path, max_age=7 * 86400, conditional=False, etag=False)
    response.headers["Cache-Control"] = "public, max-age=604800"
    return response


@bp.get("/healthz")
def healthz() -> Response:
    """200 while this process can answer and its database does."""
    number = queries.site(session).revision
    return jsonify(status="ok", revision=number)


def asked() -> Filter:
    return queries.read_filter(request.args.to_dict(flat=False))


def shown(model: type[Any], public_id: str) -> Any:
    """The public entry of this id; 404 when there is none, 410 when it was withdrawn."""
    found = queries.by_public_id(session, model, public_id)
    if found is None or found.published_at is None:
        abort(404)
    if not found.public:
        raise Gone(public_id)
    return found


def _date(year: int, month: int, day: int = 1) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        abort(404)


def _month(year: int, month: int) -> Response:
    first = _date(year, month)
    weeks = dates.month_weeks(year, month)
    wanted = asked()
    found = queries.occurrences(session, weeks[0][0], weeks[-1][-1], wanted)
    return page(
        "public/month.html",
        first=first,
        weeks=weeks,
        found=found,
        said=queries.words(session, wanted, "ja"),
        headlines=queries.headlines(session, [one.event for one in found]),
    )


def _about(key: str, value: str, heading: str, department: Department | None) -> Response:
    """A page about one tag or one department: what comes up, what was announced, and its own feeds."""
    wanted = queries.read_filter({key: [value], "lang": request.args.getlist("lang")})
    found = queries.upcoming(session, today(), 60, wanted)
    return page(
        "public/about.html",
        heading=heading,
        department=department,
        wanted=wanted,
        found=found,
        headlines=queries.headlines(session, [one.event for one in found]),
        announcements=queries.announcements(session, 20, wanted),
    )


@bp.get("/calendar")
def calendar_without_slash() -> AnyResponse:
    return redirect(url_for("public.calendar"), 308)

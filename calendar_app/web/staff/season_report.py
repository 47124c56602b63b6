"""The status line of a season: staff on site publish its current state with one tap."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from calendar_app.dates import formatting
from calendar_app.db.models import Announcement, Entry, Event, Occurrence, Photo
from calendar_app.entries import photos, revisions, uploads
from calendar_app.entries.editing import Invalid
from calendar_app.entries.revisions import Values
from calendar_app.fields import ANNOUNCEMENT
from calendar_app.listings import queries
from calendar_app.staff import status_lines
from calendar_app.text import season_stages
from calendar_app.web import config, current_user, editable, lang, now, session, today

bp = Blueprint("season_report", __name__, url_prefix="/staff")

REMEMBERED = 40
JUST_NOW = timedelta(minutes=30)
FAR = timedelta(days=30)
LIMITS = {name: ANNOUNCEMENT[name].limit for name in ("headline", "place")} | {"body": 2000, "alt": uploads.ALT}


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.route("/events/<public_id>/now", methods=["GET", "POST"])
def line(public_id: str) -> Any:
    """Show and publish the status line of a season, with an optional photo, place or day.

    Raises NotFound unless it is a public event, Forbidden when this person may not edit it.
    """
    request.max_content_length = config.upload_mb * 2**20
    event = _event(public_id)
    if request.method == "GET":
        return _page(event, {})
    typed = {name: request.form.get(name, "").strip()[:length] for name, length in LIMITS.items()}
    typed["seen"] = request.form.get("seen", "")[:60]
    typed["headline"] = request.form.get("stage", "")[: LIMITS["headline"]] or typed["headline"]
    try:
        session.rollback()  # encoding takes a second, and no other save should wait for it
        stored = _taken()
        event = _event(public_id)
        if (last := queries.headlines(session, [event]).get(event.id)) and not stored and _same(last, typed):
            flash(gettext("This is the last status already. It was not published again."))
            return redirect(url_for("entry_actions.done", public_id=last.public_id), 303)
        if request.form.get("sure") != typed["headline"] and (date := _far_date(event, _seen(typed))):
            return _page(event, typed, far=date), 422
        with revisions.one_act(session):
            announcement = _publish(event, typed, stored)
    except (Invalid, formatting.BadDate, photos.BadPhoto) as error:
        session.rollback()
        flash(_message(error))
        return _page(_event(public_id), typed), 422
    session.commit()
    flash(gettext("Published. It is on the page, in the feeds and in every subscribed calendar."))
    return redirect(url_for("entry_actions.done", public_id=announcement.public_id), 303)


def _event(public_id: str) -> Event:
    event = editable(public_id)
    return event if isinstance(event, Event) and event.public else abort(404)


def _publish(event: Event, typed: dict[str, str], stored: photos.StoredPhoto | None) -> Entry:
    if not typed["headline"]:
        raise Invalid(headline="required")
    where = f"（{typed['place']}）" if typed["place"] else ""
    return status_lines.publish(
        session,
        event,
        typed["headline"],
        place=typed["place"],
        body=typed["body"],
        seen=_seen(typed),
        photos=_photo(stored, typed["alt"] or f"{event.title}{where}"),
        zone=config.zone,
        actor=current_user,
        at=now(),
    )


def _seen(typed: dict[str, str]) -> date:
    """The day of the observation; today when none was typed. Raises BadDate."""
    return formatting.parse_date(typed["seen"], today()) if typed["seen"] else today()


def _far_date(event: Event, seen: date) -> Occurrence | None:
    """The date of the event nearest to an observation, if it is too far off for it to be about this season."""
    gaps = [(max(dates.first_day - seen, seen - dates.last_day), dates) for dates in event.occurrences]
    gap, nearest = min(gaps, key=lambda pair: pair[0], default=(FAR, None))
    return nearest if gap > FAR else None


def _same(last: Announcement, typed: dict[str, str]) -> bool:
    """Tell whether the newest line says the same, a short while ago: a second press, or a colleague at the same place."""
    same = (last.headline, last.place) == (typed["headline"], typed["place"])
    news = typed["body"] or typed["seen"]
    return same and not news and last.published_at is not None and now() - last.published_at < JUST_NOW


def _taken() -> photos.StoredPhoto | None:
    """Store the uploaded photo; None without one."""
    upload: Any = request.files.get("photo")
    if not upload or not upload.filename:
        return None
    return photos.store(upload.stream, config.photos, limit=config.upload_mb * 2**20)


def _photo(stored: photos.StoredPhoto | None, alt: str) -> list[Values]:
    if not stored:
        return []
    size = {"width": stored.width, "height": stored.height, "sizes": stored.sizes}
    row = Photo(name=stored.name, alt=alt[:300], uploaded_by=current_user.id, uploaded_at=now(), **size)
    session.add(row)
    session.flush()
    return [{"id": row.id, "alt": row.alt}]


def _message(error: Exception) -> str:
    if isinstance(error, formatting.BadDate):
        return formatting.message(error, lang())
    if isinstance(error, photos.BadPhoto):
        return photos.message(error, lang())
    return str(gettext("Please choose a word or write one."))


def _page(event: Event, typed: dict[str, str], far: Occurrence | None = None) -> str:
    """Show the form with the words and places used before, and the line that a new one would replace."""
    words = season_stages.offered(event.title, [tag.name for tag in event.tags])
    return render_template(
        "staff/live.html",
        event=event,
        typed=typed,
        far=far,
        stages=[*words, *(word for word in _used(event, Announcement.headline) if word not in words)],
        places=_used(event, Announcement.place),
        newest=queries.headlines(session, [event]).get(event.id),
    )


def _used(event: Event, column: InstrumentedAttribute[str]) -> list[str]:
    """The earlier values of a column in the status lines of this event, newest first."""
    used = select(column).where(Announcement.about_id == event.id, column != "").order_by(Announcement.id.desc())
    return list(dict.fromkeys(session.scalars(used.limit(REMEMBERED))))

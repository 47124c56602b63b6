"""Emergencies for other programs: an Atom index, and each message as CAP 1.2."""

from dataclasses import replace
from datetime import datetime

from flask import Blueprint, Flask, Response, abort

from calendar_app.entries.urls import SiteView
from calendar_app.feeds import alerts
from calendar_app.formats import cap
from calendar_app.listings import queries
from calendar_app.text import countries
from calendar_app.text.languages import Words
from calendar_app.web import config, session, site_view, today

bp = Blueprint("alerts", __name__)

TITLE = Words({"ja": "緊急のお知らせ", "en": "Emergencies"})
CACHE_CONTROL = "public, no-cache"


def register(app: Flask) -> None:
    app.register_blueprint(bp)


def _view() -> SiteView:
    """The site in its own language: a message holds every language, so its address has no variants."""
    own = config.language
    return replace(site_view(), lang=own, name=config.name(own), publisher=config.publisher_name(own))


def _area() -> tuple[str, str]:
    return countries.place(config.prefecture, config.municipality), config.body_code


@bp.get("/alerts.atom")
def index() -> Response:
    """List the emergencies in force, and those of the last week, as Atom with links to CAP messages."""
    view = _view()
    midnight = datetime.combine(today(), datetime.min.time(), config.zone)
    found = alerts.current(session, view, *_area(), today=midnight)
    own = view.url("/alerts.atom")
    body = cap.index(
        found,
        id=f"tag:{view.site_id},2026:alerts/{view.lang}",
        title=f"{view.name} {TITLE[view.lang]}",
        own=own,
        hub=view.hub_of(view.url("/alerts.atom")),
        author=view.publisher,
        updated=found[0].me.sent if found else queries.site(session).changed_at.replace(hour=0, minute=0, second=0),
    )
    return _answer(body, "application/atom+xml; charset=utf-8", own)


@bp.get("/alerts/<int:number>.cap")
def message(number: int) -> Response:
    """Send one emergency message as CAP 1.2.

    Raises NotFound for a number that is no message, Gone when its announcement has been withdrawn.
    """
    alert = alerts.message(session, number, _view(), *_area())
    if alert is None:
        abort(410 if alerts.has_gone(session, number) else 404)
    return _answer(cap.render(alert), f"{cap.MEDIA_TYPE}; charset=utf-8", alert.url)


def _answer(body: bytes, content_type: str, own: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["Access-Control-Allow-Origin"] = "*"
    hub = _view().hub_of(own)
    response.headers["Link"] = f'<{own}>; rel="self"' + (f', <{hub}>; rel="hub"' if hub else "")
    return response

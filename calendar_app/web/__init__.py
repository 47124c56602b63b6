"""HTTP: what every request shares. Only the edges read the clock.

Public pages are the same for everybody; everything personal lives under /staff.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, NoReturn, cast
from urllib.parse import quote

from flask import Response, abort, current_app, g, redirect, render_template, request, url_for
from flask_wtf import CSRFProtect
from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from calendar_app import config as settings
from calendar_app.db.models import Entry
from calendar_app.entries import permissions
from calendar_app.entries.publishing import Gone
from calendar_app.entries.urls import SiteView
from calendar_app.feeds.fragment_cache import Fragments
from calendar_app.listings import filters, queries, renames
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.sharing import qr
from calendar_app.text import languages

PACKAGE = Path(__file__).resolve().parent.parent
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
FORM_BYTES = 256 * 1024
LONG_FORM = 4 * 2**20  # more than any field takes: what is too long is answered at its field
READING_SECONDS = 10.0  # for somebody else's server, while a person waits
POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types worker",
    )
)
csrf = CSRFProtect()
# One thread of each server process may wait for somebody else's server; the others go on answering.
_elsewhere = BoundedSemaphore(1)


def _session() -> Session:
    if "session" not in g:
        g.session = Session(current_app.extensions["calendar_engine"])
    return cast(Session, g.session)


# The person at this browser; None for a stranger.
current_user: Any = LocalProxy(lambda: g.get("user"))
session: Session = cast(Session, LocalProxy(_session))
config: settings.Config = cast(settings.Config, LocalProxy(lambda: current_app.extensions["calendar_config"]))
fragments: Fragments = cast(Fragments, LocalProxy(lambda: current_app.extensions["calendar_fragments"]))


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def reading_elsewhere() -> Iterator[bool]:
    """The right to wait for somebody else's server, and no open transaction; False when another thread has it."""
    session.rollback()
    free = _elsewhere.acquire(timeout=1)
    try:
        yield free
    finally:
        if free:
            _elsewhere.release()


@contextmanager
def writing() -> Iterator[Session]:
    """For a verb that needs several transactions: this request's session, committed at the end."""
    yield session
    session.commit()


def allow_photos() -> None:
    """Before a form is read: this one may carry photos and long texts, every other stays small."""
    request.max_content_length = config.upload_mb * 2**20
    request.max_form_memory_size = LONG_FORM


def today() -> date:
    return datetime.now(config.zone).date()


def lang() -> str:
    """The language of this page: named in its address, or else the site's own. The desk speaks the nearest of its two."""
    asked = request.args.get("lang", "")
    if request.path.startswith("/staff"):
        return languages.nearest(asked, languages.STAFF, config.language)
    return asked if asked in config.offered else config.language


def site_view() -> SiteView:
    if "site_view" not in g:
        g.site_view = SiteView(
            lang=lang(),
            default_lang=config.language,
            base_url=config.base_url,
            name=config.name(lang()),
            publisher=config.publisher_name(lang()),
            timezone=config.timezone,
            site_id=queries.site(session).site_id,
            licence=config.licence,
        )
    return cast(SiteView, g.site_view)


@cache
def _version(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a file of ours that may be kept for ever: a new content is a new address."""
    return url_for("static", filename=name, v=_version(PACKAGE / "static" / name))


def qr_of(address: str) -> Markup:
    """A QR code as an element of the page."""
    return Markup(qr.svg(address, escape(address)))  # noqa: S704 - its text is escaped


def editable(public_id: str) -> Entry:
    """The entry, if this person may change it; 404 or 403."""
    entry = queries.by_public_id(session, Entry, public_id) or abort(404)
    if not permissions.may(current_user, "edit", entry):
        abort(403)
    return entry


def shown(model: type[Any], public_id: str) -> Any:
    """The public entry of this id; 404 when there is none, 410 when it was withdrawn."""
    found = queries.by_public_id(session, model, public_id)
    if found is None or found.published_at is None:
        abort(404)
    if not found.public:
        raise Gone(public_id)
    return found


def asked() -> Filter:
    """The filter of this address. Raises BadFilter, also for a value that names nothing: no page may forget to look."""
    wanted = filters.read_filter(request.args.to_dict(flat=False))
    if wanted.lang and wanted.lang not in config.offered:
        raise filters.BadFilter(f"lang={wanted.lang}")
    try:
        filters.words(session, wanted, lang())
    except filters.BadFilter:
        if (renamed := renames.current(session, wanted)) == wanted:
            raise
        move_to(request.path, renamed.query())
    return wanted


def move_to(path: str, query: str = "") -> NoReturn:
    """Answer that this is elsewhere now, for ever."""
    abort(redirect(config.base_url + quote(path) + (f"?{query}" if query else ""), 301))


def page(template: str, wanted: Filter = EVERYTHING, **context: Any) -> Response:
    """A public page, with what stands on every one: its addresses, its feeds' filter, the emergencies.

    Every cache may keep it and must ask again each time; the question costs a 304.
    """
    shared = {
        "wanted": Filter(wanted.terms),
        "terms": {key: list(values) for key, values in wanted.terms},
        "addresses": addresses(wanted),
        "emergencies": queries.emergencies(session),
    }
    response = current_app.make_response(render_template(template, **shared | context))
    response.headers["Cache-Control"] = "public, no-cache"
    return response


def addresses(wanted: Filter) -> dict[str, str]:
    """This page in each language, by its one absolute address."""
    return in_every_language(quote(request.path), wanted)


def in_every_language(path: str, wanted: Filter = EVERYTHING) -> dict[str, str]:
    """The absolute addresses of a page, by language; that of the site is not named in its own."""
    queried = {code: Filter(wanted.terms, code if code != config.language else "").query() for code in config.offered}
    return {code: config.base_url + path + (f"?{query}" if query else "") for code, query in queried.items()}

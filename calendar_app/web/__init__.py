"""HTTP: the session, settings, language and filter that every request shares. Only web and commands read the clock.

Public pages are the same for everybody. Personal pages have addresses below /staff.
"""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, NoReturn, cast
from urllib.parse import quote

from flask import Response, abort, current_app, g, redirect, render_template, request
from flask_wtf import CSRFProtect
from markupsafe import Markup, escape
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy

from calendar_app import config as settings
from calendar_app.db.models import Entry
from calendar_app.entries import permissions
from calendar_app.entries.publishing import Gone
from calendar_app.entries.urls import SiteView
from calendar_app.feeds.fragment_cache import FragmentKey, Fragments
from calendar_app.listings import filters, queries, renames
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.sharing import qr
from calendar_app.text import languages
from calendar_app.web.touched import SHOWS

PACKAGE = Path(__file__).resolve().parent.parent
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
FORM_BYTES = 256 * 1024
LONG_FORM = 4 * 2**20  # bytes; more than any field takes, so that a text that is too long gets an error at its field
READING_SECONDS = 10.0  # to read another server while a person waits
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
# In each server process, one thread at a time may wait for another server. The other threads keep answering.
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
    """The current instant, aware, in UTC."""
    return datetime.now(UTC)


@contextmanager
def reading_elsewhere() -> Iterator[bool]:
    """Let this thread wait for another server, without an open transaction. Yields False when another thread waits."""
    session.rollback()
    free = _elsewhere.acquire(timeout=1)
    try:
        yield free
    finally:
        if free:
            _elsewhere.release()


@contextmanager
def writing() -> Iterator[Session]:
    """Yield the session of this request to a verb that needs several transactions, and commit it at the end."""
    yield session
    session.commit()


def allow_photos() -> None:
    """Raise the size limits of this request for photos and long texts. Call it before the form is read."""
    request.max_content_length = config.upload_mb * 2**20
    request.max_form_memory_size = LONG_FORM


def today() -> date:
    """The current day in the time zone of the city."""
    return datetime.now(config.zone).date()


def lang() -> str:
    """The language code of this page: the one in its address, or else the language of the site.

    The staff desk exists in two languages and uses the nearer one.
    """
    code = request.args.get("lang", "")
    if request.path.startswith("/staff"):
        return languages.nearest(code or config.language, languages.STAFF, "en")
    return code if code and code in config.offered else config.language


def site_view() -> SiteView:
    """The name, publisher, address and licence of the site in the language of this page."""
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
            hub=config.hub,
        )
    return cast(SiteView, g.site_view)


@cache
def asset(name: str) -> str:
    """The address of a static file. It contains a hash of the content, so browsers may keep the file for ever."""
    digest = hashlib.sha256((PACKAGE / "static" / name).read_bytes()).hexdigest()
    return f"/static/{quote(name)}?v={digest[:10]}"


def qr_of(address: str) -> Markup:
    """A QR code of an address, as an SVG element."""
    key = FragmentKey(address, "")
    [body] = fragments.get_or_render("qr", "", [key], lambda _: {address: qr.svg(address, escape(address)).encode()})
    return Markup(body.decode())  # noqa: S704 - its text is escaped


def editable(public_id: str) -> Entry:
    """The entry to change. Raises NotFound when it does not exist, Forbidden when the person may not change it."""
    entry = queries.by_public_id(session, Entry, public_id) or abort(404)
    if not permissions.may(current_user, "edit", entry):
        abort(403)
    return entry


def shown(model: type[Any], public_id: str) -> Any:
    """The public entry of this id. Raises NotFound when it was never public, Gone when it was withdrawn."""
    entry = queries.by_public_id(session, model, public_id)
    if entry is None or entry.published_at is None:
        abort(404)
    if not entry.public:
        raise Gone(public_id)
    return entry


def requested_filter() -> Filter:
    """The filter in the address of this request. Redirects (301) when a value was renamed.

    Raises BadFilter for an unknown parameter or value, so that no page has to check for itself.
    """
    site_filter = filters.read_filter(request.args.to_dict(flat=False))
    if site_filter.lang and site_filter.lang not in config.offered:
        raise filters.BadFilter(f"lang={site_filter.lang}")
    try:
        filters.words(session, site_filter, lang())
    except filters.BadFilter:
        if (renamed := renames.current(session, site_filter)) == site_filter:
            raise
        move_to(request.path, renamed.query())
    return site_filter


def move_to(path: str, query: str = "") -> NoReturn:
    """Answer with a permanent redirect (301) to a path of this site. Always raises the redirect."""
    abort(redirect(config.base_url + quote(path) + (f"?{query}" if query else ""), 301))


def depends_on(keys: Iterable[str] | None) -> None:
    """Say which keys of `entries.last_changes` the answer to this request depends on; None stands for everything.

    The cache keeps the answer until one of them is touched. Without a call, every change renews the answer. The last
    call counts.
    """
    request.environ[SHOWS] = None if keys is None else frozenset(keys)


def page(template: str, site_filter: Filter = EVERYTHING, **context: Any) -> Response:
    """Render a public page, with the context that every page needs: its addresses, its filter and the emergencies.

    Caches may keep the page but must revalidate it each time, which usually costs only a 304.
    """
    shared = {
        "wanted": Filter(site_filter.terms),
        "terms": {key: list(values) for key, values in site_filter.terms},
        "addresses": addresses(site_filter),
        "emergencies": queries.emergencies(session),
    }
    response = current_app.make_response(render_template(template, **shared | context))
    response.headers["Cache-Control"] = "public, no-cache"
    return response


def addresses(site_filter: Filter) -> dict[str, str]:
    """The absolute address of this page, by language code."""
    return in_every_language(quote(request.path), site_filter)


def in_every_language(path: str, site_filter: Filter = EVERYTHING) -> dict[str, str]:
    """The absolute addresses of a page, by language code. Only the language of the site has no `lang` parameter."""
    queried = {
        code: Filter(site_filter.terms, code if code != config.language else "").query() for code in config.offered
    }
    return {code: config.base_url + path + (f"?{query}" if query else "") for code, query in queried.items()}

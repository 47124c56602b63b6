"""HTTP: what every request shares. Sessions end here, errors become pages here, and only the edges read the clock.

Public pages are the same for everybody; everything personal lives under /staff.
"""

import hashlib
from datetime import UTC, date, datetime
from functools import cache
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, Response, abort, current_app, g, render_template, request, url_for
from flask_babel import Babel, get_babel
from flask_security import current_user
from flask_wtf import CSRFProtect
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session
from werkzeug.local import LocalProxy
from werkzeug.middleware.proxy_fix import ProxyFix

from calendar_app import access, dates, db, filters, imprecise, items, queries, wording
from calendar_app import config as settings
from calendar_app.filters import EVERYTHING, Filter
from calendar_app.fragments import Fragments
from calendar_app.items import Edition
from calendar_app.models import Entry

PACKAGE = Path(__file__).resolve().parent.parent
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
LOOKING = ("posting.dates",)  # POSTs that change nothing: they take no write lock
FORM_BYTES = 256 * 1024
# Accounts first: they guard the rest.
VIEWS = (
    *("accounts", "public", "archive", "subscribe", "feeds", "opendata", "robots"),
    *("staff", "posting", "drafts", "live", "staff_dates", "bulk", "imports", "things", "errors"),
)

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

csrf = CSRFProtect()


def _session() -> Session:
    if "session" not in g:
        engine = current_app.extensions["calendar_engine"]
        looks = request.method in SAFE_METHODS or request.endpoint in LOOKING
        g.session = Session(engine if looks else db.for_writing(engine))
    return cast(Session, g.session)


session: Session = cast(Session, LocalProxy(_session))
config: settings.Config = cast(settings.Config, LocalProxy(lambda: current_app.extensions["calendar_config"]))
fragments: Fragments = cast(Fragments, LocalProxy(lambda: current_app.extensions["calendar_fragments"]))


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    return datetime.now(config.zone).date()


def lang() -> str:
    """The language of this page: named in its address, or else the site's own."""
    asked = request.args.get("lang", "")
    return asked if asked in filters.LANGUAGES else config.language


def edition() -> Edition:
    if "edition" not in g:
        g.edition = Edition(
            lang=lang(),
            default_lang=config.language,
            base_url=config.base_url,
            name=config.name(lang()),
            publisher=config.publisher_name(lang()),
            timezone=config.timezone,
            site_id=queries.site(session).site_id,
        )
    return cast(Edition, g.edition)


def template_folder() -> Path:
    """The checkout's folder, or the copy that the wheel carries."""
    folder = settings.ROOT / "templates"
    return folder if folder.is_dir() else PACKAGE / "templates"


def register(app: Flask, configured: settings.Config, engine: Engine) -> None:
    """Everything HTTP, onto the application."""
    app.extensions["calendar_config"] = configured
    app.extensions["calendar_engine"] = engine
    app.extensions["calendar_fragments"] = Fragments(configured.instance / "fragments.db")
    _settle(app, configured)
    csrf.init_app(app)
    Babel(app, locale_selector=lang)
    _load_catalogs(app)
    _extend_templates(app)
    app.after_request(_finish)
    app.teardown_appcontext(_end_session)

    for name in VIEWS:
        import_module(f"calendar_app.web.{name}").register(app)


def _settle(app: Flask, configured: settings.Config) -> None:
    https = configured.base_url.startswith("https:")
    app.config.update(
        SECRET_KEY=configured.secret_key,
        MAX_CONTENT_LENGTH=FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=400,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session: a form left open over lunch is not eaten
        SESSION_COOKIE_NAME="__Host-session" if https else "session",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        BABEL_DEFAULT_LOCALE=configured.language,
    )
    if configured.trusted_proxies:
        count = configured.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]


def _load_catalogs(app: Flask) -> None:
    """Messages straight from the .po files: no compiled copy that could be forgotten or go stale."""
    with app.app_context():
        kept = get_babel(app).instance.domain_instance.cache
    for path in (PACKAGE / "translations").glob("*/LC_MESSAGES/messages.po"):
        with path.open("rb") as file:
            catalog = read_po(file)
        write_mo(compiled := BytesIO(), catalog)
        compiled.seek(0)
        kept[path.parts[-3], "messages"] = Translations(compiled)


@cache
def _version(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10]


def asset(name: str) -> str:
    """The address of a file of ours that may be kept for ever: a new content is a new address."""
    return url_for("static", filename=name, v=_version(PACKAGE / "static" / name))


def _extend_templates(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_template_global(asset)
    app.jinja_env.globals.update(items=items, dates=dates, imprecise=imprecise, wording=wording)

    @app.context_processor
    def _shared() -> dict[str, Any]:
        return {"lang": lang(), "site": config, "edition": edition, "today": today}

    @app.url_defaults
    def _keep_language(endpoint: str, values: dict[str, Any]) -> None:
        if (
            request
            and lang() != config.language
            and endpoint.split(".")[0] in ("public", "archive", "subscribe", "feeds")
        ):
            values.setdefault("lang", lang())


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if response.mimetype == "text/html":
        response.headers.setdefault("Content-Security-Policy", POLICY)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    elif "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
    if config.base_url.startswith("https:"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _end_session(_error: BaseException | None) -> None:
    if used := g.pop("session", None):
        used.close()


def editable(public_id: str) -> Entry:
    """The entry, if this person may change it; 404 or 403."""
    entry = queries.by_public_id(session, Entry, public_id) or abort(404)
    if not access.may(current_user, "edit", entry):
        abort(403)
    return entry


def asked() -> Filter:
    """The filter of this address. Raises BadFilter, also for a value that names nothing: no page may forget to look."""
    wanted = filters.read_filter(request.args.to_dict(flat=False))
    filters.words(session, wanted, lang())
    return wanted


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
    path = config.base_url + quote(request.path)
    queried = {
        code: Filter(wanted.terms, code if code != config.language else "").query() for code in filters.LANGUAGES
    }
    return {code: f"{path}?{query}" if query else path for code, query in queried.items()}

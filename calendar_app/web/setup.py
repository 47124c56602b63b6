"""Set up the web part of the application: settings, catalogs, templates, views and the headers of every response."""

from datetime import timedelta
from gettext import c2py
from importlib import import_module
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.support import Translations
from flask import Flask, Response, g, request
from flask_babel import Babel, get_babel
from werkzeug.middleware.proxy_fix import ProxyFix

from calendar_app import config as settings
from calendar_app import fields
from calendar_app.dates import approximate, formatting, repeat_patterns
from calendar_app.entries import accessibility, describe
from calendar_app.feeds import items
from calendar_app.formats import registry
from calendar_app.listings import filter_keys
from calendar_app.text import facilities, labels, languages
from calendar_app.web import (
    FORM_BYTES,
    PACKAGE,
    POLICY,
    asset,
    config,
    csrf,
    current_user,
    lang,
    qr_of,
    site_view,
    today,
)
from calendar_app.web.converters import Number, Year

# Sign-in comes first, because it protects the views below /staff.
VIEWS = (
    "pieces",
    *("staff.sign_in", "staff.second_factor", "staff.passkeys", "staff.single_sign_on", "staff.account", "staff.reset"),
    "text_language",
    *(
        "public.pages",
        "public.agenda_and_map",
        "public.venues",
        "public.archive",
        "public.subscribe",
        "public.share",
        "public.feeds",
    ),
    *(
        "public.fediverse",
        "public.websub",
        "public.follow",
        "public.alerts",
        "public.embed",
        "public.print",
        "public.press",
        "public.open_data",
        "public.catalogue",
        "public.sitemap",
        "public.web_app",
        "public.photos",
        "api.writing",
        "api.reading",
    ),
    *("public.search", "staff.worklist", "staff.batch_entries", "staff.entry_actions", "staff.entry_form"),
    *("staff.form_drafts", "staff.quickadd", "staff.season_report", "staff.single_dates", "staff.batch_dates"),
    *(
        "staff.imports",
        "staff.sources",
        "staff.channels",
        "staff.receipts",
        "staff.templates",
        "staff.venues_departments_tags",
        "staff.translations",
        "staff.ready_sentences",
        "staff.spellings",
        "staff.people",
        "staff.tokens",
    ),
    *(
        "staff.home",
        "staff.proposals",
        "staff.freshness",
        "public.feedback",
        "public.reactions",
        "public.polls",
        "staff.questions",
        "staff.polls",
        "staff.monthly_sheet",
        "staff.live",
        "public.operating",
        "staff.operating",
        "staff.fediverse",
        "errors",
    ),
)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def template_folder() -> Path:
    """The folder of the templates: that of the checkout, or the copy in the wheel."""
    folder = settings.ROOT / "templates"
    return folder if folder.is_dir() else PACKAGE / "templates"


def register(app: Flask, configured: settings.Config) -> None:
    """Register every view, catalog and template helper on the application."""
    _settle(app, configured)
    csrf.init_app(app)
    Babel(app, locale_selector=lambda: languages.locale(lang()))
    _load_catalogs(app)
    _extend_templates(app)
    app.after_request(_finish)
    app.teardown_appcontext(_end_session)

    app.url_map.converters |= {"int": Number, "year": Year}
    for name in VIEWS:
        import_module(f"calendar_app.web.{name}").register(app)


def _settle(app: Flask, configured: settings.Config) -> None:
    https = configured.base_url.startswith("https:")
    app.config.update(
        SECRET_KEY=configured.secret_key,
        MAX_CONTENT_LENGTH=FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=400,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session, so that a form left open for hours can still be sent
        SESSION_COOKIE_NAME="__Host-session" if https else "session",
        SESSION_COOKIE_SECURE=https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_REFRESH_EACH_REQUEST=False,  # no cookie on public pages
        PERMANENT_SESSION_LIFETIME=timedelta(days=configured.session_days),
        BABEL_DEFAULT_LOCALE=configured.language,
    )
    if configured.trusted_proxies:
        count = configured.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count)  # type: ignore[method-assign]


def _load_catalogs(app: Flask) -> None:
    """Load the messages directly from the .po files, so that no compiled copy can become outdated."""
    with app.app_context():
        catalogs = get_babel(app).instance.domain_instance.cache
    for code in languages.LANGUAGES:
        catalogs[str(languages.locale(code)), "messages"] = _translations(code)


class PoTranslations(Translations):
    """A catalog as gettext asks for it, filled from the messages of a .po file. Compiling them first took a tenth of a start."""

    def __init__(self, catalog: Catalog) -> None:
        super().__init__()
        self.plural = c2py(catalog.plural_expr)  # type: ignore[assignment] # takes whole numbers only, as ours are
        for message in catalog:
            if message.id and message.string and not message.fuzzy:
                self._catalog |= _texts(message)


def _texts(message: Message) -> dict[Any, str]:
    """The texts of a message under the keys of gettext: the English, with the number of the form where it has a plural."""
    if isinstance(message.id, str):
        return {message.id: str(message.string)}
    return {(message.id[0], form): text or message.id[min(form, 1)] for form, text in enumerate(message.string or ())}


def _translations(code: str) -> Translations:
    """The catalog of a language, with the catalogs of its fallback languages behind it."""
    translations = PoTranslations(languages.catalog(code))
    for other in languages.translations(code)[1:]:
        if other == "en":  # the messages in the code are English
            break
        translations.add_fallback(_translations(other))
    return translations


def _extend_templates(app: Flask) -> None:
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.add_template_global(asset)
    app.add_template_global(qr_of)
    app.jinja_env.globals.update(
        formats_carrying=registry.carrying, item_formats=registry.of_items, combinable=filter_keys.COMBINED
    )
    for module in (
        accessibility,
        approximate,
        describe,
        facilities,
        fields,
        formatting,
        items,
        labels,
        languages,
        repeat_patterns,
    ):
        app.jinja_env.globals[module.__name__.rpartition(".")[2]] = module

    @app.context_processor
    def _shared() -> dict[str, Any]:
        return {"lang": lang(), "site": config, "current_user": current_user, "site_view": site_view, "today": today}

    @app.url_defaults
    def _keep_language(endpoint: str, values: dict[str, Any]) -> None:
        if (
            request
            and lang() != config.language
            and endpoint.split(".")[0]
            in (
                "pages",
                "agenda_and_map",
                "archive",
                "subscribe",
                "feeds",
                "embed",
                "print",
                "web_app",
                "search",
                "feedback",
                "reactions",
            )
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

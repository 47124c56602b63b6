"""The site as an app on a phone: its name, and its pages without a network. Also the accessibility statement."""

from pathlib import Path

from flask import Blueprint, Flask, Response, jsonify, send_file

from calendar_app.text import languages, markup
from calendar_app.web import PACKAGE, asset, config, lang, page

bp = Blueprint("web_app", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/manifest.webmanifest")
def manifest() -> Response:
    """Send the web app manifest."""
    language = lang()
    icons = [
        {"src": asset("favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
        {"src": asset("icon-512.png"), "sizes": "512x512", "type": "image/png", "purpose": "any maskable"},
    ]
    response = jsonify(
        id="/",
        name=config.name(language),
        short_name=config.name(language).split()[-1],
        lang=languages.tag(language),
        start_url="/" if language == config.language else f"/?lang={language}",
        scope="/",
        display="standalone",
        background_color="#ffffff",
        theme_color="#a8245a",
        icons=icons,
    )
    response.mimetype = "application/manifest+json"
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@bp.get("/sw.js")
def worker() -> Response:
    """Send the service worker; browsers revalidate it each time, so that a faulty one is replaced."""
    response = send_file(PACKAGE / "static" / "sw.js", conditional=False, etag=False)
    response.headers["Cache-Control"] = "public, no-cache"
    return response


@bp.get("/offline")
def offline() -> Response:
    """Show the page that a browser without a connection falls back to."""
    return page("public/offline.html")


@bp.get("/accessibility")
def accessibility() -> Response:
    """Show the accessibility statement: the town's own, or the one that holds for every installation."""
    own = next((path for path in _statements() if path.is_file()), None)
    statement = markup.html(own.read_text(encoding="utf-8"), config.base_url) if own else ""
    return page("public/accessibility.html", statement=statement)


def _statements() -> list[Path]:
    return [
        *(config.instance / f"accessibility.{code}.md" for code in languages.chain(lang())),
        config.instance / "accessibility.md",
    ]

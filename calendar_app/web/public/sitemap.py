"""robots.txt and the sitemap: the paths that search engines may read, and every public page."""

from collections.abc import Iterator
from urllib.parse import quote
from xml.sax.saxutils import escape

from flask import Blueprint, Flask, Response
from sqlalchemy import select

from calendar_app.db.models import Department, Entry, Venue
from calendar_app.listings import filter_options, public_addresses
from calendar_app.text.languages import tag
from calendar_app.web import config, in_every_language, session

bp = Blueprint("sitemap", __name__)

MOST_BYTES = 48_000_000  # the standard allows 50 MiB and 50,000 addresses
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    ' xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
)
# Feeds are not disallowed, because Google's calendar once refused disallowed feeds.
ROBOTS = """User-agent: *
Disallow: /staff/
Allow: /

Sitemap: {base_url}/sitemap.xml
"""


def register(app: Flask) -> None:
    app.register_blueprint(bp)


@bp.get("/robots.txt")
def robots() -> Response:
    """Send robots.txt."""
    return _answer(ROBOTS.format(base_url=config.base_url), "text/plain; charset=utf-8")


@bp.get("/sitemap.xml")
def sitemap() -> Response:
    """Send the sitemap: newest entries first, up to the limit of the standard."""
    return _answer(HEAD + "".join(_addresses()) + "</urlset>\n", "application/xml; charset=utf-8")


def _addresses() -> Iterator[str]:
    for path in (*public_addresses.LISTS, "/map", *public_addresses.data_pages()):
        yield _address(path)
    for slug in session.scalars(select(Department.slug).order_by(Department.id)):
        yield _address(f"/departments/{slug}")
    for code, _name in filter_options.groups(session, config.language):
        yield _address(f"/for/{code}")
    public = select(Entry.kind, Entry.public_id, Entry.changed_at).where(Entry.state == "published")
    for name in public_addresses.tags(session):
        yield _address(f"/tags/{quote(name)}")
    for number in session.scalars(select(Venue.id).order_by(Venue.id)):
        yield _address(f"/venues/{number}")
    most = min(45_000, MOST_BYTES // len(_address("/announcements/" + "x" * 16, "<lastmod></lastmod>" + "x" * 32)))
    for kind, public_id, changed_at in session.execute(public.order_by(Entry.changed_at.desc(), Entry.id).limit(most)):
        yield _address(f"/{kind}s/{public_id}", f"<lastmod>{changed_at.isoformat()}</lastmod>")


def _address(path: str, more: str = "") -> str:
    """The sitemap element of a page, with its addresses in the other languages of the site."""
    addresses = in_every_language(path)
    others = "".join(
        f'<xhtml:link rel="alternate" hreflang="{tag(code)}" href="{escape(address)}"/>'
        for code, address in addresses.items()
        if len(addresses) > 1
    )
    return f"<url><loc>{escape(addresses[config.language])}</loc>{more}{others}</url>\n"


def _answer(body: str, content_type: str) -> Response:
    response = Response(body, content_type=content_type)
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response

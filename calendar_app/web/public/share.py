"""Share a public entry: its pictures and QR code, and a page of the desk with all texts ready."""

import re
from dataclasses import replace
from typing import Any

from flask import Blueprint, Flask, Response, abort, render_template, request, url_for
from markupsafe import escape

from calendar_app.db.models import Entry
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import items
from calendar_app.formats import Image
from calendar_app.listings import queries
from calendar_app.sharing import cards, fonts, press_text, qr
from calendar_app.sharing.kit import common_text, mail, network_texts, post_parts, reader_links
from calendar_app.text import languages
from calendar_app.web import config, session, shown, site_view, today
from calendar_app.web.front import FEED_CONTROL

bp = Blueprint("share", __name__)

OF_PICTURES = "image/jpeg"


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_global(share_image)
    app.add_template_global(share_links)


@bp.get(f"/cards/<public_id>-<any({', '.join(cards.SIZES)}):size>.jpg")
def card(public_id: str, size: str) -> Response:
    """Send the picture of an entry that networks show beside a link."""
    entry = shown(Entry, public_id)
    try:
        picture = cards.render(entry, size, site_view(), folder=config.cards, pictures=config.photos, font=config.font)
    except fonts.NoFont as error:
        return Response(f"503 {error}\n", 503, content_type="text/plain; charset=utf-8")
    return _file(picture, OF_PICTURES)


@bp.get("/cards/<public_id>-qr.<any(svg, png):form>")
def code(public_id: str, form: str) -> Response:
    """Send the QR code of an entry's page."""
    address = site_view().entry(shown(Entry, public_id))
    if form == "svg":
        return _file(qr.svg(address, str(escape(address))).encode(), "image/svg+xml")
    return _file(qr.png(address), "image/png")


def _file(body: bytes, kind: str) -> Response:
    response = Response(body, content_type=kind)
    response.headers["Cache-Control"] = FEED_CONTROL
    return response


def share_image(entry: Entry) -> Image | None:
    """The picture that a page offers to networks: its card, or its photo when there is no font to draw a card."""
    try:
        fonts.find(config.font)
    except fonts.NoFont:
        return items.image(entry.photos[0], site_view()) if entry.photos else None
    parts = post_parts(entry, site_view(), today())
    stamp = f"v={cards.fingerprint(entry, site_view())[:10]}"
    url = site_view().url(f"/cards/{entry.public_id}-og.jpg", stamp)
    alt = " ".join(filter(None, [parts.title, parts.when, parts.place]))
    return Image(url, OF_PICTURES, 0, *cards.SIZES["og"], alt)


def share_links(entry: Entry) -> dict[str, str]:
    """The addresses with which a reader shares an entry, by network."""
    return reader_links(entry, site_view())


@bp.get("/staff/entries/<public_id>/share")
def kit(public_id: str) -> str:
    """Show every text and picture for sharing one public entry; `in` is the language of the texts.

    Raises NotFound for an unknown entry.
    """
    entry = queries.by_public_id(session, Entry, public_id) or abort(404)
    edition = _edition(request.args.get("in", ""))
    return render_template(
        "staff/share.html",
        entry=entry,
        edition=edition,
        common=common_text(post_parts(entry, edition, today())),
        texts=network_texts(entry, edition, today()),
        mail=mail(entry, edition, today()),
        columns=[
            ("column", press_text.column_paragraph(entry, edition, today())),
            ("list", press_text.fact_list(entry, edition, today())),
        ],
        length=press_text.count_characters,
        pictures=_pictures(entry, edition) if entry.public else [],
        no_font=_no_font(),
    )


def _edition(code: str) -> SiteView:
    code = code if code in languages.STAFF else config.language
    return replace(site_view(), lang=code, name=config.name(code), publisher=config.publisher_name(code))


def _pictures(entry: Entry, edition: SiteView) -> list[dict[str, Any]]:
    """The picture of an entry in each size (pixels), with its address and a file name that contains the title."""
    language: dict[str, Any] = {"lang": edition.lang} if edition.lang != config.language else {}
    stem = re.sub(r'[\s\\/:*?"<>|.#%]+', "_", describe.text(entry, "title", edition.lang))[:40].strip("_")
    stamp = cards.fingerprint(entry, edition)[:10]
    return [
        {
            "size": name,
            "wide": wide,
            "tall": tall,
            "address": url_for("share.card", public_id=entry.public_id, size=name, v=stamp, **language),
            "name": f"{stem}_{wide}x{tall}.jpg",
        }
        for name, (wide, tall) in cards.SIZES.items()
    ]


def _no_font() -> str:
    try:
        fonts.find(config.font)
    except fonts.NoFont as error:
        return str(error)
    return ""

"""Photos of public entries: their files, and the widths that a page offers."""

from flask import Blueprint, Flask, Response, abort, send_file
from sqlalchemy import select

from calendar_app.db.models import Entry, Photo
from calendar_app.entries import photos
from calendar_app.web import config, session

bp = Blueprint("photos", __name__)


def register(app: Flask) -> None:
    app.register_blueprint(bp)
    app.add_template_global(srcset)


@bp.get("/photos/<name>")
def photo(name: str) -> Response:
    """Send a photo of a public entry; withdrawing the entry removes its photos too.

    Raises NotFound unless something public shows the photo.
    """
    path = photos.path_of(config.photos, name)
    stem = name.partition("-")[0]
    known = select(Photo).join(Entry, Entry.id == Photo.entry_id).where(Photo.name == stem, Entry.state == "published")
    row = session.scalar(known.limit(1))
    if path is None or row is None:
        abort(404)
    if photos.is_card(name) and not path.exists():
        photos.make_card(config.photos, stem, row.width)
    response = send_file(path, max_age=7 * 86400, conditional=False, etag=False)
    response.headers["Cache-Control"] = "public, max-age=604800, s-maxage=0"  # a withdrawn photo is gone at once
    return response


def srcset(photo: Photo, kind: str) -> str:
    """The `srcset` value of a picture: stored widths in pixels. `kind` is "jpg", "webp" or "avif" (not every photo)."""
    widths = sorted(photos.width_of(name) for name in photo.sizes if name.endswith(kind))
    return ", ".join(f"/photos/{photos.file_name(photo.name, width, kind)} {width}w" for width in widths)

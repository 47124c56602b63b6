"""The photos of a form: those that it shows already, and those that come with it."""

from datetime import datetime
from typing import Any

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from calendar_app.config import Config
from calendar_app.db.models import Photo
from calendar_app.entries import photos, uploads
from calendar_app.entries.revisions import Values
from calendar_app.web.forms.fields import lang

AT_ONCE = 10


def held(given: MultiDict[str, str]) -> list[Values]:
    """Those that a form showed and that are still wanted."""
    ids = [number for number in given.getlist("photo") if number.isdecimal() and len(number) < 10]
    kept = [number for number in dict.fromkeys(ids) if f"drop-{number}" not in given]
    return [{"id": int(number), "alt": given.get(f"alt-{number}", "")[: uploads.ALT]} for number in kept]


def sent(form: Any) -> list[Any]:
    return [upload for upload in form.photos.data or [] if getattr(upload, "filename", "")]


def stored(form: Any, config: Config, by: int, at: datetime) -> list[Photo]:
    """The rows of those that are sent, on disk by then; what is wrong with the others is in `form.photo_errors`."""
    rows, form.photo_errors = [], []
    limit, alt = config.upload_mb * 2**20, form.photos_alt.data or ""
    for upload in sent(form)[:AT_ONCE]:
        try:
            rows.append(uploads.save_upload(upload.stream, config.photos, limit=limit, alt=alt, by=by, at=at))
        except photos.BadPhoto as error:
            form.photo_errors.append(f"{upload.filename}: {photos.message(error, lang())}")
    if len(sent(form)) > AT_ONCE:
        form.photo_errors.append(
            gettext("You can add up to %(most)s photos at once; the rest were left out.", most=AT_ONCE)
        )
    return rows

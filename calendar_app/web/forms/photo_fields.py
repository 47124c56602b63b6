"""The photos of a form: those that it showed, and those uploaded with it."""

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


def held(fields: MultiDict[str, str]) -> list[Values]:
    """The photos that the form showed and that the person keeps, as {"id", "alt"}."""
    ids = [number for number in fields.getlist("photo") if number.isdecimal() and len(number) < 10]
    wanted = [number for number in dict.fromkeys(ids) if f"drop-{number}" not in fields]
    return [{"id": int(number), "alt": fields.get(f"alt-{number}", "")[: uploads.ALT]} for number in wanted]


def sent(form: Any) -> list[Any]:
    """The uploads of a form, without empty ones."""
    return [upload for upload in form.photos.data or [] if getattr(upload, "filename", "")]


def stored(form: Any, config: Config, by: int, at: datetime) -> list[Photo]:
    """Store the uploads on disk and return their rows. `form.photo_errors` names the others. `at` is an aware instant."""
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

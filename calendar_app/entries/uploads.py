"""Store a picture as it is uploaded, whatever becomes of the form. It belongs to nobody until an entry uses it."""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from calendar_app.db.models import Photo
from calendar_app.entries import photos

ALT = 300


def save_upload(stream: BinaryIO, folder: Path, *, limit: int, alt: str, by: int, at: datetime) -> Photo:
    """Store a picture and return its row, not yet in the session. `limit` is in bytes; `by` is a user's id.

    Raises photos.BadPhoto when the picture cannot be used.
    """
    stored = photos.store(stream, folder, limit=limit)
    size = {"width": stored.width, "height": stored.height, "sizes": stored.sizes}
    return Photo(name=stored.name, alt=alt[:ALT], uploaded_by=by, uploaded_at=at, **size)


def copy_photo(photo: Photo) -> Photo:
    """Return a row for the same picture in another entry, so that each entry has its own description."""
    size = {"width": photo.width, "height": photo.height, "sizes": photo.sizes}
    return Photo(name=photo.name, alt=photo.alt, uploaded_by=photo.uploaded_by, uploaded_at=photo.uploaded_at, **size)

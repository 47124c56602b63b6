"""A picture as somebody sends it: stored whatever else becomes of the form, and nobody's until an entry takes it."""

from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from calendar_app.db.models import Photo
from calendar_app.entries import photos

ALT = 300


def save_upload(stream: BinaryIO, folder: Path, *, limit: int, alt: str, by: int, at: datetime) -> Photo:
    """The row of a picture that is on disk now; `by` is a user's id. Raises photos.BadPhoto."""
    stored = photos.store(stream, folder, limit=limit)
    size = {"width": stored.width, "height": stored.height, "sizes": stored.sizes}
    return Photo(name=stored.name, alt=alt[:ALT], uploaded_by=by, uploaded_at=at, **size)


def copy_photo(photo: Photo) -> Photo:
    """The same picture for another entry: each has a row of its own, with its own words."""
    size = {"width": photo.width, "height": photo.height, "sizes": photo.sizes}
    return Photo(name=photo.name, alt=photo.alt, uploaded_by=photo.uploaded_by, uploaded_at=photo.uploaded_at, **size)

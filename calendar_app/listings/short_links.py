"""Make short permanent addresses of filters, for calendar programs that accept no long ones and for posters."""

import secrets
from datetime import datetime
from urllib.parse import parse_qs

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import ShortAddress
from calendar_app.entries import revisions
from calendar_app.entries.publishing import ALPHABET
from calendar_app.listings import filters, renames
from calendar_app.listings.filters import Filter

LENGTH = 6
LONGEST = 500


class TooLong(ValueError):
    """The filter is too long for a short address."""


def query_of(session: Session, code: str) -> str | None:
    """Return the query string of a code, with renamed values under their present names; None for an unknown code."""
    query = session.scalar(select(ShortAddress.query).where(ShortAddress.code == code))
    return query and renames.current(session, filters.read_filter(parse_qs(query))).query()


def mint(session: Session, wanted: Filter, *, at: datetime) -> str:
    """Return the code of a filter; make one if it has none. Raises TooLong when its query exceeds LONGEST characters."""
    query = wanted.query()
    if len(query) > LONGEST:
        raise TooLong(query)
    revisions.lock(session)
    if known := session.scalar(select(ShortAddress.code).where(ShortAddress.query == query)):
        return known
    code = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    session.add(ShortAddress(code=code, query=query, made_at=at))
    session.flush()
    return code

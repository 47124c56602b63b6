"""Short permanent addresses for filters: some calendar programs take no long ones, and a poster has no room for them."""

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
    """A filter of more conditions than anybody presses."""


def query_of(session: Session, code: str) -> str | None:
    """The filter that a code stands for, as a query string; what was renamed since by its present name."""
    query = session.scalar(select(ShortAddress.query).where(ShortAddress.code == code))
    return query and renames.current(session, filters.read_filter(parse_qs(query))).query()


def mint(session: Session, wanted: Filter, *, at: datetime) -> str:
    """The code of a filter, made now if it has none. Raises TooLong."""
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

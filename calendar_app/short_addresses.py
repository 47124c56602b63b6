"""Short permanent addresses for filters: some calendar programs take no long ones, and a poster has no room for them."""

import secrets
from datetime import datetime
from urllib.parse import parse_qs

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import filters, renaming, revisions
from calendar_app.filters import Filter
from calendar_app.models import ShortAddress
from calendar_app.publishing import ALPHABET

LENGTH = 6
LONGEST = 500


class TooLong(ValueError):
    """A filter of more conditions than anybody presses."""


def query_of(session: Session, code: str) -> str | None:
    """The filter that a code stands for, as a query string; what was renamed since by its present name."""
    query = session.scalar(select(ShortAddress.query).where(ShortAddress.code == code))
    return query and renaming.current(session, filters.read_filter(parse_qs(query))).query()


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

"""Recognise rows that this calendar published itself, in a file made from our calendar, table or feed."""

import re

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Revision
from calendar_app.importing import ImportRow

# The UID of a single date of a series, or of a further slot of its days.
OF_A_PART = re.compile(r"(?P<local>[^@]+)-(?:[0-9]{8})?T[0-9]{4}@(?P<authority>.+)", re.ASCII)
# The page that a row of the open data names in place of a UID.
PAGE = re.compile(r".+/events/(?P<public_id>[0-9a-z]+)", re.ASCII)
# The id of an item in a feed of coming events.
COMING = re.compile(r"tag:[^:]+:event/(?P<public_id>[^/]+)/[0-9]{8}T[0-9]{4}", re.ASCII)


def find_own_entry(session: Session, row: ImportRow) -> Entry | None:
    """Find the entry that a row comes from, by its UID, its page in the open data, or the guid of a feed item."""
    names = [row.source_uid]
    if match := OF_A_PART.fullmatch(row.source_uid):
        names.append(f"{match['local']}@{match['authority']}")
    elif (match := COMING.fullmatch(row.source_uid)) or (
        row.source_uid.startswith("csv:") and (match := PAGE.fullmatch(row.values.get("url", "")))
    ):
        names.append(match["public_id"])
    noticed = select(Revision.entry_id).where(Revision.guid == row.source_uid)
    ours = or_(Entry.uid.in_(names), Entry.public_id.in_(names), Entry.id.in_(noticed))
    return session.scalar(select(Entry).where(ours).limit(1))

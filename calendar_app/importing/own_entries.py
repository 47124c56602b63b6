"""Rows that come from ourselves: somebody took our calendar, table or feed, and brings it back."""

import re

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from calendar_app.db.models import Entry, Revision
from calendar_app.importing import ImportRow

# A date of a series that calendars get as an event of its own; an item of what is coming up.
OF_ONE_DATE = re.compile(r"(?P<local>[^@]+)-[0-9]{8}T[0-9]{4}@(?P<authority>.+)", re.ASCII)
# A row of the open data has no UID, but names its page.
PAGE = re.compile(r".+/events/(?P<public_id>[0-9a-z]+)", re.ASCII)
COMING = re.compile(r"tag:[^:]+:event/(?P<public_id>[^/]+)/[0-9]{8}T[0-9]{4}", re.ASCII)


def find_own_entry(session: Session, row: ImportRow) -> Entry | None:
    """Our entry whose UID, id in the open data, or notice in a feed the row carries."""
    names = [row.source_uid]
    if found := OF_ONE_DATE.fullmatch(row.source_uid):
        names.append(f"{found['local']}@{found['authority']}")
    elif (found := COMING.fullmatch(row.source_uid)) or (
        row.source_uid.startswith("csv:") and (found := PAGE.fullmatch(row.values.get("url", "")))
    ):
        names.append(found["public_id"])
    noticed = select(Revision.entry_id).where(Revision.guid == row.source_uid)
    ours = or_(Entry.uid.in_(names), Entry.public_id.in_(names), Entry.id.in_(noticed))
    return session.scalar(select(Entry).where(ours).limit(1))

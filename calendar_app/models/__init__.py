"""Every table. Columns, and properties of their own columns only: no mail, no addresses, no formatting.

Instants are aware UTC (`UTCDateTime`); an event's own start and end are wall-clock times in its `timezone`.
An all-day end is the last day, inclusive.
"""

from calendar_app.models.drafts import Draft
from calendar_app.models.entries import (
    CERTAINTIES,
    IMPORTANCES,
    PRECISIONS,
    STATES,
    STATUSES,
    WEATHER_RULES,
    Announcement,
    Entry,
    EntryTag,
    Event,
    Occurrence,
    Photo,
)
from calendar_app.models.people import (
    Throttle,
    User,
)
from calendar_app.models.places import (
    Category,
    Department,
    Tag,
    Venue,
)
from calendar_app.models.records import (
    Revision,
    ShortAddress,
    Site,
)

__all__ = [
    "CERTAINTIES",
    "IMPORTANCES",
    "PRECISIONS",
    "STATES",
    "STATUSES",
    "WEATHER_RULES",
    "Announcement",
    "Category",
    "Department",
    "Draft",
    "Entry",
    "EntryTag",
    "Event",
    "Occurrence",
    "Photo",
    "Revision",
    "ShortAddress",
    "Site",
    "Tag",
    "Throttle",
    "User",
    "Venue",
]

"""Combine the facilities of an event with those of its venue."""

from calendar_app.db.models import Event, Venue
from calendar_app.text import facilities
from calendar_app.text.facilities import Known


def known_facilities(event: Event, venue: Venue | None = None) -> Known:
    """Return the facilities of the event and of its venue together. `venue` replaces the event's venue for a single
    date."""
    there = venue or event.venue
    return facilities.joined(there.facilities if there else {}, event.facilities, online=bool(event.online_url))

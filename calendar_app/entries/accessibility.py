"""Combine the facilities of an event with those of its venue, and put them into words."""

from calendar_app.dates import formatting
from calendar_app.db.models import Event, Venue
from calendar_app.text import facilities
from calendar_app.text.facilities import Known


def known_facilities(event: Event, venue: Venue | None = None) -> Known:
    """Return the facilities of the event and of its venue together. `venue` replaces the event's venue for a single
    date."""
    there = venue or event.venue
    return facilities.joined(there.facilities if there else {}, event.facilities, online=bool(event.online_url))


def facility_texts(event: Event, lang: str, venue: Venue | None = None) -> dict[str, str]:
    """Return the accessibility texts by field: the facilities in words, the notes, and the day by which to ask for
    help.

    A text is "" when there is nothing to say.
    """
    there = venue or event.venue
    notes = [there.facilities_note if there else "", event.facilities_note]
    by = event.facilities_by
    return {
        "facilities": facilities.sentence(known_facilities(event, venue), lang),
        "facilities_note": " ".join(filter(None, notes)),
        "facilities_by": formatting.say_when(by, by, True, lang) if by else "",
    }

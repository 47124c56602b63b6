"""How people can come to an event: what is known of its facilities, its own and those of its place, and how that is said."""

from calendar_app.dates import formatting
from calendar_app.db.models import Event, Venue
from calendar_app.text import facilities
from calendar_app.text.facilities import Known


def known_facilities(event: Event, venue: Venue | None = None) -> Known:
    """At its own venue, or at that of a single date."""
    there = venue or event.venue
    return facilities.joined(there.facilities if there else {}, event.facilities, online=bool(event.online_url))


def facility_texts(event: Event, lang: str, venue: Venue | None = None) -> dict[str, str]:
    """What there is and is not, what was written about it, and by when one must ask, by their labels; "" for nothing."""
    there = venue or event.venue
    notes = [there.facilities_note if there else "", event.facilities_note]
    by = event.facilities_by
    return {
        "facilities": facilities.sentence(known_facilities(event, venue), lang),
        "facilities_note": " ".join(filter(None, notes)),
        "facilities_by": formatting.say_when(by, by, True, lang) if by else "",
    }

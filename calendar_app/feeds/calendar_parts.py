"""Return the VEVENTs of a filter: most come from the cache; the rest is loaded and rendered now."""

from datetime import date

from sqlalchemy.orm import Session

from calendar_app.entries.urls import SiteView
from calendar_app.feeds import items
from calendar_app.feeds.fragment_cache import FragmentKey, Fragments
from calendar_app.formats import ics
from calendar_app.listings import queries
from calendar_app.listings.filters import Filter
from calendar_app.listings.queries import EventOutline


def vevents(
    session: Session,
    outlines: list[EventOutline],
    wanted: Filter,
    *,
    site_view: SiteView,
    today: date,
    fragments: Fragments,
) -> list[bytes]:
    """Return each event's part of the calendar, in the order of `outlines`."""
    first, last = queries.calendar_window(today, wanted)
    drop = wanted.drops_cancelled

    def render(public_ids: list[str]) -> dict[str, bytes]:
        events = queries.events_of(session, public_ids)
        headlines = queries.headlines(session, events)
        entries = (
            items.event_item(event, site_view, headlines.get(event.id), (first, last), drop=drop) for event in events
        )
        pairs = zip(events, entries, strict=True)
        return {event.public_id: ics.vevents(entry, site_view.lang, last) for event, entry in pairs}

    def key(outline: EventOutline) -> FragmentKey:
        window = f" {first}/{last}" if outline.single_dates else ""
        return FragmentKey(outline.public_id, f"{outline.changed_at.isoformat()}{window}")

    form = f"{ics.ICS.extension}/{site_view.lang}" + ("/drop" if drop else "")
    return fragments.get_or_render(form, repr(site_view), [key(outline) for outline in outlines], render)

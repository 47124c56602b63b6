"""Return the VEVENTs of a filter: most come from the cache; the rest is loaded and rendered now."""

from datetime import date
from typing import NamedTuple

from sqlalchemy.orm import Session

from calendar_app.entries.last_changes import MEMBERS
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import emergencies, items
from calendar_app.feeds.fragment_cache import FragmentKey, Fragments
from calendar_app.formats import EventItem, ics, ics_limits
from calendar_app.formats.ics_limits import SortKey
from calendar_app.listings import event_outlines, queries, validators
from calendar_app.listings.event_outlines import EventOutline
from calendar_app.listings.filters import Filter


class CalendarParts(NamedTuple):
    """The subscribed calendar of a filter. `vevents` holds the emergencies, then the events, nearest first.

    `matches` is the number of events that match the filter, `beyond` the number of those after `MAX_EVENTS`.
    """

    urgent: list[EventItem]
    vevents: list[tuple[SortKey, bytes]]
    zones: set[str]
    matches: int
    beyond: int

    @property
    def fitting(self) -> list[tuple[SortKey, bytes]]:
        """The VEVENTs that the calendar holds, emergencies included."""
        return ics_limits.within_limits(self.vevents)[0]

    @property
    def left_out(self) -> int:
        """The number of events that are left out, as the calendar itself says it."""
        return ics_limits.within_limits(self.vevents)[1] + self.beyond


def of_filter(
    session: Session, wanted: Filter, *, site_view: SiteView, today: date, fragments: Fragments
) -> CalendarParts:
    """Return the parts of the subscribed calendar of a filter, before the limits of calendar apps apply."""
    most = queries.MAX_EVENTS
    outlines = event_outlines.in_calendar(session, today, wanted, most)
    full = len(outlines) == most
    matches = _number(session, wanted, today, fragments) if full else len(outlines)
    bodies = vevents(session, outlines, wanted, site_view=site_view, today=today, fragments=fragments)
    urgent = emergencies.event_items(session, wanted, site_view, today)
    parts = [(ics.sort_key(item), ics.vevents(item, site_view.lang, today)) for item in urgent]
    parts += zip([(outline.start, outline.uid) for outline in outlines], bodies, strict=True)
    zones = {zone for outline in outlines for zone in ics.zones_of(outline.timezone, outline.all_day)}
    return CalendarParts(urgent, parts, zones, matches, matches - len(outlines))


def fullness(session: Session, wanted: Filter, *, site_view: SiteView, today: date, fragments: Fragments) -> float:
    """Return how full the subscribed calendar of a filter is; above 1.0 it leaves events out.

    Where the number of events alone is above the limit, no event is loaded, so that a page may ask for it.
    """
    by_number = _number(session, wanted, today, fragments) / queries.MAX_EVENTS
    if by_number > 1:
        return by_number
    outlines = event_outlines.in_any_order(session, today, wanted)
    urgent = emergencies.event_items(session, wanted, site_view, today)
    bodies = [ics.vevents(item, site_view.lang, today) for item in urgent]
    bodies += vevents(session, outlines, wanted, site_view=site_view, today=today, fragments=fragments)
    return max(by_number, ics_limits.fullness(bodies))


def _number(session: Session, wanted: Filter, today: date, fragments: Fragments) -> int:
    """Return how many events match a filter. Kept for filters of one term, which are few."""

    def count(names: list[str]) -> dict[str, bytes]:
        number = event_outlines.number_in_calendar(session, today, wanted)
        return dict.fromkeys(names, b"%d" % number)

    key = FragmentKey(Filter(wanted.terms).query(), f"{validators.last_change(session, [MEMBERS]).isoformat()} {today}")
    if len(wanted.terms) > 1 or any(wanted.values(name) for name in ("q", "from", "to", "window")):
        return int(count([key.name])[key.name])
    return int(fragments.get_or_render("number", "", [key], count)[0])


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

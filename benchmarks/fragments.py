"""A subscribed calendar beside `icalendar`, which renders the same events in the same run: after a start, and after one edit."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

from sqlalchemy.orm import Session

from benchmarks.city import Row, cost, limit, started, timed
from benchmarks.pages import nearest
from calendar_app import create_app
from calendar_app.config import Config
from calendar_app.entries import publishing
from calendar_app.feeds import channel, items
from calendar_app.formats import ics
from calendar_app.listings import event_outlines, queries
from calendar_app.listings.filters import EVERYTHING

ROUNDS = 5
ADDRESS = "/calendar.ics"


def rows(session: Session, config: Config) -> Iterator[Row]:
    """Measure the whole calendar, as ratios of what `icalendar` takes for events that are loaded already."""
    plain = min(timed(rendered_by_icalendar(config)) for _ in range(2))
    yield Row("icalendar serialises the events of /calendar.ics", f"{plain:.0f} ms")
    yield Row("/calendar.ics for the first time ever, of that", f"{cost(started(config), ADDRESS) / plain:.2f}")
    start = min(cost(started(config), ADDRESS) for _ in range(ROUNDS))
    yield limit("/calendar.ics after a start, of that", start / plain, 0.10, digits=3)
    yield limit("/calendar.ics after one edit, of that", after_an_edit(session, config) / plain, 0.03, digits=3)


def after_an_edit(session: Session, config: Config) -> float:
    """CPU milliseconds: the least of several edits."""
    client, event, costs = started(config), nearest(session, date.today()), []
    cost(client, ADDRESS)
    for number in range(ROUNDS):
        publishing.save(session, event, {"summary": f"変更 {number}"}, actor=None, at=datetime.now(UTC))
        session.commit()
        costs.append(cost(client, ADDRESS))
    return min(costs)


def rendered_by_icalendar(config: Config) -> Callable[[], Any]:
    """Return a function that renders the same calendar without kept fragments. The events are loaded before."""
    app = create_app(config)
    with app.test_request_context(ADDRESS):
        web = import_module("calendar_app.web")
        session, site_view = web.session, web.site_view()
        outlines = event_outlines.in_calendar(session, web.today(), EVERYTHING, queries.MAX_EVENTS)
        events = queries.events_of(session, [outline.public_id for outline in outlines])
        first, last = queries.calendar_window(web.today())
        entries = [items.event_item(event, site_view, None, (first, last)) for event in events]
        feed = channel.feed(site_view, "calendar", "a", "b", "", datetime.now(UTC), [])
        return lambda: ics.render(feed, entries, last)

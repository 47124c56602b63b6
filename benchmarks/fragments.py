"""10,000 events in the database: what a subscribed calendar costs when nothing, one thing or everything has to be rendered.

Read the ratios: what `icalendar` takes for the same bytes is measured in the same run.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app import create_app
from calendar_app.config import Config, load
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Department, Event
from calendar_app.entries import publishing
from calendar_app.feeds import channel, items
from calendar_app.formats import ics
from calendar_app.listings import event_outlines, queries
from calendar_app.listings.filters import EVERYTHING
from helpers.town import set_up

EVENTS, TAGS, DEPARTMENTS = 10_000, 40, 10
SUMMARY = "春の催しのお知らせです。" * 12


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="calendar-bench-") as folder:
        config = load({"CALENDAR_INSTANCE": folder})
        set_up(config.database_url)
        engine = make_engine(config.database_url)
        with write_session(engine) as session:
            fill(session, EVENTS)
            plain = _timed(_rendered_by_icalendar(config))
            print(f"{EVENTS:,} events in the database, a calendar of {queries.MAX_EVENTS:,}{'ms':>12}")
            _say("icalendar serialises these, loaded already", plain, plain)
            _say("first calendar ever, all to be rendered", _asked(config, "/calendar.ics"), plain)
            _say("first calendar after a restart", _asked(config, "/calendar.ics"), plain)
            _edit_one(session)
            _say("after one edit", _asked(config, "/calendar.ics"), plain)
            filters = [f"/calendar.ics?tag=t{tag}&department=d{number}" for tag in range(20) for number in range(10)]
            _say(f"median of {len(filters)} filters", median(_each(config, filters)), plain)
        engine.dispose()


def _say(what: str, seconds: float, plain: float) -> None:
    print(f"{what:<48}{seconds * 1000:>8.0f}   {seconds / plain:.2f} of icalendar's time")


def fill(session: Session, events: int, days: int = 390) -> None:
    now = datetime.now(UTC)
    for number in range(DEPARTMENTS):
        values = {"slug": f"d{number}", "name": f"第{number}課"}
        publishing.save_reference(session, Department(), values, actor=None, at=now)
    for number in range(events):
        day = date.today() + timedelta(days=number % days)
        values = {
            "title": f"催し{number}",
            "start": f"{day}T10:00:00",
            "end": f"{day}T12:00:00",
            "timezone": "Asia/Tokyo",
            "department_id": 3 + number % DEPARTMENTS,
            "venue_id": 1,
            "tags": [f"t{number % TAGS}", "仙北市"],
            "summary": SUMMARY,
        }
        event = publishing.create(session, "event", values, actor=None, at=now)
        publishing.publish(session, event, actor=None, at=now)
        if number % 500 == 499:
            print(f"\r{number + 1:,} events made", end="", file=sys.stderr, flush=True)
            session.commit()
            session.expunge_all()
    print(file=sys.stderr)


def _rendered_by_icalendar(config: Config) -> Callable[[], Any]:
    """Render the same calendar with `icalendar`, without kept fragments. The events are loaded before."""
    app = create_app(config)
    with app.test_request_context("/calendar.ics"):
        web = import_module("calendar_app.web")
        session, site_view = web.session, web.site_view()
        pieces = event_outlines.in_calendar(session, web.today(), EVERYTHING, queries.MAX_EVENTS)
        events = queries.events_of(session, [piece.public_id for piece in pieces])
        first, last = queries.calendar_window(web.today())
        entries = [items.event_item(event, site_view, None, (first, last)) for event in events]
        feed = channel.feed(site_view, "calendar", "a", "b", "", datetime.now(UTC), [])
        return lambda: ics.render(feed, entries, last)


def _asked(config: Config, address: str) -> float:
    """Request a page once from a new application, as after a restart. Its templates and routes are warm."""
    return _each(config, [address])[0]


def _each(config: Config, addresses: list[str]) -> list[float]:
    client = create_app(config).test_client()
    client.get("/healthz")
    return [_timed(lambda address=address: client.get(address).data) for address in addresses]  # type: ignore[misc]


def _edit_one(session: Session) -> None:
    event = session.scalars(select(Event).order_by(Event.start, Event.id)).first()
    assert event
    publishing.save(session, event, {"title": "変えた催し"}, actor=None, at=datetime.now(UTC))
    session.commit()


def _timed(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()

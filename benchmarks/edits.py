"""What one edit costs: the CPU time of asking 2,000 polled addresses again, after an edit of one event and after a change of
everything. Read the ratio; both are measured in one run. A smaller city: `python -m benchmarks.edits 1000 500`.
"""

import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta

from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from benchmarks.fragments import DEPARTMENTS, EVENTS, TAGS, fill
from calendar_app import create_app
from calendar_app.config import load
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Department, Event, Venue
from calendar_app.entries import publishing
from helpers.town import set_up

POLLED, VENUES = 2_000, 50
FORMS = ("calendar.ics", "feed.atom", "feed.rss", "feed.json", "upcoming.json")


def main(events: int, most: int) -> None:
    with tempfile.TemporaryDirectory(prefix="calendar-bench-") as folder:
        config = load({"CALENDAR_INSTANCE": folder})
        set_up(config.database_url)
        engine = make_engine(config.database_url)
        client = create_app(config).test_client()
        with write_session(engine) as session:
            fill(session, events)
            spread(session)
            polled = addresses(session)[:: max(1, POLLED // most)]
            print(f"{len(polled):,} addresses of a city of {events:,} events, CPU seconds to ask them all")
            tags = {address: client.get(address).headers.get("ETag", "") for address in polled}
            quiet = ask(client, tags)
            edit_one(session)
            one = ask(client, tags)
            rename(session)
            everything = ask(client, tags)
            print(f"{'nothing has changed':<40}{quiet:>8.2f}")
            print(f"{'after the edit of one event':<40}{one:>8.2f}   {one / everything:.3f} of a change of everything")
            print(f"{'after a change of everything':<40}{everything:>8.2f}")
        engine.dispose()


def spread(session: Session) -> None:
    """Hold the events at fifty venues: a page names other events at its venue."""
    at = datetime.now(UTC)
    for number in range(2, VENUES + 1):
        publishing.save_reference(session, Venue(), {"name": f"会場{number}"}, actor=None, at=at)
    session.execute(update(Event).values(venue_id=1 + Event.id % VENUES))
    session.commit()


def addresses(session: Session) -> list[str]:
    """Return what programs and people ask for: feeds of each tag and department, months, days, and pages of events."""
    filters = [f"tag=t{number}" for number in range(TAGS)] + [f"department=d{number}" for number in range(DEPARTMENTS)]
    found = [f"/{form}?{query}" for form in FORMS for query in filters]
    found += [f"/tags/t{number}" for number in range(TAGS)] + [
        f"/departments/d{number}" for number in range(DEPARTMENTS)
    ]
    days = [date.today() + timedelta(days=number) for number in range(300)]
    found += sorted({f"/calendar/{day:%Y/%m}" for day in days}) + [f"/calendar/{day:%Y/%m/%d}" for day in days]
    found += ["/", "/agenda", *(f"/{form}" for form in FORMS)]
    ids = session.scalars(select(Event.public_id).order_by(Event.id).limit(POLLED)).all()
    session.rollback()
    pages = [f"/events/{public_id}{end}" for public_id in ids for end in ("", ".ics")]
    return (found + pages)[:POLLED]


def ask(client: FlaskClient, tags: dict[str, str]) -> float:
    """Ask every address as pollers do, with the tag of the answer before. Returns CPU seconds."""
    began = time.process_time()
    for address, tag in tags.items():
        response = client.get(address, headers={"If-None-Match": tag})
        tags[address] = response.headers.get("ETag", "")
    return time.process_time() - began


def edit_one(session: Session) -> None:
    event = session.scalars(select(Event).order_by(Event.id).limit(1)).one()
    publishing.save(session, event, {"summary": "雨天決行"}, actor=None, at=datetime.now(UTC))
    session.commit()


def rename(session: Session) -> None:
    publishing.save_reference(
        session, session.get_one(Department, 3), {"name": "新しい課"}, actor=None, at=datetime.now(UTC)
    )
    session.commit()


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]  # the number of events, the number of addresses
    main(*given, *(EVENTS, POLLED)[len(given) :])

"""What a page costs that must be made anew: the CPU time of the first request after an edit that touches it, with its goal.

Each figure is the least of several edits. The goals hold for a quiet machine, on which a plain page of 300 rows, rendered
by Jinja without an application around it, takes 7 ms; its time in this run stands below the table.
A smaller city: `python -m benchmarks.pages 1000`.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from flask.testing import FlaskClient
from jinja2 import Environment
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.edits import spread
from benchmarks.fragments import EVENTS, fill
from calendar_app import create_app
from calendar_app.config import Config, load
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event
from calendar_app.entries import publishing
from helpers.town import set_up

A_DAY = 10  # events, so that a month has about 300
ROUNDS = 5
ROW = '<article><p>{{ event.when }}</p><h4><a href="/events/{{ event.id }}">{{ event.title }}</a></h4></article>'


class Asked(NamedTuple):
    """An address, and the most CPU time that it should cost after an edit, in milliseconds."""

    name: str
    address: str
    goal: int


def main(events: int) -> None:
    with tempfile.TemporaryDirectory(prefix="calendar-bench-") as folder:
        config = load({"CALENDAR_INSTANCE": folder})
        set_up(config.database_url)
        engine = make_engine(config.database_url)
        with write_session(engine) as session:
            fill(session, events, max(1, events // A_DAY))
            spread(session)
            measure(session, config)
        engine.dispose()


def measure(session: Session, config: Config) -> None:
    """Print the table: each page for the first time ever, after a start, and after an edit."""
    pages = addresses(session)
    first = [cost(client, page.address) for client in [started(config)] for page in pages]
    again = [cost(client, page.address) for client in [started(config)] for page in pages]
    client = started(config)
    for page in pages:
        client.get(page.address)
    print(f"{'CPU ms':<14}{'kB':>6}{'first':>8}{'start':>8}{'edit':>8}{'goal':>6}")
    for page, ever, anew in zip(pages, first, again, strict=True):
        size = len(client.get(page.address).data) / 1000
        least = min(after_an_edit(session, client, page.address) for _ in range(ROUNDS))
        print(f"{page.name:<14}{size:>6.0f}{ever:>8.1f}{anew:>8.1f}{least:>8.1f}{page.goal:>6}")

    print(f"a plain page of 300 rows: {min(plain_page() for _ in range(ROUNDS)):.1f} ms")


def plain_page() -> float:
    """CPU milliseconds of 300 rows with ten values each, escaped by Jinja."""
    line = "".join(f"<p>{{{{ event.text{number} }}}}</p>" for number in range(10))
    template = Environment(autoescape=True).from_string("{% for event in events %}" + ROW + line + "{% endfor %}")
    events = [
        {"id": number, "title": "催し", "when": "午前10時", **{f"text{column}": f"春{number}" for column in range(10)}}
        for number in range(300)
    ]
    return timed(lambda: template.render(events=events))


def addresses(session: Session) -> list[Asked]:
    """The pages and the open data, all of which show the first event."""
    month = date.today() + timedelta(days=32)
    event = session.scalars(select(Event.public_id).order_by(Event.start, Event.id).limit(1)).one()
    session.rollback()
    pages = {
        "home": "/",
        "month": f"/calendar/{month:%Y/%m}",
        "agenda": "/agenda",
        "event": f"/events/{event}",
        "tag": "/tags/t0",
        "department": "/departments/d0",
        "search": "/search?q=催し1234",
        "month, en": f"/calendar/{month:%Y/%m}?lang=en",
    }
    asked = [Asked(name, address, 25) for name, address in pages.items()]
    return [*asked, Asked("events.csv", "/events.csv", 100), Asked("core JSON", "/events-core.json", 100)]


def started(config: Config) -> FlaskClient:
    """A client of a new application, as after a restart, whose templates are compiled."""
    client = create_app(config).test_client()
    client.get("/healthz")
    return client


def after_an_edit(session: Session, client: FlaskClient, address: str) -> float:
    """Edit the first event, and return what the address then costs."""
    month = datetime.combine((date.today() + timedelta(days=32)).replace(day=1), datetime.min.time())
    first = select(Event).order_by(Event.start, Event.id).limit(1)
    if "/calendar/" in address:
        first = first.where(Event.start >= month)
    event = session.scalars(first).one()
    now = datetime.now(UTC)
    publishing.save(session, event, {"title": f"催し {now:%H:%M:%S.%f}"}, actor=None, at=now)
    session.commit()
    return cost(client, address)


def cost(client: FlaskClient, address: str) -> float:
    """CPU milliseconds of one request."""
    return timed(lambda: client.get(address).data)


def timed(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000


if __name__ == "__main__":
    main(*[int(argument) for argument in sys.argv[1:]] or [EVENTS])

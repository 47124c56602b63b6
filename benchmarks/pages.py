"""What a page costs that must be made anew: the CPU time of the first request after an edit of an event that it shows.

Each figure is the least of several edits.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

from flask.testing import FlaskClient
from jinja2 import Environment
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.city import Row, cost, limit, started, timed
from calendar_app.config import Config
from calendar_app.db.models import Event, Occurrence
from calendar_app.entries import publishing

ROUNDS = 7
PAGE, FILE = 25, 100  # CPU milliseconds: the goals
LINES = "".join(f"<p>{{{{ event.text{number} }}}}</p>" for number in range(10))
ROWS = '{% for event in events %}<article><p>{{ event.when }}</p><h4><a href="/events/{{ event.id }}">{{ event.title }}</a></h4>'


def rows(session: Session, config: Config) -> Iterator[Row]:
    """Measure each page in an application that has answered it before."""
    client = started(config)
    yield Row("a plain page of 300 rows by Jinja, as a measure of this machine", f"{plain_page():.1f} ms")
    today, soon = nearest(session, date.today()), nearest(session, next_month())
    for name, (event, address) in addresses(today, soon).items():
        figure = after_an_edit(session, client, event, address)
        yield limit(f"{name} after an edit", figure, FILE if address.endswith((".csv", ".json")) else PAGE, " ms")


def next_month() -> date:
    return (date.today().replace(day=1) + timedelta(days=32)).replace(day=1)


def nearest(session: Session, day: date) -> Event:
    """The first tagged event that takes place once, on this day or later."""
    once = (
        Occurrence.first_day >= day,
        Occurrence.first_day == Occurrence.last_day,
        Event.rule == "",
        Event.tags.any(),
    )
    query = select(Event).join(Occurrence, Occurrence.event_id == Event.id).where(Event.state == "published", *once)
    return session.scalars(query.order_by(Occurrence.start, Event.id).limit(1)).one()


def addresses(today: Event, soon: Event) -> dict[str, tuple[Event, str]]:
    """The pages and the open data, each with an event that it shows."""
    month = f"/calendar/{next_month():%Y/%m}"
    return {
        "home page": (today, "/"),
        "month": (soon, month),
        "month in English": (soon, f"{month}?lang=en"),
        "agenda": (today, "/agenda"),
        "event": (soon, f"/events/{soon.public_id}"),
        "tag": (today, f"/tags/{quote(today.tags[0].name)}"),
        "department": (today, f"/departments/{today.department.slug}"),
        "search": (soon, f"/search?q={quote(soon.title[:2])}"),
        "events.csv": (soon, "/events.csv"),
        "core JSON": (soon, "/events-core.json"),
    }


def after_an_edit(session: Session, client: FlaskClient, event: Event, address: str) -> float:
    """Edit the event's summary several times, and return the least that the address cost after it."""
    cost(client, address)
    costs = []
    for number in range(ROUNDS):
        publishing.save(session, event, {"summary": f"お知らせ {number}"}, actor=None, at=datetime.now(UTC))
        session.commit()
        costs.append(cost(client, address))
    return min(costs)


def plain_page() -> float:
    """CPU milliseconds of 300 rows with twelve values each, escaped by Jinja: the least of some."""
    template = Environment(autoescape=True).from_string(ROWS + LINES + "</article>{% endfor %}")
    texts = {f"text{column}": f"春{column}" for column in range(10)}
    events = [{"id": number, "title": "催し", "when": "午前10時", **texts} for number in range(300)]
    return min(timed(lambda: template.render(events=events)) for _ in range(ROUNDS))

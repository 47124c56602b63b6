"""The calendar that one writes in an afternoon: Flask, icalendar and one query a request; the ETag comes after the rendering."""

import hashlib
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Flask, Response, render_template_string, request
from icalendar import Calendar
from icalendar import Event as VEvent

MOST = 1_000
COLUMNS = "entry.uid, entry.title, entry.summary, event.start, event.end, entry.changed_at, entry.public_id"
EVENTS = f"SELECT {COLUMNS} FROM event JOIN entry ON entry.id = event.id WHERE entry.state = 'published'"
COMING = f"{EVENTS} AND event.start >= ? ORDER BY event.start LIMIT {MOST}"
BETWEEN = f"{EVENTS} AND event.start >= ? AND event.start < ? ORDER BY event.start"
MONTH = """<!doctype html><title>Calendar</title>
{% for event in events %}
  <article><p>{{ event[3] }}</p><h2><a href="/events/{{ event[6] }}">{{ event[1] }}</a></h2><p>{{ event[2] }}</p></article>
{% endfor %}"""


def make(database: Path, zone: ZoneInfo) -> Flask:
    """Make the application over the database of a city."""
    app = Flask(__name__)

    def rows(query: str, *values: str) -> list[tuple[str, ...]]:
        with sqlite3.connect(database) as connection:
            return connection.execute(query, values).fetchall()

    @app.get("/calendar.ics")
    def calendar() -> Response:
        made = Calendar()
        made.add("prodid", "-//plain//")
        made.add("version", "2.0")
        for uid, title, summary, start, end, changed, _id in rows(COMING, f"{datetime.now():%Y-%m-%d}"):
            event = VEvent()
            begins = datetime.fromisoformat(start).replace(tzinfo=zone)
            event.add("uid", uid)
            event.add("summary", title)
            event.add("description", summary)
            event.add("dtstart", begins)
            event.add("dtend", datetime.fromisoformat(end).replace(tzinfo=zone) if end else begins + timedelta(hours=1))
            event.add("dtstamp", datetime.fromisoformat(changed).replace(tzinfo=ZoneInfo("UTC")))
            made.add_component(event)
        return _tagged(Response(made.to_ical(), content_type="text/calendar"))

    @app.get("/month/<month>")
    def month(month: str) -> Response:
        first = datetime.strptime(month, "%Y-%m")
        last = (first + timedelta(days=32)).replace(day=1)
        return _tagged(Response(render_template_string(MONTH, events=rows(BETWEEN, f"{first}", f"{last}"))))

    return app


def _tagged(response: Response) -> Response:
    response.set_etag(hashlib.sha256(response.get_data()).hexdigest())
    return response.make_conditional(request)

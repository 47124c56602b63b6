"""What one edit costs: the CPU time of asking polled addresses again after an edit of one event, and after a change of all."""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from urllib.parse import quote

from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.city import Row, limit, started
from calendar_app.config import Config
from calendar_app.db.models import Department, Event, Tag
from calendar_app.entries import publishing

GOAL = 3.0 / 2_000  # CPU seconds an address
FORMS = ("calendar.ics", "feed.atom", "feed.rss", "feed.json", "upcoming.json")


def rows(session: Session, config: Config, most: int) -> Iterator[Row]:
    """Ask `most` addresses with the tag of the answer before, as pollers do."""
    client = started(config)
    polled = addresses(session, most)
    tags = {address: client.get(address).headers.get("ETag", "") for address in polled}
    edit_one(session)
    after_one = ask(client, tags)
    rename(session)
    after_all = ask(client, tags)
    yield limit(f"one edit, {len(polled):,} polled addresses", after_one, len(polled) * GOAL, " s", digits=2)
    yield Row("the same after a change of everything", f"{after_all:.1f} s")


def addresses(session: Session, most: int) -> list[str]:
    """Return what programs and people ask for: feeds of each tag and department, months, days, and pages of events."""
    tags = [quote(name) for name in session.scalars(select(Tag.name).order_by(Tag.id))]
    departments = session.scalars(select(Department.slug).order_by(Department.id)).all()
    filters = [f"tag={name}" for name in tags] + [f"department={slug}" for slug in departments]
    found = ["/", "/agenda", *(f"/{form}" for form in FORMS)]
    found += [f"/{form}?{query}" for form in FORMS for query in filters]
    found += [f"/tags/{name}" for name in tags] + [f"/departments/{slug}" for slug in departments]
    days = [date.today() + timedelta(days=number) for number in range(300)]
    found += sorted({f"/calendar/{day:%Y/%m}" for day in days}) + [f"/calendar/{day:%Y/%m/%d}" for day in days]
    ids = session.scalars(select(Event.public_id).where(Event.state == "published").order_by(Event.id).limit(most))
    found += [f"/events/{public_id}{end}" for public_id in ids for end in ("", ".ics")]
    return found[:: max(1, len(found) // most)][:most]


def ask(client: FlaskClient, tags: dict[str, str]) -> float:
    """Ask every address with the tag of the answer before. Returns CPU seconds."""
    began = time.process_time()
    for address, tag in tags.items():
        response = client.get(address, headers={"If-None-Match": tag})
        tags[address] = response.headers.get("ETag", "")
    return time.process_time() - began


def edit_one(session: Session) -> None:
    """Change the summary of an event of today's month."""
    coming = select(Event).where(Event.state == "published", Event.start >= datetime.now(), Event.rule == "")
    event = session.scalars(coming.order_by(Event.start, Event.id).limit(1)).one()
    publishing.save(session, event, {"summary": "雨天決行"}, actor=None, at=datetime.now(UTC))
    session.commit()


def rename(session: Session) -> None:
    """Rename a department, which changes everything."""
    department = session.scalars(select(Department).order_by(Department.id).limit(1)).one()
    publishing.save_reference(session, department, {"name": "新しい課"}, actor=None, at=datetime.now(UTC))
    session.commit()

"""The demo city looks alive whatever the date."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.cli import demo
from calendar_app.db import migrations
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Announcement, Entry, Event, Revision, Site
from calendar_app.listings import queries

MORE = [pytest.param(day, marks=pytest.mark.soak) for day in ("2026-12-31", "2027-04-20", "2031-10-12")]
DAYS = ["2028-02-29", *MORE]


@pytest.fixture(params=DAYS)
def city(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Session, date, datetime]]:
    """Without its pictures, which take twice as long as all else and are in the demo city that others look at."""
    monkeypatch.setattr("calendar_app.cli.demo.city.FOLDER", tmp_path)
    today = date.fromisoformat(request.param)
    at = datetime.combine(today, time(3), UTC)
    engine = make_engine(f"sqlite:///{tmp_path}/calendar.db")
    migrations.upgrade(engine)
    with write_session(engine) as session:
        session.add(Site(id=1, site_id="demo.example.jp", changed_at=at - timedelta(days=900)))
        session.flush()
        demo.load_city(session, today=today, at=at, photo_folder=tmp_path / "photos")
        session.commit()
    with Session(engine) as opened:
        yield opened, today, at
    engine.dispose()


def test_demo_city_is_alive(city: tuple[Session, date, datetime]) -> None:
    session, today, at = city
    fortnight = queries.occurrences(session, today, today + timedelta(days=14))
    running = [one.event for one in fortnight if one.first_day <= today < one.last_day]
    assert len(fortnight) >= 12
    assert queries.headlines(session, running)
    coming = {one.event.status for one in queries.occurrences(session, today, today + timedelta(days=45))}
    assert {"cancelled", "postponed", "full"} <= coming
    assert queries.announcements(session, 5)

    rows = session.scalars(select(Revision).order_by(Revision.number)).all()
    assert [row.at for row in rows] == sorted(row.at for row in rows)
    assert rows[-1].at <= at

    events = session.scalars(select(Event)).all()
    assert all(event.occurrences for event in events)
    assert all(abs(child.start - event.start) < timedelta(days=60) for event in events for child in event.children)
    assert not [one for one in session.scalars(select(Announcement)) if one.published_at and one.published_at > at]
    drafts = session.scalars(select(Entry).where(Entry.state == "draft")).all()
    assert len(drafts) >= 1

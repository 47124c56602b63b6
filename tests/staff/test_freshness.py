"""The freshness board: whose pages grow old, in numbers that lead to their lists."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, Photo
from calendar_app.staff import freshness
from helpers.town import NOW, announce

TOKYO, TODAY = ZoneInfo("Asia/Tokyo"), date(2027, 3, 1)
Post = Callable[..., Event]
DAY: dict[str, Any] = {"start": "2027-03-10T00:00:00", "end": None}


def counted(session: Session, slug: str = "kanko") -> dict[str, int]:
    row = next(row for row in freshness.board(session, TODAY, TOKYO) if row.department.slug == slug)
    listed = {
        what: len(freshness.measured_entries(session, what, TODAY, TOKYO, row.department)) for what in freshness.WHAT
    }
    assert listed == row.counts, "a number and its list are the same"
    return {what: count for what, count in row.counts.items() if count}


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        (DAY, {"photo": 1}),
        (DAY | {"venue_id": None}, {"photo": 1, "venue": 1}),
        (DAY | {"venue_id": None, "online_url": "https://example.jp/"}, {"photo": 1}),
        (DAY | {"start": "2027-02-10T00:00:00", "venue_id": None}, {}),
        (DAY | {"apply_deadline": "2027-02-28T00:00:00"}, {"photo": 1, "deadline": 1}),
        (DAY | {"apply_deadline": "2027-03-01T00:00:00"}, {"photo": 1}),
    ],
)
def test_a_coming_event_counts_for_what_it_misses(
    session: Session, post: Post, values: dict[str, Any], counts: dict[str, int]
) -> None:
    post(session, **values)
    assert counted(session) == counts
    assert counted(session, "toshokan") == {}


def test_a_photo_is_enough(session: Session, post: Post) -> None:
    event = post(session, **DAY)
    session.add(Photo(entry_id=event.id, name="a", width=1, height=1, sizes={}, uploaded_at=NOW))
    session.flush()
    assert counted(session) == {}


def test_an_announcement_without_an_end_counts_after_ninety_days(session: Session) -> None:
    announce(session, at=NOW - timedelta(days=80))
    announce(session, at=NOW - timedelta(days=100))
    announce(session, at=NOW - timedelta(days=100), valid_until=(NOW + timedelta(days=9)).isoformat())
    assert counted(session) == {"announcement": 1}


@pytest.mark.parametrize(("age", "counts"), [(3, {"photo": 1}), (8, {"photo": 1, "season": 1})])
def test_a_running_season_wants_a_line_every_week(
    session: Session, post: Post, age: int, counts: dict[str, int]
) -> None:
    season = post(session, start="2027-02-10T00:00:00", end="2027-03-20T00:00:00")
    for days in (12, age):
        announce(session, at=NOW - timedelta(days=days), headline="見頃", about_id=season.id)
    assert counted(session) == counts


def test_who_needs_most_stands_on_top_and_silence_counts(session: Session, post: Post) -> None:
    post(session, department_id=2, start="2027-04-10T00:00:00", end=None)
    rows = freshness.board(session, TODAY, TOKYO)
    assert [(row.department.slug, row.days, row.month) for row in rows] == [("kanko", None, 0), ("toshokan", 0, 1)]


def test_the_number_of_questions_does_not_grow_with_the_city(engine: Engine, session: Session, post: Post) -> None:
    asked: list[str] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    freshness.board(session, TODAY, TOKYO)
    few = len(asked)
    for department in (1, 2, 1, 2):
        post(session, department_id=department)
    asked.clear()
    freshness.board(session, TODAY, TOKYO)
    assert len([one for one in asked if one.startswith("SELECT")]) <= few


def test_next_month_follows_december() -> None:
    assert freshness.next_month(date(2027, 12, 31)) == (date(2028, 1, 1), date(2028, 1, 31))
    assert freshness.next_month(date(2028, 1, 31)) == (date(2028, 2, 1), date(2028, 2, 29))


def test_every_number_of_the_page_leads_to_its_list(desk: FlaskClient, write: Session, post: Post) -> None:
    post(write, title="写真のない催し", **DAY)
    write.commit()
    links = re.findall(r'href="(/staff/freshness/[^"]+)"', desk.get("/staff/freshness").text)
    assert links == ["/staff/freshness/photo?department=kanko"]
    assert "写真のない催し" in desk.get(links[0]).text
    assert "写真のない催し" not in desk.get("/staff/freshness/photo?department=toshokan").text
    assert desk.get("/staff/freshness/photo?department=none").status_code == 404
    assert desk.get("/staff/freshness/else").status_code == 404

"""What meets what: told of those who would stand before the same door or ask for the same people, and of nobody else."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event as sql_events
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, Venue
from calendar_app.entries import publishing
from calendar_app.listings import conflicts
from helpers.town import NOW

TODAY = date(2027, 3, 1)
TALK: dict[str, Any] = {
    "title": "講演会",
    "start": "2027-04-18T10:00:00",
    "end": "2027-04-18T12:00:00",
    "all_day": False,
}
OTHER: dict[str, Any] = TALK | {"title": "音楽会", "department_id": 2}

Post = Callable[..., Event]


def found(session: Session) -> list[tuple[str, str, str, list[int]]]:
    """Whose titles meet, why, and on which days of the month."""
    return [
        (one.first.event.title, one.other.event.title, one.why, [day.day for day in one.days])
        for one in conflicts.coming(session, TODAY)
    ]


@pytest.mark.parametrize(
    ("other", "meets"),
    [
        ({"start": "2027-04-18T11:00:00", "end": "2027-04-18T13:00:00"}, True),
        ({"start": "2027-04-18T12:00:00", "end": "2027-04-18T13:00:00"}, False),  # one goes when the other comes
        ({"start": "2027-04-18T11:00:00", "end": None}, True),
        ({"start": "2027-04-18T08:30:00", "end": None}, True),  # nobody said when it ends: two hours
        ({"start": "2027-04-18T07:30:00", "end": None}, False),
        ({"start": "2027-04-19T10:00:00", "end": "2027-04-19T12:00:00"}, False),
        ({"start": "2027-04-18T00:00:00", "end": "2027-04-18T00:00:00", "all_day": True}, True),
        ({"start": "2027-04-10T00:00:00", "end": "2027-05-05T00:00:00", "all_day": True}, False),  # a season
        ({"start": "2027-04-11T00:00:00", "end": "2027-04-20T00:00:00", "precision": "part"}, False),
        ({"venue_id": None}, False),
    ],
)
def test_one_venue_at_one_time(session: Session, post: Post, other: dict[str, Any], meets: bool) -> None:
    post(session, **TALK)
    post(session, **OTHER | other)
    assert bool(found(session)) == meets
    if meets:
        assert found(session)[0][2:] == ("venue", [18])


@pytest.mark.parametrize(
    ("one", "other", "meets"),
    [
        ("子育て中の方", "子育て世帯", True),
        ("未就学児とその保護者", "保護者、教職員", True),
        ("小学生とその保護者", "高齢者とその家族", False),
        ("市民どなたでも", "どなたでも", False),
        ("こども", "おとな、こども", True),
        ("小学生", "中学生", False),
        ("", "", False),
        ("Families with children", "children under 6", True),
    ],
)
def test_the_same_people_on_one_day(session: Session, post: Post, one: str, other: str, meets: bool) -> None:
    post(session, **TALK, audience=one)
    later = {"start": "2027-04-18T15:00:00", "end": "2027-04-18T16:00:00"}
    post(session, **OTHER | later, audience=other)
    assert [clash[2] for clash in found(session)] == ["audience"] * meets


def test_two_series_are_named_once_with_their_days(session: Session, post: Post) -> None:
    weekly = {"rule": "FREQ=WEEKLY;COUNT=3", "audience": "小学生"}
    post(session, **TALK, **weekly)
    post(session, **OTHER, **weekly)
    assert found(session) == [("講演会", "音楽会", "venue", [18, 25])]  # the third is after the 60 days
    assert conflicts.coming(session, date(2027, 4, 1))[0].days[-1] == date(2027, 5, 2)


def test_what_is_off_meets_nobody(session: Session, post: Post) -> None:
    post(session, **TALK)
    other = post(session, **OTHER)
    publishing.cancel(session, other, "", actor=None, at=NOW)
    assert found(session) == []
    publishing.restore(session, other, actor=None, at=NOW)
    assert len(found(session)) == 1
    publishing.withdraw(session, other, "", actor=None, at=NOW)
    assert found(session) == []


def test_a_date_at_another_venue_meets_who_is_there(session: Session, post: Post) -> None:
    publishing.save_reference(session, hall := Venue(), {"name": "交流センター"}, actor=None, at=NOW)
    post(session, **TALK, overrides=[{"original": TALK["start"], "venue_id": hall.id}])
    post(session, **OTHER)
    assert found(session) == []
    post(session, **OTHER | {"title": "舞踊会"}, venue_id=hall.id)
    assert [clash[:2] for clash in found(session)] == [("講演会", "舞踊会")]


def test_parts_of_one_season_know_of_each_other(session: Session, post: Post) -> None:
    season = post(session, **TALK | {"title": "文化の日"})
    post(session, **TALK, parent_id=season.id, audience="小学生")
    post(session, **OTHER | {"venue_id": None}, parent_id=season.id, audience="小学生")
    assert found(session) == []


def test_a_draft_learns_what_it_will_meet_and_nobody_else_does(session: Session, post: Post) -> None:
    post(session, **OTHER)
    draft = publishing.create(session, "event", TALK | {"department_id": 1, "venue_id": 1}, actor=None, at=NOW)
    assert isinstance(draft, Event)
    (clash,) = conflicts.of(session, draft, TODAY)
    assert (clash.first.event, clash.other.event.title, clash.why) == (draft, "音楽会", "venue")
    assert conflicts.of(session, draft, date(2027, 4, 19)) == []
    assert found(session) == []


def test_the_other_is_the_other_whichever_begins_first(session: Session, post: Post) -> None:
    one = post(session, **TALK)
    other = post(session, **OTHER | {"start": "2027-04-18T09:00:00"})
    assert conflicts.of(session, one, TODAY)[0].other.event is other
    assert conflicts.of(session, other, TODAY)[0].other.event is one


def test_a_crowded_day_costs_as_many_questions_as_an_empty_one(session: Session, post: Post) -> None:
    asked: list[str] = []

    def count() -> int:
        session.flush()
        session.expire_all()
        asked.clear()
        conflicts.coming(session, TODAY)
        return len(asked)

    sql_events.listen(session.get_bind(), "before_cursor_execute", lambda *given: asked.append(given[2]))
    post(session, **TALK, audience="小学生")
    post(session, **OTHER, audience="小学生")
    few = count()
    for number in range(12):
        post(session, **OTHER | {"title": f"{number}"}, audience="小学生")
    assert count() <= few + 1

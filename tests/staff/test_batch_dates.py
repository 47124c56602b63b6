"""A storm: many dates cancelled by one act, and brought back by one."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, Occurrence, Revision, Venue
from calendar_app.entries import publishing, revisions
from calendar_app.feeds import items
from calendar_app.listings import weather
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.staff import batch_dates
from helpers.acts import cancel_dates, undo_act
from helpers.town import NOW

TIMED: dict[str, Any] = {"start": "2027-04-18T10:00:00", "end": "2027-04-18T12:00:00", "all_day": False, "tags": []}
MARKET = TIMED | {
    "title": "朝市",
    "start": "2027-04-04T08:00:00",
    "end": "2027-04-04T10:00:00",
    "rule": "FREQ=WEEKLY;BYDAY=SU;UNTIL=20270502",
}
LATER = NOW + timedelta(hours=1)
STORM = date(2027, 4, 17), date(2027, 4, 25)

Post = Callable[..., Event]


@pytest.fixture
def town(session: Session, post: Post) -> dict[str, Event]:
    """A series that goes on after the storm, one that is over by then, a single event, and a season."""
    short = MARKET | {"title": "縁日", "start": "2027-04-18T08:00:00", "end": None, "rule": "FREQ=DAILY;COUNT=3"}
    made = [post(session, **values) for values in (MARKET, short, TIMED | {"title": "講演会"}, {})]
    return {event.title: event for event in made}


def found(session: Session, **more: Any) -> list[Occurrence]:
    return weather.find(session, *STORM, more.pop("wanted", EVERYTHING), **more)


def cancel(session: Session, dates: list[Occurrence]) -> str:
    return cancel_dates(session, dates, "暴風のため", actor=None, at=LATER)


def state(event: Event) -> tuple[Any, ...]:
    dates = [(one.original, one.wall_start, one.wall_end, one.status, one.note) for one in event.occurrences]
    return event.status, event.reason, revisions.values(event), dates


def told(session: Session, after: int = 0) -> list[str]:
    rows = session.scalars(select(Revision).where(Revision.notable, Revision.number > after).order_by(Revision.number))
    return [items.notice(row, "ja") for row in rows]


def test_each_date_is_cancelled_and_what_has_no_other_date_as_a_whole(session: Session, town: dict[str, Event]) -> None:
    number = max(row.number for row in session.scalars(select(Revision)))
    dates = [one for one in found(session) if one.event.title != "角館の桜まつり"]
    act = cancel(session, dates)
    assert told(session, number) == [
        "【中止】朝市（4月18日（日））",
        "【中止】朝市（4月25日（日））",
        "【中止】縁日",
        "【中止】講演会",
    ]
    assert {row.note for row in batch_dates.rows(session, act)} == {"暴風のため"}
    assert [town[title].status for title in ("朝市", "縁日", "講演会")] == ["scheduled", "cancelled", "cancelled"]
    assert [one.status for one in town["朝市"].occurrences] == [None, None, "cancelled", "cancelled", None]


def test_one_undo_brings_back_exactly_what_was(session: Session, town: dict[str, Event]) -> None:
    was = {title: state(event) for title, event in town.items()}
    number = max(row.number for row in session.scalars(select(Revision)))
    act = cancel(session, found(session))
    assert undo_act(session, act, actor=None, at=LATER) == 5
    assert {title: state(event) for title, event in town.items()} == was
    assert sum(heading.startswith("【開催】") for heading in told(session, number)) == 5


def test_what_was_edited_meanwhile_stays_and_the_rest_comes_back(session: Session, town: dict[str, Event]) -> None:
    act = cancel(session, found(session))
    publishing.save(session, town["講演会"], {"summary": "入場無料"}, actor=None, at=LATER)
    publishing.cancel(session, town["縁日"], "主催者の都合", actor=None, at=LATER)
    publishing.withdraw(session, town["角館の桜まつり"], "", actor=None, at=LATER)
    assert undo_act(session, act, actor=None, at=LATER) == 3
    assert (town["講演会"].status, town["講演会"].summary) == ("scheduled", "入場無料")
    assert (town["縁日"].status, town["縁日"].reason) == ("cancelled", "主催者の都合")
    assert town["角館の桜まつり"].state == "withdrawn"
    assert [one.status for one in town["朝市"].occurrences] == [None] * 5


def test_an_act_is_undone_once_and_the_undo_is_an_act_of_its_own(session: Session, town: dict[str, Event]) -> None:
    act = cancel(session, found(session))
    undo_act(session, act, actor=None, at=LATER)
    newest = session.scalars(select(Revision).order_by(Revision.number.desc()).limit(1)).one()
    assert undo_act(session, act, actor=None, at=LATER) == 0
    assert newest.batch
    assert undo_act(session, newest.batch, actor=None, at=LATER) == 5
    assert town["縁日"].status == "cancelled"
    assert town["縁日"].reason == "暴風のため"


def test_what_does_not_go_ahead_is_not_found_again(session: Session, town: dict[str, Event]) -> None:
    cancel(session, found(session))
    assert found(session) == []


@pytest.mark.parametrize(
    ("outdoor_venue", "rule", "counts"),
    [(True, "", True), (False, "", False), (False, "reserve", True), (True, "indoors", False), (False, "held", True)],
)
def test_the_weather_stops_what_is_outdoors_or_has_a_rule_for_it(
    session: Session, post: Post, outdoor_venue: bool, rule: str, counts: bool
) -> None:
    values = {"name": "別の会場", "outdoor": outdoor_venue}
    publishing.save_reference(session, venue := Venue(), values, actor=None, at=NOW)
    post(session, **TIMED, venue_id=venue.id, weather_rule=rule)
    assert bool(found(session, outdoors=True)) == counts


def test_only_a_departments_dates_of_these_days(session: Session, post: Post, town: dict[str, Event]) -> None:
    post(session, **TIMED, title="読書会", department_id=2)
    library = Filter((("department", ("toshokan",)),))
    assert [one.event.title for one in found(session, wanted=library)] == ["読書会"]


def test_no_more_are_found_than_one_act_can_take(
    session: Session, town: dict[str, Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weather, "MOST", 2)
    assert len(found(session)) == 2


@pytest.mark.parametrize(
    ("values", "longer"),
    [
        ({}, True),  # the season of weeks
        (TIMED, False),
        (TIMED | {"start": "2027-04-25T22:00:00", "end": "2027-04-26T02:00:00"}, False),  # the night after the last day
        (TIMED | {"start": "2027-04-24T10:00:00", "end": "2027-04-26T16:00:00"}, True),
        ({"start": "2027-04-17T00:00:00", "end": "2027-04-25T00:00:00"}, False),  # exactly these days
    ],
)
def test_only_what_runs_on_other_days_too_is_longer(
    session: Session, post: Post, values: dict[str, Any], longer: bool
) -> None:
    post(session, **values)
    assert [weather.outlasts(one, *STORM) for one in found(session)] == [longer]


@pytest.mark.parametrize("before", ["", "開門は日の出", "長" * 195])
def test_a_season_closes_on_these_days_and_goes_on_and_one_undo_opens_it(
    session: Session, post: Post, before: str
) -> None:
    season = post(session, date_note=before)
    given: dict[str, Any] = {"actor": None, "at": LATER}
    with revisions.one_act(session) as act:
        for step in batch_dates.closures(found(session), date(2027, 4, 17), date(2027, 4, 18)):
            assert batch_dates.step(session, "dates", step, {"reason": "暴風のため"}, **given)
    said = "2027年4月17日（土）〜18日（日）は休みます。"
    assert (season.status, [one.status for one in season.occurrences]) == ("scheduled", [None])
    assert batch_dates.rows(session, act)[-1].note == f"{said}暴風のため"
    assert batch_dates.rows(session, act)[-1].notable
    full = len(before) > 100
    assert season.date_note == (before if full else said + before)
    assert season.body == (said if full else "")
    undo_act(session, act, actor=None, at=LATER)
    assert (season.date_note, season.body) == (before, "")

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.listings import event_outlines
from calendar_app.listings.filters import EVERYTHING, Filter
from helpers.town import STOPPED

TODAY = STOPPED.date()


def test_number_and_order_are_those_of_the_same_events(session: Session, post: Callable[..., Event]) -> None:
    days = ("2027-05-01", "2027-04-20", "2029-01-01")
    later, sooner, _far = (post(session, start=f"{day}T00:00:00", end=None) for day in days)
    assert {outline.public_id for outline in event_outlines.in_calendar(session, TODAY, EVERYTHING, 9)} == {
        later.public_id,
        sooner.public_id,
    }
    assert [public_id for public_id, _ in event_outlines.by_start(session, TODAY, EVERYTHING)] == [
        sooner.public_id,
        later.public_id,
    ]
    assert event_outlines.number_in_calendar(session, TODAY, EVERYTHING) == 2
    assert event_outlines.number_in_calendar(session, TODAY, Filter((("tag", ("雪",)),))) == 0


def test_what_is_coming_goes_first_and_the_newest_past_next(session: Session, post: Callable[..., Event]) -> None:
    back = [post(session, start=f"{TODAY - timedelta(days)}T10:00:00", end=None) for days in (30, 10)]
    ahead = [post(session, start=f"{TODAY + timedelta(days)}T10:00:00", end=None) for days in (40, 0)]
    order = [event.public_id for event in (ahead[1], ahead[0], back[1], back[0])]
    for most in (1, 2, 3, 4, 9):
        held = event_outlines.in_calendar(session, TODAY, EVERYTHING, most)
        assert [outline.public_id for outline in held] == order[:most]


def test_an_outline_says_whether_single_dates_may_be_events_of_their_own(
    session: Session, post: Callable[..., Event]
) -> None:
    plain = post(session)
    series = post(session, rule="FREQ=WEEKLY;COUNT=3", end=None)
    single = post(session, rdates=["2027-05-01T00:00:00"], end=None)
    outlines = event_outlines.in_calendar(session, TODAY, EVERYTHING, 9)
    assert {outline.public_id: outline.single_dates for outline in outlines} == {
        plain.public_id: False,
        series.public_id: True,
        single.public_id: True,
    }

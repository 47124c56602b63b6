"""One date of a series apart from the others: what calendars, feeds and lists make of it, and that undoing leaves no trace."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.db.models import Event, Occurrence, Revision, Venue
from calendar_app.entries import describe, publishing, revisions, single_dates
from calendar_app.entries.editing import Invalid
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import items
from calendar_app.formats import ics
from calendar_app.staff import undo
from helpers.acts import undo_act
from helpers.clients import vevents
from helpers.town import NOW, SITE_ID

MARKET: dict[str, Any] = {
    "title": "朝市",
    "start": "2027-04-04T08:00:00",
    "end": "2027-04-04T10:00:00",
    "all_day": False,
    "rule": "FREQ=WEEKLY;BYDAY=SU;UNTIL=20270502",
}
THIRD = datetime(2027, 4, 18, 8)
EDITION = SiteView("ja", "ja", "https://calendar.example.jp", "仙北市", "仙北市", "Asia/Tokyo", SITE_ID)

Post = Callable[..., Event]


class Clerk:
    """Somebody who does one thing an hour."""

    def __init__(self, session: Session) -> None:
        self.session, self.at = session, NOW

    def __call__(self, act: Callable[..., Any], *given: Any, **named: Any) -> Any:
        self.at += timedelta(hours=1)
        return act(self.session, *given, actor=None, at=self.at, **named)


@pytest.fixture
def clerk(session: Session) -> Clerk:
    return Clerk(session)


@pytest.fixture
def market(session: Session, post: Post) -> Event:
    return post(session, **MARKET)


@pytest.fixture
def hall(session: Session) -> int:
    """The number of another venue."""
    venue = Venue()
    publishing.save_reference(session, venue, {"name": "角館交流センター"}, actor=None, at=NOW)
    return venue.id


def told(session: Session) -> list[tuple[str, str]]:
    """The items of the feed, oldest first: heading and note."""
    rows = session.scalars(select(Revision).where(Revision.notable).order_by(Revision.number))
    return [(items.notice(row, "ja"), row.note) for row in rows]


def calendar(event: Event) -> dict[str, Any]:
    """The VEVENTs of an event: "" is the series, a day its single date."""
    found = vevents(ics.render_single(items.event_item(event, EDITION), date(2030, 1, 1)))
    return {f"{one['RECURRENCE-ID'].dt:%m-%d}" if "RECURRENCE-ID" in one else "": one for one in found}


def row(event: Event, day: int, month: int = 4) -> Occurrence:
    return next(one for one in event.occurrences if (one.original.month, one.original.day) == (month, day))


def state(event: Event) -> tuple[Any, ...]:
    dates = [(one.original, one.wall_start, one.wall_end, one.status, one.note) for one in event.occurrences]
    return event.status, event.reason, event.previous_starts, revisions.values(event), dates


def last(session: Session) -> Revision:
    return session.scalars(select(Revision).order_by(Revision.number.desc()).limit(1)).one()


def test_one_cancelled_date_says_so_and_the_series_goes_on(session: Session, market: Event, clerk: Clerk) -> None:
    clerk(single_dates.change_date, market, THIRD, {"status": "cancelled", "note": "強風のため"})
    assert told(session)[1:] == [("【中止】朝市（4月18日（日））", "強風のため")]
    series, one = calendar(market)[""], calendar(market)["04-18"]
    assert (str(one["STATUS"]), str(one["SUMMARY"]), str(one["TRANSP"])) == ("CANCELLED", "【中止】朝市", "TRANSPARENT")
    assert "強風のため" in one["DESCRIPTION"]
    assert (str(series["STATUS"]), str(series["SUMMARY"])) == ("CONFIRMED", "朝市")
    assert (one["UID"], one["SEQUENCE"], series["SEQUENCE"]) == (series["UID"], 1, 1)
    assert series["LAST-MODIFIED"].dt == clerk.at
    assert "EXDATE" not in series
    assert [one.status for one in market.occurrences] == [None, None, "cancelled", None, None]
    assert row(market, 18).note == "強風のため"


def test_a_date_that_goes_ahead_after_all_is_as_before_and_everybody_hears_it(
    session: Session, market: Event, clerk: Clerk
) -> None:
    was = state(market)
    clerk(single_dates.change_date, market, THIRD, {"status": "cancelled"})
    clerk(single_dates.change_date, market, THIRD, {})
    assert state(market) == was
    assert told(session)[-1] == ("【開催】朝市（4月18日（日））", "")
    assert calendar(market).keys() == {""}
    assert calendar(market)[""]["SEQUENCE"] == 2


def test_a_moved_date_keeps_its_name_in_every_calendar(session: Session, market: Event, clerk: Clerk) -> None:
    clerk(single_dates.change_date, market, THIRD, {"start": "2027-04-19T13:00:00", "note": "行事のため"})
    one = calendar(market)["04-18"]
    assert (one["DTSTART"].dt.isoformat(), one["DTEND"].dt.isoformat()) == (
        "2027-04-19T13:00:00+09:00",
        "2027-04-19T15:00:00+09:00",
    )
    assert str(one["SUMMARY"]) == "【日時変更】朝市"
    assert told(session)[-1] == ("【日時変更】朝市（4月18日（日））", "行事のため")
    assert row(market, 18).first_day == date(2027, 4, 19)


def test_a_date_at_another_venue_is_told_as_that(session: Session, market: Event, clerk: Clerk, hall: int) -> None:
    clerk(single_dates.change_date, market, THIRD, {"venue_id": hall})
    assert told(session)[-1][0] == "【会場変更】朝市（4月18日（日））"
    assert str(calendar(market)["04-18"]["LOCATION"]) == "角館交流センター"
    assert "桧木内川堤" in calendar(market)[""]["LOCATION"]


def test_a_note_alone_moves_no_sequence_and_its_end_is_no_news(session: Session, market: Event, clerk: Clerk) -> None:
    clerk(single_dates.change_date, market, THIRD, {"note": "駐車場は北側です"})
    assert told(session)[-1] == ("【訂正】朝市（4月18日（日））", "駐車場は北側です")
    assert market.sequence == 0
    clerk(single_dates.change_date, market, THIRD, {})
    assert len(told(session)) == 2


def test_what_is_as_the_series_has_it_makes_no_exception_and_no_revision(
    session: Session, market: Event, clerk: Clerk
) -> None:
    number = last(session).number
    usual = {"start": "2027-04-18T08:00:00", "end": "2027-04-18T10:00:00", "venue_id": 1, "note": "", "status": None}
    clerk(single_dates.change_date, market, THIRD, usual)
    assert (market.overrides, last(session).number) == ([], number)


def test_a_moved_date_that_is_then_cancelled_is_cancelled_where_it_was_to_be(
    session: Session, market: Event, clerk: Clerk, hall: int
) -> None:
    clerk(single_dates.change_date, market, THIRD, {"start": "2027-04-19T13:00:00", "venue_id": hall})
    clerk(single_dates.set_status, market, THIRD, "cancelled", "雨のため")
    one = row(market, 18)
    assert (one.wall_start, one.venue_id, one.status) == (datetime(2027, 4, 19, 13), hall, "cancelled")
    assert told(session)[-1] == ("【中止】朝市（4月18日（日））", "雨のため")


def test_a_full_date_that_has_places_again_is_told_so(session: Session, market: Event, clerk: Clerk) -> None:
    clerk(single_dates.set_status, market, THIRD, "full", "")
    clerk(single_dates.change_date, market, THIRD, {})
    assert [heading for heading, _ in told(session)[1:]] == [
        "【満席】朝市（4月18日（日））",
        "【開催】朝市（4月18日（日））",
    ]


def test_a_further_date_keeps_its_own_end_through_a_cancellation(session: Session, post: Post, clerk: Clerk) -> None:
    typed = {"original": "2027-04-21T18:00:00", "end": "2027-04-21T21:00:00"}
    event = post(session, **MARKET, rdates=["2027-04-21T18:00:00"], overrides=[typed])
    clerk(single_dates.set_status, event, datetime(2027, 4, 21, 18), "cancelled", "")
    assert row(event, 21).wall_end == datetime(2027, 4, 21, 21)
    clerk(single_dates.change_date, event, datetime(2027, 4, 21, 18), {})
    assert event.overrides == [typed]


@pytest.mark.parametrize("original", [datetime(2027, 4, 19, 8), datetime(2027, 4, 18, 9)])
def test_a_date_that_the_series_does_not_have_is_refused(market: Event, clerk: Clerk, original: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        clerk(single_dates.change_date, market, original, {"status": "cancelled"})
    assert refused.value.errors == {"original": "unknown"}


def test_an_end_before_the_start_is_refused(market: Event, clerk: Clerk) -> None:
    with pytest.raises(Invalid):
        clerk(single_dates.change_date, market, THIRD, {"end": "2027-04-18T07:00:00"})


def test_the_decision_that_a_date_is_held_stands_everywhere(session: Session, market: Event, clerk: Clerk) -> None:
    clerk(single_dates.decide, market, THIRD, "held")
    assert told(session)[-1] == ("【開催決定】朝市（4月18日（日））", "予定どおり開催します。")
    one = calendar(market)["04-18"]
    assert (str(one["STATUS"]), str(one["SUMMARY"])) == ("CONFIRMED", "【開催決定】朝市")
    assert row(market, 18).status == "held"


def test_the_only_date_of_an_event_is_decided_as_the_whole_event(session: Session, post: Post, clerk: Clerk) -> None:
    event = post(session, **MARKET | {"rule": ""}, weather_rule="cancelled")
    only = event.start
    clerk(single_dates.decide, event, only, "held")
    assert str(calendar(event)[""]["SUMMARY"]) == "【開催決定】朝市"
    clerk(single_dates.decide, event, only, "cancelled", note="雷のため")
    assert (event.status, event.reason) == ("cancelled", "雷のため")
    assert told(session)[-1] == ("【中止】朝市", "雷のため")
    assert describe.status(event.occurrences[0]) == "cancelled"


@pytest.mark.parametrize("named", [None, "2027-04-25T09:00:00"])
@pytest.mark.parametrize("rule", ["", "FREQ=WEEKLY;BYDAY=SU;UNTIL=20270418"])
def test_a_date_goes_to_its_reserve_date_and_comes_back_by_one_undo(
    session: Session, post: Post, clerk: Clerk, named: str | None, rule: str
) -> None:
    event = post(session, **MARKET | {"rule": rule}, weather_rule="reserve", reserve_start=named)
    was = state(event)
    with revisions.one_act(session) as act:
        clerk(single_dates.decide, event, event.start, "reserve", note="雨のため")
    to = datetime(2027, 4, 25, 9) if named else datetime(2027, 4, 5, 8)
    assert (event.occurrences[0].wall_start == to) or to in [one.wall_start for one in event.occurrences]
    assert told(session)[-1][0].startswith("【日時変更】朝市")
    assert clerk(undo_act, act) == 1
    assert state(event) == was


def test_a_reserve_date_that_is_over_is_none(market: Event) -> None:
    market.reserve_start = datetime(2027, 4, 10, 8)
    assert single_dates.reserve_of(market, datetime(2027, 4, 4, 8)) == datetime(2027, 4, 10, 8)
    assert single_dates.reserve_of(market, THIRD) == datetime(2027, 4, 19, 8)


def test_from_a_date_on_the_series_is_another_that_names_the_first(
    session: Session, market: Event, clerk: Clerk
) -> None:
    clerk(single_dates.set_status, market, datetime(2027, 4, 25, 8), "cancelled", "連休のため")
    uid = market.uid
    changes = {"start": "2027-04-18T09:00:00", "end": "2027-04-18T11:00:00"}
    later = clerk(single_dates.split, market, THIRD, changes, note="日の出が早くなります。")
    assert [one.wall_start.day for one in market.occurrences] == [4, 11]
    assert [(one.wall_start.day, one.wall_start.hour) for one in later.occurrences] == [(18, 9), (25, 9), (2, 9)]
    assert row(later, 25).status == "cancelled"
    assert (market.uid, later.previous_id) == (uid, market.id)
    assert str(calendar(later)[""]["RELATED-TO"]) == uid != later.uid
    assert "UNTIL" in calendar(market)[""]["RRULE"]
    assert ("【日時変更】朝市", "2027年4月18日（日）の回から変わります。日の出が早くなります。") in told(session)
    assert later.public


def test_a_counted_series_is_parted_without_losing_a_date(session: Session, post: Post, clerk: Clerk) -> None:
    event = post(session, **MARKET | {"rule": "FREQ=WEEKLY;BYDAY=SU;COUNT=5"}, exdates=["2027-04-11T00:00:00"])
    later = clerk(single_dates.split, event, THIRD, {"venue_id": None})
    assert [one.wall_start.day for one in event.occurrences] == [4]
    assert [one.wall_start.day for one in later.occurrences] == [18, 25, 2]


def test_a_parted_series_grows_together_again_by_undoing_the_act(
    session: Session, market: Event, clerk: Clerk, hall: int
) -> None:
    was = state(market)
    with revisions.one_act(session) as act:
        later = clerk(single_dates.split, market, THIRD, {"venue_id": hall})
    clerk(undo_act, act)
    assert state(market) == was
    assert later.state == "withdrawn"


def test_a_series_that_ends_says_so_of_all_that_follow(session: Session, market: Event, clerk: Clerk) -> None:
    later = clerk(single_dates.end_series, market, THIRD, "担い手不足のため")
    assert [one.wall_start.day for one in market.occurrences] == [4, 11]
    assert (later.status, later.reason, len(later.occurrences)) == ("cancelled", "担い手不足のため", 3)
    assert market.status == "scheduled"
    assert told(session)[-1] == ("【中止】朝市", "担い手不足のため")
    assert str(calendar(later)[""]["STATUS"]) == "CANCELLED"


@pytest.mark.parametrize("state", ["draft", "scheduled"])
def test_both_parts_of_what_is_not_public_yet_become_so_together(session: Session, clerk: Clerk, state: str) -> None:
    event = publishing.create(session, "event", MARKET | {"department_id": 1}, actor=None, at=NOW)
    assert isinstance(event, Event)
    if state == "scheduled":
        publishing.schedule(session, event, NOW + timedelta(days=9), actor=None, at=NOW)
    later = clerk(single_dates.split, event, THIRD, {"venue_id": 1})
    assert (later.state, later.publish_at) == (event.state, event.publish_at)
    assert told(session) == []


@pytest.mark.parametrize("original", [datetime(2027, 4, 4, 8), datetime(2027, 4, 21, 18)])
def test_only_at_one_of_its_rules_dates_and_not_the_first_a_series_can_be_parted(
    session: Session, post: Post, clerk: Clerk, original: datetime
) -> None:
    event = post(session, **MARKET, rdates=["2027-04-21T18:00:00"])
    assert not single_dates.splittable(event, original)
    with pytest.raises(Invalid) as refused:
        clerk(single_dates.split, event, original, {})
    assert refused.value.errors == {"original": "not_splittable"}


STEPS: list[Callable[[Clerk, Event], Any]] = [
    lambda clerk, event: clerk(single_dates.change_date, event, THIRD, {"status": "cancelled", "note": "雨"}),
    lambda clerk, event: clerk(single_dates.change_date, event, THIRD, {"start": "2027-04-18T09:00:00"}),
    lambda clerk, event: clerk(single_dates.decide, event, THIRD, "held"),
    lambda clerk, event: clerk(publishing.cancel, event, "荒天のため"),
    lambda clerk, event: clerk(publishing.postpone, event, "荒天のため"),
    lambda clerk, event: clerk(publishing.mark, event, "full", ""),
    lambda clerk, event: clerk(publishing.save, event, {"start": "2027-04-04T09:00:00"}, note="準備のため"),
    lambda clerk, event: clerk(publishing.save, event, {"rule": "FREQ=WEEKLY;BYDAY=SU;UNTIL=20270523"}),
    lambda clerk, event: clerk(publishing.save, event, {"title": "大朝市", "tags": ["市"]}),
    lambda clerk, event: clerk(publishing.withdraw, event, "誤り"),
]


@pytest.mark.parametrize("step", STEPS)
def test_an_undo_leaves_everything_as_it_was(
    session: Session, market: Event, clerk: Clerk, step: Callable[[Clerk, Event], Any]
) -> None:
    clerk(single_dates.set_status, market, datetime(2027, 4, 11, 8), "full", "")
    was, state_was = state(market), market.state
    step(clerk, market)
    assert (state(market), market.state) != (was, state_was)
    assert clerk(undo.undo, last(session))
    assert (state(market), market.state) == (was, state_was)


@pytest.mark.parametrize("step", STEPS)
def test_an_undo_can_be_undone(
    session: Session, market: Event, clerk: Clerk, step: Callable[[Clerk, Event], Any]
) -> None:
    step(clerk, market)
    done = market.status, market.reason, market.state, revisions.values(market)
    with revisions.one_act(session) as act:
        clerk(undo.undo, last(session))
    clerk(undo_act, act)
    assert (market.status, market.reason, market.state, revisions.values(market)) == done


def test_an_undo_remembers_every_start_that_was_an_earlier_one(session: Session, market: Event, clerk: Clerk) -> None:
    for hour in ("09", "08"):
        clerk(publishing.save, market, {"start": f"2027-04-04T{hour}:00:00"})
    was = list(market.previous_starts)
    clerk(publishing.cancel, market, "")
    clerk(undo.undo, last(session))
    assert market.previous_starts == was
    clerk(publishing.save, market, {"start": "2027-04-04T07:00:00"})
    clerk(undo.undo, last(session))
    assert (market.start.hour, market.status) == (8, "rescheduled")
    assert market.start.isoformat() not in market.previous_starts


def test_an_undo_leaves_what_was_changed_since(session: Session, market: Event, clerk: Clerk) -> None:
    clerk(single_dates.set_status, market, THIRD, "cancelled", "雨のため")
    row = last(session)
    clerk(publishing.save, market, {"summary": "とれたて野菜"})
    clerk(single_dates.set_status, market, datetime(2027, 4, 25, 8), "full", "")
    assert clerk(undo.undo, row)
    assert market.summary == "とれたて野菜"
    assert [one.status for one in market.occurrences] == [None, None, None, "full", None]


def test_what_was_changed_again_is_not_taken_back(session: Session, market: Event, clerk: Clerk) -> None:
    clerk(single_dates.set_status, market, THIRD, "cancelled", "雨のため")
    row = last(session)
    clerk(single_dates.set_status, market, THIRD, "held", "")
    number = last(session).number
    assert not clerk(undo.undo, row)
    assert last(session).number == number


def test_a_date_that_the_series_has_no_more_cannot_come_back(session: Session, market: Event, clerk: Clerk) -> None:
    clerk(single_dates.set_status, market, THIRD, "cancelled", "")
    row = last(session)
    clerk(publishing.save, market, {"exdates": ["2027-04-18T08:00:00"]})
    assert not clerk(undo.undo, row)


def test_a_publication_is_undone_by_withdrawing_it(session: Session, market: Event, clerk: Clerk) -> None:
    assert clerk(undo.undo, last(session))
    assert market.state == "withdrawn"
    assert not clerk(undo.undo, session.get_one(Revision, last(session).number - 2))

from collections.abc import Callable
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import single_dates
from calendar_app.listings import series
from helpers.town import NOW

Post = Callable[..., Event]
MONTHLY = {
    "title": "無料法律相談",
    "start": "2027-03-20T13:00:00",
    "end": "2027-03-20T16:00:00",
    "all_day": False,
    "rule": "FREQ=MONTHLY;BYMONTHDAY=20;UNTIL=20271231",
}


def test_a_date_that_fell_on_a_day_off_says_which_day_it_was_to_be(session: Session, post: Post):
    event = post(session, **MONTHLY, shift="next_weekday")
    moved = {f"{one.first_day}": series.moved_from(one, "ja") for one in event.occurrences}
    assert moved["2027-03-23"] == "3月20日（土）"  # past the Sunday, a holiday, and the holiday in its place
    assert moved["2027-04-20"] == ""


def test_a_date_at_another_time_of_its_day_says_the_time_it_was_to_be(session: Session, post: Post):
    event = post(session, **MONTHLY)
    first = event.start
    later = {"start": (first + timedelta(hours=1)).isoformat(), "end": (first + timedelta(hours=4)).isoformat()}
    single_dates.change_date(session, event, first, later, actor=None, at=NOW)
    assert series.moved_from(event.occurrences[0], "en") == "13:00"
    elsewhen = {"start": "2027-03-22T13:00:00", "end": "2027-03-22T16:00:00"}
    single_dates.change_date(session, event, first, elsewhen, actor=None, at=NOW)
    assert series.moved_from(event.occurrences[0], "en") == "Sat 20 Mar"


def test_what_is_left_out_is_told_between_two_days_by_hand_or_by_the_rule(session: Session, post: Post):
    event = post(session, **MONTHLY, skips=["weekend", "holiday"], exdates=["2027-05-20T00:00:00"])
    told = series.left_out(event, date(2027, 3, 1), date(2027, 9, 30), "ja")
    assert told == ["5月20日（木）は休み", "9月20日（月・祝）は敬老の日のため休み"]
    assert series.left_out(event, date(2027, 6, 1), date(2027, 7, 31), "ja") == []


def test_a_day_that_still_has_another_time_is_not_left_out(session: Session, post: Post):
    event = post(session, **MONTHLY, slots=[["18:00", "19:00"]], exdates=["2027-04-20T13:00:00"])
    assert datetime(2027, 4, 20, 18) in [one.wall_start for one in event.occurrences]
    assert series.left_out(event, date(2027, 3, 1), date(2027, 12, 31), "en") == []

from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy.orm import Session

from calendar_app.db.models import Event
from calendar_app.entries import due, publishing
from calendar_app.entries.urls import SiteView
from calendar_app.listings import seasons
from helpers.town import NOW, announce

Post = Callable[..., Event]
EDITION = SiteView("ja", "ja", "https://calendar.example.jp", "暦", "仙北市", "Asia/Tokyo", "calendar.example.jp")
APRIL = date(2027, 4, 20)


def edition(session: Session, post: Post, year: int, previous: Event | None = None) -> Event:
    dates = {"start": f"{year}-04-15T00:00:00", "end": f"{year}-05-05T00:00:00"}
    return post(session, **dates, previous_id=previous.id if previous else None)


def test_ten_years_back_are_remembered_and_what_was_withdrawn_is_not(session: Session, post: Post):
    event = edition(session, post, 2010)
    for year in range(2011, 2028):
        event, before = edition(session, post, year, event), event
    assert [one.start.year for one in seasons.editions(event)] == list(range(2027, 2016, -1))
    publishing.withdraw(session, before, "まちがい", actor=None, at=NOW)
    assert [one.start.year for one in seasons.editions(event)] == [2027, *range(2025, 2016, -1)]


def test_editions_that_name_each_other_do_not_go_round_for_ever(session: Session, post: Post):
    first = edition(session, post, 2026)
    second = edition(session, post, 2027, first)
    first.previous_id = second.id  # no form takes it any more; old data may hold it
    session.flush()
    assert seasons.editions(second) == [second, first]


def test_a_line_whose_time_is_over_holds_nowhere_but_stays_in_the_record(session: Session, post: Post):
    season = edition(session, post, 2027)
    until = (NOW + timedelta(hours=1)).isoformat()
    announce(session, title="見ごろ", headline="5分咲き", about_id=season.id)
    announce(session, title="混雑", headline="混み合っています", about_id=season.id, valid_until=until)
    due.run(session, at=NOW + timedelta(hours=2))
    told = seasons.record(session, season, EDITION, APRIL)
    assert [one.headline for one in told.newest] == ["5分咲き"]
    assert {one.headline for one in told.reports} == {"5分咲き", "混み合っています"}
    assert list(told.years[2027]) == ["5分咲き"]


def test_a_line_in_whose_place_another_stands_holds_nowhere_but_stays_in_the_record(session: Session, post: Post):
    season = edition(session, post, 2027)
    wrong = announce(session, title="満開", headline="満開", place="武家屋敷", about_id=season.id)
    announce(session, title="5分咲き", headline="5分咲き", place="桧木内川", about_id=season.id, supersedes_id=wrong.id)
    told = seasons.record(session, season, EDITION, APRIL)
    assert [one.headline for one in told.newest] == ["5分咲き"]
    assert {one.headline for one in told.reports} == {"5分咲き", "満開"}


def test_a_part_with_many_dates_stands_once_by_the_next_of_them(session: Session, post: Post):
    season = edition(session, post, 2027)
    walk = {"title": "ガイド", "start": "2027-04-16T10:00:00", "end": "2027-04-16T12:00:00", "all_day": False}
    post(session, **walk, rule="FREQ=DAILY;COUNT=10", parent_id=season.id)
    assert [one.first_day for one in seasons.parts(session, season, APRIL)] == [APRIL]
    assert [one.first_day for one in seasons.parts(session, season, date(2027, 6, 1))] == [date(2027, 4, 25)]

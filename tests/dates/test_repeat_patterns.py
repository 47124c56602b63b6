"""Repeats as a town hall speaks of them: choices and rules, what is left out and why, and all of it in words."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.dates import formatting, repeat_patterns
from calendar_app.dates.recurrence import Repeat, rule_dates
from calendar_app.dates.repeat_patterns import (
    Choice,
    adjust,
    choice_of,
    default_until,
    first_date,
    rule_of,
    say_adjustment,
)
from calendar_app.dates.rrule import BadRule, normalise

START = datetime(2027, 4, 6, 10)  # the first Tuesday of April
END = date(2028, 3, 31)


def days(rule: str, start: datetime = START) -> list[date]:
    return rule_dates(Repeat(start, None, rule=rule), date.max)


@pytest.mark.parametrize(
    ("choice", "rule"),
    [
        (Choice(), ""),
        (Choice("daily", until=END), "FREQ=DAILY;UNTIL=20280331"),
        (Choice("weekly", until=END), "FREQ=WEEKLY;BYDAY=TU;UNTIL=20280331"),
        (Choice("weekly", 2, weekdays=(1, 4), count=10), "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR;COUNT=10"),
        (Choice("monthly_date", days=(20,), until=END), "FREQ=MONTHLY;BYMONTHDAY=20;UNTIL=20280331"),
        (Choice("monthly_date", days=(-1,), until=END), "FREQ=MONTHLY;BYMONTHDAY=-1;UNTIL=20280331"),
        (Choice("monthly_weekday", weekdays=(5,), nths=(2,), until=END), "FREQ=MONTHLY;BYDAY=2SA;UNTIL=20280331"),
        (Choice("monthly_weekday", weekdays=(4,), nths=(-1,), count=5), "FREQ=MONTHLY;BYDAY=-1FR;COUNT=5"),
        (Choice("monthly_weekday", until=END), "FREQ=MONTHLY;BYDAY=1TU;UNTIL=20280331"),
        (Choice("yearly", count=3), "FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=6;COUNT=3"),
        (Choice("yearly_weekday", weekdays=(6,), nths=(3,), count=3), "FREQ=YEARLY;BYMONTH=4;BYDAY=3SU;COUNT=3"),
        (Choice("rule", rule="FREQ=YEARLY;BYMONTH=2,5;COUNT=4"), "FREQ=YEARLY;BYMONTH=2,5;COUNT=4"),
    ],
)
def test_a_choice_makes_its_rule_and_the_rule_shows_its_choice(choice: Choice, rule: str) -> None:
    assert rule_of(choice, START) == rule
    assert rule_of(choice_of(rule, START), START) == rule


CHOICES = st.builds(
    Choice,
    kind=st.sampled_from(["daily", "weekly", "monthly_date", "monthly_weekday", "yearly", "yearly_weekday"]),
    interval=st.integers(1, 6),
    weekdays=st.lists(st.integers(0, 6), unique=True, max_size=3).map(tuple),
    nths=st.lists(st.sampled_from([1, 2, 3, 4, 5, -1]), unique=True, max_size=3).map(tuple),
    days=st.lists(st.integers(1, 31) | st.just(-1), unique=True, max_size=3).map(tuple),
    until=st.just(END),
)


@given(choice=CHOICES)
def test_every_choice_comes_back_from_its_rule(choice: Choice) -> None:
    rule = rule_of(choice, START)
    again = choice_of(rule, START)
    assert again.kind != "rule"
    assert rule_of(again, START) == rule == normalise(rule)


def test_a_rule_that_no_choice_shows_is_kept() -> None:
    rule = "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=5"
    assert choice_of(rule, START) == Choice("rule", count=5, rule=rule)


def test_once_is_once_whatever_rule_was_there_before() -> None:
    assert rule_of(Choice("", rule="FREQ=DAILY;COUNT=3"), START) == ""


def test_a_choice_without_an_end_is_refused() -> None:
    with pytest.raises(BadRule) as refused:
        rule_of(Choice("weekly"), START)
    assert refused.value.code == "unbounded"


@pytest.mark.parametrize(
    ("start", "until"),
    [
        (date(2027, 4, 1), date(2028, 3, 31)),
        (date(2027, 12, 31), date(2028, 3, 31)),
        (date(2028, 1, 10), date(2029, 3, 31)),
        (date(2028, 3, 31), date(2029, 3, 31)),
    ],
)
def test_a_series_goes_on_to_the_end_of_the_fiscal_year_and_at_least_for_a_season(start: date, until: date) -> None:
    assert default_until(start) == until


def test_a_series_begins_with_a_date_of_its_own() -> None:
    second_saturday = "FREQ=MONTHLY;BYDAY=2SA;UNTIL=20280331"
    assert first_date(second_saturday, START) == datetime(2027, 4, 10, 10)
    assert first_date("", START) == START


# What is left out.


def told(rule: str, *skips: str, shift: str = "", lang: str = "ja") -> list[str]:
    return [say_adjustment(one, lang) for one in adjust(days(rule), skips, shift)]


def test_a_class_rests_on_holidays_at_obon_and_at_the_turn_of_the_year() -> None:
    tuesdays_and_fridays = "FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=20280131"
    assert told(tuesdays_and_fridays, "holiday", "obon", "newyear") == [
        "5月4日（火・祝）はみどりの日のため休み",
        "8月13日（金）はお盆のため休み",
        "11月23日（火・祝）は勤労感謝の日のため休み",
        "12月31日（金）は年末年始のため休み",
    ]


def test_the_twentieth_or_the_next_weekday() -> None:
    assert told("FREQ=MONTHLY;BYMONTHDAY=20;UNTIL=20280331", shift="next_weekday") == [
        "6月20日（日）→6月21日（月）",
        "9月20日（月・祝）→9月21日（火）",
        "11月20日（土）→11月22日（月）",
        "2月20日（日）→2月21日（月）",
        "3月20日（月・祝）→3月21日（火）",
    ]


def test_closed_on_mondays_or_on_the_next_weekday_after_a_holiday() -> None:
    assert told("FREQ=WEEKLY;BYDAY=MO;UNTIL=20270930", shift="next_weekday") == [
        "5月3日（月・祝）→5月6日（木）",
        "7月19日（月・祝）→7月20日（火）",
        "9月20日（月・祝）→9月21日（火）",
    ]


def test_a_date_that_would_move_onto_another_is_only_left_out() -> None:
    (friday,) = [one for one in adjust(days("FREQ=DAILY;UNTIL=20270410"), [], "previous_weekday") if one.day.day == 10]
    assert friday.to is None


@pytest.mark.parametrize(
    ("day", "skip", "shift", "to"),
    [
        (date(2029, 8, 12), "obon", "next_weekday", date(2029, 8, 17)),  # a Sunday
        (date(2024, 12, 28), "newyear", "next_weekday", date(2025, 1, 6)),  # a Saturday, a weekend after the 3rd
        (date(2031, 8, 17), "obon", "previous_weekday", date(2031, 8, 12)),  # a Sunday
    ],
)
def test_a_date_moves_past_the_days_that_are_skipped(day: date, skip: str, shift: str, to: date) -> None:
    (moved,) = adjust([day], [skip], shift)
    assert (moved.why, moved.to) == ("shifted", to)


@given(
    skips=st.sets(st.sampled_from(repeat_patterns.SKIPS)),
    shift=st.sampled_from(["", *repeat_patterns.STEPS]),
    choice=CHOICES,
)
def test_what_is_left_is_never_on_a_day_that_is_skipped(skips: set[str], shift: str, choice: Choice) -> None:
    given_days = days(rule_of(choice, START))
    made = adjust(given_days, skips, shift)
    moved = [one.to for one in made if one.to]
    left = [day for day in given_days if day not in {one.day for one in made}] + moved
    assert len(left) == len(set(left))
    assert {one.day for one in made} <= set(given_days)
    if "holiday" in skips or shift:
        assert not [day for day in left if formatting.holiday(day)]
    if "weekend" in skips or shift:
        assert all(day.weekday() < 5 for day in left)
    if "obon" in skips:
        assert not [day for day in left if day.month == 8 and 13 <= day.day <= 16]
    if "newyear" in skips:
        assert not [day for day in left if (day.month, day.day) >= (12, 29) or (day.month, day.day) <= (1, 3)]
    assert all(abs(one.to - one.day) < timedelta(days=repeat_patterns.LONGEST_SHIFT) for one in made if one.to)
    assert repeat_patterns.read(repeat_patterns.stored(made)) == made
    for lang in ("ja", "en"):
        assert all(say_adjustment(one, lang) for one in made)


def test_the_whole_is_said_in_both_languages() -> None:
    given_pattern = (
        "FREQ=MONTHLY;BYMONTHDAY=20;COUNT=12",
        ["obon"],
        "next_weekday",
        [["13:00", "14:30"], ["15:00", ""]],
    )
    assert repeat_patterns.say_pattern(*given_pattern, lang="ja") == (
        "毎月20日（全12回）。土・日・祝日のときは次の平日。お盆を除く。午後1時〜午後2時30分、午後3時からにも"
    )
    assert repeat_patterns.say_pattern(*given_pattern, lang="en") == (
        "every month on the 20th, 12 times; on the next weekday after a weekend or holiday; "
        "except Obon (13–16 August); also 13:00–14:30, from 15:00"
    )

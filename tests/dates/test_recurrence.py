"""Repeats against python-dateutil, against what people type, and against rules made to hurt."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import example, given
from hypothesis import strategies as st

from calendar_app.dates.recurrence import (
    BadRule,
    IcsParts,
    Instance,
    Override,
    Repeat,
    check,
    expand,
    ics_parts,
    normalise,
    orphans,
    rule_dates,
)
from calendar_app.dates.rrule import MAX_INSTANCES
from calendar_app.dates.rrule_text import say

HORIZON = date(2028, 12, 31)
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def repeat(start: str, end: str | None = None, rule: str = "", **more: object) -> Repeat:
    return replace(Repeat(at(start), at(end) if end else None, rule=rule), **more)  # type: ignore[arg-type]


def starts(of: Repeat, horizon: date = HORIZON) -> list[str]:
    return [f"{one.start:%Y-%m-%d %H:%M}" for one in expand(of, horizon)]


# Rules that we take, of every kind.


@st.composite
def rules(draw: st.DrawFn) -> str:
    """An allowed rule without an end."""
    freq = draw(st.sampled_from(["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = {"FREQ": freq, "INTERVAL": draw(st.sampled_from([1, 1, 2, 3, 5, 14, 400]))}
    wide = freq in ("MONTHLY", "YEARLY")
    if draw(st.booleans()):
        parts["BYMONTH"] = draw(numbers(st.integers(1, 12)))
    if freq != "WEEKLY" and draw(st.booleans()):
        parts["BYMONTHDAY"] = draw(numbers(st.integers(1, 31) | st.integers(-31, -1)))
    if draw(st.booleans()):
        weekday = st.sampled_from(WEEKDAYS)
        if wide and draw(st.booleans()):
            highest = 5 if freq == "MONTHLY" or "BYMONTH" in parts else 53
            ordinal = st.integers(1, highest) | st.integers(-highest, -1)
            weekday = st.builds("{}{}".format, ordinal, weekday)
        parts["BYDAY"] = draw(numbers(weekday))
    if wide and len(parts) > 2 and draw(st.booleans()):
        parts["BYSETPOS"] = draw(numbers(st.integers(1, 5) | st.integers(-5, -1)))
    if draw(st.booleans()):
        parts["WKST"] = draw(st.sampled_from(WEEKDAYS))
    return ";".join(f"{name}={value}" for name, value in parts.items())


def numbers(values: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=4, unique=True).map(lambda some: ",".join(map(str, some)))


DAYS = st.dates(date(2023, 1, 1), date(2027, 12, 31)) | st.sampled_from(
    [date(2024, 2, 29), date(2024, 12, 31), date(2025, 1, 31), date(2026, 2, 28), date(2027, 1, 1)]
)


@pytest.fixture(scope="module", autouse=True)
def _impatient_dateutil() -> Iterator[None]:
    """It walks to MAXYEAR for a rule that never matches again."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("datetime.MAXYEAR", 2040)
        yield


def oracle(rule: str, start: date, last: date) -> list[date]:
    """What dateutil gives from the first to the last day, both included."""
    found = rrulestr(rule, dtstart=datetime.combine(start, time(10)))
    return [one.date() for one in found.between(datetime.combine(start, time()), datetime.combine(last, time.max))]


@given(rule=rules(), start=DAYS, length=st.integers(0, 1500))
@example(rule="FREQ=MONTHLY", start=date(2024, 1, 31), length=800)
@example(rule="FREQ=YEARLY", start=date(2024, 2, 29), length=1500)
@example(rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU", start=date(2026, 4, 5), length=100)
@example(rule="FREQ=YEARLY;BYDAY=53MO", start=date(2023, 1, 1), length=1500)
@example(rule="FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", start=date(2026, 4, 30), length=400)
def test_a_rule_gives_the_dates_that_dateutil_gives(rule: str, start: date, length: int) -> None:
    last = start + timedelta(days=length)
    expected = oracle(rule, start, last)
    until = Repeat(datetime.combine(start, time(10)), None, rule=f"{rule};UNTIL={last:%Y%m%d}")
    assert rule_dates(until, date.max) == expected
    assert rule_dates(replace(until, rule=rule), last) == expected


@given(rule=rules(), start=DAYS, count=st.integers(1, 30))
def test_count_counts_from_the_first_date_of_the_rule(rule: str, start: date, count: int) -> None:
    last = start + timedelta(days=1500)
    expected = list(islice(oracle(rule, start, last), count))
    assert rule_dates(repeat(f"{start}T10:00", rule=f"{rule};COUNT={count}"), last) == expected


@given(rule=rules(), start=DAYS, bound=DAYS)
def test_the_canonical_text_means_the_same_and_stays_as_it_is(rule: str, start: date, bound: date) -> None:
    canonical = normalise(rule, bound=bound)
    assert normalise(canonical) == canonical
    given_start = f"{start}T10:00"
    assert rule_dates(repeat(given_start, rule=canonical), HORIZON) == rule_dates(
        repeat(given_start, rule=rule), min(bound, HORIZON)
    )
    assert say(canonical, "ja")
    assert say(canonical, "en").startswith("every")


# Rules made to hurt.


def refusal(act: Callable[[], object]) -> str:
    with pytest.raises(BadRule) as caught:
        act()
    assert str(caught.value)
    return caught.value.code


def test_a_series_without_an_end_is_refused() -> None:
    assert refusal(lambda: check(repeat("2026-05-04T10:00", rule="FREQ=DAILY"))) == "unbounded"


def test_a_stored_rule_has_no_utc_in_it() -> None:
    of = repeat("2026-05-04T10:00", rule="FREQ=DAILY;UNTIL=20260505T145959Z")
    assert refusal(lambda: check(of)) == "value"


def calls(act: Callable[[], object]) -> int:
    """How many function calls that takes: work that can be asserted, unlike time."""
    count = 0

    def tally(*_: object) -> None:
        nonlocal count
        count += 1

    before = sys.getprofile()
    sys.setprofile(tally)
    try:
        act()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;UNTIL=99991231",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=2000",
        "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30,31,-30;BYDAY=MO;UNTIL=99991231",
        "FREQ=YEARLY;INTERVAL=400;BYMONTH=2;BYMONTHDAY=30;UNTIL=99991231",
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYSETPOS=366;BYMONTH=2;UNTIL=99991231",
    ],
)
@pytest.mark.parametrize("start", ["0001-01-01T00:00", "2026-04-07T10:00", "9999-12-31T10:00"])
def test_a_rule_that_never_matches_is_refused_after_ten_years_of_walking_at_most(rule: str, start: str) -> None:
    of = repeat(start, rule=rule)
    assert rule_dates(of, date.max) == []
    assert [one.start for one in expand(of, date.max)] == [of.start]
    assert refusal(lambda: check(of)) in ("no_dates", "too_long")
    assert calls(lambda: expand(of, date.max)) < 100_000  # dateutil needs millions


@given(rule=rules(), start=st.sampled_from([date.min, date(1, 1, 7), date(9999, 12, 24), date.max]))
@example(rule="FREQ=WEEKLY;BYMONTH=1;BYDAY=SU;WKST=SU", start=date.min)
def test_the_ends_of_the_calendar_are_no_trap(rule: str, start: date) -> None:
    days = rule_dates(repeat(f"{start.isoformat()}T10:00", rule=f"{rule};UNTIL=99991231"), date.max)
    assert len(days) <= MAX_INSTANCES
    assert days == sorted(set(days))


def test_a_rule_gives_two_thousand_dates_at_most() -> None:
    assert len(rule_dates(repeat("2026-04-07T10:00", rule="FREQ=DAILY;UNTIL=99991231"), date.max)) == MAX_INSTANCES


@pytest.mark.parametrize(
    ("of", "code"),
    [
        (repeat("2026-04-07T10:00", "2026-04-07T09:00"), "end_before_start"),
        (
            repeat("2026-04-07T10:00", overrides=(Override(at("2026-04-07T10:00"), None, end=at("2026-04-07T09:00")),)),
            "end_before_start",
        ),
        (repeat("2026-04-07T10:00", "2046-04-07T10:00"), "too_long"),
        (repeat("2026-04-07T10:00", rdates=(at("2046-04-07T10:00"),)), "too_long"),
        (repeat("2026-04-07T10:00", rule="FREQ=YEARLY;UNTIL=20460101"), "too_long"),
        (repeat("2026-04-07T10:00", rule="FREQ=YEARLY;COUNT=20"), "too_long"),
        (repeat("2026-04-07T10:00", rule="FREQ=DAILY;UNTIL=20340101"), "too_many"),
        (repeat("2026-04-07T10:00", rule="FREQ=DAILY;COUNT=2000", rdates=(at("2026-04-07T15:00"),)), "too_many"),
        (repeat("2026-04-07T10:00", rule="FREQ=DAILY;UNTIL=20260406"), "no_dates"),
    ],
)
def test_a_repeat_out_of_bounds_is_refused(of: Repeat, code: str) -> None:
    assert refusal(lambda: check(of)) == code


def test_ten_years_and_two_thousand_dates_are_still_allowed() -> None:
    check(repeat("2026-04-07T10:00", "2026-04-07T10:00", "FREQ=YEARLY;COUNT=11"))
    check(repeat("2026-04-07T10:00", "2026-04-08T01:00", "FREQ=DAILY;COUNT=2000"))
    check(repeat("2026-04-07T10:00"))


# Real cases of a city.


@pytest.mark.parametrize(
    ("of", "count", "last"),
    [
        # Lights at night until the festival's last day; one of them ends at midnight.
        (repeat("2026-04-15T17:30", "2026-04-15T22:00", "FREQ=DAILY;UNTIL=20260505"), 21, "2026-05-05 17:30"),
        (repeat("2026-04-15T17:30", "2026-04-16T00:00", "FREQ=DAILY;UNTIL=20260505"), 21, "2026-05-05 17:30"),
        (repeat("2026-05-02T09:00", "2026-05-02T17:00", "FREQ=DAILY;UNTIL=20260505"), 4, "2026-05-05 09:00"),
        # Weekends before the season; weekends and the holidays after it.
        (repeat("2026-06-06T05:30", None, "FREQ=WEEKLY;BYDAY=SA,SU;UNTIL=20260620"), 5, "2026-06-20 05:30"),
        (
            repeat(
                "2026-08-16T05:30",
                None,
                "FREQ=WEEKLY;BYDAY=SA,SU;UNTIL=20260930",
                rdates=(at("2026-09-21T05:30"), at("2026-09-22T05:30"), at("2026-09-23T05:30")),
            ),
            16,
            "2026-09-27 05:30",
        ),
        # The second Saturday, but not in the Bon holidays.
        (
            repeat(
                "2026-04-11T10:30", None, "FREQ=MONTHLY;BYDAY=2SA;UNTIL=20270331", exdates=(at("2026-08-08T10:30"),)
            ),
            11,
            "2027-03-13 10:30",
        ),
        # Tuesdays and Fridays except holidays.
        (
            repeat(
                "2026-04-07T10:00",
                None,
                "FREQ=WEEKLY;BYDAY=TU,FR;UNTIL=20270331",
                exdates=tuple(
                    at(f"{day}T10:00")
                    for day in (
                        "2026-05-05",
                        "2026-08-11",
                        "2026-08-14",
                        "2026-09-22",
                        "2026-11-03",
                        "2026-12-29",
                        "2027-01-01",
                        "2027-02-23",
                    )
                ),
            ),
            95,
            "2027-03-30 10:00",
        ),
        # The 20th, or the next weekday.
        (
            repeat(
                "2026-04-20T10:00",
                None,
                "FREQ=MONTHLY;BYMONTHDAY=20;UNTIL=20270331",
                rdates=tuple(
                    at(f"{day}T10:00")
                    for day in ("2026-06-22", "2026-07-21", "2026-09-24", "2026-12-21", "2027-02-22", "2027-03-23")
                ),
                exdates=tuple(
                    at(f"{day}T10:00")
                    for day in ("2026-06-20", "2026-07-20", "2026-09-20", "2026-12-20", "2027-02-20", "2027-03-20")
                ),
            ),
            12,
            "2027-03-23 10:00",
        ),
        # Days without a pattern; twice on one day.
        (
            repeat("2026-07-06T06:30", None, rdates=(at("2026-07-07T06:30"), at("2026-07-11T06:30"))),
            3,
            "2026-07-11 06:30",
        ),
        (repeat("2026-10-24T11:00", None, rdates=(at("2026-10-24T14:00"),)), 2, "2026-10-24 14:00"),
        # Weekdays except one holiday; the third Sunday of September.
        (
            repeat(
                "2027-02-16T09:00",
                None,
                "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20270315",
                exdates=(at("2027-02-23T09:00"),),
            ),
            19,
            "2027-03-15 09:00",
        ),
        (repeat("2026-09-20T09:00", None, "FREQ=YEARLY;BYMONTH=9;BYDAY=3SU;COUNT=3"), 3, "2028-09-17 09:00"),
    ],
)
def test_real_repeats_of_a_city(of: Repeat, count: int, last: str) -> None:
    check(of)
    assert len(starts(of)) == count
    assert starts(of)[-1] == last


# Extra dates, exceptions, single changes.

MARKET = repeat("2026-04-07T10:00", "2026-04-07T11:30", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20260428")


def test_an_event_that_does_not_repeat_is_its_one_instance() -> None:
    of = repeat("2026-04-07T10:00", "2026-04-07T11:30")
    assert expand(of, HORIZON) == [Instance(of.start, of.start, of.end)]
    assert starts(of, date(2020, 1, 1)) == ["2026-04-07 10:00"]


def test_every_instance_lasts_as_long_as_the_first() -> None:
    night = repeat("2026-04-15T22:00", "2026-04-16T01:00", "FREQ=DAILY;COUNT=2")
    assert expand(night, HORIZON)[1].end == at("2026-04-17T01:00")
    stay = repeat("2026-04-15", "2026-04-17", "FREQ=WEEKLY;COUNT=2", all_day=True)
    assert expand(stay, HORIZON)[1] == Instance(at("2026-04-22"), at("2026-04-22"), at("2026-04-24"))
    assert expand(repeat("2026-04-15T22:00", None, "FREQ=DAILY;COUNT=2"), HORIZON)[1].end is None


def test_until_includes_that_whole_local_day() -> None:
    assert starts(repeat("2026-05-04T23:30", rule="FREQ=DAILY;UNTIL=20260505"))[-1] == "2026-05-05 23:30"


def test_the_horizon_cuts_the_rule_but_no_date_that_a_person_typed() -> None:
    of = replace(MARKET, rdates=(at("2026-06-01T10:00"),))
    assert starts(of, date(2026, 4, 14)) == ["2026-04-07 10:00", "2026-04-14 10:00", "2026-06-01 10:00"]


def test_a_start_off_the_rule_is_still_an_instance() -> None:
    of = replace(MARKET, start=at("2026-04-06T10:00"), end=None)
    assert starts(of)[:2] == ["2026-04-06 10:00", "2026-04-07 10:00"]


def test_an_extra_date_that_the_rule_gives_too_comes_once() -> None:
    assert starts(replace(MARKET, rdates=(at("2026-04-14T10:00"), at("2026-04-14T00:00")))) == starts(MARKET)


def test_a_bare_extra_date_is_at_the_time_of_the_series() -> None:
    assert "2026-04-09 10:00" in starts(replace(MARKET, rdates=(at("2026-04-09"),)))


def test_an_exception_removes_the_instance_at_its_time() -> None:
    assert "2026-04-14 10:00" not in starts(replace(MARKET, exdates=(at("2026-04-14T10:00"),)))
    assert starts(replace(MARKET, exdates=(at("2026-04-14T09:00"),))) == starts(MARKET)


def test_a_bare_exception_removes_every_instance_of_that_day() -> None:
    of = replace(MARKET, rdates=(at("2026-04-14T15:00"),), exdates=(at("2026-04-14"),))
    assert starts(of) == ["2026-04-07 10:00", "2026-04-21 10:00", "2026-04-28 10:00"]


def test_an_exception_beats_an_extra_date_and_the_start() -> None:
    of = replace(MARKET, rdates=(at("2026-04-09T10:00"),), exdates=(at("2026-04-09T10:00"), at("2026-04-07T10:00")))
    assert starts(of)[0] == "2026-04-14 10:00"


def test_exceptions_of_an_all_day_series_are_days() -> None:
    of = repeat("2026-04-15", "2026-04-15", "FREQ=DAILY;COUNT=3", all_day=True, exdates=(at("2026-04-16T10:00"),))
    assert starts(of) == ["2026-04-15 00:00", "2026-04-17 00:00"]


def test_a_cancelled_date_stays_in_the_list_as_cancelled() -> None:
    of = replace(MARKET, overrides=(Override(at("2026-04-14T10:00"), status="cancelled", note="強風のため"),))
    found = expand(of, HORIZON)[1]
    assert found == Instance(
        at("2026-04-14T10:00"), at("2026-04-14T10:00"), at("2026-04-14T11:30"), "cancelled", "強風のため"
    )


def test_a_moved_date_keeps_its_length_and_its_original_and_is_sorted_where_it_went() -> None:
    moved = Override(at("2026-04-14T10:00"), start=at("2026-04-22T13:00"), venue_id=7)
    found = expand(replace(MARKET, overrides=(moved,)), HORIZON)
    assert [one.start.day for one in found] == [7, 21, 22, 28]
    assert found[2] == Instance(at("2026-04-14T10:00"), at("2026-04-22T13:00"), at("2026-04-22T14:30"), venue_id=7)


def test_a_changed_end_leaves_the_start() -> None:
    longer = Override(at("2026-04-14T10:00"), end=at("2026-04-14T16:00"))
    found = expand(replace(MARKET, overrides=(longer,)), HORIZON)[1]
    assert (found.start, found.end) == (at("2026-04-14T10:00"), at("2026-04-14T16:00"))


def test_a_change_of_a_date_that_is_not_in_the_series_is_ignored_and_listed() -> None:
    stray = Override(at("2026-04-15T10:00"), status="cancelled")
    removed = Override(at("2026-04-21T10:00"), status="full")
    of = replace(MARKET, exdates=(at("2026-04-21T10:00"),), overrides=(stray, removed))
    assert all(one.status is None for one in expand(of, HORIZON))
    assert orphans(of) == [stray, removed]


# What the calendar feed is given.


def test_a_single_event_is_a_master_and_nothing_else() -> None:
    of = repeat("2026-04-07T10:00")
    changed = replace(of, overrides=(Override(of.start, status="cancelled"),))
    assert ics_parts(of) == IcsParts(Instance(of.start, of.start, None))
    assert ics_parts(changed) == IcsParts(Instance(of.start, of.start, None, "cancelled"))
    assert ics_parts(replace(of, exdates=(of.start,))) == IcsParts(None)


def test_dates_without_a_rule_are_a_master_and_events_of_their_own() -> None:
    parts = ics_parts(repeat("2026-10-24T11:00", rdates=(at("2026-10-24T14:00"),)))
    assert parts.master
    assert (parts.rule, parts.master.start.hour, [one.start.hour for one in parts.singles]) == ("", 11, [14])


def test_a_start_off_the_rule_is_an_event_of_its_own_and_the_master_satisfies_the_rule() -> None:
    parts = ics_parts(replace(MARKET, start=at("2026-04-06T10:00"), end=None))
    assert parts.master == Instance(at("2026-04-07T10:00"), at("2026-04-07T10:00"), None)
    assert [one.start.day for one in parts.singles] == [6]


def test_only_exceptions_that_hit_the_rule_are_written_and_with_its_time() -> None:
    out = (at("2026-04-14"), at("2026-04-15"), at("2026-04-21T09:00"), at("2026-04-28T10:00"))
    assert ics_parts(replace(MARKET, exdates=out)).exdates == (at("2026-04-14T10:00"), at("2026-04-28T10:00"))


def test_exceptions_are_written_to_the_end_of_the_rule() -> None:
    of = repeat("2026-04-07T10:00", rule="FREQ=YEARLY;COUNT=10", exdates=(at("2035-04-07T10:00"),))
    assert ics_parts(of).exdates == (at("2035-04-07T10:00"),)


def test_the_master_stays_when_its_own_date_is_an_exception() -> None:
    parts = ics_parts(replace(MARKET, exdates=(MARKET.start,)))
    assert parts.master
    assert (parts.master.start, parts.exdates) == (MARKET.start, (MARKET.start,))


def test_the_master_shows_the_rule_and_a_change_of_the_first_date_stands_beside_it() -> None:
    parts = ics_parts(replace(MARKET, overrides=(Override(MARKET.start, status="cancelled"),)))
    assert parts.master == Instance(MARKET.start, MARKET.start, MARKET.end)
    assert parts.overrides == (Instance(MARKET.start, MARKET.start, MARKET.end, "cancelled"),)


def test_a_series_with_every_date_excluded_has_no_master() -> None:
    everything = tuple(one.original for one in expand(MARKET, HORIZON))
    extra = replace(MARKET, exdates=everything, rdates=(at("2026-05-05T10:00"),))
    assert ics_parts(replace(MARKET, exdates=everything)) == IcsParts(None)
    assert [one.start.month for one in ics_parts(extra).singles] == [5]


def test_a_rule_of_one_date_is_written_without_the_rule() -> None:
    parts = ics_parts(repeat("2026-04-06T10:00", rule="FREQ=WEEKLY;BYDAY=TU;COUNT=1"))
    assert parts.master
    assert (parts.rule, parts.master.start.day, [one.start.day for one in parts.singles]) == ("", 7, [6])


@st.composite
def repeats(draw: st.DrawFn) -> Repeat:
    """A bounded series of about two years, with exceptions, extra dates and changes near it and on it."""
    start = datetime.combine(draw(DAYS), draw(st.sampled_from([time(), time(10), time(22, 30)])))
    all_day = start.time() == time() and draw(st.booleans())
    end = draw(st.none() | st.sampled_from([start, start + timedelta(days=1)]))
    ending = draw(st.sampled_from(["COUNT=1", "COUNT=2", "COUNT=40", f"UNTIL={start + timedelta(days=700):%Y%m%d}"]))
    rule = draw(st.just("") | rules().map(lambda text: f"{text};{ending}"))
    plain = Repeat(start, end, all_day, rule)
    known = [one.original for one in expand(plain, date.max)][:20]
    near = st.builds(lambda day, hour: start + timedelta(days=day, hours=hour), st.integers(0, 60), st.integers(0, 3))
    typed = st.lists(st.sampled_from(known) | near | near.map(midnight), max_size=5).map(tuple)
    rdates, exdates = draw(typed), draw(typed)
    changed = draw(st.lists(st.sampled_from([*known, *rdates]) | near, max_size=5, unique=True))
    changes = st.builds(
        Override,
        st.just(start),
        st.none() | near,
        status=st.sampled_from([None, "cancelled"]),
        note=st.sampled_from(["", "屋内"]),
    )
    overrides = tuple(replace(draw(changes), original=original) for original in changed)
    return replace(plain, rdates=rdates, exdates=exdates, overrides=overrides)


def midnight(moment: datetime) -> datetime:
    return datetime.combine(moment, time())


def as_a_client_reads(parts: IcsParts, length: timedelta | None) -> list[Instance]:
    """What a calendar program makes of the parts, with dateutil as its engine."""
    found = {one.original: one for one in parts.singles}
    assert len(found) == len(parts.singles)
    if parts.master:
        first = parts.master.original
        moments = [first]
        if parts.rule:
            head, until, day = parts.rule.partition("UNTIL=")
            moments = list(rrulestr(f"{head}{until}{day + 'T235959' if until else ''}", dtstart=first))
            assert moments[0] == first, "DTSTART satisfies RRULE"
        assert set(parts.exdates) <= set(moments)
        assert not found.keys() & set(moments)
        found |= {one: Instance(one, one, one + length if length is not None else None) for one in moments}
        if not parts.rule:
            found[parts.master.original] = parts.master
        assert {one.original for one in parts.overrides} <= found.keys() - set(parts.exdates)
        found |= {one.original: one for one in parts.overrides}
    return sorted((found[one] for one in found.keys() - set(parts.exdates)), key=lambda one: (one.start, one.original))


@given(repeats())
def test_a_calendar_program_reads_from_the_parts_what_we_expand(of: Repeat) -> None:
    if of.rule and "COUNT" in of.rule and len(rule_dates(of, date.max)) < int(of.rule.rpartition("=")[2]):
        return  # goes on for more than ten years: `check` refuses it, dateutil would walk on
    parts = ics_parts(of)
    assert "COUNT=1" not in parts.rule.split(";")
    assert as_a_client_reads(parts, of.end - of.start if of.end else None) == expand(of, date.max)

"""The same list of dates everywhere: ours, three calendar engines', the JSON feed's, and the rows that the pages read."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import node
import pytest
from engines import Seen, by_home_assistant, by_ical_js, by_recurring_ical_events, moment
from feed_samples import HALL, event, feed
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st
from test_recurrence import rules

from calendar_app import occurrences
from calendar_app.feeds import EventItem, FeedItem, facts, ics, jsonfeed
from calendar_app.models import Event
from calendar_app.recurrence import BadRule, Instance, Override, Repeat, Slot, check, expand, rule_dates
from calendar_app.wording import STATUS_MARKS, marked

CHANGED = datetime(2026, 11, 30, tzinfo=UTC)  # before all of the dates
FIRST, LAST = date(2026, 12, 1), date(2029, 2, 28)
ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/New_York", "UTC")


@pytest.fixture(scope="module")
def javascript() -> Iterator[node.Node]:
    with node.running("engines.mjs") as engine:
        yield engine


def ours(one: EventItem) -> list[Seen]:
    return sorted(_seen(one, instance) for instance in expand(one.repeat, LAST))


def _seen(one: EventItem, instance: Instance) -> Seen:
    status = facts.status(one, instance)
    title = marked(one.title, STATUS_MARKS[status], "ja")
    start, end = _span(one, instance)
    return Seen(title, start, end, "CANCELLED" if status in facts.OFF else "CONFIRMED")


def _span(one: EventItem, instance: Instance) -> tuple[str, str]:
    if one.repeat.all_day:
        after = (instance.end or instance.start).date() + timedelta(days=1)
        return instance.start.date().isoformat(), after.isoformat()
    end = instance.end if instance.end and instance.end > instance.start else instance.start + ics.DEFAULT_LENGTH
    return _utc(instance.start, one.timezone), _utc(end, one.timezone)


def _utc(wall: datetime, zone: str) -> str:
    return f"{wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


# Every kind of repeat.


@st.composite
def repeats(draw: st.DrawFn) -> Repeat:
    all_day = draw(st.booleans())
    first = draw(st.dates(date(2027, 1, 1), date(2027, 12, 31)) | st.sampled_from(HARD_DAYS))
    start = datetime.combine(first, time() if all_day else draw(st.sampled_from(CLOCKS)))
    rule = ""
    if draw(st.booleans()):
        until = draw(st.dates(first, date(2028, 12, 31)))
        rule = f"{draw(rules())};UNTIL={until:%Y%m%d}"
        days = rule_dates(Repeat(start, None, rule=rule), LAST)[:60]
        if not days:
            rule = ""
        else:  # a series begins with a date of its own, as the form sees to
            start = datetime.combine(days[0], start.time())
    length = timedelta(days=draw(st.integers(0, 4))) if all_day else draw(st.sampled_from(LENGTHS))
    plain = Repeat(start, start + length, all_day, rule)
    originals = [one.original for one in expand(plain, LAST)][:40]
    some = st.lists(st.sampled_from(originals), max_size=3, unique=True)
    slots = draw(st.sampled_from([(), (Slot(time(13), time(14, 30)), Slot(time(22), time(1)))])) if not all_day else ()
    return Repeat(
        start,
        start + length,
        all_day,
        rule,
        rdates=tuple(draw(st.lists(st.datetimes(datetime(2027, 1, 1), datetime(2028, 1, 1)).map(_tidy), max_size=2))),
        exdates=tuple(draw(some)),
        overrides=tuple(_override(draw, one, length) for one in draw(some)),
        slots=slots,
    )


def _tidy(moment: datetime) -> datetime:
    """At 03:15: no clock change touches it, and it is nobody's slot."""
    return datetime.combine(moment.date(), time(3, 15))


def _override(draw: st.DrawFn, original: datetime, length: timedelta) -> Override:
    moved = original + timedelta(days=draw(st.integers(-3, 3)))
    return draw(
        st.sampled_from(
            [
                Override(original, status="cancelled", note="強風のため"),
                Override(original, moved, moved + length, "rescheduled"),
                Override(original, end=original + length, note="会場が変わります", venue_id=7),
                Override(original, status="full"),
            ]
        )
    )


HARD_DAYS = [date(2027, 1, 31), date(2027, 12, 31), date(2028, 2, 29), date(2027, 3, 28), date(2027, 10, 31)]
HARD_DAYS += [date(2027, 3, 14), date(2027, 11, 7)]  # the clocks change in Berlin, then in New York
CLOCKS = [time(0, 0), time(6, 30), time(8), time(10), time(17, 30), time(23, 30)]
LENGTHS = [timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6, minutes=30), timedelta(days=1, hours=3)]
AT_MIDNIGHT = Repeat(datetime(2027, 4, 15, 17, 30), datetime(2027, 4, 16), rule="FREQ=DAILY;UNTIL=20270505")
LEAP_DAY = Repeat(datetime(2028, 2, 29, 10), datetime(2028, 2, 29, 12), rule="FREQ=YEARLY;COUNT=2")
MONTH_END = Repeat(datetime(2027, 1, 31, 10), datetime(2027, 1, 31, 12), rule="FREQ=MONTHLY;UNTIL=20271231")
YEAR_END = Repeat(datetime(2027, 12, 31, 23), datetime(2028, 1, 1, 1), rule="FREQ=WEEKLY;COUNT=3")


@settings(
    max_examples=60,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(repeat=repeats(), zone=st.sampled_from(ZONES))
@example(repeat=AT_MIDNIGHT, zone="Asia/Tokyo")
@example(repeat=LEAP_DAY, zone="Asia/Tokyo")
@example(repeat=MONTH_END, zone="America/New_York")
@example(repeat=YEAR_END, zone="Europe/Berlin")
def test_every_engine_sees_the_dates_that_we_mean(repeat: Repeat, zone: str, javascript: node.Node) -> None:
    assume(can_be_saved(repeat))
    one = event(repeat, timezone=zone, places={7: HALL})
    calendar = ics.render(feed(), [one], LAST)
    expected = ours(one)
    assert by_recurring_ical_events(calendar, FIRST, LAST) == expected
    assert by_home_assistant(calendar, FIRST, LAST) == expected
    if not meets_a_clock_change(one):
        assert by_ical_js(javascript, calendar, FIRST, LAST) == expected
    said = from_json(one)
    assert said == sorted(expected, key=lambda seen: seen.start)[: len(said)]
    assert len(said) >= coming(expected)
    assert from_rows(one) == sorted((seen.start, seen.end) for seen in expected)


def can_be_saved(repeat: Repeat) -> bool:
    try:
        check(repeat)
    except BadRule:
        return False
    return True


def meets_a_clock_change(one: EventItem) -> bool:
    """Whether a date begins, ends or lies over such an hour: ical.js reads those with the wrong offset, whatever is sent."""
    walls = [[each.start, each.end or each.start] for each in expand(one.repeat, LAST)]
    folds = [
        [wall.replace(tzinfo=ZoneInfo(one.timezone), fold=fold) for wall in pair for fold in (0, 1)] for pair in walls
    ]
    return any(len({moment.utcoffset() for moment in four}) > 1 for four in folds)


def coming(expected: list[Seen]) -> int:
    """How many dates the JSON feed must list: the next ones, as far as it looks ahead."""
    near = [seen for seen in expected if seen.start < f"{CHANGED + jsonfeed.AHEAD:%Y-%m-%d}"]
    return min(len(near), jsonfeed.MAX_OCCURRENCES)


def from_json(one: EventItem) -> list[Seen]:
    """The list in the JSON feed, which counts from the feed's last change."""
    item = FeedItem("id", one.url, one.title, CHANGED, CHANGED, "", "", "", event=one)
    said = json.loads(jsonfeed.render(feed(item, updated=CHANGED)))["items"][0]["_event"]["occurrences"]
    return sorted((_from_json(one, each) for each in said), key=lambda seen: seen.start)


def _from_json(one: EventItem, said: dict[str, Any]) -> Seen:
    cancelled = said["status"] in facts.OFF
    title = marked(one.title, STATUS_MARKS[said["status"]], "ja")
    moments = [said["start"], said["end_exclusive"]]
    if not one.repeat.all_day:
        moments = [f"{datetime.fromisoformat(at).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in moments]
    return Seen(title, *moments, "CANCELLED" if cancelled else "CONFIRMED")


def from_rows(one: EventItem) -> list[tuple[str, str]]:
    """What the pages are made from. An unknown end stays unknown there; calendars must be given one."""
    saved = Event(id=1, all_day=one.repeat.all_day, timezone=one.timezone)
    rows = occurrences.rows(saved, expand(one.repeat, LAST))
    if one.repeat.all_day:
        return sorted((str(row.first_day), str(row.last_day + timedelta(days=1))) for row in rows)
    return sorted((moment(row.start), moment(row.end)) for row in rows)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("clock", [time(1, 30), time(2, 30), time(3, 0)])
def test_an_hour_that_a_clock_change_skips_or_doubles_is_read_as_the_standard_says(zone: str, clock: time) -> None:
    """RFC 5545, 3.3.5."""
    start = datetime.combine(date(2027, 3, 7), clock)
    one = event(Repeat(start, start + timedelta(hours=4), rule="FREQ=WEEKLY;UNTIL=20271130"), timezone=zone)
    calendar = ics.render(feed(), [one], LAST)
    assert by_recurring_ical_events(calendar, FIRST, LAST) == ours(one)
    assert by_home_assistant(calendar, FIRST, LAST) == ours(one)


@pytest.mark.parametrize(
    "rule", ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY;BYDAY=20MO", "FREQ=WEEKLY;BYDAY=MO;WKST=SU"]
)
def test_a_rule_that_programs_read_differently_is_sent_date_by_date(rule: str) -> None:
    repeat = Repeat(datetime(2027, 5, 17, 10), datetime(2027, 5, 17, 12), rule=f"{rule};UNTIL=20280630")
    calendar = ics.render(feed(), [event(repeat)], LAST)
    assert b"RRULE" not in calendar
    assert by_recurring_ical_events(calendar, FIRST, LAST) == ours(event(repeat))

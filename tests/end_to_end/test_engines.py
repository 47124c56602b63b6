"""The same list of dates everywhere: ours, three calendar engines', the JSON feed's, and the rows that the pages read."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import mf2py
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, assume, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.dates.recurrence import BadRule, Instance, Override, Repeat, Slot, check, expand, rule_dates
from calendar_app.db.engine import make_engine, write_session
from calendar_app.db.models import Event, Occurrence
from calendar_app.entries import describe, occurrences, publishing
from calendar_app.entries.urls import SiteView
from calendar_app.feeds import items
from calendar_app.formats import EventItem, FeedItem, ics, json_feed, shared
from calendar_app.text.labels import STATUS_MARKS, marked
from dates.test_recurrence import rules
from helpers import node
from helpers.engines import Seen, by_home_assistant, by_ical_js, by_recurring_ical_events, moment
from helpers.feed_samples import HALL, event, feed
from helpers.town import SITE_ID, copied

CHANGED = datetime(2026, 11, 30, tzinfo=UTC)  # before all of the dates
FIRST, LAST = date(2026, 12, 1), date(2033, 1, 1)  # two leap days
ZONES = ("Asia/Tokyo", "Europe/Berlin", "America/New_York", "UTC")


@pytest.fixture(scope="module")
def javascript() -> Iterator[node.Node]:
    with node.running("engines.mjs") as engine:
        yield engine


def ours(one: EventItem) -> list[Seen]:
    """In order."""
    return [_seen(one, instance) for instance in expand(one.repeat, LAST)]


def _seen(one: EventItem, instance: Instance) -> Seen:
    status = shared.status(one, instance)
    title = marked(one.title, STATUS_MARKS[status], "ja")
    start, end = _span(one, instance)
    return Seen(title, start, end, "CANCELLED" if status in shared.OFF else "CONFIRMED")


def _span(one: EventItem, instance: Instance) -> tuple[str, str]:
    if one.repeat.all_day:
        after = (instance.end or instance.start).date() + timedelta(days=1)
        return instance.start.date().isoformat(), after.isoformat()
    end = instance.end if instance.end and instance.end > instance.start else instance.start + ics.DEFAULT_LENGTH
    return _utc(instance.start, one.timezone), _utc(end, one.timezone)


def _utc(wall: datetime, zone: str, fold: int = 0) -> str:
    return moment(wall.replace(tzinfo=ZoneInfo(zone), fold=fold))


# Every kind of repeat.


@st.composite
def repeats(draw: st.DrawFn) -> Repeat:
    all_day = draw(st.booleans())
    first = draw(st.dates(date(2027, 1, 1), date(2027, 12, 31)) | st.sampled_from(HARD_DAYS))
    start = datetime.combine(first, time() if all_day else draw(st.sampled_from(CLOCKS)))
    rule = draw(st.just("") | st.sampled_from(EVERYDAY) | st.sampled_from(EVERYDAY) | rules())
    if rule:
        until = st.dates(first, date(2028, 12, 31)).map("UNTIL={:%Y%m%d}".format)
        rule = f"{rule};{draw(until | st.integers(2, 5).map('COUNT={}'.format))}"
        days = rule_dates(Repeat(start, None, rule=rule), LAST)
        # A series begins with a date of its own, as the form sees to.
        start, rule = (datetime.combine(days[0], start.time()), rule) if days else (start, "")
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
                Override(original, end=original + length, note="会場が変わります", venue_id=1),
                Override(original, status="full"),
            ]
        )
    )


EVERYDAY = ["FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,FR", "FREQ=MONTHLY"]
EVERYDAY += [
    "FREQ=MONTHLY;BYDAY=2SA",
    "FREQ=MONTHLY;BYDAY=-1FR",
    "FREQ=MONTHLY;BYDAY=1MO,3MO",
    "FREQ=MONTHLY;BYDAY=5SU",
]
EVERYDAY += [
    "FREQ=MONTHLY;BYMONTHDAY=31",
    "FREQ=MONTHLY;BYMONTHDAY=-1",
    "FREQ=YEARLY",
    "FREQ=YEARLY;BYMONTH=5;BYDAY=3SU",
]
EVERYDAY += ["FREQ=YEARLY;BYMONTH=1,2,4;BYMONTHDAY=30"]
HARD_DAYS = [date(2027, 1, 31), date(2027, 12, 31), date(2028, 2, 29), date(2027, 3, 28), date(2027, 10, 31)]
HARD_DAYS += [date(2027, 3, 14), date(2027, 11, 7)]  # the clocks change in Berlin, then in New York
CLOCKS = [time(0, 0), time(6, 30), time(8), time(10), time(17, 30), time(23, 30)]
LENGTHS = [timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6, minutes=30), timedelta(days=1, hours=3)]
AT_MIDNIGHT = Repeat(datetime(2027, 4, 15, 17, 30), datetime(2027, 4, 16), rule="FREQ=DAILY;UNTIL=20270505")
LEAP_DAY = Repeat(datetime(2028, 2, 29, 10), datetime(2028, 2, 29, 12), rule="FREQ=YEARLY;COUNT=2")
MONTH_END = Repeat(datetime(2027, 1, 31, 10), datetime(2027, 1, 31, 12), rule="FREQ=MONTHLY;UNTIL=20271231")
YEAR_END = Repeat(datetime(2027, 12, 31, 23), datetime(2028, 1, 1, 1), rule="FREQ=WEEKLY;COUNT=3")
OVER_THE_END = Repeat(  # its last date begins on the last day that is asked for, and ends after it
    datetime(2027, 12, 31, 8), datetime(2028, 1, 1, 11), rule="FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=31;COUNT=6"
)


def examples(most: int) -> settings:
    slow = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
    return settings(max_examples=most, phases=(Phase.explicit, Phase.generate), suppress_health_check=slow)


@examples(60)
@given(repeat=repeats(), zone=st.sampled_from(ZONES))
@example(repeat=AT_MIDNIGHT, zone="Asia/Tokyo")
@example(repeat=LEAP_DAY, zone="Asia/Tokyo")
@example(repeat=MONTH_END, zone="America/New_York")
@example(repeat=YEAR_END, zone="Europe/Berlin")
@example(repeat=OVER_THE_END, zone="Europe/Berlin")
def test_every_engine_sees_the_dates_that_we_mean(repeat: Repeat, zone: str, javascript: node.Node) -> None:
    assume(can_be_saved(repeat))
    one = event(repeat, timezone=zone, places={1: HALL})
    calendar = ics.render_single(one, LAST)
    expected = ours(one)
    assert by_recurring_ical_events(calendar, FIRST, LAST) == sorted(expected)
    assert by_home_assistant(calendar, FIRST, LAST) == sorted(expected)
    seen = by_ical_js(javascript, calendar, FIRST, LAST)
    assert len(seen) == len(expected)
    assert not Counter(calm(one)) - Counter(seen)
    said, near = from_json(one), coming(expected)
    assert said[: len(near)] == near
    assert set(said) <= set(expected)
    assert from_rows(one) == sorted((seen.start, seen.end) for seen in expected)


def can_be_saved(repeat: Repeat) -> bool:
    try:
        check(repeat)
    except BadRule:
        return False
    return True


def calm(one: EventItem) -> list[Seen]:
    """The dates that ical.js must read as we do: those that no change of the clocks touches.

    It gives every date the length of the first, in hours: when the clocks change during that one, no length is right.
    """
    found = expand(one.repeat, LAST)
    if not found or meets_a_clock_change(one, Instance(one.repeat.start, one.repeat.start, one.repeat.end)):
        return []
    return [_seen(one, instance) for instance in found if not meets_a_clock_change(one, instance)]


def meets_a_clock_change(one: EventItem, instance: Instance) -> bool:
    """Whether it begins, ends or lies over such an hour."""
    zone, walls = ZoneInfo(one.timezone), (instance.start, instance.end or instance.start)
    return len({wall.replace(tzinfo=zone, fold=fold).utcoffset() for wall in walls for fold in (0, 1)}) > 1


def coming(expected: list[Seen]) -> list[Seen]:
    """The dates that the JSON feed must list: the next ones, well before its last day. Over that day they may be moved."""
    last = f"{CHANGED + json_feed.AHEAD - timedelta(days=7):%Y-%m-%d}"
    return [seen for seen in expected if seen.start < last][: json_feed.MAX_OCCURRENCES]


def from_json(one: EventItem) -> list[Seen]:
    """The list in the JSON feed, which counts from the feed's last change."""
    item = FeedItem("id", one.url, one.title, CHANGED, CHANGED, "", "", "", event=one)
    said = json.loads(json_feed.render(feed(item, updated=CHANGED)))["items"][0]["_event"]["occurrences"]
    return [_from_json(one, each) for each in said]


def _from_json(one: EventItem, said: dict[str, Any]) -> Seen:
    cancelled = said["status"] in shared.OFF
    title = marked(one.title, STATUS_MARKS[said["status"]], "ja")
    moments = [said["start"], said["end_exclusive"]]
    if not one.repeat.all_day:
        moments = [moment(datetime.fromisoformat(at)) for at in moments]
    return Seen(title, *moments, "CANCELLED" if cancelled else "CONFIRMED")


def from_rows(one: EventItem) -> list[tuple[str, str]]:
    """What the pages are made from. An unknown end stays unknown there; calendars must be given one."""
    saved = Event(id=1, all_day=one.repeat.all_day, timezone=one.timezone)
    rows = occurrences.occurrence_rows(saved, expand(one.repeat, LAST))
    if one.repeat.all_day:
        return sorted((str(row.first_day), str(row.last_day + timedelta(days=1))) for row in rows)
    return sorted((moment(row.start), moment(row.end)) for row in rows)


# An hour that a clock change skips or doubles.


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("clock", [time(1, 30), time(2, 30), time(3, 0)])
def test_an_hour_that_a_clock_change_skips_or_doubles_is_read_as_the_standard_says(
    zone: str, clock: time, javascript: node.Node
) -> None:
    """RFC 5545, 3.3.5: with the offset from before the change. ical.js takes the one from after it, whatever is sent."""
    start = datetime.combine(date(2027, 3, 7), clock)
    one = event(Repeat(start, start + timedelta(hours=4), rule="FREQ=WEEKLY;UNTIL=20271130"), timezone=zone)
    calendar, expected = ics.render_single(one, LAST), ours(one)
    assert by_recurring_ical_events(calendar, FIRST, LAST) == expected
    assert by_home_assistant(calendar, FIRST, LAST) == expected
    assert from_rows(one) == [(seen.start, seen.end) for seen in expected]
    assert from_json(one) == expected[: json_feed.MAX_OCCURRENCES]
    theirs = [seen.start for seen in by_ical_js(javascript, calendar, FIRST, LAST)]
    assert theirs == [_utc(instance.start, zone, fold=1) for instance in expand(one.repeat, LAST)]


@pytest.mark.parametrize(
    ("zone", "night"), [("Europe/Berlin", date(2027, 3, 27)), ("America/New_York", date(2027, 3, 13))]
)
def test_a_night_over_a_clock_change_ends_when_the_clock_says(zone: str, night: date) -> None:
    start = datetime.combine(night - timedelta(days=7), time(22))
    one = event(Repeat(start, start + timedelta(hours=6), rule="FREQ=WEEKLY;COUNT=3"), timezone=zone)
    calendar = ics.render_single(one, LAST)
    lengths = [datetime.fromisoformat(seen.end) - datetime.fromisoformat(seen.start) for seen in ours(one)]
    assert lengths == [timedelta(hours=6), timedelta(hours=5), timedelta(hours=6)]
    assert by_recurring_ical_events(calendar, FIRST, LAST) == by_home_assistant(calendar, FIRST, LAST) == ours(one)


@pytest.mark.parametrize(
    "rule", ["FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "FREQ=YEARLY;BYDAY=20MO", "FREQ=WEEKLY;BYDAY=MO;WKST=SU"]
)
def test_a_rule_that_programs_read_differently_is_sent_date_by_date(rule: str) -> None:
    repeat = Repeat(datetime(2027, 5, 17, 10), datetime(2027, 5, 17, 12), rule=f"{rule};UNTIL=20280630")
    calendar = ics.render_single(event(repeat), LAST)
    assert b"RRULE" not in calendar
    assert by_recurring_ical_events(calendar, FIRST, LAST) == ours(event(repeat))


# What is saved, and what the pages make of it.

EDITION = SiteView("ja", "ja", "https://calendar.example.jp", "仙北市", "仙北市", "Asia/Tokyo", SITE_ID)


@pytest.fixture(scope="module")
def city(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """One database for all examples: each adds its event."""
    engine = make_engine(f"sqlite:///{copied(sqlite_template, tmp_path_factory.mktemp('city'))}")
    with write_session(engine) as opened:
        yield opened
    engine.dispose()


@examples(12)
@given(repeat=repeats(), zone=st.sampled_from(ZONES))
@example(repeat=AT_MIDNIGHT, zone="Asia/Tokyo")
@example(repeat=LEAP_DAY, zone="Asia/Tokyo")
def test_the_rows_of_a_saved_event_are_what_an_engine_reads_from_its_calendar(
    repeat: Repeat, zone: str, city: Session
) -> None:
    assume(can_be_saved(repeat))
    saved = publishing.create(city, "event", typed(repeat, zone), actor=None, at=CHANGED)
    publishing.publish(city, saved, actor=None, at=CHANGED)
    calendar = ics.render_single(items.event_item(saved, EDITION), LAST)
    seen = (Occurrence.event_id == saved.id, Occurrence.first_day <= LAST)
    rows = city.scalars(select(Occurrence).where(*seen))
    assert sorted(map(_from_row, rows)) == by_recurring_ical_events(calendar, FIRST, LAST)


def typed(repeat: Repeat, zone: str) -> dict[str, Any]:
    """The values of the form."""
    overrides = [{name: value for name, value in asdict(one).items() if value} for one in repeat.overrides]
    return {
        "title": "朝市",
        "department_id": 1,
        "timezone": zone,
        "start": repeat.start.isoformat(),
        "end": repeat.end.isoformat() if repeat.end else None,
        "all_day": repeat.all_day,
        "rule": repeat.rule,
        "rdates": [day.isoformat() for day in repeat.rdates],
        "exdates": [day.isoformat() for day in repeat.exdates],
        "overrides": [
            {name: value.isoformat() if isinstance(value, datetime) else value for name, value in one.items()}
            for one in overrides
        ],
        "slots": [[f"{slot.start:%H:%M}", f"{slot.end:%H:%M}"] for slot in repeat.slots],
    }


def _from_row(row: Occurrence) -> Seen:
    status = describe.status(row)
    span = (row.first_day, row.last_day + timedelta(days=1)) if row.event.all_day else (row.start, row.end)
    title = marked(row.event.title, STATUS_MARKS[status], "ja")
    return Seen(title, *map(moment, span), "CANCELLED" if status in shared.OFF else "CONFIRMED")


CHANGES = (
    Override(datetime(2027, 4, 11, 8), datetime(2027, 4, 12, 9), datetime(2027, 4, 12, 11), "rescheduled"),
    Override(datetime(2027, 4, 18, 8), status="cancelled", note="強風のため"),
)
SUNDAYS = "FREQ=WEEKLY;BYDAY=SU;UNTIL=20270530"
MARKET = Repeat(datetime(2027, 4, 4, 8), datetime(2027, 4, 4, 10), rule=SUNDAYS, overrides=CHANGES)
TWICE = Repeat(datetime(2027, 4, 9, 10), datetime(2027, 4, 9, 11), slots=(Slot(time(22), time(1)),))
STAYS = Repeat(datetime(2027, 4, 10), datetime(2027, 4, 11), True, "FREQ=WEEKLY;COUNT=2")
WEEKENDS = Repeat(datetime(2027, 4, 30, 9), datetime(2027, 4, 30, 17), rule="FREQ=MONTHLY;BYDAY=-1FR;COUNT=3")


@pytest.mark.parametrize(
    ("repeat", "first"),
    [
        (MARKET, date(2027, 4, 10)),
        (AT_MIDNIGHT, date(2027, 4, 14)),
        (YEAR_END, date(2027, 12, 31)),
        (TWICE, date(2027, 4, 8)),
        (STAYS, date(2027, 4, 9)),
        (WEEKENDS, date(2027, 4, 28)),
    ],
    ids=["changed", "until midnight", "year end", "slots", "whole days", "last Friday"],
)
def test_the_day_pages_show_what_an_engine_reads_from_the_calendar(
    client: FlaskClient, write: Session, post: Callable[..., Event], repeat: Repeat, first: date
) -> None:
    post(write, **typed(repeat, "Asia/Tokyo"))
    write.commit()
    days = [first + timedelta(days=number) for number in range(9)]
    seen = by_recurring_ical_events(client.get("/calendar.ics").data, FIRST, LAST)
    expected = {(day, seen.title, start) for seen in seen for day, start in _shown(seen) if day in days}
    assert expected
    assert {found for day in days for found in _on_page(client, day)} == expected


def _shown(seen: Seen) -> Iterator[tuple[date, str]]:
    """The days that show it, with its start. None of these nights ends after five: each is its evening's."""
    if "T" in seen.start:
        local = datetime.fromisoformat(seen.start).astimezone(ZoneInfo("Asia/Tokyo"))
        yield local.date(), f"{local:%Y-%m-%dT%H:%M%z}"
        return
    first, after = date.fromisoformat(seen.start), date.fromisoformat(seen.end)
    yield from ((first + timedelta(days=number), seen.start) for number in range((after - first).days))


def _on_page(client: FlaskClient, day: date) -> Iterator[tuple[date, str, str]]:
    """By the microformats of the page. It writes a mark without its brackets."""
    for found in mf2py.parse(doc=client.get(f"/calendar/{day:%Y/%m/%d}").text)["items"]:
        name, (start,) = found["properties"]["name"][0], found["properties"]["start"]
        mark, _, title = name.rpartition(" ")
        yield day, f"【{mark}】{title}" if mark else title, start

import logging
import re
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
import vobject
from dateutil.tz import tzical
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from calendar_app.dates.recurrence import Override, Repeat, Slot, expand
from calendar_app.formats import EventItem, ics
from calendar_app.formats.vtimezone import vtimezone
from helpers import engines
from helpers.engines import moment
from helpers.feed_samples import (
    ABROAD,
    CALENDARS,
    CANCELLED,
    CONCERT,
    HALL,
    HORIZON,
    MARKET,
    NO_END,
    SEASON,
    assert_golden,
    at,
    event,
    feed,
)

ALL = [one for events in CALENDARS.values() for one in events]
SPAN = date(2027, 1, 1), date(2028, 12, 31)
Span = tuple[str, str]


def calendar(*events: EventItem) -> bytes:
    return ics.render(feed(), events, HORIZON)


def unfolded(made: bytes) -> list[str]:
    return made.decode().replace("\r\n ", "").split("\r\n")


def value(made: bytes, name: str) -> str:
    """Of the first such property of the first VEVENT, its parameters included."""
    lines = unfolded(made[made.index(b"BEGIN:VEVENT") :])
    return next(line for line in lines if re.match(rf"{name}[:;]", line))[len(name) :]


def spans(found: list[tuple[object, object]]) -> list[Span]:
    """Starts and ends as UTC, or as dates, so that libraries can be compared."""
    return sorted((moment(start), moment(end)) for start, end in found)


def expected(one: EventItem) -> list[Span]:
    zone = ZoneInfo(one.timezone)
    if one.repeat.all_day:
        ends = [(i.start.date(), (i.end or i.start).date() + timedelta(days=1)) for i in expand(one.repeat, HORIZON)]
        return spans(list(ends))
    return spans(
        [
            (i.start.replace(tzinfo=zone), (i.end or i.start + timedelta(hours=2)).replace(tzinfo=zone))
            for i in expand(one.repeat, HORIZON)
        ]
    )


def by_recurring_ical_events(made: bytes) -> list[Span]:
    return sorted((one.start, one.end) for one in engines.by_recurring_ical_events(made, *SPAN))


def by_home_assistant(made: bytes) -> list[Span]:
    return sorted((one.start, one.end) for one in engines.by_home_assistant(made, *SPAN))


def by_vobject(made: bytes) -> list[Span]:
    parsed = vobject.readOne(made.decode())
    parsed.validate(raiseException=True)
    found: dict[tuple[str, str], tuple[object, object]] = {}
    for one in parsed.vevent_list:
        first, length = one.dtstart.value, one.dtend.value - one.dtstart.value
        timed = isinstance(first, datetime)
        for start in one.getrruleset() or [first]:
            begin = start if timed or not isinstance(start, datetime) else start.date()
            original = one.recurrence_id.value if hasattr(one, "recurrence_id") else begin
            found[one.uid.value, str(original)] = begin, begin + length
    return spans(list(found.values()))


@pytest.mark.parametrize("name", CALENDARS)
def test_bytes_are_those_of_the_golden_file(name: str) -> None:
    assert_golden(f"{name}.ics", ics.render(feed(), CALENDARS[name], HORIZON))


def test_a_calendar_names_itself_and_its_rhythm() -> None:
    lines = unfolded(calendar(CONCERT))
    for line in (
        "X-WR-CALNAME:仙北市 イベント・お知らせ",
        "NAME:仙北市 イベント・お知らせ",
        "X-WR-TIMEZONE:Asia/Tokyo",
        "REFRESH-INTERVAL;VALUE=DURATION:PT4H",
        "X-PUBLISHED-TTL:PT4H",
        "SOURCE;VALUE=URI:https://events.example.jp/calendar.ics",
        "URL:https://events.example.jp/",
        "LAST-MODIFIED:20270320T050000Z",
    ):
        assert line in lines


def test_a_calendar_name_needs_no_escaping() -> None:
    made = ics.render(feed(title="a,b;c\\d\r\nMETHOD:PUBLISH"), [], HORIZON)
    assert "NAME:a、b；c＼d METHOD:PUBLISH" in unfolded(made)


def test_a_calendar_without_events_still_has_its_zone() -> None:
    assert calendar().count(b"BEGIN:VTIMEZONE") == 1


def test_a_calendar_of_kept_fragments_is_the_same() -> None:
    fragments = [(ics.sort_key(one), ics.vevents(one, "ja", HORIZON)) for one in reversed(ALL)]
    joined = ics.join(feed(), fragments, [zone for one in ALL for zone in ics.zones(one)])
    assert joined == calendar(*ALL)


def test_events_stand_in_order_of_start_and_uid() -> None:
    second = replace(CONCERT, uid="a@x")
    made = calendar(CANCELLED, CONCERT, second, SEASON)
    uids = re.findall(r"^UID:(.*)\r$", made.decode(), re.MULTILINE)
    assert uids == [SEASON.uid, CONCERT.uid, second.uid, CANCELLED.uid]


def test_a_season_is_marked_as_one_within_five_categories() -> None:
    assert value(calendar(SEASON), "CATEGORIES") == ":祭り,桜,角館,観光,期間"
    assert "期間" not in value(calendar(event(Repeat(at(9, 7), at(9, 9), all_day=True))), "CATEGORIES")


def test_an_unknown_end_is_two_hours_later_and_said() -> None:
    made = calendar(NO_END)
    assert value(made, "DTEND") == ";TZID=Asia/Tokyo:20270601T120000"
    assert "終了時刻未定" in value(made, "DESCRIPTION")
    assert value(made, "STATUS") == ":TENTATIVE"


def test_english_calendars_say_it_in_english() -> None:
    made = ics.render(feed(lang="en"), [CANCELLED], HORIZON)
    assert value(made, "SUMMARY") == ":[Cancelled] 花火大会"
    assert "PRODID:-//calendar-app//Event calendar//EN" in unfolded(made)


def test_the_description_ends_with_the_address_however_long_the_text() -> None:
    made = Calendar.from_ical(calendar(replace(CONCERT, summary="長" * 10_000))).events[0]
    assert len(made["DESCRIPTION"]) <= 2_000
    assert made["DESCRIPTION"].endswith(f"…\n\n{CONCERT.url}")


def test_the_description_tells_what_matters_first() -> None:
    one = replace(CANCELLED, headline="4月24日（土） 満開")
    lines = Calendar.from_ical(calendar(one)).events[0]["DESCRIPTION"].split("\n")
    assert lines == [
        "【中止】大雨の予報のため中止します。",
        "4月24日（土） 満開",
        "市民吹奏楽団の演奏会です。",
        "料金：無料",
        "定員：300",
        "主催：仙北市",
        "問い合わせ：生涯学習課 0187-00-0000",
        "",
        one.url,
    ]


def test_a_long_title_is_cut_behind_its_mark() -> None:
    summary = str(Calendar.from_ical(calendar(replace(CANCELLED, title="長" * 200))).events[0]["SUMMARY"])
    assert len(summary) == 100
    assert summary.startswith("【中止】長")
    assert summary.endswith("…")


def test_a_place_is_written_for_maps() -> None:
    made = calendar(replace(CONCERT, place=replace(HALL, lat=1e-05, lon=-140.123456789)))
    assert value(made, "LOCATION") == r":仙北市民会館\, 秋田県仙北市角館町中菅沢77-30"
    assert value(made, "GEO") == ":0.000010;-140.123457"


def test_an_event_moved_online_names_no_hall() -> None:
    made = calendar(replace(CONCERT, status="moved_online", online_url="https://meet.example.com/a"))
    assert value(made, "LOCATION") == ":オンライン"
    assert value(made, "CONFERENCE").endswith(":https://meet.example.com/a")
    assert b"GEO" not in made


def test_a_series_carries_its_exceptions_in_its_own_zone() -> None:
    made = calendar(MARKET)
    assert value(made, "RRULE") == ":FREQ=WEEKLY;UNTIL=20270531T145959Z;BYDAY=SU"
    assert value(made, "EXDATE") == ";TZID=Asia/Tokyo:20270502T080000"
    assert "RECURRENCE-ID;TZID=Asia/Tokyo:20270418T080000" in unfolded(made)
    assert "UID:market-20270429T0800@semboku.example.jp" in unfolded(made)


def test_an_all_day_series_has_dates_only() -> None:
    repeat = Repeat(
        at(4, 4),
        None,
        True,
        "FREQ=WEEKLY;UNTIL=20270530",
        (),
        (at(4, 11),),
        (Override(at(4, 18), at(4, 19)),),
    )
    made = calendar(event(repeat))
    assert value(made, "RRULE") == ":FREQ=WEEKLY;UNTIL=20270530"
    assert value(made, "EXDATE") == ";VALUE=DATE:20270411"
    assert "RECURRENCE-ID;VALUE=DATE:20270418" in unfolded(made)
    assert by_recurring_ical_events(made) == expected(event(repeat))


def test_a_cancelled_date_of_a_series_is_an_override_and_no_exception() -> None:
    made = Calendar.from_ical(calendar(MARKET))
    (off,) = [one for one in made.events if one["STATUS"] == "CANCELLED"]
    assert off["SUMMARY"] == "【中止】日曜朝市"
    assert off["DESCRIPTION"].startswith("【中止】強風のため")
    assert off["RECURRENCE-ID"].dt.replace(tzinfo=None) == at(5, 9, 8)
    assert at(5, 9, 8) not in [when.dt.replace(tzinfo=None) for when in made.events[0]["EXDATE"].dts]


def test_another_place_on_one_date_is_told() -> None:
    made = Calendar.from_ical(calendar(MARKET))
    moved = [one for one in made.events if one["DTSTART"].dt.replace(tzinfo=None) == at(5, 16, 8)]
    assert [str(one["LOCATION"]) for one in moved] == ["仙北市民会館, 秋田県仙北市角館町中菅沢77-30"]


def test_a_window_drops_single_dates_and_keeps_the_series_whole() -> None:
    made = calendar(replace(MARKET, window=(date(2027, 5, 10), date(2027, 5, 31))))
    assert b"market-20270429" not in made
    assert by_recurring_ical_events(made) == [one for one in expected(MARKET) if "04-28T23" not in one[0]]
    assert b"BEGIN:VEVENT" not in calendar(replace(CONCERT, window=(date(2027, 5, 1), date(2027, 5, 31))))
    assert b"BEGIN:VEVENT" in calendar(replace(SEASON, window=(date(2027, 5, 5), date(2027, 5, 31))))


THRICE = replace(
    MARKET,
    repeat=Repeat(
        at(4, 4, 8),
        at(4, 4, 9),
        rule="FREQ=WEEKLY;UNTIL=20270530",
        exdates=(at(4, 11, 13), at(4, 25)),
        overrides=(
            Override(at(4, 18, 13), status="cancelled", note="強風のため"),
            Override(at(5, 2, 17), at(5, 3, 17), status="rescheduled"),
            Override(at(5, 9, 8), venue_id=7),
        ),
        slots=(Slot(time(13), time(14, 30)), Slot(time(17))),
    ),
)


def test_each_slot_of_a_day_is_a_series_with_its_own_exceptions() -> None:
    made = Calendar.from_ical(calendar(THRICE)).events
    uids = [f"market{slot}@semboku.example.jp" for slot in ("", "-T1300", "-T1700")]
    assert [str(one["UID"]) for one in made if "RRULE" in one] == uids
    assert len({str(one["RRULE"].to_ical()) for one in made if "RRULE" in one}) == 1
    out = [[f"{when.dt:%m-%d %H}" for when in one["EXDATE"].dts] for one in made if "RRULE" in one]
    assert out == [["04-25 08"], ["04-11 13", "04-25 13"], ["04-25 17"]]
    changed = [(str(one["UID"]), f"{one['RECURRENCE-ID'].dt:%m-%d %H}") for one in made if "RECURRENCE-ID" in one]
    assert changed == list(zip(uids, ["05-09 08", "04-18 13", "05-02 17"], strict=True))
    assert by_recurring_ical_events(calendar(THRICE)) == by_home_assistant(calendar(THRICE)) == expected(THRICE)
    assert by_vobject(calendar(THRICE)) == expected(THRICE)


def test_a_slot_keeps_its_series_while_others_come_go_and_move() -> None:
    def uids(*slots: Slot) -> list[str]:
        one = replace(THRICE, repeat=replace(THRICE.repeat, slots=slots))
        return sorted({str(each["UID"]).partition("@")[0] for each in Calendar.from_ical(calendar(one)).events})

    one, five = Slot(time(13), time(14)), Slot(time(17))
    assert uids(one, five) == uids(five, one) == ["market", "market-T1300", "market-T1700"]
    assert uids(five) == ["market", "market-T1700"]
    assert uids(five, Slot(time(14))) == ["market", "market-T1400", "market-T1700"]


def test_a_repeat_sent_date_by_date_and_an_extra_date_keep_an_event_for_each_moment() -> None:
    odd = replace(THRICE.repeat, rule="FREQ=MONTHLY;BYDAY=SU;BYSETPOS=1;COUNT=2", exdates=(), overrides=())
    extra = Repeat(at(4, 4, 8), at(4, 4, 9), rule="FREQ=WEEKLY;COUNT=2", rdates=(at(4, 29, 8),), slots=odd.slots[:1])
    for repeat, local in ((odd, "-20270502T1300"), (extra, "-20270429T1300")):
        made = calendar(replace(THRICE, repeat=repeat))
        assert f"UID:market{local}@semboku.example.jp" in unfolded(made)
        assert by_recurring_ical_events(made) == expected(replace(THRICE, repeat=repeat))


@st.composite
def series(draw: st.DrawFn) -> EventItem:
    """A weekly or monthly series with dates taken out, moved, cancelled and added."""
    all_day = draw(st.booleans())
    start = at(4, 1, 0 if all_day else 18) + timedelta(days=draw(st.integers(0, 60)))
    end = start + (timedelta(days=draw(st.integers(0, 2))) if all_day else timedelta(hours=draw(st.integers(1, 9))))
    rule = draw(
        st.sampled_from(
            [
                "FREQ=WEEKLY;COUNT=9",
                "FREQ=WEEKLY;BYDAY=MO,SA;UNTIL=20270930",
                "FREQ=DAILY;INTERVAL=3;COUNT=12",
            ]
        )
    )
    dates = [one.original for one in expand(Repeat(start, end, all_day, rule), HORIZON)]
    chosen = draw(st.lists(st.sampled_from(dates), unique=True, max_size=4))
    out, changed = chosen[:2], chosen[2:]
    overrides = tuple(
        Override(day, day + timedelta(days=1), status=draw(st.sampled_from(["rescheduled", "cancelled"])))
        for day in changed
    )
    extra = (start + timedelta(days=400),) if draw(st.booleans()) else ()
    zone = draw(st.sampled_from(["Asia/Tokyo", "Europe/Berlin", "America/New_York", "Africa/Casablanca"]))
    return event(Repeat(start, end, all_day, rule, extra, tuple(out), overrides), timezone=zone)


@settings(max_examples=20)
@given(series())
def test_calendar_programs_agree_on_any_series(one: EventItem) -> None:
    made = calendar(one)
    assert by_recurring_ical_events(made) == expected(one)
    assert by_home_assistant(made) == expected(one)
    assert by_vobject(made) == expected(one)


def test_the_zone_of_japan_is_written_as_outlook_takes_it() -> None:
    assert vtimezone("Asia/Tokyo") == (
        b"BEGIN:VTIMEZONE\r\nTZID:Asia/Tokyo\r\nBEGIN:STANDARD\r\nDTSTART:19510909T010000\r\nTZOFFSETFROM:+0900\r\n"
        b"TZOFFSETTO:+0900\r\nTZNAME:JST\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )


@pytest.mark.parametrize(
    "name",
    [
        "Asia/Tokyo",
        "Asia/Kathmandu",
        "Europe/Berlin",
        "Europe/Dublin",
        "America/New_York",
        "Australia/Sydney",
        "UTC",
    ],
)
def test_a_zone_read_from_our_description_keeps_the_true_time(name: str) -> None:
    described = vtimezone(name)
    assert described
    zone, truth = tzical(StringIO(described.decode())).get(name), ZoneInfo(name)
    day = datetime(2024, 1, 1)
    while day.year < 2034:
        for hour in (0, 4, 12, 23):
            wall = day.replace(hour=hour)
            assert zone.utcoffset(wall) == truth.utcoffset(wall), wall
        day += timedelta(days=1)


@pytest.mark.parametrize("name", ["Africa/Casablanca", "Asia/Jerusalem"])
def test_a_zone_without_a_yearly_rule_is_sent_in_utc(name: str) -> None:
    weekly = replace(ABROAD, timezone=name)
    made = calendar(weekly)
    assert value(made, "DTSTART").endswith("Z")
    assert b"RRULE" not in made[made.index(b"BEGIN:VEVENT") :]
    assert name.encode() not in made
    assert by_recurring_ical_events(made) == expected(weekly)


def test_an_event_too_long_for_clients_takes_no_other_with_it(caplog: pytest.LogCaptureFixture) -> None:
    pool = event(Repeat(at(4, 1, 9), at(4, 1, 10), rdates=tuple(at(4, 1, 9) + timedelta(days=n) for n in range(1_003))))
    with caplog.at_level(logging.WARNING):
        made = calendar(pool, CONCERT)
    assert [str(one["UID"]) for one in Calendar.from_ical(made).events] == [CONCERT.uid]
    assert "left out" in caplog.text

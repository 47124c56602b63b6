"""Calendars as programs write them: rules in UTC, zones of their own, periods, empty rules, tasks beside events."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import assume, given
from hypothesis import strategies as st

from calendar_app.dates.recurrence import BadRule, expand, rule_dates
from calendar_app.dates.recurrence import Repeat as Dates
from calendar_app.importing import ImportRow, defect_message, mend
from calendar_app.importing.formats import ics_recurrence
from dates.test_recurrence import rules
from helpers.import_samples import calendar, codes, event, read_text, stored_repeat

EASTERN = """BEGIN:VTIMEZONE\r\nTZID:Eastern\r\nBEGIN:STANDARD\r\nDTSTART:19671029T020000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10;UNTIL=20060101T000000Z\r\nTZOFFSETFROM:-0400\r\nTZOFFSETTO:-0500\r\nEND:STANDARD
BEGIN:STANDARD\r\nDTSTART:20071104T020000\r\nRRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11\r\nTZOFFSETFROM:-0400
TZOFFSETTO:-0500\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nDTSTART:20070311T020000\r\nRRULE:FREQ=YEARLY;BYDAY=2SU;BYMONTH=3
TZOFFSETFROM:-0500\r\nTZOFFSETTO:-0400\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n"""


def only(*lines: str) -> ImportRow:
    return read_text(calendar(event("UID:a", "SUMMARY:a", *lines))).rows[0]


def spans(row: ImportRow) -> list[str]:
    """Start and end of each date, with every proposal taken."""
    instances = expand(stored_repeat(mend(row).values), date(2030, 1, 1))
    return [f"{one.start:%m-%d %H:%M}" + (f"–{one.end:%m-%d %H:%M}" if one.end else "") for one in instances]


@pytest.mark.parametrize(
    ("start", "rule", "starts"),
    [
        ("20270405T213000Z", "FREQ=WEEKLY;BYDAY=MO;COUNT=4", ["04-06", "04-13", "04-20", "04-27"]),
        ("20270405T213000Z", "FREQ=WEEKLY;UNTIL=20270420T000000Z", ["04-06", "04-13", "04-20"]),
        ("20270404T220000Z", "FREQ=MONTHLY;BYDAY=1SU;COUNT=3", ["04-05", "05-03", "06-07"]),
        ("20270331T230000Z", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3", ["04-01", "05-01", "06-01"]),
        ("20270414T230000Z", "FREQ=MONTHLY;COUNT=2", ["04-15", "05-15"]),
        ("20270405T213000Z", "FREQ=DAILY;COUNT=2", ["04-06", "04-07"]),
        # Some programs write the days of the town beside moments in UTC.
        ("20270409T230000Z", "FREQ=WEEKLY;BYDAY=SA;COUNT=2", ["04-10", "04-17"]),
        ("20270405T030000Z", "FREQ=WEEKLY;BYDAY=MO;COUNT=2", ["04-05", "04-12"]),  # the same day in both
    ],
)
def test_a_rule_in_utc_counts_the_days_of_utc(start: str, rule: str, starts: list[str]) -> None:
    assert [span[:5] for span in spans(only(f"DTSTART:{start}", f"RRULE:{rule}"))] == starts


def test_exceptions_and_changes_of_a_rule_in_utc_find_their_dates() -> None:
    text = calendar(
        event(
            "UID:a",
            "SUMMARY:a",
            "DTSTART:20270405T213000Z",
            "RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=4",
            "EXDATE:20270412T213000Z",
        ),
        event("UID:a", "SUMMARY:a", "DTSTART:20270419T233000Z", "RECURRENCE-ID:20270419T213000Z"),
    )
    assert spans(read_text(text).rows[0]) == ["04-06 06:30", "04-20 08:30", "04-27 06:30"]


def test_the_zone_that_a_calendar_defines_is_believed() -> None:
    lines = "SUMMARY:a", "DURATION:PT1H"
    rows = read_text(
        calendar(
            EASTERN,
            event("UID:a", *lines, "DTSTART;TZID=Eastern:20270601T090000"),
            event("UID:b", *lines, "DTSTART;TZID=Eastern:20271215T090000"),
            event("UID:c", *lines, "DTSTART;TZID=Eastern:20271028T090000", "RRULE:FREQ=WEEKLY;COUNT=3"),
        )
    ).rows
    summer, winter, both = map(spans, rows)
    assert (summer, winter) == (["06-01 22:00–06-01 23:00"], ["12-15 23:00–12-16 00:00"])
    assert both == ["10-28 22:00–10-28 23:00", "11-04 22:00–11-04 23:00", "11-11 23:00–11-12 00:00"]
    assert [codes(row) for row in rows] == [[], [], ["rule_as_dates"]]


def test_periods_have_their_own_length() -> None:
    whole = only(
        "DTSTART;VALUE=DATE:20270402",
        "RDATE;VALUE=PERIOD:20270402T000000/20270406T235959",
        "RDATE;VALUE=PERIOD:20270430T000000/20270504T235959",
        "X-SHIRASAGI-SCHEDULE:4月2日～6日、4月30日～5月4日",
    )
    assert (spans(whole), whole.held) == (["04-02 00:00–04-06 00:00", "04-30 00:00–05-04 00:00"], False)
    zone = "TZID=Asia/Tokyo"
    timed = only(
        f"DTSTART;{zone}:20270410T100000",
        f"DTEND;{zone}:20270410T110000",
        f"RDATE;{zone};VALUE=PERIOD:20270411T100000/PT3H,20270412T100000/PT1H",
    )
    assert spans(timed) == ["04-10 10:00–04-10 11:00", "04-11 10:00–04-11 13:00", "04-12 10:00–04-12 11:00"]


def test_an_empty_rule_is_no_rule() -> None:
    row = only("DTSTART;VALUE=DATE:20270429", "DTEND;VALUE=DATE:20270430", "RRULE:")
    assert (spans(row), row.refused) == (["04-29 00:00–04-29 00:00"], "")


@pytest.mark.parametrize(
    ("end", "last"),
    [
        ("DTEND;TZID=America/New_York:20270412T000000", "04-11"),
        ("DTEND;TZID=Asia/Tokyo:20270412T170000", "04-12"),
        ("DTEND:20270411T150000Z", "04-11"),
    ],
)
def test_whole_days_end_on_the_day_that_is_written(end: str, last: str) -> None:
    assert spans(only("DTSTART;VALUE=DATE:20270410", end)) == [f"04-10 00:00–{last} 00:00"]


def test_midnight_to_midnight_is_proposed_as_whole_days() -> None:
    row = only("DTSTART;TZID=Asia/Tokyo:20270410T000000", "DTEND;TZID=Asia/Tokyo:20270412T000000")
    assert (row.values["all_day"], codes(row)) == (False, ["whole_days"])
    assert (mend(row).values["all_day"], spans(row)) == (True, ["04-10 00:00–04-11 00:00"])
    night = only("DTSTART;TZID=Asia/Tokyo:20270410T180000", "DTEND;TZID=Asia/Tokyo:20270411T000000")
    assert not night.defects


def test_a_text_that_is_only_html_is_read_with_its_links() -> None:
    alone = only(
        "DTSTART;VALUE=DATE:20270410",
        "X-ALT-DESC;FMTTYPE=text/html:<html><body><p>持ち物は<b>水筒</b></p></body></html>",
    )
    assert alone.values["body"] == "持ち物は水筒"
    markup = '<p>申込は<a href="https://town.example/f">こちら</a></p><ul><li>水筒</li><li>帽子</li></ul>'
    assert only("DTSTART;VALUE=DATE:20270410", f"DESCRIPTION:{markup}").values["body"].split("\n") == [
        "申込はこちら https://town.example/f",
        "水筒",
        "帽子",
    ]


def test_tasks_and_diaries_are_told() -> None:
    task = "BEGIN:VTODO\r\nUID:t\r\nSUMMARY:宿題\r\nEND:VTODO\r\n"
    diary = "BEGIN:VJOURNAL\r\nUID:j\r\nSUMMARY:日誌\r\nEND:VJOURNAL\r\n"
    source = read_text(calendar(task, event("UID:a", "SUMMARY:a", "DTSTART;VALUE=DATE:20270410"), diary, task))
    assert len(source.rows) == 1
    assert "VTODO 2" in defect_message(source.notes[0], "ja")
    assert "VJOURNAL 1" in defect_message(source.notes[0], "en")


def test_endless_series_cost_no_other_row_its_place() -> None:
    yearly = [
        event(f"UID:y{n}", f"SUMMARY:y{n}", "DTSTART;VALUE=DATE:19500101", "RRULE:FREQ=YEARLY") for n in range(70)
    ]
    weekly = event("UID:w", "SUMMARY:w", "DTSTART;VALUE=DATE:20270410", "RRULE:FREQ=WEEKLY;COUNT=50")
    assert not [row for row in read_text(calendar(*yearly, weekly)).rows if row.refused]


def test_whether_a_row_is_taken_does_not_depend_on_those_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ics_recurrence, "MAX_WALK", 30_000)
    never = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;UNTIL=20290101"
    costly = [event(f"UID:{n}", f"SUMMARY:{n}", "DTSTART;VALUE=DATE:20200101", never) for n in range(20)]
    plain = event("UID:w", "SUMMARY:w", "DTSTART;VALUE=DATE:20270410", "RRULE:FREQ=WEEKLY;COUNT=50")
    rows = {row.source_uid: row for row in read_text(calendar(*costly, plain)).rows}
    assert not rows.pop("w").refused
    assert {"too_much" in row.defects[-1].found for row in rows.values()} == {True}


@given(
    rule=rules(),
    start=st.datetimes(datetime(2027, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(microsecond=0)),
)
def test_a_series_in_utc_has_the_dates_that_another_engine_finds(rule: str, start: datetime) -> None:
    days = []
    try:
        days = rule_dates(Dates(start, None, rule=rule), date(2029, 1, 1))
    except BadRule:
        assume(False)
    assume(0 < len(days) < 500)
    start = datetime.combine(days[0], start.time())  # elsewhere a start outside its rule is read in two ways
    ics = calendar(
        event(
            "UID:a",
            "SUMMARY:a",
            "DTSTAMP:20261101T000000Z",
            f"DTSTART:{start:%Y%m%dT%H%M%SZ}",
            f"RRULE:{rule};UNTIL=20290101T000000Z",
        )
    )
    (row,) = read_text(ics).rows
    assume(not row.refused)
    engine = recurring_ical_events.of(icalendar.Calendar.from_ical(ics)).between(date(2026, 12, 1), date(2029, 2, 1))
    there = sorted(f"{found.start.astimezone(UTC):%Y-%m-%d %H:%M}" for found in engine)
    values = stored_repeat(row.values)
    ours = [one.start.replace(tzinfo=ZoneInfo("Asia/Tokyo")).astimezone(UTC) for one in expand(values, date.max)]
    assert sorted(f"{moment:%Y-%m-%d %H:%M}" for moment in ours) == there

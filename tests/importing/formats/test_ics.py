"""iCalendar files of the world: zones, ends, series with changes, rules that are refused, and files that break off."""

from datetime import date, datetime

import pytest

from calendar_app.dates.recurrence import Repeat, expand
from calendar_app.formats import ics as ics_format
from calendar_app.importing import MAX_ROWS, Unreadable, mend
from calendar_app.importing.encoding import decode
from calendar_app.importing.formats import ics
from helpers.feed_samples import NO_END, feed
from helpers.import_samples import SETTING, calendar, codes, dates, event, read, read_text, row


def test_many_calendars_in_one_file_with_names_in_lower_case() -> None:
    source = read("many_calendars_lower_case.ics")
    first, second = source.rows
    assert (first.source_uid, second.source_uid) == ("one@example.jp", "two@example.jp")
    assert second.values["title"] == "二つめの暦, 小文字"
    assert second.values["venue"] == "みどり公民館"
    assert dates(second) == ("2027-05-02T10:00:00", "2027-05-02T11:30:00", False)


def test_a_calendar_that_cancels_cancels_its_own_events_only() -> None:
    first, second = read("many_calendars_lower_case.ics").rows
    assert (first.values["status"], second.values["status"]) == ("scheduled", "cancelled")


@pytest.mark.parametrize(
    ("title", "zone", "start", "defects"),
    [
        ("Windowsの時間帯", "Asia/Tokyo", "2027-05-01T10:00:00", []),
        ("自前の時間帯", "Asia/Tokyo", "2027-05-01T10:00:00", []),
        ("知らない時間帯", "Asia/Tokyo", "2027-05-01T10:00:00", ["unknown_timezone"]),
        ("時間帯なし", "Asia/Tokyo", "2027-05-01T10:00:00", ["floating_time"]),
        ("協定世界時", "Asia/Tokyo", "2027-05-01T10:00:00", []),
        ("姉妹都市", "America/Los_Angeles", "2027-05-01T10:00:00", []),
        ("別名", "Asia/Tokyo", "2027-05-01T10:00:00", []),
    ],
)
def test_time_zones_by_every_name(title: str, zone: str, start: str, defects: list[str]) -> None:
    one = row(read("time_zones.ics"), title)
    assert (one.values["timezone"], one.values["start"], codes(one)) == (zone, start, defects)


def test_an_end_in_another_zone_is_said_in_the_zone_of_the_start() -> None:
    assert row(read("time_zones.ics"), "姉妹都市").values["end"] == "2027-05-01T12:00:00"


def test_a_zone_for_the_whole_calendar_explains_floating_times() -> None:
    text = calendar("X-WR-TIMEZONE:Asia/Tokyo\r\n", event("UID:a", "SUMMARY:a", "DTSTART:20270501T100000"))
    (one,) = read_text(text).rows
    assert not one.defects


@pytest.mark.parametrize(
    ("title", "start", "end", "all_day"),
    [
        ("三日間", "2027-05-01T00:00:00", "2027-05-03T00:00:00", True),  # inclusive here, exclusive there
        ("終わりが同じ日", "2027-05-01T00:00:00", "2027-05-01T00:00:00", True),
        ("終わりなし", "2027-05-01T10:00:00", None, False),
        ("終日の印", "2027-05-01T00:00:00", "2027-05-02T00:00:00", True),
        ("逆さま", "2027-05-01T10:00:00", None, False),
        ("読めない終わり", "2027-05-01T10:00:00", None, False),
    ],
)
def test_ends(title: str, start: str, end: str | None, all_day: bool) -> None:
    assert dates(row(read("ends.ics"), title)) == (start, end, all_day)


def test_a_series_takes_in_its_changed_dates() -> None:
    series = row(read("series_and_changes.ics"), "合唱の練習")
    assert series.values["rule"] == "FREQ=WEEKLY;UNTIL=20270629"
    assert series.values["exdates"] == ["2027-05-04T19:00:00"]
    assert series.values["rdates"] == ["2027-07-03T14:00:00"]
    moved, renamed, *later, cancelled = series.values["overrides"]
    assert moved == {
        "original": "2027-04-13T19:00:00",  # its RECURRENCE-ID is in UTC
        "start": "2027-04-13T18:00:00",
        "end": "2027-04-13T21:00:00",
        "venue": "ホール",
    }
    assert renamed["note"] == "合唱の練習（公開）"
    assert cancelled == {"original": "2027-04-27T19:00:00", "status": "cancelled"}
    assert codes(series) == ["this_and_future"]
    assert {override["original"][:10] for override in later} == {
        *(
            "2027-05-11",
            "2027-05-18",
            "2027-05-25",
            "2027-06-01",
            "2027-06-08",
            "2027-06-15",
            "2027-06-22",
            "2027-06-29",
        ),
        "2027-07-03",
    }
    assert {override["note"] for override in later} == {"合唱の練習（公開）"}


def test_a_change_without_its_series_stands_alone() -> None:
    source = read("series_and_changes.ics")
    astray, parentless = row(source, "系列にない日"), row(source, "親のない変更")
    assert codes(astray) == codes(parentless) == ["orphan"]
    assert astray.source_uid == "weekly/2027-04-08 19:00:00"
    assert parentless.source_uid == "elsewhere/2027-05-01"


def test_of_two_versions_the_older_is_refused() -> None:
    source = read("series_and_changes.ics")
    assert row(source, "古い版").refused == "older"
    assert not row(source, "新しい版").refused


def test_one_uid_for_two_events_is_told_apart() -> None:
    source = read("series_and_changes.ics")
    assert len({one.source_uid for one in source.rows if not one.refused}) == 7
    assert codes(row(source, "同じ識別子の二つめ")) == ["uid_twice"]


def test_an_event_without_uid_has_the_same_key_next_time() -> None:
    first, second = (row(read("series_and_changes.ics"), "識別子なし") for _ in range(2))
    assert first.source_uid == second.source_uid
    assert codes(first) == ["no_uid"]


@pytest.mark.parametrize(
    ("title", "rule", "defects"),
    [
        ("endless", "FREQ=WEEKLY;BYDAY=TH;UNTIL=20290331", ["endless"]),
        ("until 2099", "FREQ=MONTHLY;UNTIL=20290331", ["endless"]),
        ("since long", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;WKST=SU;UNTIL=20290326", ["endless", "long_past"]),
        ("mixed weekdays", "", ["rule_as_dates"]),
        ("two ends", "", ["rule_as_dates"]),
        ("hour", "FREQ=DAILY;COUNT=3", []),
        ("until before hour", "FREQ=DAILY;UNTIL=20270404", []),
    ],
)
def test_rules_get_an_end_and_one_form(title: str, rule: str, defects: list[str]) -> None:
    one = row(read("rules.ics"), title)
    assert (one.values["rule"], codes(one), one.refused) == (rule, defects, "")


def test_the_past_of_a_long_series_is_left_out_and_its_rhythm_kept() -> None:
    start = datetime.fromisoformat(row(read("rules.ics"), "since long").values["start"])
    assert date(2026, 4, 1) <= start.date() < date(2026, 4, 15)
    assert (start - datetime(2005, 1, 3)).days % 14 == 0


def test_a_rule_that_cannot_be_one_becomes_its_dates() -> None:
    values = row(read("rules.ics"), "mixed weekdays").values
    moments = datetime.fromisoformat
    days = expand(Repeat(moments(values["start"]), None, True, rdates=tuple(map(moments, values["rdates"]))), date.max)
    assert [f"{one.start:%m-%d}" for one in days[1:]] == ["04-03", "04-04", "04-11", "04-18", "04-25", "05-01"]


@pytest.mark.parametrize(
    ("title", "why"),
    [
        ("secondly", "sub_daily"),
        ("interval 0", "value"),
        ("never", "no_dates"),
        ("weekno", "part"),
        ("exrule", "EXRULE"),
        ("junk", "text"),
    ],
)
def test_a_rule_that_is_not_taken_refuses_its_row_and_says_why(title: str, why: str) -> None:
    one = row(read("rules.ics"), title)
    assert one.refused == "rule"
    assert why in next(defect.found for defect in one.defects if defect.code == "rule")


def test_places_categories_and_people() -> None:
    values = row(read("places_and_marks.ics"), "位置").values
    assert (values["lat"], values["lon"]) == (39.6, 140.5)
    assert (values["category"], values["tags"]) == ("音楽", ["湖, 山", "夏"])
    assert (values["contact"], values["organizer"], values["certainty"]) == ("商工課", "みどり市", "planned")


def test_markup_in_a_description_becomes_lines_and_its_scripts_nothing() -> None:
    assert row(read("places_and_marks.ics"), "位置").values["body"] == "一行目\n二行目"


def test_a_position_abroad_is_left_out() -> None:
    one = row(read("places_and_marks.ics"), "国外")
    assert codes(one) == ["outside_japan"]
    assert mend(one).values["lat"] is None


def test_what_is_private_among_public_events_is_refused() -> None:
    assert row(read("places_and_marks.ics"), "歯医者").refused == "private"


def test_a_mark_of_privacy_on_every_event_is_only_pointed_at() -> None:
    private = [event(f"UID:{n}", f"SUMMARY:{n}", "DTSTART;VALUE=DATE:20270501", "CLASS:PRIVATE") for n in (1, 2)]
    assert [(one.refused, codes(one)) for one in read_text(calendar(*private)).rows] == [("", ["private"])] * 2


def test_a_broken_line_costs_only_itself() -> None:
    one = row(read("places_and_marks.ics"), "壊れた行")
    assert codes(one) == ["bad_line"]
    assert not one.refused


@pytest.mark.parametrize(
    ("title", "reason"),
    [("開始なし", "no_start"), ("読めない開始", "bad_start"), ("", "no_title"), ("大昔", "bad_start")],
)
def test_an_event_without_name_or_readable_start_is_refused(title: str, reason: str) -> None:
    found = [one for one in read("places_and_marks.ics").rows if one.values["title"] == title]
    assert [one.refused for one in found] == [reason]


def test_a_file_that_breaks_off_gives_what_is_whole() -> None:
    first, second, third = read("broken_off.ics").rows
    assert (first.refused, second.refused) == ("cut_short", "")
    assert third.refused


def test_too_many_events_are_refused() -> None:
    one = event("UID:a", "SUMMARY:a", "DTSTART;VALUE=DATE:20270501")
    with pytest.raises(Unreadable) as caught:
        read_text(calendar(*[one] * (MAX_ROWS + 1)))
    assert caught.value.code == "too_many"


def test_an_event_of_a_size_that_no_event_has_is_refused() -> None:
    huge = event("UID:a", "SUMMARY:a", "DTSTART;VALUE=DATE:20270501", "DESCRIPTION:" + "あ" * 300_000)
    assert [one.refused for one in read_text(calendar(huge)).rows] == ["too_large"]


def test_a_calendar_without_events_is_empty_and_other_text_is_none() -> None:
    assert read_text(calendar()).rows == ()
    with pytest.raises(Unreadable) as caught:
        ics.parse_ics(decode(b"hello"), SETTING)
    assert caught.value.code == "no_calendar"


def test_text_is_never_taken_for_the_name_of_a_file() -> None:
    with pytest.raises(Unreadable):
        ics.parse_ics(decode(b"/etc/hostname"), SETTING)


def test_an_end_that_our_own_calendar_assumed_stays_unknown() -> None:
    own = ics_format.render(feed(), [NO_END], date(2028, 3, 31)).decode()
    (taken,) = read_text(own).rows
    assert (taken.values["start"], taken.values["end"]) == (NO_END.repeat.start.isoformat(), None)
    unmarked = own.replace("X-CALENDAR-APP-END-ASSUMED:TRUE\r\n", "")
    assert read_text(unmarked).rows[0].values["end"] == "2027-06-01T12:00:00"


FIRST = [
    "UID:a@example.jp",
    "SUMMARY:昔話",
    "DTSTART:20270404T100000",
    "DTEND:20270404T110000",
    "RRULE:FREQ=WEEKLY;COUNT=4",
]
AFTERNOON = {"UID": "a-T1300@example.jp", "DTSTART": "20270404T130000", "DTEND": "20270404T143000"}


@pytest.mark.parametrize(
    ("change", "slots"),
    [
        ({}, [["13:00", "14:30"]]),
        ({"EXDATE": "20270411T130000"}, [["13:00", "14:30"]]),
        ({"SUMMARY": "人形劇"}, []),
        ({"LOCATION": "市民会館"}, []),
        ({"RRULE": "FREQ=WEEKLY;COUNT=5"}, []),
        ({"DTSTART": "20270405T130000", "DTEND": "20270405T143000"}, []),
        ({"DTEND": "20270406T143000"}, []),
        ({"DTSTART": "20270404T000000", "DTEND": "20270404T010000", "EXDATE": "20270411T000000"}, []),
        ({"UID": "b-T1300@example.jp"}, []),
        ({"RRULE": ""}, []),
    ],
)
def test_a_series_whose_uid_adds_a_time_is_a_slot_of_the_other_unless_it_differs(
    change: dict[str, str], slots: list[list[str]]
) -> None:
    parts = dict(line.split(":", 1) for line in FIRST) | AFTERNOON | change
    second = [f"{name}:{value}" for name, value in parts.items() if value]
    rows = read_text(calendar("X-WR-TIMEZONE:Asia/Tokyo\r\n", event(*second), event(*FIRST))).rows
    assert (len(rows), [one.values["slots"] for one in rows if one.source_uid == "a@example.jp"]) == (
        1 if slots else 2,
        [slots],
    )

"""Remarks on the dates of a row: the days and hours that they mean, and rows that wait for a person."""

import csv
import io

import pytest

from calendar_app.importing import ImportRow, detect, mend
from helpers.notices import SETTING

HEADINGS = ["イベント名", "開始日", "終了日", "開始時間", "終了時間", "開始日時特記事項"]


def row(first: str, last: str, hours: str, remark: str) -> ImportRow:
    """Import a table of one row."""
    table = io.StringIO()
    csv.writer(table).writerows([HEADINGS, ["市", first, last, *hours.split("-"), remark]])
    (imported,) = detect.parse_file(table.getvalue().encode(), SETTING).rows
    return imported


def test_the_first_day_has_its_own_start_and_the_last_its_own_end() -> None:
    first = mend(row("2027-04-23", "2027-04-25", "11:00-22:00", "初日のみ16時開始")).values
    assert (first["start"], first["end"]) == ("2027-04-23T16:00:00", "2027-04-23T22:00:00")
    assert first["rdates"] == ["2027-04-24T11:00:00", "2027-04-25T11:00:00"]
    assert {change["original"]: change["end"] for change in first["overrides"]} == {
        "2027-04-24T11:00:00": "2027-04-24T22:00:00",
        "2027-04-25T11:00:00": "2027-04-25T22:00:00",
    }
    last = mend(row("2027-04-23", "2027-04-25", "9:00-17:00", "最終日のみ15時まで")).values
    assert (last["start"], last["end"]) == ("2027-04-23T09:00:00", "2027-04-23T17:00:00")
    assert last["overrides"] == [{"original": "2027-04-25T09:00:00", "end": "2027-04-25T15:00:00"}]


def test_days_that_a_series_leaves_out() -> None:
    values = mend(row("2027-04-02", "2027-06-25", "10:00-12:00", "毎週金曜日（4月30日を除く）全12回")).values
    assert values["rule"] == "FREQ=WEEKLY;BYDAY=FR;UNTIL=20270625"
    assert values["exdates"] == ["2027-04-30T00:00:00"]
    weekdays = mend(row("2027-04-05", "2027-04-30", "9:00-17:00", "平日のみ")).values
    assert weekdays["rule"] == "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR;UNTIL=20270430"
    assert (weekdays["start"], weekdays["skips"]) == ("2027-04-05T09:00:00", ["holiday"])


@pytest.mark.parametrize(
    "remark",
    [
        "休日のみ",
        "毎週火曜日 全3回",
        "毎月第1・第3木曜（6月は休み）",
        "【木曜日】",
        "7月2日も開催",
        "不定期",
        "最終日は別会場、5/2は10時から",
    ],
)
def test_a_remark_that_is_not_understood_holds_its_row_as_the_cells_say(remark: str) -> None:
    held = row("2027-04-06", "2027-05-11", "", remark)
    assert held.held
    assert not held.refused
    assert (mend(held).values["start"], mend(held).values["end"]) == ("2027-04-06T00:00:00", "2027-05-11T00:00:00")


@pytest.mark.parametrize(
    "remark", ["開館日に開催", "受付は9時から", "雨天中止", "定員になり次第締め切ります", "", "各日先着20名"]
)
def test_remarks_that_move_no_date_hold_no_row(remark: str) -> None:
    free = row("2027-04-06", "2027-04-06", "10:00-12:00", remark)
    assert not free.held
    assert (mend(free).values["start"], mend(free).values["end"]) == ("2027-04-06T10:00:00", "2027-04-06T12:00:00")

"""Tables beside the standard: English headings, the regular dates of a table of pages, merged cells."""

from datetime import date

import pytest

from calendar_app.dates.recurrence import expand
from calendar_app.importing import ImportRow, detect, mend
from helpers.import_samples import SETTING, codes, read_text, stored_repeat, table

PAGES = "ファイル名,タイトル,イベントタイトル,定期開催_1_開始日,定期開催_1_終了日,定期開催_1_開始時刻,定期開催_1_終了時刻,定期開催_1_曜日,定期開催_1_除外日"
PAGES += ",申込締切,ステータス,定期開催_2_開始日,定期開催_2_終了日,定期開催_2_曜日"


def days(row: ImportRow) -> list[str]:
    return [f"{found.start:%m-%d %H:%M}" for found in expand(stored_repeat(mend(row).values), date(2030, 1, 1))]


def test_english_headings_are_known() -> None:
    headings = "id, Municipality Name, Event Name, Start Date, End Date, Start Time, End Time, Venue Name"
    (row,) = read_text(table("1,見本市,行政相談,2027-04-20,,9:00,12:00,中央館", headings=headings)).rows
    assert (row.values["title"], row.values["venue"], row.values["end"]) == (
        "行政相談",
        "中央館",
        "2027-04-20T12:00:00",
    )


def test_the_regular_dates_of_a_table_of_pages() -> None:
    typed = "p1.html,住民相談会のお知らせ,住民相談会,2027/4/1,2027/4/30,10:00,12:00,木,2027/4/29,2027/3/25,公開,2027/5/1,2027/5/9,土曜日;日曜日"
    found = detect.parse_file(table(typed, headings=PAGES).encode("cp932"), SETTING)
    first, second = found.rows
    assert (found.shape, found.unknown, first.held) == ("pages", (), False)
    assert (first.values["title"], first.values["apply_deadline"]) == ("住民相談会", "2027-03-25T00:00:00")
    assert days(first) == ["04-01 10:00", "04-08 10:00", "04-15 10:00", "04-22 10:00"]
    assert first.values["end"] == "2027-04-01T12:00:00"
    assert days(second) == ["05-01 00:00", "05-02 00:00", "05-08 00:00", "05-09 00:00"]
    assert first.source_uid != second.source_uid


@pytest.mark.parametrize(
    ("weekdays", "left_out", "state", "held", "refused"),
    [
        ("祝日", "", "公開", True, ""),
        ("木", "毎月末", "公開", True, ""),
        ("日", "", "公開", False, "rule"),  # no Sunday between the two days
        ("木", "", "非公開", False, "unpublished"),
    ],
)
def test_regular_dates_that_are_unclear_are_not_published(
    weekdays: str, left_out: str, state: str, held: bool, refused: str
) -> None:
    typed = f"p1.html,相談会,,2027/4/1,2027/4/2,10:00,12:00,{weekdays},{left_out},,{state},,,"
    (row,) = read_text(table(typed, headings=PAGES)).rows
    assert (row.values["title"], row.held, row.refused) == ("相談会", held, refused)


def test_a_row_of_merged_cells_has_the_name_of_the_row_above_and_waits_for_a_person() -> None:
    headings = "名称,開始日,開始時刻,会場"
    rows = read_text(table("体操教室,2027-04-05,10:00,公民館", ",,14:00,", ",2027-04-06,9:00,", headings=headings)).rows
    assert [row.values["title"] for row in rows] == ["体操教室"] * 3
    assert [days(row)[0] for row in rows] == ["04-05 10:00", "04-05 14:00", "04-06 09:00"]
    assert [codes(row) for row in rows] == [[], ["filled_down"], ["filled_down"]]
    assert [row.held for row in rows] == [False, True, True]

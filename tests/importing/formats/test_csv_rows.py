"""Event lists as tables: three generations of the Japanese standard, all their ways to write a date, and their defects."""

import csv
import io

import pytest

from calendar_app.importing import MAX_ROWS, ImportRow, Unreadable, detect, mend
from helpers.import_samples import FOLDER, SETTING, codes, dates, read, read_text, row, table

OLD = "recommended_32_columns_cp932.csv"
TRIAL = "base_registry_50_columns.csv"
NEW = "municipal_standard_tabs_utf16.txt"


@pytest.fixture(scope="module")
def trial() -> dict[str, ImportRow]:
    """The rows of the base registry's file by title; of several alike the first."""
    return {one.values["title"]: one for one in reversed(read(TRIAL).rows)}


@pytest.mark.parametrize(
    ("name", "shape", "encoding", "unknown"),
    [
        (OLD, "A", "cp932", ("持ち物",)),
        (TRIAL, "B", "utf-8-sig", ()),
        (NEW, "C", "utf-16", ("予約状況",)),
        ("more_cells_than_headings.csv", "other", "utf-8", ()),
    ],
)
def test_generation_encoding_and_foreign_columns_are_named(
    name: str, shape: str, encoding: str, unknown: tuple[str, ...]
) -> None:
    source = read(name)
    assert (source.shape, source.encoding, source.unknown) == (shape, encoding, unknown)


def test_columns_are_known_by_their_headings_wherever_they_stand() -> None:
    text = (FOLDER / TRIAL).read_text(encoding="utf-8-sig")
    turned = io.StringIO()
    csv.writer(turned).writerows(reversed(line) for line in csv.reader(io.StringIO(text, newline="")))
    plain, mirrored = read_text(text), read_text(turned.getvalue())
    assert [one.values for one in plain.rows] == [one.values for one in mirrored.rows]
    assert [one.source_uid for one in plain.rows] == [one.source_uid for one in mirrored.rows]


def test_a_full_row_fills_every_field(trial: dict[str, ImportRow]) -> None:
    values = trial["みどりの朝市"].values
    assert not trial["みどりの朝市"].defects
    assert values["title_kana"] == "ミドリノアサイチ"
    assert values["translations"] == {"en": {"title": "Green Morning Market"}}
    assert (values["start"], values["end"]) == ("2027-04-10T10:00:00", "2027-04-10T12:00:00")
    assert (values["fee"], values["capacity"], values["lat"], values["lon"]) == (0, 20, 39.5, 140.5)
    assert values["apply_deadline"] == "2027-04-05T17:00:00"
    assert values["contact"] == "商工課　(0000)00-0000　内線12"
    assert (values["venue"], values["category"]) == ("みどり公民館", "催事・観光")
    assert values["summary"] == "地元の野菜が並びます。"


def test_what_has_no_field_is_kept_in_the_body_and_no_line_becomes_code(trial: dict[str, ImportRow]) -> None:
    body = trial["みどりの朝市"].values["body"]
    assert body.startswith("旬の野菜、\n漬物、菓子")
    assert "アクセス：駅から徒歩5分" in body
    assert "備考：雨具をご用意ください" in body


def test_words_where_a_number_belongs_are_kept(trial: dict[str, ImportRow]) -> None:
    one = trial["時刻が言葉"]
    assert codes(one) == ["bad_time", "not_a_number", "not_a_number", "bad_address", "remark_unread"]
    assert (one.values["fee_note"], one.values["date_note"]) == ("実費", "日没後")
    assert "定員：各回若干名" in one.values["body"]
    assert mend(one).values["url"] == ""
    assert not one.refused


def test_the_letters_of_windows_are_read() -> None:
    one = row(read(OLD), "春～秋の①番市")
    assert one.values["venue"] == "①号館（㈱髙田）"
    assert (one.values["fee"], one.values["capacity"], one.values["category"]) == (1000, 20, "子育て・教育")


@pytest.mark.parametrize(
    ("title", "start", "end"),
    [
        ("春～秋の①番市", "2027-04-15T10:00:00", "2027-04-15T15:30:00"),  # 令和, 午後3時半; each of two days
        ("表計算の日付", "2027-04-15T00:00:00", "2027-04-15T00:00:00"),
        ("一つの欄に時刻", "2027-04-17T10:30:00", "2027-04-17T12:00:00"),
        ("期間が一つの欄", "2027-04-18T10:00:00", "2027-04-18T12:00:00"),
        ("曜日の合わない日", "2027-04-19T00:00:00", "2027-04-19T00:00:00"),
    ],
)
def test_dates_are_read_in_the_ways_in_which_cells_hold_them(title: str, start: str, end: str) -> None:
    assert dates(row(read(OLD), title))[:2] == (start, end)


def test_the_present_standard_is_read_below_a_title_row() -> None:
    (one,) = read(NEW).rows
    assert one.number == 4
    assert dates(one) == ("2027-10-10T18:00:00", "2027-10-11T01:30:00", False)
    values = one.values
    assert (values["fee"], values["category"], values["tags"]) == (0, "音楽", ["催事・観光", "音楽", "湖"])
    assert (values["address"], values["date_note"], values["url"]) == (
        "みどり市湖畔1",
        "雨天決行",
        "https://www.example.jp/concert",
    )


@pytest.mark.parametrize(
    ("title", "defects", "start", "end"),
    [
        ("終わりが前の日", ["end_before_start"], "2027-04-10T00:00:00", "2027-04-10T00:00:00"),
        ("年をまたぐ灯り", ["end_before_start"], "2027-12-20T00:00:00", "2028-01-10T00:00:00"),
        ("午後を12時間で", ["end_before_start"], "2027-04-10T13:00:00", "2027-04-10T15:30:00"),
        ("夜更かし星空", ["end_before_start"], "2027-08-12T21:00:00", "2027-08-13T01:30:00"),
        ("深夜のラジオ体操", [], "2027-05-10T12:15:00", "2027-05-11T00:00:00"),
        ("年の打ち間違い", ["year_typo"], "2022-12-01T00:00:00", "2022-12-03T00:00:00"),
        ("金曜の夜間開館", ["repeat_in_words"], "2027-04-02T18:00:00", "2027-04-02T20:00:00"),
        ("日曜の将棋", ["repeat_in_words"], "2027-04-11T13:00:00", "2027-04-11T16:00:00"),
        ("毎日の展示", ["daily_times"], "2027-05-01T09:00:00", "2027-05-01T17:00:00"),
        ("長い展示", ["daily_times"], "2027-05-01T00:00:00", "2027-07-20T00:00:00"),
        ("昔話の会", ["times_in_words"], "2027-04-21T10:30:00", "2027-04-21T11:30:00"),
        ("山開き", ["inexact"], "2027-03-11T00:00:00", "2027-03-31T00:00:00"),
    ],
)
def test_wrong_dates_are_named_and_mended(
    trial: dict[str, ImportRow], title: str, defects: list[str], start: str, end: str
) -> None:
    one = trial[title]
    assert codes(one) == defects
    assert dates(one)[:2] == (start, end)
    assert not one.refused


def test_nothing_is_mended_before_a_person_has_agreed(trial: dict[str, ImportRow]) -> None:
    assert trial["終わりが前の日"].values["end"] == "2027-04-08T00:00:00"
    assert trial["金曜の夜間開館"].values["end"] == "2027-06-25T20:00:00"
    assert trial["【中止】花火の夕べ"].values["status"] == "scheduled"


def test_remarks_become_the_repeat_that_was_meant(trial: dict[str, ImportRow]) -> None:
    friday, sunday = (mend(trial[title]).values for title in ("金曜の夜間開館", "日曜の将棋"))
    assert friday["rule"] == "FREQ=WEEKLY;BYDAY=FR;UNTIL=20270625"
    assert (sunday["rule"], sunday["skips"]) == ("FREQ=MONTHLY;BYDAY=2SU,4SU;UNTIL=20280331", ["holiday"])
    assert mend(trial["昔話の会"]).values["slots"] == [["13:00", "14:30"]]
    assert mend(trial["長い展示"]).values["date_note"] == "09:00〜17:00"


def test_a_repeat_that_depends_on_holidays_is_only_pointed_at(trial: dict[str, ImportRow]) -> None:
    (defect,) = trial["土日祝の茶屋"].defects
    assert (defect.code, defect.proposed) == ("remark_unread", None)


@pytest.mark.parametrize(
    ("title", "code", "position"),
    [
        ("緯度と経度が逆", "swapped", (39.601234, 140.561234)),
        ("経度の欄に緯度だけ", "half_position", (None, None)),
        ("海の向こう", "outside_japan", (None, None)),
    ],
)
def test_wrong_positions_are_mended_or_left_out(
    trial: dict[str, ImportRow], title: str, code: str, position: tuple[float | None, float | None]
) -> None:
    values = mend(trial[title]).values
    assert codes(trial[title]) == [code]
    assert (values["lat"], values["lon"]) == position


def test_a_status_that_only_words_tell_becomes_one(trial: dict[str, ImportRow]) -> None:
    marked, told = mend(trial["【中止】花火の夕べ"]).values, mend(trial["写生会"]).values
    assert (marked["status"], marked["title"]) == ("cancelled", "花火の夕べ")
    assert told["status"] == "cancelled"
    assert not trial["川下り"].defects  # only what would be, in rain
    assert trial["状態は延期"].values["status"] == "postponed"


def test_a_copy_is_refused_and_what_only_looks_alike_is_named() -> None:
    alike = [one for one in read(TRIAL).rows if "工作" in one.values["title"]]
    assert [codes(one) for one in alike] == [[], ["copy"], ["duplicate"], ["near_duplicate"]]
    assert [one.refused for one in alike] == ["", "copy", "", ""]
    assert alike[1].defects[0].found == str(alike[0].number)


def test_a_closing_day_is_an_announcement_until_its_last_minute(trial: dict[str, ImportRow]) -> None:
    notice = mend(trial["図書館臨時休館のお知らせ"])
    assert notice.kind == "announcement"
    assert notice.values["valid_until"] == "2027-04-20T14:59:00+00:00"
    assert "start" not in notice.values
    assert mend(trial["ボランティア募集説明会"]).kind == "event"


@pytest.mark.parametrize(
    ("title", "reason"), [("", "no_title"), ("日付なし", "no_start"), ("開始日に無い日", "no_such_day")]
)
def test_a_row_without_name_or_day_is_refused_with_the_reason(
    trial: dict[str, ImportRow], title: str, reason: str
) -> None:
    assert trial[title].refused == reason


def test_too_long_words_are_moved_whole_into_the_body(trial: dict[str, ImportRow]) -> None:
    values = mend(trial["長い申込方法"]).values
    assert len(values["apply"]) == 500
    assert values["body"].count("往復はがき") == 30


def test_damaged_letters_and_wrong_weekdays_are_pointed_at(trial: dict[str, ImportRow]) -> None:
    assert codes(trial["文字化け\ufffdの会"]) == ["lost_letters"]
    assert [(one.field, one.found) for one in trial["曜日違い"].defects] == [("body", "4月20日(月)")]


def test_rows_with_cells_beyond_the_headings_are_refused_and_short_ones_read() -> None:
    first, second, third = read("more_cells_than_headings.csv").rows
    assert (first.refused, second.refused, third.refused) == ("columns", "", "no_start")


def test_the_key_of_a_row_survives_edits_but_not_a_reused_number() -> None:
    headings = "都道府県コード又は市区町村コード,NO,名称,開始日,説明"
    before = read_text(table("1,7,市,2027-04-01,古い", "1,7,別の会,2027-04-01,", headings=headings)).rows
    after = read_text(table("1,7,市,2027-04-01,新しい", headings=headings)).rows
    assert before[0].source_uid == after[0].source_uid != before[1].source_uid


def test_rows_of_one_key_have_different_uids() -> None:
    rows = read_text(table("市,2027-04-01,,10:00,,,", "市,2027-04-01,,14:00,,,")).rows
    assert len({one.source_uid for one in rows}) == 2


@pytest.mark.parametrize(
    ("cells", "start", "end", "all_day"),
    [
        ("2027-04-01,,,,", "2027-04-01T00:00:00", "2027-04-01T00:00:00", True),
        ("2027-04-01,,10:00,,", "2027-04-01T10:00:00", None, False),
        ("2027-04-01,,00:00,23:59,", "2027-04-01T00:00:00", "2027-04-01T00:00:00", True),
        ("2027-04-01,2027-04-05,10:00,,", "2027-04-01T00:00:00", "2027-04-05T00:00:00", True),
        ("2027-04-01,,,16:00,", "2027-04-01T00:00:00", "2027-04-01T00:00:00", True),
        ("2027-04-01,,22:00,25:30,", "2027-04-01T22:00:00", "2027-04-02T01:30:00", False),
        ("2027-04-01,2027-04-02,22:00,5:00,", "2027-04-01T22:00:00", "2027-04-02T05:00:00", False),
        ("２０２７年４月１日,,午後１時,,", "2027-04-01T13:00:00", None, False),
        ("20270401,,正午,,", "2027-04-01T12:00:00", None, False),
        ("2027-04-01T09:30:00+09:00,,,,", "2027-04-01T09:30:00", None, False),
    ],
)
def test_half_filled_times(cells: str, start: str, end: str | None, all_day: bool) -> None:
    (one,) = read_text(table(f"市,{cells},")).rows
    assert not one.refused
    assert dates(one) == (start, end, all_day)


def test_an_hour_without_its_partner_is_kept_in_the_remarks() -> None:
    (one,) = read_text(table("市,2027-04-01,2027-04-05,10:00,,雨天決行,")).rows
    assert one.values["date_note"] == "雨天決行　10:00から"


def test_a_time_cell_of_marks_alone_is_kept_in_the_remarks() -> None:
    (row,) = read_text(table('市,2027-04-01,,",",,,')).rows
    assert (row.values["all_day"], row.values["date_note"], row.defects[0].code) == (True, ",", "bad_time")


def test_a_span_of_more_than_ten_years_is_refused() -> None:
    (one,) = read_text(table("常設展,2027-04-01,2040-03-31,,,,")).rows
    assert one.refused == "ten_years"


def test_a_file_without_its_headings_is_refused_whole() -> None:
    with pytest.raises(Unreadable) as caught:
        read("no_headings.csv")
    assert caught.value.code == "no_headings"


def test_too_many_rows_and_an_endless_cell_are_refused() -> None:
    many = table(*["市,2027-04-01"] * (MAX_ROWS + 20))
    endless = table('市,2027-04-01,,,,,"' + "あ" * 200_000)
    for text, code in ((many, "too_many"), (endless, "too_long_cell")):
        with pytest.raises(Unreadable) as caught:
            detect.parse_file(text.encode(), SETTING)
        assert caught.value.code == code


def test_rows_swallowed_by_an_open_quotation_mark_are_noticed() -> None:
    text = table('市,2027-04-01,,,,,"開いたまま', *["次の会,2027-04-02,,,,,"] * 400)
    assert [one.refused for one in detect.parse_file(text.encode(), SETTING).rows] == ["quotes"]

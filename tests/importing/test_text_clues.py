"""What remarks say: repeats, cancellations, weekdays, times; and the many that say something else."""

from datetime import date

import pytest

from calendar_app.importing.formats.csv_cells import likely_year
from calendar_app.importing.text_clues import find_announcement_words, find_status, find_wrong_weekdays, parse_times
from calendar_app.quickadd.set_phrases import find_repeat_phrase, parse_number


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("毎週土曜", "FREQ=WEEKLY;BYDAY=SA"),
        ("毎週火・木曜日", "FREQ=WEEKLY;BYDAY=TU,TH"),
        ("毎週月曜日から金曜日", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
        ("※休館日を除く毎週月曜日", "FREQ=WEEKLY;BYDAY=MO"),
        ("期間中の金曜日のみ開催", "FREQ=WEEKLY;BYDAY=FR"),
        ("土曜日・日曜日のみ", "FREQ=WEEKLY;BYDAY=SA,SU"),
        ("毎月第４日曜日", "FREQ=MONTHLY;BYDAY=4SU"),
        ("毎月第1・3水曜", "FREQ=MONTHLY;BYDAY=1WE,3WE"),
        ("毎月第二土曜日", "FREQ=MONTHLY;BYDAY=2SA"),
        ("隔週水曜日", "FREQ=WEEKLY;INTERVAL=2;BYDAY=WE"),
        ("毎月最終金曜日", "FREQ=MONTHLY;BYDAY=-1FR"),
        ("偶数月の第3土曜日", "FREQ=MONTHLY;BYMONTH=2,4,6,8,10,12;BYDAY=3SA"),
    ],
)
def test_repeats_in_words(text: str, rule: str) -> None:
    found = find_repeat_phrase(text)
    assert found is not None
    assert found.rule == rule


@pytest.mark.parametrize("text", ["土日祝のみ", "毎週月曜日、毎月第2日曜日"])
def test_a_repeat_that_is_not_sure_has_no_rule(text: str) -> None:
    found = find_repeat_phrase(text)
    assert found is not None
    assert found.rule == ""


@pytest.mark.parametrize("text", ["", "全10回", "月曜休館", "最終日は12:00まで", "第3回大会", "受付は14:15から"])
def test_other_remarks_are_no_repeats(text: str) -> None:
    assert find_repeat_phrase(text) is None


@pytest.mark.parametrize(
    ("title", "words", "found"),
    [
        ("【中止】夏まつり", "", "cancelled"),
        ("夏まつり（中止になりました）", "", "cancelled"),
        ("［延期］夏まつり", "", "postponed"),
        ("【満員御礼】教室", "", "full"),
        ("夏まつり", "今年は中止となりました。", "cancelled"),
        ("夏まつり", "開催を延期いたします。", "postponed"),
        ("夏まつり", "雨天の場合は中止となりました際にお知らせします。", ""),
        ("夏まつり", "荒天時は中止します。", ""),
        ("夏まつり（雨天中止）", "", ""),
        ("夏まつり", "昨年は中止となりましたが、今年は開きます。", ""),
        ("【一部中止】夏まつり", "", ""),
    ],
)
def test_a_status_told_in_words(title: str, words: str, found: str) -> None:
    assert find_status(title, words)[0] == found


@pytest.mark.parametrize(
    ("title", "sure"),
    [
        ("図書館臨時休館", True),
        ("会計年度任用職員の募集", True),
        ("施設利用料金の改定について", True),
        ("受講生募集", False),
    ],
)
def test_titles_of_announcements(title: str, sure: bool) -> None:
    words, found = find_announcement_words(title)
    assert words
    assert found is sure


@pytest.mark.parametrize("title", ["休日コンサート", "職員による読み聞かせ", "料金所跡をめぐる散歩"])
def test_titles_of_events(title: str) -> None:
    assert find_announcement_words(title) == ("", False)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4月15日（木）", []),
        ("4月15日（水）", ["4月15日(水)"]),
        ("令和8年4月15日（水曜日）", []),
        ("2026年4月15日（水・祝）と4/16（木）", ["4/16(木)"]),
        ("12月31日（木）から", []),  # of the year before
        ("2月30日（月）", []),
    ],
)
def test_weekdays_in_text_are_those_of_the_nearest_year(text: str, found: list[str]) -> None:
    assert list(find_wrong_weekdays(text, date(2027, 4, 1))) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("午前10時から正午、午後1時から午後3時", [("10:00", "12:00"), ("13:00", "15:00")]),
        ("14時30分~16時・19時~20時30分", [("14:30", "16:00"), ("19:00", "20:30")]),
        ("10:30~11:30 / 13:00~14:30", [("10:30", "11:30"), ("13:00", "14:30")]),
        ("受付は14:15から", []),
        ("最終日は12:00まで", []),
    ],
)
def test_text_that_is_nothing_but_times(text: str, found: list[tuple[str, str]]) -> None:
    assert parse_times(text) == found


@pytest.mark.parametrize(
    ("typed", "near", "meant"), [(2202, 2022, 2022), (2072, 2027, 2027), (2002, 2022, 2022), (1927, 2027, None)]
)
def test_a_mistyped_year(typed: int, near: int, meant: int | None) -> None:
    assert likely_year(typed, near) == meant


@pytest.mark.parametrize(
    ("text", "found"), [("1,000円", 1000), ("無料", 0), ("２０名", 20), ("大人300円", None), ("1人1回", None)]
)
def test_numbers_in_cells(text: str, found: int | None) -> None:
    assert parse_number(text, whole=True) == found

"""Lines as clerks type them and notices as they paste them. The file of phrasings says what each must become."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.quickadd import LONGEST, KnownVenue, parse_text
from helpers import DATA

TODAY = date(2027, 3, 1)  # a Monday
VENUES = (
    KnownVenue(1, "桧木内川堤", "River bank"),
    KnownVenue(2, "学習資料館（図書館）"),
    KnownVenue(3, "西木公民館"),
    KnownVenue(4, "落合運動公園"),
    KnownVenue(5, "かたくり館"),
)
TOLD = {  # what is never filled in without being said; the other fields are parts of these
    *("title", "start_date", "start_time", "slots", "venue_id", "venue_new", "fee", "capacity", "audience"),
    *("contact", "tags", "weather_rule", "decision", "deadline_date", "apply", "organizer", "skips"),
}
LINES = [line.split("\t") for line in (DATA / "quickadd.tsv").read_text().splitlines() if not line.startswith("# ")]


def shown(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value).replace("\n", "|")


@pytest.mark.parametrize(("text", "expected"), LINES, ids=[text for text, _expected in LINES])
def test_phrasing(text: str, expected: str) -> None:
    """`field=value`; `-field`: nothing is filled in; `?code`: a doubt is told; `-?code`: it is not."""
    draft = parse_text(text.replace("\\n", "\n"), TODAY, venues=VENUES)
    codes = {one.code for one in draft.doubts}
    for one in expected.split(";"):
        name, equals, value = one.partition("=")
        if equals:
            assert shown(draft.values.get(name)) == value, (name, draft)
        elif one.startswith("-?"):
            assert one[2:] not in codes, draft
        elif one.startswith("-"):
            assert one[1:] not in draft.values, draft
        else:
            assert one[1:] in codes, draft
    told = {one.field for one in (*draft.understood, *draft.doubts)}
    assert {name for name in draft.values if name in TOLD} <= told, draft


def test_every_piece_is_told_where_it_stands_and_said_back() -> None:
    text = "毎月第2土曜 ３時〜４時 おはなし会 図書館 #絵本"
    draft = parse_text(text, TODAY, venues=VENUES)
    assert [(one.field, one.text, one.meaning) for one in draft.understood] == [
        ("repeats", "毎月第2土曜", "毎月第2土曜日（2028年3月31日まで）"),
        ("start_time", "３時〜４時", "午後3時〜午後4時"),
        ("title", "おはなし会", "おはなし会"),
        ("venue_id", "図書館", "学習資料館（図書館）"),
        ("tags", "#絵本", "#絵本"),
    ]
    assert all(text[one.start : one.end].strip() == one.text for one in draft.understood)


def test_doubts_are_sentences_in_the_language_of_the_page() -> None:
    said = [doubt.message for doubt in parse_text("土曜 3時 おはなし会", TODAY).doubts]
    assert said == [
        "「土曜」を2027年3月6日（土）と読みました。",
        "「3時」を午後3時からと読みました。午前か午後かを確かめてください。",
    ]
    english = [doubt.message for doubt in parse_text("Sat at 3 story time", TODAY, lang="en").doubts]
    assert english == [
        "“Sat” was read as Sat 6 Mar 2027.",
        "“3” was read as from 15:00. Please check: morning or afternoon?",
    ]


def test_what_is_not_understood_is_left_over_and_kept() -> None:
    draft = parse_text("4/20 おはなし会\nぬいぐるみも来ます。", TODAY)
    assert draft.left == draft.values["summary"] == "ぬいぐるみも来ます。"
    long = parse_text("4/20 おはなし会\n" + "ぬいぐるみも来ます。\n" * 9, TODAY)
    assert long.values["body"].count("ぬいぐるみ") == 9


def test_a_span_of_which_no_day_would_remain_stays_whole_and_is_a_doubt() -> None:
    draft = parse_text("子育て講座 5/12〜13 10時 5/12、5/13を除く", TODAY)
    assert (draft.values["start_date"], draft.values["end_date"]) == ("2027-05-12", "2027-05-13")
    assert "more_dates" in {doubt.code for doubt in draft.doubts}
    assert "5/12、5/13を除く" in draft.values["summary"]


@pytest.mark.parametrize("text", ["Market 27-13 January", "Market 27 and 13 January"])
def test_english_days_that_go_back_are_no_date_and_a_doubt(text: str) -> None:
    draft = parse_text(text, TODAY, lang="en")
    assert "start_date" not in draft.values
    assert [doubt.code for doubt in draft.doubts] == ["no_such_day"]


def test_several_venues_that_fit_are_asked_about() -> None:
    draft = parse_text("4/20 講座 公民館", TODAY, venues=[KnownVenue(1, "西木公民館"), KnownVenue(2, "中川公民館")])
    assert "venue_id" not in draft.values
    assert "venue_new" not in draft.values
    assert [doubt.message for doubt in draft.doubts] == [
        "「公民館」は、西木公民館・中川公民館のどれでしょうか。場所を選んでください。"
    ]
    assert draft.left == "公民館"


def test_a_hashtag_is_spelled_as_it_is_known() -> None:
    assert parse_text("4/20 X #SAKURA", TODAY, tags=["Sakura"]).values["tags"] == "#Sakura"


def test_beyond_four_thousand_characters_nothing_is_read_and_that_is_told() -> None:
    draft = parse_text("4/20 X\n" + "あ" * LONGEST + " #桜", TODAY)
    assert "tags" not in draft.values
    assert "too_long" in {one.code for one in draft.doubts}


WORDS = st.sampled_from(
    [
        "4/20",
        "〜",
        "5/5",
        "5/10、17",
        "(火)",
        "10時",
        "10:30-12:00",
        "25:30",
        "毎月第2土曜",
        "毎週",
        "雨天順延(翌日)",
        "申込4/10まで",
        "4月中旬",
        "日時：",
        "場所：",
        "【定員】",
        "20人",
        "500円",
        "無料",
        "#桜",
        "図書館",
        "桧木内川堤",
        "まで",
        "から",
        "・",
        "、",
        "。",
        "夏休み",
        "令和9年",
        "来週の水・金",
        "13:00開場",
        "every",
        "Saturday",
        "at",
        "3",
        "April",
        "20",
        "①",
        "㈪",
        "ｶﾞ",
        "゙",
        "\x00",
        "\n",
        "\r\n",
        "「",
        "（",
        "※",
        "0187-43-3333",
        "99月99日",
        "9999/99/99",
        "最終",
        "全10回",
    ]
)


@given(
    st.one_of(
        st.text(max_size=300), st.lists(WORDS, max_size=40).map("".join), st.lists(WORDS, max_size=40).map(" ".join)
    )
)
def test_any_text_is_read(text: str) -> None:
    """Never raises; every piece lies in the text; and no word is lost: it is understood, a label, or left over."""
    for lang in ("ja", "en"):
        draft = parse_text(text, TODAY, venues=VENUES, lang=lang)
        assert all(0 <= one.start <= one.end and one.meaning is not None for one in draft.understood)
        assert all(isinstance(value, str | int | bool | list) for value in draft.values.values())


@given(
    st.lists(
        st.sampled_from(
            ["4/20", "10時", "あいう", "かきく会", "図書館", "500円", "雨天中止", "さしす。", "5/10", "\n"]
        ),
        max_size=12,
    )
)
def test_no_word_is_lost(words: list[str]) -> None:
    draft = parse_text(" ".join(words), TODAY, venues=VENUES)
    kept = " ".join([draft.left, *(one.text for one in draft.understood), str(draft.values.get("body", ""))])
    assert [word for word in words if word.strip() and word.strip("。") not in kept] == []

"""Dates not known to the day: literal cases first, then what must hold for every period and every string."""

from calendar import monthrange
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.dates import formatting
from calendar_app.dates.approximate import Period, parse_period, say_certainty, say_period

TODAY = date(2026, 11, 23)
LATE_APRIL = (date(2027, 4, 21), date(2027, 4, 30))
LATE_MARCH = (date(2027, 3, 21), date(2027, 4, 10))
OCTOBER = (date(2027, 10, 11), date(2027, 10, 31))
WINTER = (date(2027, 12, 1), date(2028, 2, 29))
NEW_YEAR = (date(2027, 12, 21), date(2028, 1, 10))


# Reading


@pytest.mark.parametrize(
    ("days", "precision", "texts"),
    [
        (LATE_APRIL, "part", ["4月下旬", "2027年4月下旬", "令和9年4月下旬", "R9年4月下旬", "２０２７年 ４月 下旬", "4月の終わり"]),
        (LATE_APRIL, "part", ["4月末", "来年4月下旬", "late April", "late April, 2027", "Late Apr. 2027", "end of April"]),
        ((date(2027, 4, 1), date(2027, 4, 10)), "part", ["4月上旬", "4月初旬", "4月初め", "early April 2027"]),
        ((date(2027, 2, 21), date(2027, 2, 28)), "part", ["2月下旬", "late February"]),
        (OCTOBER, "part", ["10月中旬〜下旬", "１０月中旬～下旬", "10月中旬から下旬", "10月中旬より10月下旬", "2027年10月中旬-下旬"]),
        (OCTOBER, "part", ["mid to late October", "mid–late October 2027", "from mid-October to late October 2027"]),
        ((date(2027, 5, 1), date(2027, 5, 20)), "part", ["early to mid May", "5月上旬〜中旬"]),
        (LATE_MARCH, "part", ["3月下旬〜4月上旬", "late March – early April 2027", "late March to early April"]),
        (NEW_YEAR, "part", ["2027年12月下旬〜2028年1月上旬", "2027年12月下旬〜翌年1月上旬", "2027年12月下旬〜1月上旬"]),
        (NEW_YEAR, "part", ["late December – early January 2028", "late December 2027 – early January 2028"]),
        ((date(2027, 4, 1), date(2027, 4, 30)), "month", ["4月", "2027年4月", "令和９年４月", "April 2027", "in April"]),
        ((date(2027, 4, 1), date(2027, 5, 31)), "month", ["4月〜5月", "4〜5月", "2027年4-5月", "April–May", "April to May 2027"]),
        ((date(2027, 4, 1), date(2028, 5, 31)), "month", ["2027年4月〜翌年5月", "2027年4月〜2028年5月"]),
        ((date(2027, 3, 1), date(2027, 5, 31)), "season", ["春", "2027年春", "2027年の春", "令和9年春", "spring 2027"]),
        ((date(2027, 9, 1), date(2027, 11, 30)), "season", ["来年の秋", "fall 2027", "in the autumn of 2027", "autumn 2027"]),
        ((date(2027, 3, 1), date(2027, 8, 31)), "month", ["2027年春〜夏", "spring to summer 2027"]),
        (WINTER, "season", ["2027年冬", "2027〜28年冬", "2027～2028年の冬", "winter 2027", "winter 2027–28", "Winter 2027-2028"]),
    ],
)  # fmt: skip
def test_a_period_is_read_however_it_is_typed(days, precision, texts):
    for text in texts:
        assert parse_period(text, TODAY) == Period(*days, precision, "planned"), text


@pytest.mark.parametrize(
    ("certainty", "texts"),
    [
        ("planned", ["4月下旬", "4月下旬ごろ", "4月下旬頃（予定）", "4月下旬予定", "4月下旬に開催予定", "4月下旬（日程調整中）"]),
        ("planned", ["late April", "around late April", "late April (dates to be confirmed)", "late April (TBC)"]),
        ("usual", ["例年4月下旬", "例年は4月下旬ごろ", "毎年４月下旬頃", "usually late April", "In most years, late April"]),
        ("forecast", ["4月下旬（予想）", "4月下旬ごろの見込み", "4月下旬ごろ（見込）", "expected late April", "late April (forecast)"]),
        ("confirmed", ["4月下旬（決定）", "late April (confirmed)"]),
    ],
)  # fmt: skip
def test_how_certain_it_is_is_read_beside_it(certainty, texts):
    for text in texts:
        assert parse_period(text, TODAY) == Period(*LATE_APRIL, "part", certainty), text


@pytest.mark.parametrize(
    ("text", "today", "first"),
    [
        ("4月下旬", date(2027, 4, 30), date(2027, 4, 21)),
        ("4月下旬", date(2027, 5, 1), date(2028, 4, 21)),
        ("4月", date(2027, 4, 30), date(2027, 4, 1)),
        ("12月下旬〜1月上旬", date(2027, 1, 10), date(2026, 12, 21)),
        ("12月下旬〜1月上旬", date(2027, 1, 11), date(2027, 12, 21)),
        ("冬", date(2027, 2, 28), date(2026, 12, 1)),
        ("冬", date(2027, 3, 1), date(2027, 12, 1)),
        ("今年の春", date(2027, 11, 1), date(2027, 3, 1)),
    ],
)
def test_without_a_year_it_is_the_one_that_is_on_or_the_next(text, today, first):
    assert parse_period(text, today).first == first


@pytest.mark.parametrize(
    "text",
    ["4/15", "4月15日", "4月15日ごろ", "4/15〜5/5", "2027", "2027年", "2027-04", "明日", "today", "未定", "例年", "", "　",
     "4月〜", "〜4月", "4月〜5月〜6月", "マラソン", "marathon", "春まつり", "4月" + " " * 80, "1" * 10_000, "\ud800"],
)  # fmt: skip
def test_what_is_no_period_is_left_to_the_reading_of_dates(text):
    assert parse_period(text, TODAY) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("13月下旬", "no_such_period"),
        ("0月〜4月", "no_such_period"),
        ("下旬", "no_such_period"),
        ("mid 2027", "no_such_period"),
        ("4月下旬〜上旬", "no_such_period"),
        ("2028年4月〜2027年3月", "no_such_period"),
        ("翌年4月", "no_such_period"),
        ("2027〜28年春", "no_such_period"),
        ("2027〜29年冬", "no_such_period"),
        ("27年4月下旬", "year_out_of_range"),
        ("late April 2202", "year_out_of_range"),
    ],
)
def test_a_period_that_cannot_be_is_refused_by_name(text, code):
    with pytest.raises(formatting.BadDate) as caught:
        parse_period(text, TODAY)
    assert caught.value.code == code
    assert formatting.message(caught.value, "ja").endswith("。")
    assert formatting.message(caught.value, "en").endswith(".")


# Saying


@pytest.mark.parametrize(
    ("days", "precision", "certainty", "ja", "en", "easy"),
    [
        (
            *(LATE_APRIL, "part", "planned", "2027年4月下旬（日程調整中）"),
            *("late April 2027 (dates to be confirmed)", "2027年 4月の 終わりごろ（まだ 決まっていません）"),
        ),
        (
            *(LATE_APRIL, "part", "forecast", "2027年4月下旬ごろ（予想）"),
            *("around late April 2027 (forecast)", "2027年 4月の 終わりごろ（予想です）"),
        ),
        (
            *(LATE_APRIL, "part", "usual", "例年4月下旬"),
            *("usually late April", "いつもの 年は 4月の 終わりごろ"),
        ),
        (
            *(OCTOBER, "part", "confirmed", "2027年10月中旬〜下旬"),
            *("mid to late October 2027", "2027年 10月の 中ごろから 終わりごろまで"),
        ),
        (
            *(LATE_MARCH, "part", "confirmed", "2027年3月下旬〜4月上旬"),
            *("late March – early April 2027", "2027年 3月の 終わりごろから 4月の 初めごろまで"),
        ),
        (
            *(NEW_YEAR, "part", "confirmed", "2027年12月下旬〜2028年1月上旬"),
            "late December 2027 – early January 2028",
            "2027年 12月の 終わりごろから 2028年 1月の 初めごろまで",
        ),
        (
            *(NEW_YEAR, "part", "usual", "例年12月下旬〜1月上旬"),
            *("usually late December – early January", "いつもの 年は 12月の 終わりごろから 1月の 初めごろまで"),
        ),
        (
            *((date(2027, 4, 1), date(2027, 4, 30)), "month", "confirmed"),
            *("2027年4月", "April 2027", "2027年 4月"),
        ),
        (
            *((date(2027, 4, 1), date(2027, 5, 31)), "month", "confirmed"),
            *("2027年4月〜5月", "April – May 2027", "2027年 4月から 5月まで"),
        ),
        (
            *((date(2027, 3, 1), date(2027, 5, 31)), "season", "confirmed"),
            *("2027年春", "spring 2027", "2027年 3月から 5月まで"),
        ),
        (
            *(WINTER, "season", "confirmed"),
            *("2027〜28年冬", "winter 2027–28", "2027年 12月から 2028年 2月まで"),
        ),
    ],
)
def test_a_period_is_said_as_a_town_hall_says_it(days, precision, certainty, ja, en, easy):
    said = [say_period(*days, precision, certainty, lang) for lang in ("ja", "en", "easy")]
    assert said == [ja, en, easy]


def test_the_running_year_is_left_out_unless_the_period_leaves_it():
    today = date(2027, 1, 5)
    assert say_period(*LATE_APRIL, "part", "confirmed", "ja", today=today) == "4月下旬"
    assert say_period(*LATE_APRIL, "part", "confirmed", "en", today=today) == "late April"
    assert say_period(*LATE_APRIL, "part", "confirmed", "ja", today=TODAY) == "2027年4月下旬"
    assert say_period(*WINTER, "season", "confirmed", "ja", today=today) == "2027〜28年冬"
    assert say_period(*NEW_YEAR, "part", "confirmed", "ja", today=today) == "2027年12月下旬〜2028年1月上旬"


def test_the_wall_clock_times_of_an_event_are_taken_as_their_days():
    start, end = datetime(2027, 4, 21), datetime(2027, 4, 30)
    assert say_period(start, end, "part", "confirmed", "ja") == "2027年4月下旬"
    assert say_period(start, None, "part", "confirmed", "ja") == "2027年4月下旬"


@pytest.mark.parametrize(
    ("certainty", "ja", "en", "easy"),
    [
        ("confirmed", "", "", ""),
        ("planned", "日程調整中", "dates to be confirmed", "まだ 決まっていません"),
        ("forecast", "予想", "forecast", "予想です"),
        ("usual", "例年", "in most years", "いつもの 年"),
    ],
)
def test_an_exact_date_that_is_not_certain_has_a_word_in_brackets(certainty, ja, en, easy):
    assert [say_certainty(certainty, lang) for lang in ("ja", "en", "easy")] == [ja, en, easy]


# For every period and string

MONTHS = st.tuples(st.integers(1950, 2090), st.integers(1, 12))


def edges(year: int, month: int, part: int) -> tuple[date, date]:
    """The first and last day of a part, counted from 0; 3 is the whole month."""
    end = monthrange(year, month)[1]
    return date(year, month, (1, 11, 21, 1)[part]), date(year, month, (10, 20, end, end)[part])


@st.composite
def periods(draw) -> Period:
    certainty = draw(st.sampled_from(["planned", "forecast", "usual"]))
    if draw(st.booleans()):
        year, month = draw(st.integers(1950, 2090)), draw(st.sampled_from([3, 6, 9, 12]))
        last = edges(year + 1, 2, 3)[1] if month == 12 else edges(year, month + 2, 3)[1]
        return Period(date(year, month, 1), last, "season", certainty)
    parts = st.integers(0, 2) if draw(st.booleans()) else st.just(3)
    one, other = sorted((draw(MONTHS), draw(parts)) for _ in range(2))
    precision = "month" if one[1] == 3 else "part"
    return Period(edges(*one[0], one[1])[0], edges(*other[0], other[1])[1], precision, certainty)


@given(periods().filter(lambda period: period.certainty != "usual"), st.dates(), st.sampled_from(["ja", "en"]))
def test_a_period_that_we_say_we_also_read(period, today, lang):
    said = say_period(period.first, period.last, period.precision, period.certainty, lang)
    assert parse_period(said, today) == period


@given(periods().filter(lambda period: (period.last - period.first).days < 300), st.sampled_from(["ja", "en"]))
def test_what_is_usual_is_read_as_the_next_time(period, lang):
    said = say_period(period.first, period.last, period.precision, "usual", lang)
    read = parse_period(said, TODAY)
    assert (read.precision, read.certainty) == (period.precision, "usual")
    assert read.last >= TODAY
    assert (read.first.month, read.first.day) == (period.first.month, period.first.day)


@given(periods(), st.sampled_from(["confirmed", "planned", "forecast", "usual"]))
def test_easy_japanese_has_no_wave_dash(period, certainty):
    said = say_period(period.first, period.last, period.precision, certainty, "easy")
    assert not set("〜～–-") & set(said)


@given(
    st.text(max_size=80)
    | st.text("0123456789０９年月上中下旬春冬令和元例頃（予定)〜から翌の midlateaprwnto-", max_size=14)
)
def test_any_string_is_read_or_left_or_refused_and_nothing_else(text):
    try:
        read = parse_period(text, TODAY)
    except formatting.BadDate as error:
        formatting.message(error, "ja")
        formatting.message(error, "en")
    else:
        assert read is None or read.first <= read.last

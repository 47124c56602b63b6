"""How dates are said and read: literal cases first, then what must hold for every date and every string."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from calendar_app.dates import formatting
from calendar_app.text import languages

TODAY = date(2026, 11, 23)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def refusal(read, *arguments) -> formatting.BadDate:
    with pytest.raises(formatting.BadDate) as caught:
        read(*arguments)
    return caught.value


# Holidays, weekdays, years


@pytest.mark.parametrize(
    ("day", "name", "ja", "en"),
    [
        (date(2026, 4, 29), "昭和の日", "祝", "holiday"),
        (date(2026, 5, 5), "こどもの日", "祝", "holiday"),
        (date(2026, 5, 6), "憲法記念日 振替休日", "振休", "holiday"),
        (date(2026, 9, 21), "敬老の日", "祝", "holiday"),
        (date(2026, 9, 22), "国民の休日", "祝", "holiday"),
        (date(2026, 9, 23), "秋分の日", "祝", "holiday"),
        (date(2027, 3, 22), "春分の日 振替休日", "振休", "holiday"),
        (date(2026, 5, 7), "", "", ""),
        (date(2026, 12, 25), "", "", ""),
        (date(1900, 1, 1), "", "", ""),
        (date(9999, 1, 1), "", "", ""),
    ],
)
def test_a_public_holiday_has_a_name_and_a_mark(day, name, ja, en):
    assert (formatting.holiday(day), formatting.holiday_word(day, "ja"), formatting.holiday_word(day, "en")) == (
        name,
        ja,
        en,
    )


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2027, 4, 15), "令和9年"),
        (date(2019, 5, 1), "令和元年"),
        (date(2019, 4, 30), "平成31年"),
        (date(1989, 1, 8), "平成元年"),
        (date(1989, 1, 7), "昭和64年"),
        (date(1926, 12, 25), "昭和元年"),
        (date(1912, 7, 30), "大正元年"),
        (date(1900, 1, 1), "明治33年"),
        (date(1603, 3, 24), "1603年"),
    ],
)
def test_the_era_changes_on_its_day(day, said):
    assert formatting.era(day) == said


def test_the_fiscal_year_begins_in_april():
    assert formatting.fiscal_year(date(2027, 3, 31)) == 2026
    assert formatting.fiscal_year(date(2027, 4, 1)) == 2027


@pytest.mark.parametrize("day", [date(2027, 4, 12), date(2027, 4, 16), date(2027, 4, 17), date(2027, 4, 18)])
def test_on_its_sunday_a_weekend_is_still_this_one(day):
    assert formatting.weekend(day) == (date(2027, 4, 17), date(2027, 4, 18))


def test_a_month_is_covered_by_whole_weeks_from_sunday():
    weeks = formatting.month_weeks(2027, 4)
    assert (weeks[0][0], weeks[-1][-1]) == (date(2027, 3, 28), date(2027, 5, 1))
    assert all(len(week) == 7 and formatting.weekday(week[0], "ja") == "日" for week in weeks)


def test_a_month_has_a_title():
    assert (formatting.month_title(2027, 4, "ja"), formatting.month_title(2027, 4, "en")) == ("2027年4月", "April 2027")


# Saying


@pytest.mark.parametrize(
    ("day", "today", "ja", "en"),
    [
        (date(2027, 4, 15), None, "2027年4月15日（木）", "Thu 15 Apr 2027"),
        (date(2027, 4, 15), TODAY, "2027年4月15日（木）", "Thu 15 Apr 2027"),
        (date(2027, 4, 29), date(2027, 1, 1), "4月29日（木・祝）", "Thu 29 Apr (holiday)"),
        (date(2026, 5, 6), None, "2026年5月6日（水・振休）", "Wed 6 May 2026 (holiday)"),
        (date(2026, 12, 6), TODAY, "12月6日（日）", "Sun 6 Dec"),
    ],
)
def test_a_date_is_said_with_its_weekday_and_without_the_running_year(day, today, ja, en):
    assert (formatting.say_date(day, "ja", today=today), formatting.say_date(day, "en", today=today)) == (ja, en)


@pytest.mark.parametrize(
    ("clock", "ja", "en"),
    [
        (time(0, 0), "午前0時", "0:00"),
        (time(0, 15), "午前0時15分", "0:15"),
        (time(9, 5), "午前9時5分", "9:05"),
        (time(10, 0), "午前10時", "10:00"),
        (time(12, 0), "正午", "12:00"),
        (time(12, 15), "午後0時15分", "12:15"),
        (time(13, 30), "午後1時30分", "13:30"),
        (time(23, 59), "午後11時59分", "23:59"),
    ],
)
def test_a_time_is_said_as_a_town_hall_says_it(clock, ja, en):
    assert (formatting.say_time(clock, "ja"), formatting.say_time(clock, "en")) == (ja, en)


def test_a_date_may_stand_with_its_era():
    assert formatting.say_era_date(date(2027, 4, 15)) == "令和9年4月15日"
    assert formatting.say_era_date(date(2019, 5, 1)) == "令和元年5月1日"


WHOLE_DAYS = [
    ("2027-04-15", "2027-04-15", "2027年4月15日（木）", "Thu 15 Apr 2027"),
    ("2027-04-15", None, "2027年4月15日（木）", "Thu 15 Apr 2027"),
    ("2027-04-15", "2027-05-05", "2027年4月15日（木）〜5月5日（水・祝）", "Thu 15 Apr – Wed 5 May 2027"),
    ("2027-04-15", "2027-04-18", "2027年4月15日（木）〜18日（日）", "Thu 15 Apr – Sun 18 Apr 2027"),
    ("2026-12-28", "2027-01-04", "12月28日（月）〜2027年1月4日（月）", "Mon 28 Dec 2026 – Mon 4 Jan 2027"),
    ("2026-12-05", "2026-12-06", "12月5日（土）〜6日（日）", "Sat 5 Dec – Sun 6 Dec"),
    ("2026-04-29", "2027-04-29", "4月29日（水・祝）〜2027年4月29日（木・祝）", "Wed 29 Apr 2026 – Thu 29 Apr 2027"),
]


@pytest.mark.parametrize(("start", "end", "ja", "en"), WHOLE_DAYS)
def test_whole_days_are_said_with_the_last_day_inclusive(start, end, ja, en):
    last = end and at(end)
    assert formatting.say_when(at(start), last, True, "ja", today=TODAY) == ja
    assert formatting.say_when(at(start), last, True, "en", today=TODAY) == en


TIMED = [
    (
        "2027-04-15T10:00",
        "2027-04-15T12:00",
        "2027年4月15日（木）午前10時〜正午",
        "Thu 15 Apr 2027, 10:00–12:00",
    ),
    (
        "2027-04-15T17:30",
        "2027-04-15T22:00",
        "2027年4月15日（木）午後5時30分〜午後10時",
        "Thu 15 Apr 2027, 17:30–22:00",
    ),
    (
        "2027-04-15T17:30",
        "2027-04-16T00:00",
        "2027年4月15日（木）午後5時30分〜翌日午前0時",
        "Thu 15 Apr 2027, 17:30 – 0:00 (next day)",
    ),
    ("2026-09-09T16:00", "2026-09-10T02:00", "9月9日（水）午後4時〜翌日午前2時", "Wed 9 Sep, 16:00 – 2:00 (next day)"),
    (
        "2027-04-15T09:00",
        "2027-04-17T17:00",
        "2027年4月15日（木）午前9時〜4月17日（土）午後5時",
        "Thu 15 Apr 2027, 9:00 – Sat 17 Apr, 17:00",
    ),
    (
        "2026-12-05T13:00",
        "2026-12-06T11:00",
        "12月5日（土）午後1時〜12月6日（日）午前11時",
        "Sat 5 Dec, 13:00 – Sun 6 Dec, 11:00",
    ),
    (
        "2026-12-31T22:00",
        "2027-01-01T09:00",
        "12月31日（木）午後10時〜2027年1月1日（金・祝）午前9時",
        "Thu 31 Dec, 22:00 – Fri 1 Jan 2027 (holiday), 9:00",
    ),
    ("2027-04-15T10:00", None, "2027年4月15日（木）午前10時から", "Thu 15 Apr 2027, from 10:00"),
    ("2027-04-15T10:00", "2027-04-15T10:00", "2027年4月15日（木）午前10時", "Thu 15 Apr 2027, 10:00"),
    ("2026-12-01T00:00", "2026-12-01T00:00", "12月1日（火）午前0時", "Tue 1 Dec, 0:00"),
]


@pytest.mark.parametrize(("start", "end", "ja", "en"), TIMED)
def test_a_timed_event_is_said_without_doubt_about_the_half_of_the_day(start, end, ja, en):
    last = end and at(end)
    assert formatting.say_when(at(start), last, False, "ja", today=TODAY) == ja
    assert formatting.say_when(at(start), last, False, "en", today=TODAY) == en


def test_without_a_today_the_year_is_always_said():
    assert formatting.say_when(at("2026-12-01T10:00"), None, False, "ja") == "2026年12月1日（火）午前10時から"


SPANS = [
    ("2027-04-15T10:00", "2027-04-15T12:00", False, "4/15(木) 10:00–12:00", "Thu 15 Apr 10:00–12:00"),
    ("2027-04-29T10:00", None, False, "4/29(木・祝) 10:00から", "Thu 29 Apr from 10:00"),
    ("2027-04-15T10:00", "2027-04-15T10:00", False, "4/15(木) 10:00", "Thu 15 Apr 10:00"),
    ("2027-04-15T17:30", "2027-04-16T00:00", False, "4/15(木) 17:30–翌0:00", "Thu 15 Apr 17:30 – 0:00 (next day)"),
    (
        "2027-04-15T09:00",
        "2027-04-17T17:00",
        False,
        "4/15(木) 9:00–4/17(土) 17:00",
        "Thu 15 Apr 9:00 – Sat 17 Apr 17:00",
    ),
    ("2027-04-15", None, True, "4/15(木)", "Thu 15 Apr"),
    ("2027-04-15", "2027-05-05", True, "4/15(木)–5/5(水・祝)", "Thu 15 Apr – Wed 5 May"),
]


@pytest.mark.parametrize(("start", "end", "all_day", "ja", "en"), SPANS)
def test_a_list_says_it_short(start, end, all_day, ja, en):
    last = end and at(end)
    assert formatting.say_span(at(start), last, all_day, "ja") == ja
    assert formatting.say_span(at(start), last, all_day, "en") == en


def test_machines_get_the_day_or_the_moment_with_its_offset():
    start = at("2027-04-15T10:00")
    assert formatting.iso(start, True, "Asia/Tokyo") == "2027-04-15"
    assert formatting.iso(start, False, "Asia/Tokyo") == "2027-04-15T10:00+09:00"
    assert formatting.iso(start, False, "Europe/Berlin") == "2027-04-15T10:00+02:00"


# Easy Japanese: words apart, no 〜, no 正午, the western year


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (time(0, 0), "午前0時"),
        (time(9, 5), "午前9時5分"),
        (time(12, 0), "昼の12時"),
        (time(12, 15), "昼の12時15分"),
        (time(13, 30), "午後1時30分"),
    ],
)
def test_easy_japanese_says_noon_as_twelve_at_midday(clock, said):
    assert formatting.say_time(clock, "easy") == said


def test_easy_japanese_says_weekdays_and_holidays_in_full():
    assert formatting.say_date(date(2026, 5, 4), "easy", today=TODAY) == "5月4日（月曜日・休みの日）"
    assert formatting.say_date(date(2026, 5, 6), "easy") == "2026年 5月6日（水曜日・休みの日）"
    assert formatting.weekday(date(2027, 4, 15), "easy") == "木曜日"
    assert formatting.holiday_word(date(2027, 4, 15), "easy") == ""
    assert formatting.month_title(2027, 4, "easy") == "2027年 4月"


EASY = [
    ("2026-04-15T10:00", "2026-04-15T12:00", False, "2026年 4月15日（水曜日） 午前10時から 昼の12時まで"),
    ("2027-04-15T17:30", "2027-04-16T00:00", False, "2027年 4月15日（木曜日） 午後5時30分から 夜の12時まで"),
    ("2027-04-15T16:00", "2027-04-16T02:00", False, "2027年 4月15日（木曜日） 午後4時から 次の日の 午前2時まで"),
    (
        *("2027-04-15T09:00", "2027-04-17T17:00", False),
        "2027年 4月15日（木曜日） 午前9時から 4月17日（土曜日） 午後5時まで",
    ),
    ("2027-04-15T10:00", None, False, "2027年 4月15日（木曜日） 午前10時から"),
    ("2027-04-15T10:00", "2027-04-15T10:00", False, "2027年 4月15日（木曜日） 午前10時"),
    ("2027-04-15", "2027-04-15", True, "2027年 4月15日（木曜日）"),
    ("2027-04-15", "2027-05-05", True, "2027年 4月15日（木曜日）から 5月5日（水曜日・休みの日）まで"),
    ("2026-12-28", "2027-01-04", True, "2026年 12月28日（月曜日）から 2027年 1月4日（月曜日）まで"),
]


@pytest.mark.parametrize(("start", "end", "all_day", "said"), EASY)
def test_easy_japanese_says_from_and_until(start, end, all_day, said):
    assert formatting.say_when(at(start), end and at(end), all_day, "easy") == said


@pytest.mark.parametrize(("start", "end", "all_day", "said"), EASY)
def test_easy_japanese_in_lists_leaves_out_the_year_alone(start, end, all_day, said):
    short = said.replace("2026年 ", "").replace("2027年 ", "")
    assert formatting.say_span(at(start), end and at(end), all_day, "easy") == short


# Reading dates

FULL_DATES = [
    "2027-04-15", "2027/4/15", "2027.4.15", "20270415", "2027年4月15日", "２０２７年４月１５日", "2027 年 4 月 15 日",
    "2027／04／15", "2027－4－15", "2027ー4ー15", "2027−4−15", " 2027-04-15\n", "2027/4/15(木)", "2027年4月15日（木曜日）",
    "2027年4月15日（木・祝）", "2027年4月15日木曜日", "2027年4月15日㈭", "2027/4/15 木", "20270415(木)", "2027-04-15 Thu",
    "令和9年4月15日", "令和９年４月１５日（木）", "㋿9年4月15日", "R9.4.15", "R9/4/15", "r09-04-15", "Ｒ９．４．１５", "R.9.4.15",
    "15 Apr 2027", "15 April 2027", "15th April, 2027", "Apr 15, 2027", "April 15 2027", "Thu 15 Apr 2027",
    "Thursday, April 15, 2027", "Thu, 15 Apr. 2027",
]  # fmt: skip


@pytest.mark.parametrize("text", FULL_DATES)
def test_a_full_date_is_read_however_it_is_typed(text):
    assert formatting.parse_date(text, TODAY) == date(2027, 4, 15)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("平成31年4月30日", date(2019, 4, 30)),
        ("平成31年5月1日", date(2019, 5, 1)),
        ("H31.4.30", date(2019, 4, 30)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R元.5.1", date(2019, 5, 1)),
        ("令和1年5月1日", date(2019, 5, 1)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("S39/10/10", date(1964, 10, 10)),
        ("大正元年8月1日", date(1912, 8, 1)),
        ("明治33年1月1日", date(1900, 1, 1)),
        ("2100-12-31", date(2100, 12, 31)),
        ("2028/2/29", date(2028, 2, 29)),
        ("2026年5月6日（水・振休）", date(2026, 5, 6)),
        ("2026年9月22日（火・祝）", date(2026, 9, 22)),
        ("2026/9/22（祝）", date(2026, 9, 22)),
    ],
)
def test_eras_and_holidays_are_read(text, day):
    assert formatting.parse_date(text, TODAY) == day


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("4/15", date(2027, 4, 15)),
        ("4-15", date(2027, 4, 15)),
        ("4月15日", date(2027, 4, 15)),
        ("４／１５（木）", date(2027, 4, 15)),
        ("4/15木", date(2027, 4, 15)),
        ("15 Apr", date(2027, 4, 15)),
        ("Apr 15", date(2027, 4, 15)),
        ("sept 3rd", date(2027, 9, 3)),
        ("11/23", date(2026, 11, 23)),
        ("11/22", date(2026, 11, 22)),
        ("11/22日", date(2026, 11, 22)),
        ("10/23", date(2026, 10, 23)),
        ("10/22", date(2027, 10, 22)),
        ("1/1", date(2027, 1, 1)),
        ("12/31", date(2026, 12, 31)),
        ("2/29", date(2028, 2, 29)),
        ("23日", date(2026, 11, 23)),
        ("22日", date(2026, 12, 22)),
        ("31日", date(2026, 12, 31)),
        ("29日（日）", date(2026, 11, 29)),
        ("今日", TODAY),
        ("本日（月・祝）", TODAY),
        ("明日", date(2026, 11, 24)),
        ("あす", date(2026, 11, 24)),
        ("明後日", date(2026, 11, 25)),
        ("today", TODAY),
        ("Tomorrow", date(2026, 11, 24)),
        ("今週の土曜", date(2026, 11, 28)),
        ("今週の日曜日", date(2026, 11, 29)),
        ("来週の月曜", date(2026, 11, 30)),
        ("再来週の水曜日", date(2026, 12, 9)),
        ("this Saturday", date(2026, 11, 28)),
        ("next Friday", date(2026, 12, 4)),
        ("next fri", date(2026, 12, 4)),
    ],
)
def test_a_date_without_a_year_is_the_next_or_one_of_the_last_31_days(text, day):
    assert formatting.parse_date(text, TODAY) == day


def test_a_week_ends_with_its_sunday_in_both_languages():
    sunday = date(2026, 11, 29)
    assert formatting.parse_date("今週の月曜", sunday) == formatting.parse_date("this Monday", sunday) == TODAY
    assert (
        formatting.parse_date("来週の月曜", sunday)
        == formatting.parse_date("next Monday", sunday)
        == date(2026, 11, 30)
    )


def test_a_day_typed_in_january_for_december_is_of_last_year_for_a_month():
    assert formatting.parse_date("12/20", date(2027, 1, 10)) == date(2026, 12, 20)
    assert formatting.parse_date("12/9", date(2027, 1, 10)) == date(2027, 12, 9)


def test_a_day_alone_skips_months_that_do_not_have_it():
    assert formatting.parse_date("31日", date(2027, 6, 1)) == date(2027, 7, 31)
    assert formatting.parse_date("30日", date(2027, 1, 31)) == date(2027, 3, 30)


def test_29_february_without_a_year_is_found_over_a_century_that_has_none():
    assert formatting.parse_date("2/29", date(1897, 1, 1)) == date(1904, 2, 29)
    assert refusal(formatting.parse_date, "2/29", date(2098, 4, 1)).code == "year_out_of_range"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("4月31日", "no_such_day"),
        ("2027-02-29", "no_such_day"),
        ("2/30", "no_such_day"),
        ("13/1", "no_such_day"),
        ("0/1", "no_such_day"),
        ("0月15日", "no_such_day"),
        ("32日", "no_such_day"),
        ("0日", "no_such_day"),
        ("31 April", "no_such_day"),
        ("2202-12-01", "year_out_of_range"),
        ("1899-12-31", "year_out_of_range"),
        ("27/4/15", "year_out_of_range"),
        ("27年4月15日", "year_out_of_range"),
        ("元年4月15日", "year_out_of_range"),
        ("令和99年1月1日", "year_out_of_range"),
        ("", "unreadable"),
        ("　", "unreadable"),
        ("未定", "unreadable"),
        ("4月中旬", "unreadable"),
        ("4月", "unreadable"),
        ("2027", "unreadable"),
        ("2027年15日", "unreadable"),
        ("2027-4/15", "unreadable"),
        ("令和0年4月15日", "unreadable"),
        ("15 Foo 2027", "unreadable"),
        ("Mon 15", "unreadable"),
        ("4/15〜5/5", "unreadable"),
        ("4/15 10:00", "unreadable"),
        ("٤/١٥", "unreadable"),
        ("四月十五日", "unreadable"),
        ("4/15" + " " * 80, "unreadable"),
        ("1" * 10_000, "unreadable"),
        ("\ufdfa" * 60, "unreadable"),
        ("\ud800", "unreadable"),
    ],
)
def test_what_is_no_date_is_refused_by_name(text, code):
    error = refusal(formatting.parse_date, text, TODAY)
    assert error.code == code
    assert formatting.message(error, "ja").endswith("。")
    assert formatting.message(error, "en").endswith(".")


def test_a_wrong_weekday_is_refused_with_the_right_one():
    error = refusal(formatting.parse_date, "2026年4月15日（木）", TODAY)
    assert error.code == "weekday_mismatch"
    assert error.parameters["day"] == date(2026, 4, 15)
    ja, en = formatting.message(error, "ja"), formatting.message(error, "en")
    assert ja == (
        "2026年4月15日は木曜日ではなく水曜日です（最も近い木曜日は4月16日です）。日付か曜日を直してください。"
    )
    assert en == (
        "2026-04-15 is a Wednesday, not a Thursday (the nearest Thursday is 2026-04-16)."
        " Please correct the date or the weekday."
    )


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("2027-04-15(水)", "4月14日"),
        ("2027-04-15(月)", "4月12日"),
        ("2027-04-15(日)", "4月18日"),
        ("2026-12-31(土)", "1月2日"),
    ],
)
def test_a_wrong_weekday_is_answered_with_the_nearest_day_that_has_it(text, nearest):
    assert nearest in formatting.message(refusal(formatting.parse_date, text, TODAY), "ja")


@pytest.mark.parametrize(
    "text", ["4/15(金)", "4/15 Fri", "Fri 15 Apr 2027", "明日（木）", "4月15日日曜日", "15日（木）"]
)
def test_a_weekday_is_checked_in_every_form(text):
    assert refusal(formatting.parse_date, text, TODAY).code == "weekday_mismatch"


# Reading times


@pytest.mark.parametrize(
    ("text", "hours", "minutes"),
    [
        ("10:00", 10, 0),
        ("１０：００", 10, 0),
        ("10:00:00", 10, 0),
        ("1000", 10, 0),
        ("930", 9, 30),
        ("0930", 9, 30),
        ("9", 9, 0),
        ("10時", 10, 0),
        ("10時半", 10, 30),
        ("10時30分", 10, 30),
        ("10 時 5 分", 10, 5),
        ("午前10時", 10, 0),
        ("午後1時半", 13, 30),
        ("午後１時３０分", 13, 30),
        ("午後 5:30", 17, 30),
        ("正午", 12, 0),
        ("昼の12時", 12, 0),
        ("昼の１２時半", 12, 30),
        ("夜の12時", 24, 0),
        ("夜中の12時15分", 24, 15),
        ("午前0時", 0, 0),
        ("午後0時15分", 12, 15),
        ("0:00", 0, 0),
        ("24:00", 24, 0),
        ("24時", 24, 0),
        ("25:30", 25, 30),
        ("2530", 25, 30),
        ("29:59", 29, 59),
        ("1pm", 13, 0),
        ("1:30 pm", 13, 30),
        ("1:30 p.m.", 13, 30),
        ("ＰＭ１：３０", 13, 30),
        ("10 AM", 10, 0),
        ("12am", 0, 0),
        ("12:30pm", 12, 30),
        ("noon", 12, 0),
        ("Midnight", 0, 0),
    ],
)
def test_a_time_is_read_however_it_is_typed(text, hours, minutes):
    assert formatting.parse_time(text) == timedelta(hours=hours, minutes=minutes)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("午後12時", "ambiguous_noon"),
        ("午前12時", "ambiguous_noon"),
        ("午後12時30分", "ambiguous_noon"),
        ("午後 12:30", "ambiguous_noon"),
        ("30:00", "no_such_time"),
        ("10:60", "no_such_time"),
        ("10:00:60", "no_such_time"),
        ("10時75分", "no_such_time"),
        ("午後13時", "no_such_time"),
        ("13pm", "no_such_time"),
        ("", "unreadable_time"),
        ("未定", "unreadable_time"),
        ("午前10時pm", "unreadable_time"),
        ("10:0", "unreadable_time"),
        ("10:00〜", "unreadable_time"),
        ("10:00〜12:00", "unreadable_time"),
        ("100000", "unreadable_time"),
        ("-1:00", "unreadable_time"),
        ("١٠:٠٠", "unreadable_time"),
        ("9" * 10_000, "unreadable_time"),
    ],
)
def test_what_is_no_time_is_refused_by_name(text, code):
    error = refusal(formatting.parse_time, text)
    assert error.code == code
    assert formatting.message(error, "ja").endswith("。")
    assert formatting.message(error, "en").endswith(".")


def test_twelve_in_the_afternoon_is_answered_with_both_readings():
    error = refusal(formatting.parse_time, "午後12時")
    assert all(word in formatting.message(error, "ja") for word in ("「午後12時」", "正午", "午前0時"))
    assert all(word in formatting.message(error, "en") for word in ("noon", "midnight"))


def test_a_refusal_repeats_no_more_than_was_allowed():
    assert len(refusal(formatting.parse_date, "x" * 10_000, TODAY).parameters["text"]) <= 80


# For every date, time and string

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
TYPED = st.text(max_size=80) | st.text("0123456789０９年月日時分半午前後正令和元(（・木)祝-/.:：〜 ampr", max_size=16)


@given(DAYS, DAYS, st.sampled_from(["ja", "en", "easy"]))
def test_a_date_that_we_say_we_also_read(day, today, lang):
    assert formatting.parse_date(formatting.say_date(day, lang), today) == day


@given(st.dates(date(2000, 1, 1), date(2000, 12, 31)), st.dates(date(1901, 1, 1), date(2090, 12, 31)))
def test_a_day_and_month_are_read_as_the_first_such_day_since_31_days_ago(day, today):
    read = formatting.parse_date(f"{day.month}月{day.day}日", today)
    assert (read.month, read.day) == (day.month, day.day)
    years = 8 if (day.month, day.day) == (2, 29) else 1
    assert today - timedelta(31) <= read <= today - timedelta(31) + timedelta(366 * years)


@given(st.times().map(lambda t: t.replace(second=0, microsecond=0)), st.sampled_from(["ja", "en", "easy"]))
def test_a_time_that_we_say_we_also_read(clock, lang):
    assert formatting.parse_time(formatting.say_time(clock, lang)) == timedelta(hours=clock.hour, minutes=clock.minute)


@given(st.integers(0, 29), st.integers(0, 59))
def test_every_hour_of_a_long_night_is_read(hour, minute):
    expected = timedelta(hours=hour, minutes=minute)
    assert formatting.parse_time(f"{hour}:{minute:02}") == formatting.parse_time(f"{hour}時{minute}分") == expected


@given(TYPED)
@example("㏠㋿元")
@example("İ")
@example("{text}")
def test_any_string_is_read_or_refused_with_a_sentence_and_nothing_else(text):
    for read in (lambda: formatting.parse_date(text, TODAY), lambda: formatting.parse_time(text)):
        try:
            read()
        except formatting.BadDate as error:
            formatting.message(error, "ja")
            formatting.message(error, "en")


def test_a_language_to_come_puts_the_year_where_its_phrase_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a catalog French borrows the English phrases, whose year is last; its names of days and months are its own."""
    monkeypatch.setitem(languages.LANGUAGES, "fr", languages.Language("Français", "fr", ("en", "ja"), spaced=True))
    first, last = at("2027-04-15"), at("2027-04-18")
    assert formatting.say_when(first, last, True, "fr") == "jeu. 15 avr. – dim. 18 avr. 2027"
    assert formatting.say_when(first, last.replace(year=2028), True, "fr") == "jeu. 15 avr. 2027 – mar. 18 avr. 2028"

"""Further times and lists of dates, as people type them."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_app.dates.parse import BadDate, message
from calendar_app.dates.parse_lists import MOST_LINES, parse_lines, parse_slots, say_lines, say_slots

TODAY = date(2027, 3, 1)


@pytest.mark.parametrize(
    ("typed", "slots"),
    [
        ("", []),
        ("13:00-14:30", [("13:00", "14:30")]),
        ("13:00〜14:30、15時から16時半まで", [("13:00", "14:30"), ("15:00", "16:30")]),
        ("１３：００－１４：３０\n15時", [("13:00", "14:30"), ("15:00", "")]),
        ("午後1時半〜3時", [("13:30", "15:00")]),
        ("正午〜午後1時", [("12:00", "13:00")]),
        ("22:00-24:00", [("22:00", "00:00")]),
        ("22:00-0:00", [("22:00", "00:00")]),
        ("午後10時〜2時", [("22:00", "02:00")]),
        ("正午〜1時、昼の12時から2時まで", [("12:00", "13:00"), ("12:00", "14:00")]),
    ],
)
def test_times_of_a_day(typed: str, slots: list[tuple[str, str]]) -> None:
    assert parse_slots(typed) == slots


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("4/15", (datetime(2027, 4, 15), None, False)),
        ("4/15 10:00-12:00", (datetime(2027, 4, 15, 10), datetime(2027, 4, 15, 12), True)),
        ("4月20日（火）13時〜", (datetime(2027, 4, 20, 13), None, True)),
        ("4月20日（火）午後1時から午後3時まで", (datetime(2027, 4, 20, 13), datetime(2027, 4, 20, 15), True)),
        ("2028-02-10", (datetime(2028, 2, 10), None, False)),
        ("令和9年9月9日 16:00〜26:00", (datetime(2027, 9, 9, 16), datetime(2027, 9, 10, 2), True)),
        ("9/9 22:00-2:00", (datetime(2027, 9, 9, 22), datetime(2027, 9, 10, 2), True)),
    ],
)
def test_one_date_a_line(typed: str, line: tuple[datetime, datetime | None, bool]) -> None:
    assert parse_lines(typed, TODAY) == [line]


@pytest.mark.parametrize(
    "typed", ["15時まで", "13:00 15:00", "25:00-26:00", "24:00", "2:00-26:00", "13:00〜15:00〜17:00"]
)
def test_times_that_could_be_taken_amiss_are_refused(typed: str) -> None:
    with pytest.raises(BadDate):
        parse_slots(typed)


@pytest.mark.parametrize("typed", ["4/15 15時まで", "4/15 10:00 12:00", "4/110:00", "4/15 10:00-34:00"])
def test_lines_that_could_be_taken_amiss_are_refused(typed: str) -> None:
    with pytest.raises(BadDate):
        parse_lines(typed, TODAY)


@pytest.mark.parametrize("typed", ["4/15 22:00-24:00", "4/15 2:00-27:00", "4/15 10:00-10:00", "4/15 午後10時〜2時"])
def test_an_end_in_the_night_survives_the_form(typed: str) -> None:
    lines = parse_lines(typed, TODAY)
    ((start, end, _),) = lines
    assert end
    assert end.date() == start.date() + timedelta(days=1)
    assert parse_lines(say_lines(lines), TODAY) == lines


def test_the_piece_that_cannot_be_read_is_named() -> None:
    with pytest.raises(BadDate) as refused:
        parse_lines("4/15 10:00\n4月20日（月）13時", TODAY)
    assert message(refused.value, "ja").startswith("「4月20日（月）13時」：2027年4月20日は月曜日ではなく火曜日です")
    with pytest.raises(BadDate) as refused:
        parse_slots("13:00-14:30、だいたい三時")
    assert message(refused.value, "en").startswith("“だいたい三時”: This cannot be read as a time")


def test_a_list_without_end_is_refused() -> None:
    with pytest.raises(BadDate) as refused:
        parse_lines("4/15\n" * (MOST_LINES + 1), TODAY)
    assert str(MOST_LINES) in message(refused.value, "ja")
    with pytest.raises(BadDate):
        parse_slots("13:00、" * (MOST_LINES + 1))


def test_a_long_piece_is_named_by_its_beginning() -> None:
    with pytest.raises(BadDate) as refused:
        parse_lines("あ" * 5000, TODAY)
    assert len(message(refused.value, "ja")) < 300


NIGHTS = st.sampled_from([time(0), time(23, 59), time(12)])  # where a day or its half ends
TIMES = NIGHTS | st.times().map(lambda one: one.replace(second=0, microsecond=0))
DATES = st.dates(date(2020, 1, 1), date(2040, 1, 1))


@given(lines=st.lists(st.tuples(DATES, TIMES, st.none() | TIMES), max_size=5))
def test_what_is_written_is_read_back(lines: list[tuple[date, time, time | None]]) -> None:
    made = [_line(day, begin, end) for day, begin, end in lines]
    assert parse_lines(say_lines(made), TODAY) == made


def _line(day: date, begin: time, until: time | None) -> tuple[datetime, datetime | None, bool]:
    start, end = datetime.combine(day, begin), datetime.combine(day, until) if until else None
    return start, end + timedelta(days=1) if end and end <= start else end, True


@given(slots=st.lists(st.tuples(TIMES, st.none() | TIMES), max_size=4))
def test_slots_are_read_back(slots: list[tuple[time, time | None]]) -> None:
    stored = [(f"{begin:%H:%M}", f"{end:%H:%M}" if end else "") for begin, end in slots]
    assert parse_slots(say_slots(stored)) == stored

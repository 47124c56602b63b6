"""A search names days in words and figures; other words stay words."""

from datetime import date

import pytest

from calendar_app.dates.search_days import take_days

TODAY = date(2026, 11, 28)  # a Saturday


@pytest.mark.parametrize(
    ("typed", "rest", "first", "last"),
    [
        ("今週末", "", "2026-11-28", "2026-11-29"),
        ("来週末 桜", "桜", "2026-12-05", "2026-12-06"),
        ("this weekend", "", "2026-11-28", "2026-11-29"),
        ("music next weekend", "music", "2026-12-05", "2026-12-06"),
        ("明日の催し", "", "2026-11-29", "2026-11-29"),
        ("12月1日", "", "2026-12-01", "2026-12-01"),
        ("雪 12/1", "雪", "2026-12-01", "2026-12-01"),
        ("来週", "", "2026-11-30", "2026-12-06"),
        ("今週", "", "2026-11-28", "2026-11-29"),
        ("来月", "", "2026-12-01", "2026-12-31"),
        ("2月", "", "2027-02-01", "2027-02-28"),
        ("2027年4月 桜", "桜", "2027-04-01", "2027-04-30"),
    ],
)
def test_days_are_taken_out_of_the_words(typed: str, rest: str, first: str, last: str) -> None:
    assert take_days(typed, TODAY) == (rest, (date.fromisoformat(first), date.fromisoformat(last)))


@pytest.mark.parametrize("typed", ["桜", '"明日"', "2027", "-明日", "13月", "2月30日", "明日香", ""])
def test_other_words_stay(typed: str) -> None:
    assert take_days(typed, TODAY) == (typed, None)

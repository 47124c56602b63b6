from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from calendar_app.dates import formatting, month_grid

APRIL = formatting.month_weeks(2027, 4)


@dataclass(frozen=True)
class Stay:
    first_day: date
    last_day: date


def stay(first: str, last: str = "") -> Stay:
    return Stay(date.fromisoformat(first), date.fromisoformat(last or first))


def test_a_band_is_one_cell_in_each_week_it_touches():
    season = stay("2027-04-15", "2027-05-05")
    weeks = month_grid.month(APRIL, [season])
    cells = [cell for week in weeks for lane in week.lanes for cell in lane if cell.item]
    assert [(cell.span, cell.begins, cell.ends) for cell in cells] == [
        (3, True, False),
        (7, False, False),
        (6 + 1, False, False),
    ]


def test_bands_that_do_not_meet_share_a_lane_and_those_that_meet_do_not():
    week = month_grid.month(APRIL[1:2], [stay("2027-04-04", "2027-04-05"), stay("2027-04-06", "2027-04-07")])[0]
    assert len(week.lanes) == 1
    week = month_grid.month(APRIL[1:2], [stay("2027-04-04", "2027-04-06"), stay("2027-04-06", "2027-04-07")])[0]
    assert len(week.lanes) == 2


def test_what_lasts_a_day_stands_under_its_day_in_the_order_given():
    first, second = stay("2027-04-20"), stay("2027-04-20")
    week = next(week for week in month_grid.month(APRIL, [first, second]) if dict(week.days).get(date(2027, 4, 20)))
    assert dict(week.days)[date(2027, 4, 20)] == (first, second)
    assert week.lanes == ()


def test_a_list_names_each_item_once_and_the_running_ones_first():
    running, later = stay("2027-03-20", "2027-04-10"), stay("2027-04-03", "2027-04-04")
    assert month_grid.by_day([running, later], date(2027, 4, 1)) == {
        date(2027, 4, 1): [running],
        date(2027, 4, 3): [later],
    }


def test_a_year_keeps_the_first_day_of_each_word():
    seen = [
        (2026, "満開", date(2026, 4, 22)),
        (2027, "満開", date(2027, 4, 20)),
        (2027, "開花", date(2027, 4, 16)),
        (2027, "満開", date(2027, 4, 19)),
    ]
    years = month_grid.by_year(seen)
    assert list(years) == [2027, 2026]
    assert years[2027] == {"開花": date(2027, 4, 16), "満開": date(2027, 4, 19)}


def test_years_are_compared_by_the_words_they_share_in_the_order_of_the_season():
    years = month_grid.by_year(
        [
            (2025, "雪どけ", date(2026, 3, 28)),
            (2025, "初雪", date(2025, 12, 2)),
            (2026, "初雪", date(2026, 12, 5)),
            (2026, "雪どけ", date(2027, 3, 30)),
            (2026, "積雪35cm", date(2027, 1, 10)),
        ]
    )
    assert month_grid.shared_words(years) == ["初雪", "雪どけ"]


@given(
    st.lists(st.tuples(st.dates(date(2027, 3, 1), date(2027, 5, 31)), st.integers(0, 40)), max_size=12).map(
        lambda pairs: [Stay(first, first + timedelta(days)) for first, days in pairs]
    )
)
def test_every_lane_is_seven_days_wide_and_every_item_is_on_each_of_its_weeks(stays: list[Stay]):
    for week in month_grid.month(APRIL, stays):
        days = [day for day, _ in week.days]
        assert all(sum(cell.span for cell in lane) == 7 for lane in week.lanes)
        shown = [cell.item for lane in week.lanes for cell in lane if cell.item] + [
            one for _, alone in week.days for one in alone
        ]
        touching = [one for one in stays if one.first_day <= days[-1] and one.last_day >= days[0]]
        assert sorted(shown, key=repr) == sorted(touching, key=repr)

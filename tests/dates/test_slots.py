"""A series with several slots a day, taken apart: the same dates, each once."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from calendar_app.dates.recurrence import Override, Repeat, Slot, expand
from calendar_app.dates.slots import by_slot
from dates.test_recurrence import repeats

HORIZON = date(2036, 1, 1)
TALE = Repeat(
    datetime(2027, 4, 4, 10),
    datetime(2027, 4, 4, 11),
    rule="FREQ=WEEKLY;COUNT=4",
    slots=(Slot(time(13), time(14, 30)), Slot(time(22), time(1)), Slot(time(16))),
)


def spans(repeat: Repeat) -> list[tuple[datetime, datetime | None]]:
    return [(instance.start, instance.end) for instance in expand(repeat, HORIZON)]


def test_each_slot_is_a_series_with_the_rule_and_its_own_length() -> None:
    slots = by_slot(TALE)
    assert {slot.rule for slot in slots} == {TALE.rule}
    assert [spans(slot)[1] for slot in slots] == [
        (datetime(2027, 4, 11, 10), datetime(2027, 4, 11, 11)),
        (datetime(2027, 4, 11, 13), datetime(2027, 4, 11, 14, 30)),
        (datetime(2027, 4, 11, 22), datetime(2027, 4, 12, 1)),
        (datetime(2027, 4, 11, 16), datetime(2027, 4, 11, 17)),
    ]


def test_a_change_and_an_exception_touch_one_slot_and_a_bare_day_all() -> None:
    off = Override(datetime(2027, 4, 11, 13), status="cancelled")
    changed = replace(TALE, overrides=(off,), exdates=(datetime(2027, 4, 18, 10), datetime(2027, 4, 25)))
    first, second, *_ = (expand(slot, HORIZON) for slot in by_slot(changed))
    assert [(one.original.day, one.status) for one in first] == [(4, None), (11, None)]
    assert [(one.original.day, one.status) for one in second] == [(4, None), (11, "cancelled"), (18, None)]


def test_an_extra_date_has_every_slot_unless_it_has_a_time_of_its_own() -> None:
    extra = replace(TALE, rdates=(datetime(2027, 5, 5), datetime(2027, 5, 6, 10), datetime(2027, 5, 7, 18)))
    days = [[one.original.day for one in expand(slot, HORIZON)[4:]] for slot in by_slot(extra)]
    assert days == [[5, 6, 7], [5, 6], [5, 6], [5, 6]]


def test_without_further_slots_nothing_is_taken_apart() -> None:
    plain, whole_days = replace(TALE, slots=()), replace(TALE, all_day=True)
    assert (by_slot(plain), by_slot(whole_days)) == ([plain], [whole_days])


CLOCKS = st.sampled_from([time(), time(1), time(10), time(11), time(12), time(22, 30), time(23, 30)])
FURTHER = st.lists(st.builds(Slot, CLOCKS, st.none() | CLOCKS), min_size=1, max_size=3).map(tuple)


@given(repeat=repeats(), slots=FURTHER, nudge=st.booleans())
def test_the_slots_together_have_the_dates_of_the_whole(repeat: Repeat, slots: tuple[Slot, ...], nudge: bool) -> None:
    """Extra dates lie on the hours of slots, too. A slot at the first hour lengthens them, so it is left out here."""
    slots = tuple(slot for slot in slots if slot.start != repeat.start.time())
    if nudge:
        repeat = replace(repeat, rdates=tuple(day + timedelta(hours=1) for day in repeat.rdates))
    whole = replace(repeat, slots=slots)
    parts = [instance for slot in by_slot(whole) for instance in expand(slot, date.max)]
    assert sorted(parts, key=lambda one: (one.start, one.original)) == expand(whole, date.max)
    assert len({one.original for one in parts}) == len(parts)

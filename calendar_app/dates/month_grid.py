"""Lay out time as tables: a month with bands of several days in few rows; the stages of a season year by year.

Pure: it knows only the first and last day, inclusive, of its items.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Generic, Protocol, TypeVar


class Spanning(Protocol):
    @property
    def first_day(self) -> date: ...

    @property
    def last_day(self) -> date: ...


T = TypeVar("T", bound=Spanning)


@dataclass(frozen=True, slots=True)
class Cell(Generic[T]):
    """Part of a row: `span` days of one item, or one empty day. `begins` and `ends` tell that the week does not cut it off."""

    item: T | None
    span: int = 1
    begins: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Week(Generic[T]):
    """One week. `days` holds the dates with the items of that day alone; `lanes` are rows of bands, each seven days wide."""

    days: tuple[tuple[date, tuple[T, ...]], ...]
    lanes: tuple[tuple[Cell[T], ...], ...]


def month(weeks: Iterable[Sequence[date]], items: Sequence[T]) -> list[Week[T]]:
    """Lay out items, sorted by time, over these weeks."""
    return [_week(days, items) for days in weeks]


def by_day(items: Iterable[T], first: date) -> dict[date, list[T]]:
    """Group items by their first day; those that began before `first` stand under `first`."""
    days: dict[date, list[T]] = {}
    for item in items:
        days.setdefault(max(item.first_day, first), []).append(item)
    return dict(sorted(days.items()))


def by_year(seen: Iterable[tuple[int, str, date]]) -> dict[int, dict[str, date]]:
    """Return the first day of each stage in each year, newest year first, from (year, stage, day)."""
    years: dict[int, dict[str, date]] = {}
    for year, word, day in seen:
        words = years.setdefault(year, {})
        words[word] = min(day, words.get(word, day))
    return dict(sorted(years.items(), reverse=True))


def thirds(item: Spanning, year: int) -> tuple[int, int, int]:
    """Place a season among the 36 thirds of a year (上旬, 中旬, 下旬). Returns the numbers of thirds before, in and after it."""
    first = _third(item.first_day) if item.first_day.year == year else 0
    last = _third(item.last_day) if item.last_day.year == year else 35
    return first, last - first + 1, 35 - last


def _third(day: date) -> int:
    return (day.month - 1) * 3 + min((day.day - 1) // 10, 2)


def shared_words(years: Mapping[int, Mapping[str, date]]) -> list[str]:
    """Return the stages that occur in two years or more, by the earliest day of the year.

    A season that goes over the new year belongs to its first year: its days count on.
    """
    earliest: dict[str, timedelta] = {}
    for year, words in years.items():
        for word, day in words.items():
            since = day - date(year, 1, 1)
            earliest[word] = min(since, earliest.get(word, since))
    often = Counter(word for words in years.values() for word in words)
    return sorted((word for word in earliest if often[word] > 1), key=lambda word: earliest[word])


def _week(days: Sequence[date], items: Sequence[T]) -> Week[T]:
    touching = [item for item in items if item.first_day <= days[-1] and item.last_day >= days[0]]
    bands = [item for item in touching if item.first_day < item.last_day]
    alone = [item for item in touching if item.first_day == item.last_day]
    return Week(
        days=tuple((day, tuple(item for item in alone if item.first_day == day)) for day in days),
        lanes=tuple(_lane(days, lane) for lane in _packed(days, bands)),
    )


def _packed(days: Sequence[date], bands: Iterable[T]) -> list[list[T]]:
    """Put each band of a week into the first free row. Longer bands come first."""
    lanes: list[list[T]] = []
    for band in sorted(bands, key=lambda item: (max(item.first_day, days[0]), -item.last_day.toordinal())):
        free = (lane for lane in lanes if lane[-1].last_day < band.first_day)
        if (lane := next(free, None)) is not None:
            lane.append(band)
        else:
            lanes.append([band])
    return lanes


def _lane(days: Sequence[date], bands: Iterable[T]) -> tuple[Cell[T], ...]:
    cells: list[Cell[T]] = []
    column = 0
    for band in bands:
        first = max(0, (band.first_day - days[0]).days)
        last = min(len(days) - 1, (band.last_day - days[0]).days)
        cells += [Cell(None)] * (first - column)
        cells.append(Cell(band, last - first + 1, band.first_day >= days[0], band.last_day <= days[-1]))
        column = last + 1
    return (*cells, *[Cell(None)] * (len(days) - column))

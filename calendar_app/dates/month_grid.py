"""Time as tables: a month with its bands of several days in as few rows as they need; a season's stages year by year.

Pure: it knows only the first and the last day (inclusive) of what it lays out.
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
    """A stretch of a row: `span` days of one item, or one empty day. `begins` and `ends`: not cut off by the week."""

    item: T | None
    span: int = 1
    begins: bool = False
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Week(Generic[T]):
    """`lanes` are the rows of bands, each exactly seven days wide; `days` the dates, with what lasts that day alone."""

    days: tuple[tuple[date, tuple[T, ...]], ...]
    lanes: tuple[tuple[Cell[T], ...], ...]


def month(weeks: Iterable[Sequence[date]], items: Sequence[T]) -> list[Week[T]]:
    """Lay out `items`, given in order of time, over these weeks."""
    return [_week(days, items) for days in weeks]


def by_day(items: Iterable[T], first: date) -> dict[date, list[T]]:
    """Each item once, under the day on which it begins; what began before `first` stands under `first`."""
    days: dict[date, list[T]] = {}
    for item in items:
        days.setdefault(max(item.first_day, first), []).append(item)
    return dict(sorted(days.items()))


def by_year(seen: Iterable[tuple[int, str, date]]) -> dict[int, dict[str, date]]:
    """The first day of each word in each year, newest year first."""
    years: dict[int, dict[str, date]] = {}
    for year, word, day in seen:
        words = years.setdefault(year, {})
        words[word] = min(day, words.get(word, day))
    return dict(sorted(years.items(), reverse=True))


def thirds(item: Spanning, year: int) -> tuple[int, int, int]:
    """Where a season lies among the 36 thirds of a year's months (上旬, 中旬, 下旬): how many before, in it, after."""
    first = _third(item.first_day) if item.first_day.year == year else 0
    last = _third(item.last_day) if item.last_day.year == year else 35
    return first, last - first + 1, 35 - last


def _third(day: date) -> int:
    return (day.month - 1) * 3 + min((day.day - 1) // 10, 2)


def shared_words(years: Mapping[int, Mapping[str, date]]) -> list[str]:
    """The words that can be compared, those of two years or more, as early as they ever came.

    A season that goes over the new year is one year's: its days count on.
    """
    earliest: dict[str, timedelta] = {}
    for year, words in years.items():
        for word, day in words.items():
            since = day - date(year, 1, 1)
            earliest[word] = min(since, earliest.get(word, since))
    often = Counter(word for words in years.values() for word in words)
    return sorted((word for word in earliest if often[word] > 1), key=lambda word: earliest[word])


def _week(days: Sequence[date], items: Sequence[T]) -> Week[T]:
    touching = [one for one in items if one.first_day <= days[-1] and one.last_day >= days[0]]
    bands = [one for one in touching if one.first_day < one.last_day]
    alone = [one for one in touching if one.first_day == one.last_day]
    return Week(
        days=tuple((day, tuple(one for one in alone if one.first_day == day)) for day in days),
        lanes=tuple(_lane(days, lane) for lane in _packed(days, bands)),
    )


def _packed(days: Sequence[date], bands: Iterable[T]) -> list[list[T]]:
    """The bands of a week, each in the first row that is free from its beginning on. Longer ones come to lie higher."""
    lanes: list[list[T]] = []
    for band in sorted(bands, key=lambda one: (max(one.first_day, days[0]), -one.last_day.toordinal())):
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

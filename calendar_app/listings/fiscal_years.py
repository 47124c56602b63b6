"""What took place in a 年度, April to March: the years that there are, and one of them month by month.

Every public event stays in its year, a cancelled one too; what goes over the end of March is in both.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from calendar_app.db.models import Event, Occurrence
from calendar_app.entries import describe
from calendar_app.listings import queries
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.text.languages import Words

YEARS = range(1900, 2201)
YEAR = Words({"ja": "{}年度", "en": "Fiscal year {}"})


@dataclass(frozen=True, slots=True)
class Line:
    """An event: its first date in the year, and how many more follow."""

    occurrence: Occurrence
    more: int

    @property
    def event(self) -> Event:
        return self.occurrence.event

    @property
    def status(self) -> str:
        """Of the one date, if there is no other: one cancelled market day does not cancel the market."""
        return self.event.status if self.more else describe.status(self.occurrence)


@dataclass(frozen=True, slots=True)
class Month:
    """What began in a month. `vague` are those of which nobody said the day."""

    first: date
    dated: tuple[Line, ...]
    vague: tuple[Line, ...]


def days(year: int) -> tuple[date, date]:
    """The first and the last day."""
    return date(year, 4, 1), date(year + 1, 3, 31)


def say(year: int, lang: str) -> str:
    return YEAR[lang].format(year)


def counts(session: Session, wanted: Filter = EVERYTHING) -> dict[int, int]:
    """How many public events each year has, the latest year first."""
    query = (
        select(Occurrence.event_id, _year_of(Occurrence.first_day), _year_of(Occurrence.last_day))
        .join(Occurrence.event)
        .where(Event.state == "published", *wanted.conditions())
        .distinct()
    )
    rows = session.execute(query)
    found = Counter(year for _, year in {(id_, year) for id_, begin, end in rows for year in range(begin, end + 1)})
    return {year: found[year] for year in sorted(found, reverse=True) if year in YEARS}


def _year_of(day: InstrumentedAttribute[date]) -> ColumnElement[int]:
    """As `dates.fiscal_year`, in SQL."""
    before_april = sa.cast(func.extract("month", day), sa.Integer) < 4
    return sa.cast(func.extract("year", day), sa.Integer) - sa.case((before_april, 1), else_=0)


def occurrences(session: Session, year: int, wanted: Filter = EVERYTHING) -> list[Occurrence]:
    """Every public date of the year, in order of time; none of a year that no archive has."""
    return queries.occurrences(session, *days(year), wanted) if year in YEARS else []


def events(found: Iterable[Occurrence]) -> list[Event]:
    """Each event once."""
    return list(dict.fromkeys(one.event for one in found))


def months(found: Iterable[Occurrence], year: int) -> list[Month]:
    """Each event once, in the month of its first date; what began before the year stands in April."""
    grouped: dict[int, list[Occurrence]] = {}
    for one in found:
        grouped.setdefault(one.event_id, []).append(one)
    by_month: dict[date, list[Line]] = {}
    for same in grouped.values():
        first = max(same[0].first_day, days(year)[0]).replace(day=1)
        by_month.setdefault(first, []).append(Line(same[0], len(same) - 1))
    return [_month(first, by_month[first]) for first in sorted(by_month)]


def _month(first: date, lines: list[Line]) -> Month:
    dated = tuple(line for line in lines if line.event.precision == "exact")
    return Month(first, dated, tuple(line for line in lines if line.event.precision != "exact"))

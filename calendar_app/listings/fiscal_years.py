"""List past events by fiscal year (in Japan 年度, April to March): the years that have events, and one year month by month.

Every public event stays in its year, cancelled ones too. One that runs past the end of a year is in both years.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from calendar_app.dates import formatting
from calendar_app.db.models import Event, Occurrence
from calendar_app.entries import describe
from calendar_app.listings import queries
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.text import countries
from calendar_app.text.languages import Words

YEARS = range(1900, 2201)
YEAR = Words({"ja": "{}年度", "en": "Fiscal year {}"})


@dataclass(frozen=True, slots=True)
class Line:
    """An event: its first date in the year, and the number of further dates."""

    occurrence: Occurrence
    more: int

    @property
    def event(self) -> Event:
        return self.occurrence.event

    @property
    def status(self) -> str:
        """The status of the date when it is the only one, or else of the event: one cancelled market day does not
        cancel the market."""
        return self.event.status if self.more else describe.status(self.occurrence)


@dataclass(frozen=True, slots=True)
class Month:
    """The events that began in a month. `vague` are those without an exact day."""

    first: date
    dated: tuple[Line, ...]
    vague: tuple[Line, ...]


def days(year: int) -> tuple[date, date]:
    """Return the first and the last day of a fiscal year."""
    return formatting.fiscal_start(year), formatting.fiscal_start(year + 1) - timedelta(days=1)


def say(year: int, lang: str) -> str:
    """Return the name of a fiscal year: 「2026年度」."""
    return YEAR[lang].format(year)


def counts(session: Session, wanted: Filter = EVERYTHING) -> dict[int, int]:
    """Return the number of public events by year, the latest year first."""
    query = (
        select(Occurrence.event_id, _year_of(Occurrence.first_day), _year_of(Occurrence.last_day))
        .join(Occurrence.event)
        .where(Event.state == "published", *wanted.conditions())
        .distinct()
    )
    rows = session.execute(query)
    numbers = Counter(year for _, year in {(id_, year) for id_, begin, end in rows for year in range(begin, end + 1)})
    return {year: numbers[year] for year in sorted(numbers, reverse=True) if year in YEARS}


def _year_of(day: InstrumentedAttribute[date]) -> ColumnElement[int]:
    """Return `dates.fiscal_year` as SQL."""
    before = sa.cast(func.extract("month", day), sa.Integer) < countries.here().fiscal_month
    return sa.cast(func.extract("year", day), sa.Integer) - sa.case((before, 1), else_=0)


def occurrences(session: Session, year: int, wanted: Filter = EVERYTHING) -> list[Occurrence]:
    """Return every public date of the year in order of time; [] for a year outside YEARS."""
    return queries.occurrences(session, *days(year), wanted) if year in YEARS else []


def events(occurrences: Iterable[Occurrence]) -> list[Event]:
    """Return each event once."""
    return list(dict.fromkeys(occurrence.event for occurrence in occurrences))


def months(occurrences: Iterable[Occurrence], year: int) -> list[Month]:
    """Return each event once, in the month of its first date. Events that began before the year are in its first month."""
    grouped: dict[int, list[Occurrence]] = {}
    for occurrence in occurrences:
        grouped.setdefault(occurrence.event_id, []).append(occurrence)
    by_month: dict[date, list[Line]] = {}
    for same in grouped.values():
        first = max(same[0].first_day, days(year)[0]).replace(day=1)
        by_month.setdefault(first, []).append(Line(same[0], len(same) - 1))
    return [_month(first, by_month[first]) for first in sorted(by_month)]


def _month(first: date, lines: list[Line]) -> Month:
    dated = tuple(line for line in lines if line.event.precision == "exact")
    return Month(first, dated, tuple(line for line in lines if line.event.precision != "exact"))

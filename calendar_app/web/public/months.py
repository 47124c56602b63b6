"""The page of a month, and what it shares with the page of a day."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from flask import Response, abort, url_for
from sqlalchemy import select

from calendar_app.dates import formatting, month_grid
from calendar_app.db.models import Category
from calendar_app.entries import last_changes
from calendar_app.feeds import deadlines
from calendar_app.listings import date_outlines, filters
from calendar_app.listings.date_outlines import DateOutline
from calendar_app.web import depends_on, lang, page, requested_filter, session, today

SATURDAY, SUNDAY = 5, 6
# Search engines may not index months further away, because they would follow the calendar for ever.
INDEXED_BACK, INDEXED_AHEAD = timedelta(days=2 * 365), timedelta(days=3 * 365)


def exact(occurrences: Iterable[DateOutline]) -> list[DateOutline]:
    """The occurrences whose day is known."""
    return [occurrence for occurrence in occurrences if occurrence.exact]


def without_day(occurrences: Iterable[DateOutline]) -> list[DateOutline]:
    """The occurrences without a known day. Each covers all possible days, so none may appear on a day or as a band."""
    return [occurrence for occurrence in occurrences if not occurrence.exact]


def date_of(year: int, month: int, day: int = 1) -> date:
    """The day of an address. Raises NotFound when no calendar has it."""
    try:
        return date(year, month, day)
    except ValueError:
        abort(404)


def days_from(day: date, days: int) -> date | None:
    """The day `days` later; None outside the range of dates."""
    try:
        return day + timedelta(days)
    except OverflowError:
        return None


def indexed(day: date) -> bool:
    """Whether search engines may index the page of this day."""
    return today() - INDEXED_BACK <= day <= today() + INDEXED_AHEAD


class DayWords(NamedTuple):
    """A day in the words of a month's cell: its date, the mark of its holiday, and the class of its colour."""

    date: str
    holiday: str
    colour: str


@lru_cache(4096)
def day_words(day: date, lang: str) -> DayWords:
    """The words of a day, which each month shows twice for each of its days."""
    name = formatting.holiday(day)
    colour = "sunday" if name or day.weekday() == SUNDAY else "saturday" if day.weekday() == SATURDAY else ""
    word = formatting.holiday_name(day, lang) or formatting.holiday_word(day, lang)
    return DayWords(formatting.say_date(day, lang), word, colour)


def day_addresses(terms: Mapping[str, Any]) -> Callable[[date], str]:
    """Return a function that gives the address of a day's page in a filter: a month links seventy of them."""
    _, _, query = url_for("pages.day", year=1, month=1, day=1, **terms).partition("?")
    end = f"?{query}" if query else ""
    return lambda day: f"/calendar/{day.year:04}/{day.month:02}/{day.day:02}{end}"


def month_page(year: int, month: int) -> Response:
    """Show a month in the filter of this request. Raises NotFound for a month at the ends of the calendar."""
    first = date_of(year, month)
    if not 1 < year < 9999:  # the first or last week would leave the range of dates
        abort(404)
    weeks = formatting.month_weeks(year, month)
    following = (first + timedelta(days=31)).replace(day=1)
    site_filter = requested_filter()
    occurrences = date_outlines.on_days(session, weeks[0][0], weeks[-1][-1], site_filter)
    depends_on(last_changes.months(weeks[0][0], weeks[-1][-1]))
    inside = [
        occurrence for occurrence in occurrences if occurrence.first_day < following and occurrence.last_day >= first
    ]
    return page(
        "public/month.html",
        site_filter,
        first=first,
        previous=(first - timedelta(days=1)).replace(day=1),
        following=following,
        indexed=indexed(first),
        near=indexed,
        weeks=month_grid.month(weeks, exact(occurrences)),
        opened=_opened(first, following, exact(inside)),
        vague=without_day(inside),
        applications=deadlines.between(session, first, following - timedelta(days=1), site_filter, listed=True),
        occurrences=inside,
        filter_words=filters.words(session, site_filter, lang()),
        categories=_categories(occurrences),
    )


def _opened(first: date, following: date, dates: Iterable[DateOutline]) -> date:
    """The day whose list a phone opens: today, or in another month the first day on which something begins."""
    if first <= today() < following:
        return today()
    return next((date.first_day for date in dates if date.first_day >= first), first)


def _categories(occurrences: Iterable[DateOutline]) -> list[Category]:
    ids = {occurrence.category_id for occurrence in occurrences}
    return [category for category in session.scalars(select(Category).order_by(Category.id)) if category.id in ids]

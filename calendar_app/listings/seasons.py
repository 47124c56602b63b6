"""A season as its page tells it: how it stands at each place, how it came to that, the years before, what is part of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from calendar_app.dates import month_grid
from calendar_app.db.models import Announcement, Event, Occurrence
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.listings import queries
from calendar_app.text.season_stages import CROWDS

EDITIONS_BACK = 10


@dataclass(frozen=True, slots=True)
class Record:
    """What was announced of a season: `reports` of its state, latest sighting first, and other `news`, newest first.

    `newest` are the reports that hold now, one a place. `years` are the first days of each word by the year of the edition, `words` those that can be compared.
    """

    news: list[Announcement]
    reports: list[Announcement]
    newest: list[Announcement]
    editions: dict[int, Event]
    years: dict[int, dict[str, date]]
    words: list[str]


def record(session: Session, event: Event, site_view: SiteView, today: date) -> Record:
    found = editions(event)
    told = queries.about(session, found)
    about = [one for one in told if one.about_id == event.id]
    reports = [one for one in about if one.headline]
    years = _years(found, told, site_view)
    over = all(one.last_day < today for one in event.occurrences)
    return Record(
        news=[one for one in about if not one.headline],
        reports=sorted(reports, key=lambda one: describe.seen_at(one, site_view), reverse=True),
        newest=[] if over else _newest(reports, set(session.scalars(queries.replaced_ids()))),
        editions={one.start.year: one for one in reversed(found)},
        years=years,
        words=month_grid.shared_words(years),
    )


def editions(event: Event) -> list[Event]:
    """The event and its public editions of the years before, newest first."""
    found = [event]
    while (before := found[-1].previous) and before not in found and len(found) <= EDITIONS_BACK:
        found.append(before)
    return [one for one in found if one.public]


def parts(session: Session, event: Event, today: date) -> list[Occurrence]:
    """Each part once: by its next date, nearest first; after them what is over, by its last date."""
    by_part: dict[int, list[Occurrence]] = {}
    for one in queries.parts(session, event):
        by_part.setdefault(one.event_id, []).append(one)
    found = [next((one for one in its if one.last_day >= today), its[-1]) for its in by_part.values()]
    return sorted(found, key=lambda one: (one.last_day < today, one.start))


def _newest(reports: Iterable[Announcement], replaced: set[int | None]) -> list[Announcement]:
    """Of reports given latest sighting first, the one that holds at each place."""
    places: dict[str, Announcement] = {}
    for one in reports:
        if not one.expired and one.id not in replaced:
            places.setdefault(one.place, one)
    return list(places.values())


def _years(found: Iterable[Event], told: Iterable[Announcement], site_view: SiteView) -> dict[int, dict[str, date]]:
    """When each word was first seen in each year. How full it was says nothing about a year."""
    began = {one.id: one.start.year for one in found}
    return month_grid.by_year(
        (began[one.about_id or 0], one.headline, describe.seen_at(one, site_view).date())
        for one in told
        if one.headline and one.headline not in CROWDS
    )

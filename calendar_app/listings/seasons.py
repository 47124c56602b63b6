"""Collect what a season's page shows: its present state at each place, its reports, earlier editions, and its parts."""

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
    """The announcements of a season: `reports` of its state, latest sighting first, and other `news`, newest first.

    `newest` are the reports in force, one for each place. `editions` are by year. `years` holds, by year, the day on
    which each stage was first reported; `words` are the stages that several years share.
    """

    news: list[Announcement]
    reports: list[Announcement]
    newest: list[Announcement]
    editions: dict[int, Event]
    years: dict[int, dict[str, date]]
    words: list[str]


def record(session: Session, event: Event, site_view: SiteView, today: date) -> Record:
    """Return the record of a season. `today` is the local day of the site; a season that is over has no reports in
    force."""
    all_editions = editions(event)
    announcements = queries.about(session, all_editions)
    about = [announcement for announcement in announcements if announcement.about_id == event.id]
    reports = [announcement for announcement in about if announcement.headline]
    years = _years(all_editions, announcements, site_view)
    over = all(occurrence.last_day < today for occurrence in event.occurrences)
    return Record(
        news=[announcement for announcement in about if not announcement.headline],
        reports=sorted(reports, key=lambda report: describe.seen_at(report, site_view), reverse=True),
        newest=_newest(reports, set(session.scalars(queries.replaced_ids()))) if reports and not over else [],
        editions={edition.start.year: edition for edition in reversed(all_editions)},
        years=years,
        words=month_grid.shared_words(years),
    )


def editions(event: Event) -> list[Event]:
    """Return the event and its public editions of earlier years, newest first."""
    chain = [event]
    while (before := chain[-1].previous) and before not in chain and len(chain) <= EDITIONS_BACK:
        chain.append(before)
    return [edition for edition in chain if edition.public]


def parts(session: Session, event: Event, today: date) -> list[Occurrence]:
    """Return each part once, by its next date, nearest first; then the parts that are over, by their last date."""
    by_part: dict[int, list[Occurrence]] = {}
    for occurrence in queries.parts(session, event):
        by_part.setdefault(occurrence.event_id, []).append(occurrence)
    shown = [
        next((occurrence for occurrence in its if occurrence.last_day >= today), its[-1]) for its in by_part.values()
    ]
    return sorted(shown, key=lambda occurrence: (occurrence.last_day < today, occurrence.start))


def _newest(reports: Iterable[Announcement], replaced: set[int | None]) -> list[Announcement]:
    """Return the report in force at each place, from reports given latest sighting first."""
    places: dict[str, Announcement] = {}
    for report in reports:
        if not report.expired and report.id not in replaced:
            places.setdefault(report.place, report)
    return list(places.values())


def _years(
    events: Iterable[Event], announcements: Iterable[Announcement], site_view: SiteView
) -> dict[int, dict[str, date]]:
    """Return the first day of each stage by year. Reports of crowds are left out, since they say nothing about a year."""
    began = {announcement.id: announcement.start.year for announcement in events}
    return month_grid.by_year(
        (began[announcement.about_id or 0], announcement.headline, describe.seen_at(announcement, site_view).date())
        for announcement in announcements
        if announcement.headline and announcement.headline not in CROWDS
    )

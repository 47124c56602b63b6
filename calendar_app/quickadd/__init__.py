"""Turn a line or a notice that a clerk types or pastes into values for the event form.

Nothing is guessed silently: every finding is reported in words, every assumption becomes a doubt, and text that no
reader understood goes to the summary or the details.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from calendar_app.quickadd import (
    accessibility,
    details,
    labelled_parts,
    labels,
    letters,
    links,
    programme,
    remainder,
    schedule,
    unread,
    venue,
)
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import LONGEST, Doubt, Finding, Page, open_page
from calendar_app.quickadd.venue import KnownVenue

__all__ = ["LONGEST", "Doubt", "Finding", "KnownVenue", "Reading", "parse_notice", "parse_text"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of parsing a text.

    `values` maps form fields to what a person would enter: text, a number, True, or a list of numbers or codes for check boxes.
    `understood` lists the findings in text order. `left` is the text that was not understood; `values` holds it too, in the
    summary or the details.
    """

    values: dict[str, Any]
    understood: tuple[Finding, ...]
    doubts: tuple[Doubt, ...]
    left: str


def parse_text(
    text: str, today: date, *, venues: Iterable[KnownVenue] = (), tags: Iterable[str] = (), lang: str = "ja"
) -> Reading:
    """Parse a line or a notice. Never raises; ignores text beyond the first 4,000 characters.

    Dates are relative to `today`, in the city's zone. `lang` is the language of findings and doubts.
    """
    page = open_page(text, today, lang)
    if len(text) > LONGEST:
        warn(page, "too_long", "body", most=f"{LONGEST:,}")
    letters.set_frame_aside(page)
    details.read_tags(page, tags)
    details.read_weather(page)
    accessibility.read_facilities(page)
    sections = labels.split_sections(page)
    links.read_links(page, sections)
    labelled_parts.read_sections(page, sections)
    details.read_application_dates(page)
    details.read_capacity_and_fee(page)
    details.read_people(page)
    _read_when(page, sections)
    venue.read_venue(page, sections, venues)
    details.settle_reserve_date(page)
    details.settle_deadline(page)
    remainder.place_leftovers(page, sections)
    unread.warn_unread(page, sections)
    understood = tuple(sorted(page.findings, key=lambda finding: (finding.start, finding.end)))
    return Reading(page.values, understood, tuple(page.doubts), "\n".join(page.leftovers))


def _read_when(page: Page, sections: list[labels.Section]) -> None:
    """Read the schedule from the part labelled as such; without one, or if it holds no date, from all unlabelled text."""
    labelled = [(section.start, section.end) for section in sections if section.kind in ("when", "clock")]
    free = [(section.start, section.end) for section in sections if not section.kind]
    if any(section.kind == "when" for section in sections):
        schedule.read_schedule(page, labelled, labelled=True)
    if "start_date" not in page.values:
        schedule.read_schedule(page, sorted([*labelled, *free]), labelled=False)


def parse_notice(
    text: str, today: date, *, venues: Iterable[KnownVenue] = (), tags: Iterable[str] = (), lang: str = "ja"
) -> list[Reading]:
    """Parse a notice that may announce several events, such as a programme of dates each with its own title.

    Otherwise as `parse_text`. The findings of several events stand in the text of each, not in the whole.
    """
    texts = programme.split_programme(text[:LONGEST])
    if len(texts) == 1:
        return [parse_text(text, today, venues=venues, tags=tags, lang=lang)]
    known = tuple(venues)
    return [parse_text(part, today, venues=known, tags=tags, lang=lang) for part in texts]

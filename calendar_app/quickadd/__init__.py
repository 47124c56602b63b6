"""One line is enough: what a clerk types or pastes about an event, as the fields of its form.

Nothing is guessed silently: each piece that was understood is told in words, each assumption is a doubt, and what was
not understood is left over and goes to the summary or the details.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from calendar_app.quickadd import accessibility, details, labelled_parts, labels, remainder, schedule, venue
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import LONGEST, Doubt, Finding, Page, open_page
from calendar_app.quickadd.venue import KnownVenue

__all__ = ["LONGEST", "Doubt", "Finding", "KnownVenue", "Reading", "parse_text"]


@dataclass(frozen=True, slots=True)
class Reading:
    """`values` are what would be typed in the form's fields: text, or a list of numbers or codes where boxes are ticked.

    `understood` is in the order of the text; `left` is what was not understood, which stands in the summary or the details.
    """

    values: dict[str, Any]
    understood: tuple[Finding, ...]
    doubts: tuple[Doubt, ...]
    left: str


def parse_text(
    text: str, today: date, *, venues: Iterable[KnownVenue] = (), tags: Iterable[str] = (), lang: str = "ja"
) -> Reading:
    """Read a line or a notice. Never raises; of a longer text only the first 4,000 characters are read."""
    page = open_page(text, today, lang)
    if len(text) > LONGEST:
        warn(page, "too_long", "body", most=f"{LONGEST:,}")
    details.read_tags(page, tags)
    details.read_weather(page)
    accessibility.read_facilities(page)
    sections = labels.split_sections(page)
    labelled_parts.read_sections(page, sections)
    details.read_application_dates(page)
    details.read_capacity_and_fee(page)
    details.read_people(page)
    _read_when(page, sections)
    venue.read_venue(page, sections, venues)
    details.settle_reserve_date(page)
    details.settle_deadline(page)
    remainder.place_leftovers(page, sections)
    understood = tuple(sorted(page.findings, key=lambda one: (one.start, one.end)))
    return Reading(page.values, understood, tuple(page.doubts), "\n".join(page.leftovers))


def _read_when(page: Page, sections: list[labels.Section]) -> None:
    """Behind its label if there is one; else anywhere."""
    labelled = [(one.start, one.end) for one in sections if one.kind in ("when", "clock")]
    free = [(one.start, one.end) for one in sections if not one.kind]
    if any(one.kind == "when" for one in sections):
        schedule.read_schedule(page, labelled, labelled=True)
    if "start_date" not in page.values:
        schedule.read_schedule(page, sorted([*labelled, *free]), labelled=False)

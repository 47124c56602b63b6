"""One line is enough: what a clerk types or pastes about an event, as the fields of its form.

Nothing is guessed silently: each piece that was understood is told in words, each assumption is a doubt, and what was
not understood is left over and goes to the summary or the details.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from calendar_app.quickadd import accessibility, details, labelled_parts, labels, remainder, schedule, venue
from calendar_app.quickadd.messages import tell
from calendar_app.quickadd.reader import LONGEST, Doubt, Page, Piece, opened
from calendar_app.quickadd.venue import Place

__all__ = ["LONGEST", "Doubt", "Draft", "Piece", "Place", "read"]


@dataclass(frozen=True, slots=True)
class Draft:
    """`values` are what would be typed in the form's fields: text, or a list of numbers or codes where boxes are ticked.

    `understood` is in the order of the text; `left` is what was not understood, which stands in the summary or the details.
    """

    values: dict[str, Any]
    understood: tuple[Piece, ...]
    doubts: tuple[Doubt, ...]
    left: str


def read(text: str, today: date, *, venues: Iterable[Place] = (), tags: Iterable[str] = (), lang: str = "ja") -> Draft:
    """Read a line or a notice. Never raises; of a longer text only the first 4,000 characters are read."""
    page = opened(text, today, lang)
    if len(text) > LONGEST:
        tell(page, "too_long", "body", most=f"{LONGEST:,}")
    details.read_tags(page, tags)
    details.read_weather(page)
    accessibility.read(page)
    sections = labels.split(page)
    labelled_parts.read(page, sections)
    details.read_applying(page)
    details.read_numbers(page)
    details.read_people(page)
    _read_when(page, sections)
    venue.read(page, sections, venues)
    details.settle_reserve(page)
    details.settle_deadline(page)
    remainder.read(page, sections)
    understood = tuple(sorted(page.pieces, key=lambda one: (one.start, one.end)))
    return Draft(page.values, understood, tuple(page.doubts), "\n".join(page.left))


def _read_when(page: Page, sections: list[labels.Section]) -> None:
    """Behind its label if there is one; else anywhere."""
    labelled = [(one.start, one.end) for one in sections if one.kind in ("when", "clock")]
    free = [(one.start, one.end) for one in sections if not one.kind]
    if any(one.kind == "when" for one in sections):
        schedule.read(page, labelled, labelled=True)
    if "start_date" not in page.values:
        schedule.read(page, sorted([*labelled, *free]), labelled=False)

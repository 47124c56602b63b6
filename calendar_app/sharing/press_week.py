"""Write all events of a span of days as newspapers print them: one plain text, grouped by day or by category.

Each event appears once, at its first date in the span, in the form of `press_text`. Lines of a given width break as in
a newspaper column.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from calendar_app.db.models import Announcement, Occurrence
from calendar_app.entries import describe
from calendar_app.entries.urls import SiteView
from calendar_app.listings import filters, queries
from calendar_app.listings.filters import Filter
from calendar_app.sharing import press_text
from calendar_app.text import languages, line_breaking
from calendar_app.text.graphemes import graphemes
from calendar_app.text.languages import Words

LONGEST = timedelta(days=92)
NEWS = timedelta(days=7)  # announcements this recent are new to a newsroom that asks every week
MOST_NEWS = 50
WIDTHS = range(8, 41)  # letters a line
ORDERS = ("day", "category")

_RUNNING = Words({"ja": "期間中", "en": "Ongoing"})
_NEWS = Words({"ja": "お知らせ", "en": "News"})
_OTHER = Words({"ja": "その他", "en": "Other"})
_NOTHING = Words({"ja": "この期間の催しはありません。", "en": "Nothing is planned for these days."})
_AS_OF = Words({"ja": "{}現在", "en": "as of {}"})
_NEWEST = Words({"ja": "最新の情報　{}", "en": "Newest: {}"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """The text for the press in parts. `sections` are pairs of a heading and its paragraphs."""

    title: str
    head: tuple[str, ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...]

    def text(self, width: int = 0) -> str:
        """Join the whole text. With a `width`, no line has more letters than that; half-width ones count half."""
        parts = ["\n".join([self.title, *self.head])]
        parts += ["\n".join([f"【{heading}】", *paragraphs]) for heading, paragraphs in self.sections]
        text = "\n\n".join(parts) + "\n"
        return (
            "\n".join(line for paragraph in text.split("\n") for line in wrap_line(paragraph, width)) if width else text
        )


def coming_week(today: date) -> tuple[date, date]:
    """Give the first and the last day of the week that begins next Monday."""
    monday = today + timedelta(days=7 - today.weekday())
    return monday, monday + timedelta(days=6)


def wanted_days(wanted: Filter, today: date) -> tuple[date, date]:
    """Give the days that a filter asks for: one bound makes a week, none the coming week. At most three months."""
    first, last = wanted.day("from"), wanted.day("to")
    if first is None and last is None:
        return coming_week(today)
    first = first or max(last or today, date.min + LONGEST) - timedelta(days=6)
    last = last or min(first, date.max - LONGEST) + timedelta(days=6)
    return first, min(max(first, last), min(first, date.max - LONGEST) + LONGEST)


def sheet(
    session: Session,
    wanted: Filter,
    site_view: SiteView,
    *,
    days: tuple[date, date],
    order: str,
    contact: str,
    today: date,
) -> Sheet:
    """Write the sheet for `days` (first, last, inclusive), by "day" or "category"; `contact` is for questions about all
    of it.
    """
    lang, (first, last) = site_view.lang, days
    occurrences = [
        occurrence
        for occurrence in queries.occurrences(session, first, last, wanted)
        if occurrence.event.precision == "exact"
    ]
    grouped = (
        _by_category(occurrences, site_view, days) if order == "category" else _by_day(occurrences, site_view, days)
    )
    news = _news(session, wanted, site_view, today)
    sections = [*grouped, *([(_NEWS[lang], news)] if news else [])]
    span = press_text.say_span(first, last, lang)
    whom = press_text.contact_text(contact, "") if languages.formal(lang) else contact
    link = _NEWEST[lang].format(site_view.url("/press", wanted.query()))
    head = [" ".join([span, f"({_AS_OF[lang].format(press_text.say_day(today, lang))})"]), *filter(None, [whom]), link]
    named = [text for text in filters.words(session, wanted.but("from").but("to"), lang) if text]
    return Sheet(
        " ".join([site_view.name, *named]), (*head, *([] if sections else ["", _NOTHING[lang]])), tuple(sections)
    )


def _by_day(
    occurrences: Iterable[Occurrence], site_view: SiteView, days: tuple[date, date]
) -> list[tuple[str, tuple[str, ...]]]:
    """Group the paragraphs by day; events that run on all the days come first."""
    lang, first = site_view.lang, days[0]
    sections: dict[str, list[str]] = {}
    for occurrence, others in _once(occurrences):
        running = occurrence.first_day < first or (
            occurrence.last_day > occurrence.first_day and occurrence.event.all_day and occurrence.last_day > days[1]
        )
        heading = _RUNNING[lang] if running else press_text.say_day(occurrence.first_day, lang)
        sections.setdefault(heading, []).append(press_text.occurrence_paragraph(occurrence, others, site_view, first))
    running_first = sorted(sections.items(), key=lambda section: section[0] != _RUNNING[lang])
    return [(heading, tuple(paragraphs)) for heading, paragraphs in running_first]


def _by_category(
    occurrences: Iterable[Occurrence], site_view: SiteView, days: tuple[date, date]
) -> list[tuple[str, tuple[str, ...]]]:
    lang = site_view.lang
    sections: dict[tuple[int, str], list[str]] = {}
    for occurrence, others in _once(occurrences):
        kind = occurrence.event.category
        key = (kind.id, describe.text(kind, "name", lang)) if kind else (2**31, _OTHER[lang])
        sections.setdefault(key, []).append(press_text.occurrence_paragraph(occurrence, others, site_view, days[0]))
    return [(name, tuple(sections[id_, name])) for id_, name in sorted(sections)]


def _once(occurrences: Iterable[Occurrence]) -> list[tuple[Occurrence, list[Occurrence]]]:
    """Pair each event's first date that goes ahead (or else its first) with its other dates."""
    dates_of: dict[int, list[Occurrence]] = {}
    for occurrence in occurrences:
        dates_of.setdefault(occurrence.event_id, []).append(occurrence)
    pairs = []
    for its in dates_of.values():
        held = [
            occurrence for occurrence in its if describe.status(occurrence) not in ("cancelled", "postponed")
        ] or its
        pairs.append((held[0], held[1:]))
    return sorted(pairs, key=lambda pair: (pair[0].first_day, pair[0].start, pair[0].id))


def _news(session: Session, wanted: Filter, site_view: SiteView, today: date) -> tuple[str, ...]:
    """Write last week's announcements that are still valid and not replaced. Status lines of seasons are left out."""
    announcements = queries.announcements(session, MOST_NEWS, wanted.but("from").but("to"))
    replaced = set(session.scalars(queries.replaced_ids()))
    return tuple(
        press_text.column_paragraph(announcement, site_view, today)
        for announcement in announcements
        if announcement.id not in replaced and _new(announcement, today)
    )


def _new(announcement: Announcement, today: date) -> bool:
    since = announcement.published_at.date() if announcement.published_at else today
    return not (announcement.expired or announcement.headline) and since >= today - NEWS


def wrap_line(line: str, width: int) -> list[str]:
    """Break a line to `width` letters; half-width ones count half."""
    return line_breaking.fill(
        line, lambda text: sum(0.5 if grapheme.isascii() else 1.0 for grapheme in graphemes(text)), width
    )

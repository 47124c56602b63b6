"""Find clashes: two events at one venue at the same time, or for the same audience on the same day. They warn, never
block.

Only dates of a single day can clash: an exhibition of three weeks keeps nobody away from a workshop.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import combinations

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, contains_eager, selectinload

from calendar_app.db.models import Event, Occurrence
from calendar_app.listings.weather import goes_ahead

AHEAD = timedelta(days=60)
MOST = 60  # dates of one event that are compared
UNKNOWN_LENGTH = timedelta(hours=2)  # of an event without an end
# Words of the audience field that name everybody, so that they make no clash.
EVERYBODY = {
    *("一般", "市民", "市内", "在住", "在勤", "在学", "通学", "希望者", "対象", "制限", "どなたでも", "だれでも"),
    *("guests", "people", "adults", "anyone", "everyone"),
}
_WORDS = re.compile(r"[一-鿿々ァ-ヶー]{2,}|[a-z]{4,}|(?<![^\s、・,/()])[ぁ-ん]{3,}(?![^\s、・,/()])")


Pair = tuple[Occurrence, Occurrence]


@dataclass(frozen=True, slots=True)
class Clash:
    """Two events that clash on `days`. `why` is "venue" or "audience". `first` and `other` are the first dates that
    clash."""

    first: Occurrence
    other: Occurrence
    why: str
    days: tuple[date, ...]


def coming(session: Session, today: date) -> list[Clash]:
    """Return the clashes of all public events within the next 60 days, nearest first."""
    return _met(_dates(session, Occurrence.first_day.between(today, today + AHEAD)))


def of(session: Session, event: Event, today: date) -> list[Clash]:
    """Return the clashes of one event, public or draft, from today on. It is always `first` of a clash."""
    own = [occurrence for occurrence in event.occurrences if occurrence.first_day >= today and _counts(occurrence)][
        :MOST
    ]
    if not own:
        return []
    days = {occurrence.first_day for occurrence in own}
    theirs = _dates(session, Occurrence.first_day.in_(days), Occurrence.event_id != event.id)
    return [clash for clash in _met([*own, *theirs]) if clash.first.event is event]


def _dates(session: Session, *conditions: ColumnElement[bool]) -> list[Occurrence]:
    query = (
        select(Occurrence)
        .join(Occurrence.event)
        .where(~Occurrence.long, Occurrence.first_day == Occurrence.last_day, Event.state == "published", *conditions)
        .order_by(Occurrence.first_day, Occurrence.start, Occurrence.id)
        .options(
            contains_eager(Occurrence.event).options(selectinload(Event.department), selectinload(Event.venue)),
            selectinload(Occurrence.venue),
        )
    )
    return [occurrence for occurrence in session.scalars(query) if _counts(occurrence)]


def _counts(occurrence: Occurrence) -> bool:
    return (
        occurrence.first_day == occurrence.last_day and occurrence.event.precision == "exact" and goes_ahead(occurrence)
    )


def _met(dates: Iterable[Occurrence]) -> list[Clash]:
    """Return one clash for each two events, with all its days. A clash of venue hides one of audience."""
    met: dict[tuple[int, int], dict[str, list[Pair]]] = {}
    for why, first, other in _pairs(dates):
        met.setdefault((first.event_id, other.event_id), {}).setdefault(why, []).append((first, other))
    clashes = []
    for reasons in met.values():
        why = "venue" if "venue" in reasons else "audience"
        days = dict.fromkeys(first.first_day for first, _ in reasons[why])
        clashes.append(Clash(*reasons[why][0], why, tuple(days)))
    return sorted(clashes, key=lambda clash: clash.days[0])


def _pairs(dates: Iterable[Occurrence]) -> Iterator[tuple[str, Occurrence, Occurrence]]:
    """Yield two dates that share a day and a venue, or a day and an audience, in the order in which they came."""
    together: dict[tuple[date, str | int], list[Occurrence]] = {}
    for first in dates:
        for key in _shared(first):
            together.setdefault((first.first_day, key), []).append(first)
    for (_, key), sharing in together.items():
        for first, other in combinations(sharing, 2):
            if isinstance(key, int) and _at_once(first, other) and not _part_of(first.event, other.event):
                yield "venue", first, other
            elif isinstance(key, str) and not _of_one_season(first.event, other.event):
                yield "audience", first, other


def _shared(occurrence: Occurrence) -> set[str | int]:
    """Return the venue's id and the words of the audience."""
    event = occurrence.event
    words = set(_WORDS.findall(unicodedata.normalize("NFKC", event.audience).lower())) - EVERYBODY
    venue = occurrence.venue_id or event.venue_id
    return words | ({venue} if venue and event.status != "moved_online" else set())


def _at_once(first: Occurrence, other: Occurrence) -> bool:
    return first.start < _end(other) and other.start < _end(first)


def _end(occurrence: Occurrence) -> datetime:
    return occurrence.end if occurrence.end > occurrence.start else occurrence.start + UNKNOWN_LENGTH


def _part_of(first: Event, other: Event) -> bool:
    return first is other or first.parent_id == other.id or other.parent_id == first.id


def _of_one_season(first: Event, other: Event) -> bool:
    return _part_of(first, other) or (first.parent_id is not None and first.parent_id == other.parent_id)

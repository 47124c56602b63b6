"""What meets what: the same venue at the same time, the same people asked for on the same day. It warns and never blocks.

Only dates of a single day can clash: nobody is kept away from a workshop by a season of three weeks.
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
MOST = 60  # dates of one event that are looked at
UNKNOWN_LENGTH = timedelta(hours=2)  # when nobody said when it ends
# Whom a word of the audience field does not tell apart.
EVERYBODY = {
    *("一般", "市民", "市内", "在住", "在勤", "在学", "通学", "希望者", "対象", "制限", "どなたでも", "だれでも"),
    *("guests", "people", "adults", "anyone", "everyone"),
}
_WORDS = re.compile(r"[一-鿿々ァ-ヶー]{2,}|[a-z]{4,}|(?<![^\s、・,/()])[ぁ-ん]{3,}(?![^\s、・,/()])")


Pair = tuple[Occurrence, Occurrence]


@dataclass(frozen=True, slots=True)
class Clash:
    """Two events that meet on these days: `why` is "venue", or else "audience". `one` and `other` are their first dates."""

    one: Occurrence
    other: Occurrence
    why: str
    days: tuple[date, ...]


def coming(session: Session, today: date) -> list[Clash]:
    """Every two public events that meet within the next 60 days, nearest first."""
    return _met(_dates(session, Occurrence.first_day.between(today, today + AHEAD)))


def of(session: Session, event: Event, today: date) -> list[Clash]:
    """What one event, public or still a draft, meets from today on; it is always `one`."""
    own = [one for one in event.occurrences if one.first_day >= today and _counts(one)][:MOST]
    if not own:
        return []
    days = {one.first_day for one in own}
    theirs = _dates(session, Occurrence.first_day.in_(days), Occurrence.event_id != event.id)
    return [clash for clash in _met([*own, *theirs]) if clash.one.event is event]


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
    return [one for one in session.scalars(query) if _counts(one)]


def _counts(one: Occurrence) -> bool:
    return one.first_day == one.last_day and one.event.precision == "exact" and goes_ahead(one)


def _met(dates: Iterable[Occurrence]) -> list[Clash]:
    """Each two events once, with all the days on which they meet; who meets at one venue is not named again."""
    met: dict[tuple[int, int], dict[str, list[Pair]]] = {}
    for why, one, other in _pairs(dates):
        met.setdefault((one.event_id, other.event_id), {}).setdefault(why, []).append((one, other))
    clashes = []
    for reasons in met.values():
        why = "venue" if "venue" in reasons else "audience"
        days = dict.fromkeys(one.first_day for one, _ in reasons[why])
        clashes.append(Clash(*reasons[why][0], why, tuple(days)))
    return sorted(clashes, key=lambda clash: clash.days[0])


def _pairs(dates: Iterable[Occurrence]) -> Iterator[tuple[str, Occurrence, Occurrence]]:
    """Two dates that share a day and a venue, or a day and a word for whom they are; in the order in which they came."""
    together: dict[tuple[date, str | int], list[Occurrence]] = {}
    for one in dates:
        for key in _shared(one):
            together.setdefault((one.first_day, key), []).append(one)
    for (_, key), found in together.items():
        for one, other in combinations(found, 2):
            if isinstance(key, int) and _at_once(one, other) and not _part_of(one.event, other.event):
                yield "venue", one, other
            elif isinstance(key, str) and not _of_one_season(one.event, other.event):
                yield "audience", one, other


def _shared(one: Occurrence) -> set[str | int]:
    """The venue's id, and the words of the audience."""
    event = one.event
    words = set(_WORDS.findall(unicodedata.normalize("NFKC", event.audience).lower())) - EVERYBODY
    venue = one.venue_id or event.venue_id
    return words | ({venue} if venue and event.status != "moved_online" else set())


def _at_once(one: Occurrence, other: Occurrence) -> bool:
    return one.start < _end(other) and other.start < _end(one)


def _end(one: Occurrence) -> datetime:
    return one.end if one.end > one.start else one.start + UNKNOWN_LENGTH


def _part_of(one: Event, other: Event) -> bool:
    return one is other or one.parent_id == other.id or other.parent_id == one.id


def _of_one_season(one: Event, other: Event) -> bool:
    return _part_of(one, other) or (one.parent_id is not None and one.parent_id == other.parent_id)

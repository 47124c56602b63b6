"""List entries in every state for the desk, by the public filters and some that only staff need.

The address holds the whole query; nothing is remembered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, contains_eager, selectin_polymorphic, selectinload

from calendar_app.db.models import STATES, Announcement, Entry, Event, Occurrence, Photo, Revision, User
from calendar_app.listings import filters, renames
from calendar_app.listings.filters import EVERYTHING, Filter
from calendar_app.listings.search import find
from calendar_app.listings.search.query import spelled

PAGE = 50
SHARED = ("kind", "tag", "department", "category", "venue", "status", "from", "to")  # as on the public pages
WHOSE = ("me", "department")
ONLY = ("upcoming", "ended", "photo", "venue", "date")  # photo, venue and date select entries without one
SORTS = ("changed", "date")


@dataclass(frozen=True, slots=True)
class WorklistQuery:
    """The query of a list's address. `words` is as typed, `meant` as searched for."""

    wanted: Filter = EVERYTHING
    words: str = ""
    meant: str = ""
    state: str = ""
    whose: str = ""
    only: tuple[str, ...] = ()
    sort: str = ""

    def query(self, **more: str) -> str:
        """Spell the query canonically as a query string, with `more` parameters."""
        pairs = [("q", self.words), ("state", self.state), ("whose", self.whose)]
        pairs += [("only", condition) for condition in self.only]
        pairs += [(key, value) for key, values in self.wanted.terms for value in values]
        pairs += [("sort", self.sort), *more.items()]
        return urlencode([(key, value) for key, value in pairs if value])

    def terms(self) -> list[tuple[str, str]]:
        """List each condition of the query as (key, value)."""
        own = [("q", self.words), ("state", self.state), ("whose", self.whose)]
        shared = [(key, value) for key, values in self.wanted.terms for value in values]
        return [pair for pair in [*own, *(("only", condition) for condition in self.only), *shared] if pair[1]]

    def without(self, key: str, value: str) -> "WorklistQuery":
        """Give the query without one of its conditions."""
        match key:
            case "q":
                return replace(self, words="", meant="")
            case "only":
                return replace(self, only=tuple(condition for condition in self.only if condition != value))
            case "state":
                return replace(self, state="")
            case "whose":
                return replace(self, whose="")
            case _:
                return replace(self, wanted=self.wanted.but(key, *(set(self.wanted.values(key)) - {value})))


def read_query(session: Session, args: Mapping[str, Sequence[str]]) -> WorklistQuery:
    """Read a query from an address; unknown values are ignored. Raises BadFilter for an invalid day."""

    def first_known(key: str, known: Iterable[str]) -> str:
        value = next(iter(args.get(key, ())), "")
        return value if value in known else ""

    wanted = filters.read_filter({key: args[key] for key in SHARED if key in args})
    words = spelled(next(iter(args.get("q", ())), ""))
    only = tuple(condition for condition in ONLY if condition in args.get("only", ()))
    return WorklistQuery(
        wanted=renames.current(session, wanted),
        words=words,
        meant=(words and (find.meant(session, words) or words)),
        state=first_known("state", STATES),
        whose=first_known("whose", WHOSE),
        only=only,
        sort=first_known("sort", SORTS),
    )


def conditions(search: WorklistQuery, user: User, today: date) -> list[ColumnElement[bool]]:
    """Translate a query into SQL conditions."""
    selected = search.wanted.conditions() + [_only(condition, today) for condition in search.only]
    if search.meant:
        selected.append(find.contains(search.meant))
    if search.state:
        selected.append(Entry.state == search.state)
    if search.whose == "me":
        selected.append(func.coalesce(Entry.owner_id, Entry.author_id) == user.id)
    elif search.whose:
        selected.append(Entry.department_id == user.department_id)
    return selected


def _only(what: str, today: date) -> ColumnElement[bool]:
    coming = Entry.id.in_(select(Occurrence.event_id).where(Occurrence.last_day >= today))
    match what:
        case "upcoming":
            return coming
        case "ended":
            return sa.and_(Entry.kind == "event", sa.not_(coming))
        case "photo":
            return Entry.id.not_in(select(Photo.entry_id).where(Photo.entry_id.is_not(None)))
        case "venue":
            return Entry.id.in_(select(Event.id).where(Event.venue_id.is_(None), Event.online_url == ""))
        case _:
            return Entry.id.in_(select(Event.id).where(Event.precision != "exact"))


class WorklistRow(NamedTuple):
    """An entry with its next date (or its last), the number of dates to come, and its newest change."""

    entry: Any
    date: Occurrence | None
    dates: int
    change: Revision | None


def count_by_state(session: Session, search: WorklistQuery, user: User, today: date) -> dict[str, int]:
    """Count the entries in each state, ignoring the query's own state."""
    matching = conditions(replace(search, state=""), user, today)
    rows = session.execute(select(Entry.state, func.count().label("number")).where(*matching).group_by(Entry.state))
    counts: dict[str, int] = {row.state: row.number for row in rows}
    return {state: counts.get(state, 0) for state in STATES}


def public_ids(session: Session, search: WorklistQuery, user: User, today: date, most: int) -> list[str]:
    """List the public ids of the whole list in its order, at most `most`."""
    query = select(Entry.public_id).where(*conditions(search, user, today))
    return list(session.scalars(query.order_by(*_order(search, today)).limit(most)))


def page_rows(session: Session, search: WorklistQuery, user: User, today: date, page: int) -> list[WorklistRow]:
    """List one page, counted from 1."""
    query = select(Entry).where(*conditions(search, user, today)).order_by(*_order(search, today))
    return rows_of(session, session.scalars(_shown(query).limit(PAGE).offset(PAGE * (page - 1))).all(), today)


def rows_of(session: Session, entries: Sequence[Entry], today: date) -> list[WorklistRow]:
    """Complete entries to rows of the list."""
    ids = [entry.id for entry in entries]
    newest = select(func.max(Revision.number)).where(Revision.entry_id.in_(ids)).group_by(Revision.entry_id)
    loads = selectinload(Revision.actor)
    changes = {
        revision.entry_id: revision
        for revision in session.scalars(select(Revision).where(Revision.number.in_(newest)).options(loads))
    }
    dates = _dates(session, ids, today)
    nothing: tuple[None, int] = None, 0
    return [WorklistRow(entry, *dates.get(entry.id, nothing), changes.get(entry.id)) for entry in entries]


def _dates(session: Session, ids: list[int], today: date) -> dict[int, tuple[Occurrence | None, int]]:
    """Map event ids to the next date (or the last) and the number of dates to come."""
    coming = Occurrence.last_day >= today
    which = select(
        Occurrence.event_id,
        func.coalesce(func.min(sa.case((coming, Occurrence.original))), func.max(Occurrence.original)).label("one"),
        func.count(sa.case((coming, 1))).label("number"),
    )
    its = which.where(Occurrence.event_id.in_(ids)).group_by(Occurrence.event_id).subquery()
    same = sa.and_(Occurrence.event_id == its.c.event_id, Occurrence.original == its.c.one)
    query = select(Occurrence, its.c.number).join(its, same).options(selectinload(Occurrence.venue))
    return {occurrence.event_id: (occurrence, number) for occurrence, number in session.execute(query)}


def occurrences_between(
    session: Session, search: WorklistQuery, user: User, today: date, first: date, last: date
) -> list[Occurrence]:
    """List the dates in these days, inclusive; withdrawn events only if their state is asked for."""
    shown = [] if search.state else [Event.state != "withdrawn"]
    query = (
        select(Occurrence)
        .join(Occurrence.event)
        .where(Occurrence.first_day <= last, Occurrence.last_day >= first, *shown, *conditions(search, user, today))
        .order_by(Occurrence.first_day, Occurrence.last_day.desc(), Occurrence.start, Occurrence.id)
        .options(contains_eager(Occurrence.event).selectinload(Event.venue), selectinload(Occurrence.venue))
    )
    return list(session.scalars(query))


def wider_queries(
    session: Session, search: WorklistQuery, user: User, today: date
) -> list[tuple[tuple[str, str], WorklistQuery, int]]:
    """Suggest what to leave out of a query without results: (condition, wider query, number of results), most first."""
    suggestions = []
    for term in search.terms():
        wider = search.without(*term)
        query = select(func.count()).select_from(Entry).where(*conditions(wider, user, today))
        if number := session.scalar(query):
            suggestions.append((term, wider, number))
    return sorted(suggestions, key=lambda suggestion: -suggestion[2])


def _shown(query: sa.Select[Any]) -> sa.Select[Any]:
    loads = (selectinload(Entry.tags), selectinload(Entry.photos), selectinload(Entry.department))
    return query.options(selectin_polymorphic(Entry, [Event, Announcement]), *loads, selectinload(Event.venue))


def _order(search: WorklistQuery, today: date) -> list[Any]:
    """Order by date:

    coming ones first, then past ones from the latest, then those without a date. Otherwise by the last change.
    """
    newest = select(func.max(Revision.number)).where(Revision.entry_id == Entry.id).correlate(Entry).scalar_subquery()
    changed = [newest.desc(), Entry.id.desc()]
    if search.sort == "date":
        its = Occurrence.event_id == Entry.id
        following = select(func.min(Occurrence.first_day)).where(its, Occurrence.last_day >= today).correlate(Entry)
        last = select(func.max(Occurrence.first_day)).where(its).correlate(Entry)
        coming, past = following.scalar_subquery(), last.scalar_subquery()
        return [coming.is_(None), coming, past.is_(None), past.desc(), *changed]
    return ([find.tier(search.meant)] if search.meant and not search.sort else []) + changed

"""What an address asks for: its filter, read, written in the one canonical order, said in words, as SQL conditions.

A filter's keys are joined by AND, a repeated key by OR, a leading "-" is NOT. What `q` says itself is read by `typed_words`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from calendar_app.dates import formatting
from calendar_app.db.models import STATUSES, Category, Department, Entry, EntryTag, Event, Occurrence, Tag, Venue
from calendar_app.listings.search import find
from calendar_app.listings.search.query import spelled
from calendar_app.text import audiences, facilities, labels, languages
from calendar_app.text.languages import Words, tables

MOST_SEARCHES = 4
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
WITHOUT_CANCELLED = Words({"ja": "中止を除く", "en": "without what is cancelled"})
WINDOWED = Words({"ja": "{}日前から{}日後まで", "en": "from {} days back to {} days ahead"})
CONTAINING = Words({"ja": "「{}」を含む", "en": "containing “{}”"})
SPANS = tables({"from": {"ja": "{}から", "en": "from {}"}, "to": {"ja": "{}まで", "en": "to {}"}})
# Every key that a public address may carry, in the one order in which it is written. Others are ignored.
KEYS = (
    *("kind", "tag", "department", "category", "venue", "audience", "access", "fee", "status", "q", "from", "to"),
    *("cancelled", "window", "lang"),
)
DAYS = ("from", "to")  # one day each, as 2027-04-01; of events only, announcements have none
WINDOW = re.compile(r"(0|[1-9][0-9]{0,3})-(0|[1-9][0-9]{0,3})", re.ASCII)  # days back, days ahead
# Keys that change how an answer is written, not what it is about, by the beginning of the addresses that know them.
OPTIONS = {
    "/events": ("encoding",),
    "/embed": ("look", "theme", "count"),
    "/search": ("page",),
    "/press": ("by", "width"),
}
ORDER = (*KEYS, *(name for names in OPTIONS.values() for name in names))


class BadFilter(LookupError):
    """An address asks for what there is not: better no page than the whole city by mistake."""


@dataclass(frozen=True, slots=True)
class Filter:
    """What an address asks for. `terms` holds (key, values) in the order of KEYS, values sorted."""

    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lang: str = ""

    def query(self, **more: str) -> str:
        """The one spelling of this filter as a query string, "" for none."""
        pairs = [(key, value) for key, values in self.terms for value in values]
        pairs += [(key, value) for key, value in {"lang": self.lang, **more}.items() if value]
        return urlencode(sorted(pairs, key=lambda pair: KEYS.index(pair[0])))

    def conditions(self) -> list[ColumnElement[bool]]:
        named = [(CONDITIONS[key], values) for key, values in self.terms if key in CONDITIONS]
        made = [condition for make, values in named for condition in _conditions(make, values)]
        made += [_within(self.day("from"), self.day("to"))] if any(map(self.values, DAYS)) else []
        return made + [sa.or_(*map(find.contains, values)) for key, values in self.terms if key == "q"]

    def but(self, key: str, *values: str) -> "Filter":
        """The same, with these values of a key for those that it has; none leaves the key out."""
        terms = dict(self.terms) | {key: tuple(sorted(values))}
        return Filter(tuple((key, terms[key]) for key in KEYS if terms.get(key)), self.lang)

    def values(self, key: str) -> tuple[str, ...]:
        return dict(self.terms).get(key, ())

    def first(self, key: str) -> str:
        """The value of a key that has only one, "" without it."""
        return next(iter(self.values(key)), "")

    def day(self, key: str) -> date | None:
        """The day of "from" or "to"."""
        return date.fromisoformat(self.first(key)) if self.first(key) else None

    @property
    def window(self) -> tuple[int, int] | None:
        """How many days back and ahead, where the address says it."""
        found = WINDOW.fullmatch(self.first("window"))
        return (int(found[1]), int(found[2])) if found else None

    @property
    def drops_cancelled(self) -> bool:
        return self.first("cancelled") == "drop"


EVERYTHING = Filter()


def read_filter(pairs: Mapping[str, Sequence[str]]) -> Filter:
    """The filter of a query string. Unknown keys are ignored, empty values too.

    Raises BadFilter for an unknown language, a day that is none, and whatever else is not written as its key wants it.
    """
    terms = []
    for key in KEYS[:-1]:
        given = pairs.get(key, ()) if key != "q" else _searches(pairs.get(key, ()))
        values = sorted({value for value in given if value.strip("-")})
        if key in SINGLE and values and not (len(values) == 1 and SINGLE[key](values[0])):
            raise BadFilter(f"{key}={','.join(values)}"[:60])
        if values and (key, values) != ("cancelled", ["mark"]):
            terms.append((key, tuple(values)))
    lang = next(iter(pairs.get("lang", ())), "")
    if lang and lang not in languages.LANGUAGES:
        raise BadFilter(f"lang={lang}")
    return Filter(tuple(terms), lang)


def _searches(typed: Sequence[str]) -> list[str]:
    """What is searched for, in its one spelling. Raises BadFilter for marks without a letter, which nothing can contain."""
    made = {one: spelled(one) for one in typed if one.strip()}
    if len(made) > MOST_SEARCHES or not all(made.values()):
        raise BadFilter(f"q={','.join(made)}"[:60])
    return list(made.values())


def _is_day(value: str) -> bool:
    try:
        return bool(DAY.fullmatch(value) and date.fromisoformat(value))
    except ValueError:
        return False


# The keys that take one value, and whether it is one. "mark" is what a cancelled event gets anyway.
SINGLE: dict[str, Callable[[str], Any]] = {
    "from": _is_day,
    "to": _is_day,
    "fee": ("free",).__contains__,
    "cancelled": ("mark", "drop").__contains__,
    "window": WINDOW.fullmatch,
}


# The keys whose values can be written in more than one way.
SPELLED: dict[str, Callable[[str], str]] = {"q": spelled, "lang": languages.spelled}


def known(path: str, query: str) -> list[tuple[str, str]]:
    """The parameters of a query string that say something, as sent: unknown ones must not make new entries."""
    if not query:
        return []
    sent = query.encode("latin-1", "replace").decode("utf-8", "replace")  # WSGI gives bytes as latin-1 (PEP 3333)
    options = [name for start, names in OPTIONS.items() if path.startswith(start) for name in names]
    pairs = parse_qsl(sent, keep_blank_values=True, max_num_fields=100)
    return [pair for pair in pairs if pair[0] in KEYS or pair[0] in options]


def in_order(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same filter in its one spelling: in the order of the keys, nothing twice, nothing empty."""
    said = {(key, SPELLED.get(key, str)(value) or value) for key, value in pairs if value.strip("-")}
    return sorted(said, key=lambda pair: (ORDER.index(pair[0]), pair[1]))


def _conditions(make: Callable[[list[str]], ColumnElement[bool]], values: Iterable[str]) -> list[ColumnElement[bool]]:
    wanted = [value for value in values if not value.startswith("-")]
    unwanted = [value[1:] for value in values if value.startswith("-")]
    return ([make(wanted)] if wanted else []) + ([sa.not_(make(unwanted))] if unwanted else [])


def _by_tag(names: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(EntryTag.entry_id).join(Tag).where(Tag.name.in_(names)))


def _by_department(slugs: list[str]) -> ColumnElement[bool]:
    return Entry.department_id.in_(select(Department.id).where(Department.slug.in_(slugs)))


def _by_category(slugs: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(Event.id).join(Category).where(Category.slug.in_(slugs)))


def _by_venue(ids: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(Event.id).where(Event.venue_id.in_([int(one) for one in ids if one.isdecimal()])))


def _by_status(statuses: list[str]) -> ColumnElement[bool]:
    return Entry.id.in_(select(Event.id).where(Event.status.in_(statuses)))


def _by_audience(words: list[str]) -> ColumnElement[bool]:
    """Whose text names one of these: 「小学生とその家族」 is for 小学生 and for 家族."""
    return Entry.id.in_(select(Event.id).where(sa.or_(*map(for_whom, words))))


def for_whom(value: str) -> ColumnElement[bool]:
    """Of an event: its text has the word, or one of a group's."""
    return sa.or_(*(Event.audience.contains(word, autoescape=True) for word in audiences.words(value)))


def _free(_: list[str]) -> ColumnElement[bool]:
    """What is known to cost nothing: 0 yen, or so its note says."""
    said = sa.and_(Event.fee.is_(None), Event.fee_note.contains("無料"))
    return Entry.id.in_(select(Event.id).where(sa.or_(Event.fee == 0, said)))


def _by_access(codes: list[str]) -> ColumnElement[bool]:
    """Where there is one of these: an event's own word counts before that of its venue."""
    return Entry.id.in_(select(Event.id).outerjoin(Event.venue).where(sa.or_(*map(has, codes))))


def has(code: str) -> ColumnElement[bool]:
    """For a query on events joined with their venues."""
    own = Event.facilities[code].as_boolean()
    there = [Venue.facilities[code].as_boolean()] if code in facilities.OF_PLACE else []
    known = sa.func.coalesce(own, *there, sa.false()).is_(sa.true())
    return sa.or_(known, sa.and_(own.is_(None), Event.online_url != "")) if code == "online" else known


def _within(first: date | None, last: date | None) -> ColumnElement[bool]:
    """One and the same date is in these days: a series with dates before and after them is not."""
    since = [Occurrence.last_day >= first] if first else []
    until = [Occurrence.first_day <= last] if last else []
    return Entry.id.in_(select(Occurrence.event_id).where(*since, *until))


def _by_kind(kinds: list[str]) -> ColumnElement[bool]:
    return Entry.kind.in_(kinds)


def _without_cancelled(_: list[str]) -> ColumnElement[bool]:
    """Single dates of a series are left out where dates are chosen: here it is about whole events."""
    return Entry.id.not_in(select(Event.id).where(Event.status == "cancelled"))


CONDITIONS: dict[str, Callable[[list[str]], ColumnElement[bool]]] = {
    "kind": _by_kind,
    "tag": _by_tag,
    "department": _by_department,
    "category": _by_category,
    "venue": _by_venue,
    "audience": _by_audience,
    "access": _by_access,
    "status": _by_status,
    "fee": _free,
    "cancelled": _without_cancelled,
}


# What is said of a value without asking whether there is such a thing: of a search, there may be tomorrow.
SAID: dict[str, Callable[[str, str], str]] = {
    "q": lambda value, lang: CONTAINING[lang].format(value),
    "fee": lambda _, lang: labels.FREE[lang],
    "cancelled": lambda _, lang: WITHOUT_CANCELLED[lang],
    "window": lambda value, lang: WINDOWED[lang].format(*value.split("-")),
}


def words(session: Session, wanted: Filter, lang: str) -> list[str]:
    """A filter in words, for titles: ["#桜", "観光課"]. Raises BadFilter when a value names nothing that exists."""
    return [_word(session, key, value, lang) for key, values in wanted.terms for value in values]


def _known(key: str, bare: str, lang: str) -> str:
    """The name of a value of a list of ours; "" where it is none of them."""
    if key == "audience" and bare in audiences.AUDIENCES:
        return audiences.name(bare, lang)
    return facilities.name(bare, lang) if key == "access" and bare in facilities.FACILITIES else ""


def _word(session: Session, key: str, value: str, lang: str) -> str:
    bare = value.removeprefix("-")
    if key in DAYS:
        return SPANS[key][lang].format(formatting.say_date(date.fromisoformat(value), lang))
    if key in SAID:
        return SAID[key](value, lang)
    if known := _known(key, bare, lang):
        return ("−" if value.startswith("-") else "") + known
    if key == "audience":
        if session.scalar(select(Event.id).where(Event.audience.contains(bare, autoescape=True)).limit(1)) is None:
            raise BadFilter(f"{key}={value}")
        return value
    columns: dict[str, tuple[Any, Any]] = {
        "tag": (Tag, Tag.name == bare),
        "department": (Department, Department.slug == bare),
        "category": (Category, Category.slug == bare),
        "venue": (Venue, Venue.id == (int(bare) if bare.isdecimal() else 0)),
    }
    if key not in columns:
        if bare not in (STATUSES if key == "status" else ("event", "announcement")):
            raise BadFilter(f"{key}={value}")
        return value
    model, condition = columns[key]
    thing = session.scalar(select(model).where(condition))
    if thing is None:
        raise BadFilter(f"{key}={value}")
    name = languages.named(thing.name, getattr(thing, "name_en", ""), lang)
    return ("−" if value.startswith("-") else "") + ("#" if key == "tag" else "") + name

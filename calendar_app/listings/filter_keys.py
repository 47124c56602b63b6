"""Define every filter key: how its values are read, become SQL, are put into words, and are offered on pages.

To add a filter, add a `FilterKey` to `FILTER_KEYS` and its row to docs/feeds.md; a test checks that row.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from calendar_app import fields
from calendar_app.dates import formatting
from calendar_app.dates.limits import read_day
from calendar_app.db.models import STATUSES, Category, Department, Event, Tag, Venue
from calendar_app.entries import describe
from calendar_app.listings import filter_conditions, filter_options
from calendar_app.listings.filter_options import Options
from calendar_app.listings.search import find
from calendar_app.listings.search.query import spelled
from calendar_app.text import audiences, facilities, labels
from calendar_app.text.languages import Words, tables

Terms = Mapping[str, Sequence[str]]  # the values of each key of a filter
Condition = Callable[[list[str]], ColumnElement[bool]]  # the SQL condition of some values of a key

COMBINED = ("tag", "audience", "access")  # keys whose values may all be asked for: `all=access`

MOST_SEARCHES = 4
MINUS = "−"  # before what a filter leaves out, in words
WINDOW = re.compile(r"(0|[1-9][0-9]{0,3})-(0|[1-9][0-9]{0,3})", re.ASCII)  # days back, days ahead
WITHOUT_CANCELLED = Words({"ja": "中止を除く", "en": "without what is cancelled"})
WINDOWED = Words({"ja": "{}日前から{}日後まで", "en": "from {} days back to {} days ahead"})
CONTAINING = Words({"ja": "「{}」を含む", "en": "containing “{}”"})
FROM = Words({"ja": "{}から", "en": "from {}"})
UNTIL = Words({"ja": "{}まで", "en": "to {}"})
HEADINGS = tables(
    {
        "category": {"ja": "種類で選ぶ", "en": "By kind"},
        "tag": {"ja": "ハッシュタグで", "en": "By hashtag"},
        "department": {"ja": "担当課で選ぶ", "en": "By department"},
        "venue": {"ja": "会場で", "en": "By venue"},
        "audience": {"ja": "対象", "en": "Audience"},
    }
)


class BadFilter(LookupError):
    """An address asks for a value that does not exist. An error page is better than the whole city by mistake."""


@dataclass(frozen=True, slots=True)
class FilterKey:
    """A key that a public address may carry.

    `conditions` returns the SQL conditions of this key. `say` puts a value into words; it raises BadFilter when the
    value names nothing. `read` takes the values of an address; it raises BadFilter when they are malformed. `spelled`
    returns the canonical spelling of a value. `heading` and `options` are what pages offer as a choice, in the order of
    `rank`. With `renamed` an old name leads to the present one.
    """

    name: str
    say: Callable[[Session, str, str], str]
    conditions: Callable[[Terms], list[ColumnElement[bool]]] = lambda _: []
    read: Callable[[str, Sequence[str]], list[str]] = lambda _, values: list(values)
    spelled: Callable[[str], str] = str
    heading: Words[str] | None = None
    options: Callable[[Session, str], Options] | None = None
    rank: int = 0
    renamed: bool = False


# How values are read.


def _single(accepts: Callable[[str], Any], unless: str = "") -> Callable[[str, Sequence[str]], list[str]]:
    """Return a reader for a key of one value that `accepts` takes; the value `unless` is the default and left out."""

    def read(key: str, sent: Sequence[str]) -> list[str]:
        values = sorted({value for value in sent if value.strip("-")})
        if values and not (len(values) == 1 and accepts(values[0])):
            raise BadFilter(f"{key}={','.join(values)}"[:60])
        return [value for value in values if value != unless]

    return read


def _combined(key: str, sent: Sequence[str]) -> list[str]:
    """Return names of keys. Raises BadFilter for a key whose values cannot be combined."""
    if unknown := {value for value in sent if value.strip("-")}.difference(COMBINED):
        raise BadFilter(f"{key}={','.join(sorted(unknown))}"[:60])
    return list(sent)


def _searches(key: str, typed: Sequence[str]) -> list[str]:
    """Return searches in their canonical spelling. Raises BadFilter for more than MOST_SEARCHES, or one without a
    letter."""
    read = {text: spelled(text) for text in typed if text.strip()}
    if len(read) > MOST_SEARCHES or not all(read.values()):
        raise BadFilter(f"{key}={','.join(read)}"[:60])
    return list(read.values())


def _hashtag(value: str) -> str:
    """Return a tag's name as it is stored, without a leading #."""
    minus = "-" if value.startswith("-") else ""
    return minus + value.removeprefix("-").lstrip("#＃")


# How values become conditions.


def _any_of(
    key: str, condition: Condition, every: Condition | None = None
) -> Callable[[Terms], list[ColumnElement[bool]]]:
    """Match any of the values without a leading "-", and none of those with one.

    Where the filter names the key in `all`, match what `every` says of the values without a "-".
    """

    def conditions(terms: Terms) -> list[ColumnElement[bool]]:
        wanted = [value for value in terms[key] if not value.startswith("-")]
        unwanted = [value[1:] for value in terms[key] if value.startswith("-")]
        matching = every if every and key in terms.get("all", ()) else condition
        return ([matching(wanted)] if wanted else []) + ([sa.not_(condition(unwanted))] if unwanted else [])

    return conditions


def _containing(terms: Terms) -> list[ColumnElement[bool]]:
    return [sa.or_(*map(find.contains, terms["q"]))]


def _within_days(terms: Terms) -> list[ColumnElement[bool]]:
    """Make one condition for both keys, because one date must satisfy both."""
    first, last = (date.fromisoformat(terms[key][0]) if terms.get(key) else None for key in ("from", "to"))
    return [filter_conditions.within(first, last)]


def _until_alone(terms: Terms) -> list[ColumnElement[bool]]:
    return [] if terms.get("from") else _within_days(terms)


# How values are put into words.


def _say_of(known: Collection[str], key: str) -> Callable[[Session, str, str], str]:
    """Return a value of a fixed list unchanged. The result raises BadFilter for other values."""

    def say(_session: Session, value: str, _lang: str) -> str:
        if value.removeprefix("-") not in known:
            raise BadFilter(f"{key}={value}")
        return value

    return say


def _say_row(key: str, model: Any, find_by: Callable[[str], Any], mark: str = "") -> Callable[..., str]:
    """Return the name of a database row. The result raises BadFilter when there is none."""

    def say(session: Session, value: str, lang: str) -> str:
        row = session.scalar(select(model).where(find_by(value.removeprefix("-"))))
        if row is None:
            raise BadFilter(f"{key}={value}")
        return _minus(value) + mark + describe.text(row, "name", lang)

    return say


def _say_audience(session: Session, value: str, lang: str) -> str:
    """Return a group's name; any other word of the audience fields is returned unchanged."""
    bare = value.removeprefix("-")
    if bare in audiences.AUDIENCES:
        return _minus(value) + audiences.name(bare, lang)
    if session.scalar(select(Event.id).where(Event.audience.contains(bare, autoescape=True)).limit(1)) is None:
        raise BadFilter(f"audience={value}")
    return value


def _say_access(_session: Session, value: str, lang: str) -> str:
    bare = value.removeprefix("-")
    if bare not in facilities.FACILITIES:
        raise BadFilter(f"access={value}")
    return _minus(value) + facilities.name(bare, lang)


def _say_day(words: Words[str]) -> Callable[[Session, str, str], str]:
    return lambda _, value, lang: words[lang].format(formatting.say_date(date.fromisoformat(value), lang))


def _minus(value: str) -> str:
    return MINUS if value.startswith("-") else ""


def _by_id(value: str) -> ColumnElement[bool]:
    return Venue.id == (int(value) if value.isdecimal() and len(value) < 10 else 0)


# In the canonical order in which addresses write them.
FILTER_KEYS: dict[str, FilterKey] = {
    key.name: key
    for key in (
        FilterKey(
            "kind",
            say=_say_of(("event", "announcement"), "kind"),
            conditions=_any_of("kind", filter_conditions.by_kind),
        ),
        FilterKey(
            "tag",
            spelled=_hashtag,
            say=_say_row("tag", Tag, lambda name: Tag.name == name, "#"),
            conditions=_any_of("tag", filter_conditions.by_tag, filter_conditions.by_every_tag),
            heading=HEADINGS["tag"],
            options=filter_options.tags,
            rank=2,
            renamed=True,
        ),
        FilterKey(
            "department",
            say=_say_row("department", Department, lambda slug: Department.slug == slug),
            conditions=_any_of("department", filter_conditions.by_department),
            heading=HEADINGS["department"],
            options=filter_options.departments,
            rank=3,
            renamed=True,
        ),
        FilterKey(
            "category",
            say=_say_row("category", Category, lambda slug: Category.slug == slug),
            conditions=_any_of("category", filter_conditions.by_category),
            heading=HEADINGS["category"],
            options=filter_options.categories,
            rank=1,
        ),
        FilterKey(
            "venue",
            say=_say_row("venue", Venue, _by_id),
            conditions=_any_of("venue", filter_conditions.by_venue),
            heading=HEADINGS["venue"],
            options=filter_options.venues,
            rank=4,
        ),
        FilterKey(
            "audience",
            say=_say_audience,
            conditions=_any_of("audience", filter_conditions.by_audience, filter_conditions.by_every_audience),
            heading=HEADINGS["audience"],
            options=filter_options.audiences_named,
            rank=5,
        ),
        FilterKey(
            "access",
            say=_say_access,
            conditions=_any_of("access", filter_conditions.by_access, filter_conditions.by_every_access),
            heading=fields.LABELS["facilities"],
            options=filter_options.access,
            rank=6,
        ),
        FilterKey("all", read=_combined, say=_say_of(COMBINED, "all")),
        FilterKey(
            "fee",
            read=_single(("free",).__contains__),
            say=lambda _session, _value, lang: labels.FREE[lang],
            conditions=_any_of("fee", filter_conditions.free_of_charge),
            heading=fields.LABELS["fee"],
            options=lambda _session, lang: [("free", labels.FREE[lang])],
            rank=7,
        ),
        FilterKey(
            "status",
            say=_say_of(STATUSES, "status"),
            conditions=_any_of("status", filter_conditions.by_status),
        ),
        FilterKey(
            "q",
            read=_searches,
            spelled=spelled,
            say=lambda _, value, lang: CONTAINING[lang].format(value),
            conditions=_containing,
        ),
        FilterKey("from", read=_single(read_day), say=_say_day(FROM), conditions=_within_days),
        FilterKey("to", read=_single(read_day), say=_say_day(UNTIL), conditions=_until_alone),
        FilterKey(
            "cancelled",
            read=_single(("mark", "drop").__contains__, unless="mark"),
            say=lambda _session, _value, lang: WITHOUT_CANCELLED[lang],
            conditions=_any_of("cancelled", filter_conditions.not_cancelled),
        ),
        FilterKey(
            "window",
            read=_single(WINDOW.fullmatch),
            say=lambda _, value, lang: WINDOWED[lang].format(*value.split("-")),
        ),
    )
}

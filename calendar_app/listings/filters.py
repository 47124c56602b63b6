"""What an address asks for: its filter, read, written in the one canonical order, said in words, as SQL conditions.

A filter's keys are joined by AND, a repeated key by OR, a leading "-" is NOT. What each key means is in `filter_keys`;
what `q` says itself is read by `search.query`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session

from calendar_app.listings.filter_keys import FILTER_KEYS, WINDOW, BadFilter
from calendar_app.listings.filter_options import Options
from calendar_app.text import languages

__all__ = ["EVERYTHING", "BadFilter", "Filter"]

MOST_PARAMETERS = 100  # of one address

# Keys that change how an answer is written, not what it is about, by the beginning of the addresses that know them.
OPTIONS = {
    "/events": ("encoding",),
    "/embed": ("look", "theme", "count"),
    "/search": ("page",),
    "/press": ("by", "width"),
}


class Chooser(NamedTuple):
    """What a page offers to press for one key: a heading, and values with their names."""

    heading: str
    options: Options


def keys() -> tuple[str, ...]:
    """Every key that a public address may carry, in the one order in which it is written. Others are ignored."""
    return (*FILTER_KEYS, "lang")


@dataclass(frozen=True, slots=True)
class Filter:
    """What an address asks for. `terms` holds (key, values) in the order of `keys`, values sorted."""

    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lang: str = ""

    def query(self, **more: str) -> str:
        """The one spelling of this filter as a query string, "" for none."""
        pairs = [(key, value) for key, values in self.terms for value in values]
        pairs += [(key, value) for key, value in {"lang": self.lang, **more}.items() if value]
        return urlencode(sorted(pairs, key=lambda pair: keys().index(pair[0])))

    def conditions(self) -> list[ColumnElement[bool]]:
        """What it asks of an entry; all of them must hold."""
        terms = dict(self.terms)
        return [condition for key in terms for condition in FILTER_KEYS[key].conditions(terms)]

    def but(self, key: str, *values: str) -> "Filter":
        """The same, with these values of a key for those that it has; none leaves the key out."""
        terms = dict(self.terms) | {key: tuple(sorted(values))}
        return Filter(tuple((key, terms[key]) for key in FILTER_KEYS if terms.get(key)), self.lang)

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
    for name, key in FILTER_KEYS.items():
        values = sorted({value for value in key.read(name, pairs.get(name, ())) if value.strip("-")})
        if values:
            terms.append((name, tuple(values)))
    lang = next(iter(pairs.get("lang", ())), "")
    if lang and lang not in languages.LANGUAGES:
        raise BadFilter(f"lang={lang}")
    return Filter(tuple(terms), lang)


def known(path: str, query: str) -> list[tuple[str, str]]:
    """The parameters of a query string that say something, as sent: unknown ones must not make new entries.

    Raises ValueError for more parameters than anybody means.
    """
    if not query:
        return []
    sent = query.encode("latin-1", "replace").decode("utf-8", "replace")  # WSGI gives bytes as latin-1 (PEP 3333)
    pairs = parse_qsl(sent, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    return [pair for pair in pairs if _key_meant(pair[0], _keys_at(path))]


def in_order(path: str, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same filter in its one spelling: in the order of the keys, nothing twice, nothing empty."""
    order = _keys_at(path)
    meant = [(_key_meant(name, order), value) for name, value in pairs if value.strip("-")]
    spelled = {(key, _spelled(key, value) or value) for key, value in meant}
    return sorted(spelled, key=lambda pair: (order.index(pair[0]), pair[1]))


def _keys_at(path: str) -> tuple[str, ...]:
    """The keys that addresses at a path know, in their order."""
    return (*keys(), *(name for start, names in OPTIONS.items() if path.startswith(start) for name in names))


def _key_meant(name: str, among: Sequence[str]) -> str:
    """The key that a parameter's name means, "" for none.

    `TAG`, `tag[]`, `tags` and `departmnet` mean a key too: who mistypes a filter must not subscribe to the whole city.
    """
    if name in among:
        return name
    plain = name.strip().casefold().removesuffix("[]")
    if plain in among:
        return plain
    near = [key for key in among if plain == f"{key}s" or (len(key) >= 5 and _one_slip(plain, key))]
    return near[0] if len(near) == 1 else ""


def _one_slip(typed: str, word: str) -> bool:
    """Whether one letter is missing, too many or wrong, or two neighbours have changed places."""
    head = _shared(typed, word)
    tail = _shared(typed[head:][::-1], word[head:][::-1])
    left, right = typed[head : len(typed) - tail], word[head : len(word) - tail]
    return max(len(left), len(right)) <= 1 or (len(left) == len(right) == 2 and left == right[::-1])


def _shared(first: str, second: str) -> int:
    """How many letters two words begin with alike."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))


def _spelled(key: str, value: str) -> str:
    if key == "lang":
        return languages.spelled(value)
    return FILTER_KEYS[key].spelled(value) if key in FILTER_KEYS else value


def words(session: Session, wanted: Filter, lang: str) -> list[str]:
    """A filter in words, for titles: ["#桜", "観光課"]. Raises BadFilter when a value names nothing that exists."""
    return [FILTER_KEYS[key].say(session, value, lang) for key, values in wanted.terms for value in values]


def choosers(session: Session, lang: str) -> dict[str, Chooser]:
    """What can be pressed to make a filter, by key, in the order in which pages offer it."""
    offered = sorted(FILTER_KEYS.values(), key=lambda key: key.rank)
    return {
        key.name: Chooser(key.heading[lang], key.options(session, lang))
        for key in offered
        if key.options and key.heading
    }

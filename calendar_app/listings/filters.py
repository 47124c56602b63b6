"""Read filters from addresses, write them in one canonical order, put them into words, and turn them into SQL
conditions.

A filter's keys are joined by AND, a repeated key by OR, or by AND where `all` names the key; a leading "-" is NOT.
`filter_keys` defines each key; `search.query` reads the text of `q`.
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

ALL_OF = "＋"  # between values of a key that must all hold, in words
MOST_PARAMETERS = 100  # of one address

# Keys that change the form of an answer but not its entries, by the beginning of the paths that know them.
OPTIONS = {
    "/events": ("encoding",),
    "/embed": ("look", "theme", "count"),
    "/agenda": ("after",),
    "/search": ("page",),
    "/press": ("by", "width"),
    "/api/v1": ("since", "fields", "limit", "cursor"),
}


class Chooser(NamedTuple):
    """What a page offers for one key: a heading, and values with their names."""

    heading: str
    options: Options


def keys() -> tuple[str, ...]:
    """Return every key that a public address may carry, in canonical order. Others are ignored."""
    return (*FILTER_KEYS, "lang")


@dataclass(frozen=True, slots=True)
class Filter:
    """The filter of an address. `terms` holds (key, values) in the order of `keys`, values sorted."""

    terms: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lang: str = ""

    def query(self, **more: str) -> str:
        """Return the canonical query string of this filter, "" when it is empty."""
        pairs = [(key, value) for key, values in self.terms for value in values]
        pairs += [(key, value) for key, value in {"lang": self.lang, **more}.items() if value]
        return urlencode(sorted(pairs, key=lambda pair: keys().index(pair[0])))

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return the SQL conditions on entries; all of them must hold."""
        terms = dict(self.terms)
        return [condition for key in terms for condition in FILTER_KEYS[key].conditions(terms)]

    def but(self, key: str, *values: str) -> "Filter":
        """Return a copy in which `values` replace those of the key. Without values the copy lacks the key."""
        terms = dict(self.terms) | {key: tuple(sorted(values))}
        return _filter(terms, self.lang)

    def values(self, key: str) -> tuple[str, ...]:
        """Return the values of a key."""
        return dict(self.terms).get(key, ())

    def first(self, key: str) -> str:
        """Return the value of a key that has only one, "" without it."""
        return next(iter(self.values(key)), "")

    def day(self, key: str) -> date | None:
        """Return the day of "from" or "to", or None."""
        return date.fromisoformat(self.first(key)) if self.first(key) else None

    @property
    def window(self) -> tuple[int, int] | None:
        """Return how many days back and ahead the address names, or None."""
        match = WINDOW.fullmatch(self.first("window"))
        return (int(match[1]), int(match[2])) if match else None

    @property
    def drops_cancelled(self) -> bool:
        """Whether cancelled events are left out."""
        return self.first("cancelled") == "drop"


EVERYTHING = Filter()


def read_filter(pairs: Mapping[str, Sequence[str]]) -> Filter:
    """Return the filter of a query string. Unknown keys and empty values are ignored.

    Raises BadFilter for an unknown language, and for a value that its key cannot read.
    """
    terms = {}
    for name, key in FILTER_KEYS.items():
        terms[name] = tuple(sorted({value for value in key.read(name, pairs.get(name, ())) if value.strip("-")}))
    lang = next(iter(pairs.get("lang", ())), "")
    if lang and lang not in languages.LANGUAGES:
        raise BadFilter(f"lang={lang}")
    return _filter(terms, lang)


def _filter(terms: Mapping[str, tuple[str, ...]], lang: str) -> Filter:
    """Return the filter of these values, in the order of the keys. `all` keeps only names of keys that have values."""
    of_all = tuple(name for name in terms.get("all", ()) if terms.get(name))
    meant = {**terms, "all": of_all}
    return Filter(tuple((key, meant[key]) for key in FILTER_KEYS if meant.get(key)), lang)


def known(path: str, query: str) -> list[tuple[str, str]]:
    """Return the known parameters of a query string as sent. Unknown ones must not make new cache entries.

    Raises ValueError for more than MOST_PARAMETERS.
    """
    if not query:
        return []
    sent = query.encode("latin-1", "replace").decode("utf-8", "replace")  # WSGI gives bytes as latin-1 (PEP 3333)
    pairs = parse_qsl(sent, keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    return [pair for pair in pairs if _key_meant(pair[0], _keys_at(path))]


def in_order(path: str, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the parameters in canonical spelling: in the order of the keys, without repeated or empty ones."""
    order = _keys_at(path)
    meant = [(_key_meant(name, order), value) for name, value in pairs if value.strip("-")]
    spelled = {(key, _spelled(key, value) or value) for key, value in meant}
    return sorted(spelled, key=lambda pair: (order.index(pair[0]), pair[1]))


def _keys_at(path: str) -> tuple[str, ...]:
    """Return the keys that addresses at a path know, in their order."""
    return (*keys(), *(name for start, names in OPTIONS.items() if path.startswith(start) for name in names))


def _key_meant(name: str, among: Sequence[str]) -> str:
    """Return the key that a parameter's name means, "" for none.

    `TAG`, `tag[]`, `tags` and `departmnet` count too, lest a mistyped filter subscribe somebody to the whole city.
    """
    if name in among:
        return name
    plain = name.strip().casefold().removesuffix("[]")
    if plain in among:
        return plain
    near = [key for key in among if plain == f"{key}s" or (len(key) >= 5 and _one_slip(plain, key))]
    return near[0] if len(near) == 1 else ""


def _one_slip(typed: str, word: str) -> bool:
    """Whether one letter is missing, extra or wrong, or two neighbours are swapped."""
    head = _shared(typed, word)
    tail = _shared(typed[head:][::-1], word[head:][::-1])
    left, right = typed[head : len(typed) - tail], word[head : len(word) - tail]
    return max(len(left), len(right)) <= 1 or (len(left) == len(right) == 2 and left == right[::-1])


def _shared(first: str, second: str) -> int:
    """Return how many letters two words have in common at their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, second, strict=False)))


def _spelled(key: str, value: str) -> str:
    if key == "lang":
        return languages.spelled(value)
    return FILTER_KEYS[key].spelled(value) if key in FILTER_KEYS else value


def words(session: Session, wanted: Filter, lang: str) -> list[str]:
    """Return a filter in words, for titles: ["#桜", "観光課"], or ["#桜＋#紅葉"] where all values of a key must hold.

    Raises BadFilter when a value names nothing that exists.
    """
    said: list[str] = []
    for key, values in wanted.terms:
        names = {value: FILTER_KEYS[key].say(session, value, lang) for value in values if key != "all"}
        together = [value for value in names if key in wanted.values("all") and not value.startswith("-")]
        said += [ALL_OF.join(names[value] for value in together)] if together else []
        said += [name for value, name in names.items() if value not in together]
    return said


def choosers(session: Session, lang: str) -> dict[str, Chooser]:
    """Return the choices that pages offer, by key, in the order of their rank."""
    offered = sorted(FILTER_KEYS.values(), key=lambda key: key.rank)
    return {
        key.name: Chooser(key.heading[lang], key.options(session, lang))
        for key in offered
        if key.options and key.heading
    }

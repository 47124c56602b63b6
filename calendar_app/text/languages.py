"""The languages, their names, and the languages that stand in for each.

Our own texts are in Japanese and English; every other language is a catalog (`translations/<code>`) of the English,
for templates (gettext) and for tables of words (`Words`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from babel import Locale
from babel.core import get_global
from babel.messages import Catalog
from babel.messages.pofile import read_po

from calendar_app.text import countries

T = TypeVar("T")
CATALOGS = Path(__file__).resolve().parent.parent / "translations"
_KANA = re.compile(r"[ぁ-ヺー]")
STAFF = ("ja", "en")  # the languages of the desk


@dataclass(frozen=True, slots=True)
class Language:
    """A language. `tag` is BCP 47. `after` lists the languages that stand in for it, nearest first.

    `wide`: brackets, colons and commas are full width. `spaced`: spaces separate words. `formal`, `plain`: see the
    functions of these names. `reads_kanji`: its readers know Japanese names in kanji.
    """

    name: str
    tag: str
    after: tuple[str, ...]
    wide: bool = False
    spaced: bool = False
    formal: bool = False
    plain: bool = False
    reads_kanji: bool = False


# "simple" is a registered variant (2015) for exactly this; a bare "ja" would say that both pages are the same.
LANGUAGES = {
    "ja": Language("日本語", "ja", (), wide=True, formal=True),
    "easy": Language("やさしい日本語", "ja-simple", ("ja",), wide=True, plain=True),
    "en": Language("English", "en", ("ja",), spaced=True),
    "zh": Language("简体中文", "zh-Hans", ("en", "ja"), wide=True, reads_kanji=True),
    "zh-Hant": Language("繁體中文", "zh-Hant", ("zh", "en", "ja"), wide=True, reads_kanji=True),
    "ko": Language("한국어", "ko", ("en", "ja"), spaced=True),
    "de": Language("Deutsch", "de", ("en", "ja"), spaced=True),
}
# Other spellings of the codes; addresses with them redirect to the canonical one.
_SPELLINGS = {
    **{language.tag.lower(): code for code, language in LANGUAGES.items()},
    **{code.lower(): code for code in LANGUAGES},
    **dict.fromkeys(("zh-cn", "zh-sg", "zh-hans-cn", "cn"), "zh"),
    **dict.fromkeys(("zh-tw", "zh-hk", "zh-mo", "zh-hant-tw", "zh-hant-hk", "tw"), "zh-Hant"),
    "ja-jp": "ja",
    "en-us": "en",
    "en-gb": "en",
    "ko-kr": "ko",
    "kr": "ko",
    "jp": "ja",
}
TABLES: list["Words[Any]"] = []  # every table, which a catalog must translate


class Words(dict[str, T]):
    """A text, or a table of texts, by language. Missing languages come from the catalogs."""

    def __init__(self, by_language: dict[str, T]) -> None:
        super().__init__(by_language)
        self._made: dict[str, T] = {}
        TABLES.append(self)

    def __missing__(self, lang: str) -> T:
        if lang not in self._made:
            self._made[lang] = cast(T, _translated(self["en"], lang, self[_last(lang)]))
        return self._made[lang]


def tables(rows: dict[str, dict[str, str]]) -> dict[str, Words[str]]:
    """Make a table whose rows are texts by language."""
    return {key: Words(row) for key, row in rows.items()}


def spelled(lang: str) -> str:
    """Return the canonical code of a language (zh-TW is zh-Hant); an unknown code stays as it is."""
    return _SPELLINGS.get(lang.lower().replace("_", "-"), lang)


def chain(lang: str) -> tuple[str, ...]:
    """Return the language and its stand-ins, nearest first."""
    return lang, *LANGUAGES[lang].after


def translations(lang: str) -> tuple[str, ...]:
    """Return the languages whose translations precede the original text: up to the first of Japanese, English and the
    language in which the city writes."""
    among, ends = chain(lang), (*STAFF, countries.here().language)
    return among[: next(place for place, code in enumerate(among) if code in ends) + 1]


def nearest(lang: str, offered: Iterable[str], otherwise: str) -> str:
    """Return the first language of the chain that is offered: the desk of a Korean reader is in English."""
    among = set(offered)
    return next((code for code in chain(lang) if code in among), otherwise) if lang in LANGUAGES else otherwise


def tag(lang: str) -> str:
    """Return the BCP 47 tag, for lang, hreflang and xml:lang."""
    return LANGUAGES[lang].tag


def og_locale(lang: str) -> str:
    """Return language_TERRITORY for Open Graph, with the most likely territory."""
    likely = get_global("likely_subtags")
    bare = str(locale(lang)).partition("@")[0]
    whole = (likely.get(bare) or likely[bare.partition("_")[0]]).split("_")
    return f"{whole[0]}_{whole[-1]}"


def wide(lang: str) -> bool:
    """Whether brackets, colons and commas are full width."""
    return LANGUAGES[lang].wide


def spaced(lang: str) -> bool:
    """Whether spaces separate words."""
    return LANGUAGES[lang].spaced


def formal(lang: str) -> bool:
    """Tell whether the language is that of Japan's town halls: with era years and readings of names."""
    return LANGUAGES[lang].formal and "era" in countries.here().shows


def plain(lang: str) -> bool:
    """Tell whether the language is for learners: 「10時から」, never "10:00–"."""
    return LANGUAGES[lang].plain


def colon(lang: str) -> str:
    """Return the sign between a label and its text."""
    return "：" if wide(lang) else ": "


def quoted(text: str, lang: str) -> str:
    """Return a text in the language's quotation marks."""
    return f"「{text}」" if wide(lang) else f"“{text}”"


def dot(lang: str) -> str:
    """Return the sign between two remarks of a line."""
    return "・" if wide(lang) else "·"


def comma(lang: str) -> str:
    """Return the separator of a list."""
    return "、" if wide(lang) else ", "


def named(name: str, english: str, lang: str) -> str:
    """Return a name for a reader: as typed, in English, or as a translation of the English name.

    Chinese readers know 仙北市 better than "Semboku City", and see it on signs; names with kana appear in English.
    """
    original = countries.here().language
    if original == "ja" and LANGUAGES[lang].reads_kanji and not messages(lang).get(english) and not _KANA.search(name):
        return name
    for code in chain(lang):
        if code == original:
            return name
        if translation := english if code == "en" else messages(code).get(english, ""):
            return translation
    return name


def called(other: str, lang: str) -> str:
    """Return the name of a language in another one: 日语."""
    if plain(lang):
        return "ふつうの 日本語" if other == "ja" else LANGUAGES[other].name
    return str(locale(lang).languages.get(tag(other).partition("-")[0], LANGUAGES[other].name))


def locale(lang: str) -> Locale:
    """Return the CLDR data of a language; easy Japanese uses those of Japanese, under a name of its own."""
    return _locale("ja@easy" if plain(lang) else tag(lang).replace("-", "_"))


@lru_cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


@lru_cache
def catalog(lang: str) -> Catalog:
    """Read the .po file itself: there is no compiled copy that could go stale. Empty without a file."""
    path = CATALOGS / lang / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file)


@lru_cache
def messages(lang: str) -> dict[str, str]:
    """Map English texts to this language."""
    return {
        entry.id: entry.string
        for entry in catalog(lang)
        if isinstance(entry.id, str) and isinstance(entry.string, str) and entry.id and entry.string and not entry.fuzzy
    }


def _last(lang: str) -> str:
    """Return the end of the chain for our own texts, which all exist in English and Japanese."""
    return next(code for code in chain(lang) if code in STAFF)


def _translated(english: Any, lang: str, otherwise: Any) -> Any:
    if isinstance(english, dict):
        return {key: _translated(value, lang, otherwise[key]) for key, value in english.items()}
    if isinstance(english, tuple):
        return tuple(_translated(text, lang, other) for text, other in zip(english, otherwise, strict=True))
    candidates = (messages(code).get(english) for code in chain(lang) if code not in STAFF)
    return next(filter(None, candidates), otherwise) if english else otherwise

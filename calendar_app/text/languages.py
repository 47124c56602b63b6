"""Which languages there are, what each is called, and where it takes the words from that it lacks.

Texts of our own are written in Japanese and English; every other language is a catalog (`translations/<code>`) that
translates the English, for templates (gettext) and for tables of words (`Words`) alike.
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

T = TypeVar("T")
CATALOGS = Path(__file__).resolve().parent.parent / "translations"
_KANA = re.compile(r"[ぁ-ヺー]")
STAFF = ("ja", "en")  # the languages of the desk


@dataclass(frozen=True, slots=True)
class Language:
    """`tag` is BCP 47. `after` are the languages that stand in for it, nearest first.

    `wide` says that brackets, colons and commas are of the width of a letter; `spaced` that words stand apart; `formal`
    and `plain` as the functions of these names say; `reads_kanji` that a Japanese name in kanji is read as it stands.
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
}
# How else people and programs write them; each answers by going to the one spelling.
_SPELLINGS = {
    **{one.tag.lower(): code for code, one in LANGUAGES.items()},
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
TABLES: list["Words[Any]"] = []  # all that there are: what a catalog must translate


class Words(dict[str, T]):
    """A text, or a table of texts, by language: what it does not hold itself is read from the catalogs."""

    def __init__(self, by_language: dict[str, T]) -> None:
        super().__init__(by_language)
        self._made: dict[str, T] = {}
        TABLES.append(self)

    def __missing__(self, lang: str) -> T:
        if lang not in self._made:
            self._made[lang] = cast(T, _translated(self["en"], lang, self[_last(lang)]))
        return self._made[lang]


def tables(rows: dict[str, dict[str, str]]) -> dict[str, Words[str]]:
    """A table whose rows are texts by language."""
    return {key: Words(row) for key, row in rows.items()}


def spelled(lang: str) -> str:
    """The one spelling of a language in addresses: zh-TW is zh-Hant. Of a language that we do not have, as it is."""
    return _SPELLINGS.get(lang.lower().replace("_", "-"), lang)


def chain(lang: str) -> tuple[str, ...]:
    """The language and those that stand in for it, nearest first."""
    return lang, *LANGUAGES[lang].after


def translations(lang: str) -> tuple[str, ...]:
    """In which languages a translation may be shown to a reader before the text as it was written: up to one of ours."""
    among = chain(lang)
    return among[: among.index(_last(lang)) + 1]


def nearest(lang: str, offered: Iterable[str], otherwise: str) -> str:
    """The first of the chain that is offered: the desk of somebody who reads Korean is in English."""
    among = set(offered)
    return next((one for one in chain(lang) if one in among), otherwise) if lang in LANGUAGES else otherwise


def tag(lang: str) -> str:
    """As BCP 47 wants it, for lang, hreflang and xml:lang."""
    return LANGUAGES[lang].tag


def og_locale(lang: str) -> str:
    """language_TERRITORY, as Open Graph writes it: where most of its readers live."""
    likely = get_global("likely_subtags")
    bare = str(locale(lang)).partition("@")[0]
    whole = (likely.get(bare) or likely[bare.partition("_")[0]]).split("_")
    return f"{whole[0]}_{whole[-1]}"


def wide(lang: str) -> bool:
    return LANGUAGES[lang].wide


def spaced(lang: str) -> bool:
    return LANGUAGES[lang].spaced


def formal(lang: str) -> bool:
    """The Japanese of town halls: with years of the era, names of holidays, readings of names."""
    return LANGUAGES[lang].formal


def plain(lang: str) -> bool:
    """Easy words for learners: 「10時から」, never "10:00–"; what is ordinary is called so."""
    return LANGUAGES[lang].plain


def colon(lang: str) -> str:
    return "：" if wide(lang) else ": "


def comma(lang: str) -> str:
    """What stands between the parts of a list."""
    return "、" if wide(lang) else ", "


def named(name: str, english: str, lang: str) -> str:
    """The name of a thing for a reader: as typed, or its English, or what a catalog makes of that.

    Who reads Chinese reads 仙北市 better than "Semboku City", and finds it on signs; what has kana in it, in English.
    """
    if LANGUAGES[lang].reads_kanji and not messages(lang).get(english) and not _KANA.search(name):
        return name
    for code in chain(lang):
        if code == "ja":
            return name
        if found := english if code == "en" else messages(code).get(english, ""):
            return found
    return name


def called(other: str, lang: str) -> str:
    """What a language is called in another one: 日语."""
    if plain(lang):
        return "ふつうの 日本語" if other == "ja" else LANGUAGES[other].name
    return str(locale(lang).languages.get(tag(other).partition("-")[0], LANGUAGES[other].name))


def locale(lang: str) -> Locale:
    """Its data in CLDR; easy Japanese has those of Japanese, under a name of its own."""
    return _locale("ja@easy" if plain(lang) else tag(lang).replace("-", "_"))


@lru_cache
def _locale(name: str) -> Locale:
    return Locale.parse(name)


@lru_cache
def catalog(lang: str) -> Catalog:
    """Straight from the .po file: no compiled copy that could be forgotten or go stale. Empty without one."""
    path = CATALOGS / lang / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return Catalog()
    with path.open("rb") as file:
        return read_po(file)


@lru_cache
def messages(lang: str) -> dict[str, str]:
    """English → this language."""
    return {
        one.id: one.string
        for one in catalog(lang)
        if isinstance(one.id, str) and isinstance(one.string, str) and one.id and one.string and not one.fuzzy
    }


def _last(lang: str) -> str:
    """Where the chain ends for texts of our own, which all have English and Japanese."""
    return next(one for one in chain(lang) if one in STAFF)


def _translated(english: Any, lang: str, otherwise: Any) -> Any:
    if isinstance(english, dict):
        return {key: _translated(value, lang, otherwise[key]) for key, value in english.items()}
    if isinstance(english, tuple):
        return tuple(_translated(one, lang, other) for one, other in zip(english, otherwise, strict=True))
    found = (messages(code).get(english) for code in chain(lang) if code not in STAFF)
    return next(filter(None, found), otherwise) if english else otherwise

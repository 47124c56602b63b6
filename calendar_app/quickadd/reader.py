"""The text while readers work on it: in one spelling, with claimed words blanked so that no word is read twice."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

LONGEST = 4000  # characters
BLANK = "\0"

_LETTER = re.compile(r".[ﾞﾟ]?", re.DOTALL)  # half-width kana carry their marks behind them
_ONE_SPELLING = str.maketrans(
    {**dict.fromkeys("‐‑‒–—―−", "-"), **dict.fromkeys("〜∼", "~"), **dict.fromkeys("\r\t\v\f\0\u200b\ufeff", " ")}
)
PHONE = r"(?<![\d-])0\d{1,4} ?[-(] ?\d{1,4} ?[-)] ?\d{3,4}(?![\d-])(?: ?\(?内線:? ?\d{1,5}\)?)?"
_ADDRESS = re.compile(
    rf"https?://[^\s、。「」]{{1,500}}|[\w.+-]{{1,64}}@[\w-]{{1,60}}(?:\.[\w-]{{1,60}}){{1,6}}|〒 ?\d{{3}}-\d{{4}}|\bfax:? ?[\d()-]{{8,20}}|{PHONE}"
)
_KANJI = "[一二三四五六七八九]?十?[一二三四五六七八九]?"
_KANJI_TIME = re.compile(
    rf"(?<![一-龠])(?P<m>(?=[一二三四五六七八九十]){_KANJI})月 ?(?P<d>(?=[一二三四五六七八九十]){_KANJI})日|午[前後](?P<h>(?=[一二三四五六七八九十]){_KANJI})時"
)
_NUMBERED = re.compile(r"[①-⑳❶-❿⑴-⑽]")  # 「①10:30」 is no 110:30


@dataclass(frozen=True, slots=True)
class Finding:
    """Words that a reader understood: `text` at `[start:end]` of the typed text, for this `field` of the form.

    `meaning` is what they mean, as it is shown to the person.
    """

    field: str
    text: str
    start: int
    end: int
    meaning: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a person should check. `code` is stable, `field` is the form's field, `message` is a sentence.

    The sentence is plain text and may repeat the typed text, so a page must escape it.
    """

    code: str
    field: str
    message: str


@dataclass(slots=True)
class Page:
    """The typed text and the state of its readers.

    `plain` is `text` in one spelling: half width, lower case. `offsets[i]` is the place in `text` that `plain[i]` comes from.
    `aside` holds spans that fit no field and no title; `leftovers` the texts that nobody claimed.
    """

    text: str
    plain: str
    offsets: list[int]
    today: date
    lang: str
    values: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    aside: list[tuple[int, int]] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)


def open_page(text: str, today: date, lang: str) -> Page:
    """Make a page of the first 4,000 characters of a text."""
    text = unicodedata.normalize("NFC", text)[:LONGEST]
    letters: list[str] = []
    offsets: list[int] = []
    for match in _LETTER.finditer(text):
        folded = to_plain(match[0])
        if folded == " " and letters[-2:] == [" ", " "]:
            continue  # two spaces separate as well as a thousand
        letters.append(folded)
        offsets += [match.start()] * len(folded)
    plain, offsets = _arabic("".join(letters), [*offsets, len(text)])
    return Page(text, plain, offsets, today, lang)


def _arabic(plain: str, offsets: list[int]) -> tuple[str, list[int]]:
    """Write the kanji numbers of dates and times in digits: 四月二十五日, 午前八時半."""
    pieces, places, position = [], [], 0
    for match in _KANJI_TIME.finditer(plain):
        for group in (name for name in ("m", "d", "h") if match[name]):
            start, end = match.span(group)
            number = str(_kanji_number(match[group]))
            pieces += [plain[position:start], number]
            places += [*offsets[position:start], *[offsets[start]] * len(number)]
            position = end
    return "".join([*pieces, plain[position:]]), [*places, *offsets[position:]]


def _kanji_number(text: str) -> int:
    tens, ten, ones = text.rpartition("十")
    return (("一二三四五六七八九".find(tens) + 1 or 1) * 10 if ten else 0) + "一二三四五六七八九".find(ones or "〇") + 1


@lru_cache(maxsize=4096)
def to_plain(text: str) -> str:
    """Fold a letter or a short text to one spelling: half width, lower case, one kind of dash and of wave."""
    if _NUMBERED.fullmatch(text):
        return " "
    return unicodedata.normalize("NFKC", text).lower().translate(_ONE_SPELLING)


def without_addresses(plain: str) -> str:
    """Blank addresses and telephone numbers, which look like dates."""
    return _ADDRESS.sub(lambda match: BLANK * len(match[0]), plain)


def hidden(plain: str, spans: Iterable[tuple[int, int]], by: str = BLANK) -> str:
    """Return the text with these spans blanked."""
    for start, end in spans:
        plain = f"{plain[:start]}{by * (end - start)}{plain[end:]}"
    return plain


def original(page: Page, start: int, end: int) -> str:
    """Return the words at `plain[start:end]` as they were typed."""
    return page.text[page.offsets[start] : page.offsets[end]].strip()


def claim(page: Page, span: tuple[int, int], field_name: str, meaning: str, *, keep: bool = False) -> None:
    """Claim words for a field: report them as a finding and blank them. With `keep` they stay readable, as for a title."""
    start, end = span
    text = original(page, start, end)
    page.findings.append(Finding(field_name, text, page.offsets[start], page.offsets[end], meaning))
    if not keep:
        blank(page, start, end)


def blank(page: Page, start: int, end: int) -> None:
    """Hide words from the readers that follow."""
    page.plain = f"{page.plain[:start]}{BLANK * (end - start)}{page.plain[end:]}"


def set_aside(page: Page, span: tuple[int, int]) -> None:
    """Mark words that fit no field and no title. They stay in the text, for the details."""
    page.aside.append(span)


def set_value(page: Page, name: str, value: Any) -> bool:
    """Set the value of a field unless it has one. Returns whether it was set."""
    if name in page.values:
        return False
    page.values[name] = value
    return True


def add_doubt(page: Page, code: str, field_name: str, sentence: str) -> None:
    """Add a doubt, once."""
    new = Doubt(code, field_name, sentence)
    if new not in page.doubts:
        page.doubts.append(new)

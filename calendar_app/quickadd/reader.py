"""The text while it is being read: in one spelling, with what has been understood blanked, so that nothing is read twice."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
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
_NUMBERED = re.compile(r"[①-⑳❶-❿⑴-⑽]")  # 「①10:30」 is no 110:30


@dataclass(frozen=True, slots=True)
class Finding:
    """A part of the text that was understood: the form's field, the words and where they stand, and how they are said back."""

    field: str
    text: str
    start: int
    end: int
    said: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that a person should look at. `code` is stable, `field` the form's field, `said` a sentence.

    The sentence is plain text that may repeat what was typed, so a page must escape it.
    """

    code: str
    field: str
    said: str


@dataclass(slots=True)
class Page:
    """`plain` is `text` in one spelling, half width and lower case; `at` says for each of its letters where it came from."""

    text: str
    plain: str
    at: list[int]
    today: date
    lang: str
    values: dict[str, Any] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    aside: list[tuple[int, int]] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)


def open_page(text: str, today: date, lang: str) -> Page:
    text = unicodedata.normalize("NFC", text)[:LONGEST]
    letters: list[str] = []
    at: list[int] = []
    for found in _LETTER.finditer(text):
        folded = to_plain(found[0])
        if folded == " " and letters[-2:] == [" ", " "]:
            continue  # a thousand spaces say no more than two
        letters.append(folded)
        at += [found.start()] * len(folded)
    return Page(text, "".join(letters), [*at, len(text)], today, lang)


def to_plain(text: str) -> str:
    """One spelling: half width, lower case, one dash and one wave."""
    if _NUMBERED.fullmatch(text):
        return " "
    return unicodedata.normalize("NFKC", text).lower().translate(_ONE_SPELLING)


def without_addresses(plain: str) -> str:
    """The page as dates are looked for in it: addresses and telephone numbers hold none."""
    return _ADDRESS.sub(lambda found: BLANK * len(found[0]), plain)


def original(page: Page, start: int, end: int) -> str:
    """The words as they were typed."""
    return page.text[page.at[start] : page.at[end]].strip()


def claim(page: Page, span: tuple[int, int], field_name: str, said: str, *, keep: bool = False) -> None:
    """These words are understood: they are told, and not read again, unless they are to stay in the title as well."""
    start, end = span
    text = original(page, start, end)
    page.findings.append(Finding(field_name, text, page.at[start], page.at[end], said))
    if not keep:
        blank(page, start, end)


def blank(page: Page, start: int, end: int) -> None:
    page.plain = f"{page.plain[:start]}{BLANK * (end - start)}{page.plain[end:]}"


def set_aside(page: Page, span: tuple[int, int]) -> None:
    """These words fit no field and are no part of a title; they stay where they stand, for the details."""
    page.aside.append(span)


def set_value(page: Page, name: str, value: Any) -> bool:
    """Fill a field. What comes first stays; whether it was given."""
    if name in page.values:
        return False
    page.values[name] = value
    return True


def add_doubt(page: Page, code: str, field_name: str, said: str) -> None:
    one = Doubt(code, field_name, said)
    if one not in page.doubts:
        page.doubts.append(one)

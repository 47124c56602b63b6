"""The labelled parts of a notice, each into its field; what has none is kept in the details under its label."""

import re

from calendar_app.quickadd import details, set_phrases
from calendar_app.quickadd.labels import Section
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import BLANK, Page, blank, claim, original, set_value
from calendar_app.text.labels import yen

LIMITS = {
    "title": 200,
    "audience": 200,
    "apply": 500,
    "contact": 300,
    "organizer": 200,
    "weather": 200,
    "fee_note": 300,
}
_YEN = re.compile(r"(\d[\d,]{0,8}) ?円")
_EDGES = " 　\n、,:：|・※"


def read_sections(page: Page, sections: list[Section]) -> None:
    for one in sections:
        text = _words(page, one)
        if not text or one.kind in ("", "when", "clock", "place"):
            continue
        _READERS.get(one.kind, _text)(page, one, text)


def _words(page: Page, one: Section) -> str:
    """The words of a part, without what was understood before: a # or what happens in rain."""
    runs = re.finditer(rf"[^{BLANK}]+", page.plain[one.start : one.end])
    said = (original(page, one.start + run.start(), one.start + run.end()).strip(_EDGES) for run in runs)
    return "\n".join(filter(lambda text: re.search(r"\w", text), said))


def _span(page: Page, one: Section) -> tuple[int, int]:
    """From its first to its last word that is not yet understood."""
    words = _plain(page, one)
    bare = words.replace(BLANK, " ")
    start = one.start + len(bare) - len(bare.lstrip())
    return start, max(start, one.start + len(bare.rstrip(" \n※")))


def _text(page: Page, one: Section, text: str) -> None:
    """The words themselves."""
    line = re.sub(r"\s*\n\s*", "　", text) if one.kind != "apply" else text
    if len(line) > LIMITS[one.kind]:
        warn(page, "cut", one.kind)
        _body(page, one, text)
    elif set_value(page, one.kind, line):
        claim(page, _span(page, one), one.kind, line)
    else:
        _body(page, one, text)


def _title(page: Page, one: Section, text: str) -> None:
    first, _newline, rest = text.partition("\n")
    if rest or len(first) > LIMITS["title"] or not set_value(page, "title", first.strip("「」『』")):
        return
    claim(page, _span(page, one), "title", page.values["title"])


def _fee(page: Page, one: Section, text: str) -> None:
    amount = set_phrases.parse_number(text, whole=True)
    amounts = _YEN.findall(_plain(page, one))
    free = re.match(r"(?:入場|参加|観覧|聴講)?無料|free\b|不要", text.lower())
    if amount is None and (free or len(amounts) == 1):
        amount = 0 if free and not amounts else int(amounts[0].replace(",", "")) if not free else None
    if amount is not None and 0 <= amount <= 10_000_000:
        set_value(page, "fee", str(amount))
    said = yen(int(amount), page.lang) if amount is not None else text
    if not re.fullmatch(r"(?:入場|参加|観覧|聴講)?無料。?|[\d,, ]+円?|free", text.lower()):
        set_value(page, "fee_note", text[: LIMITS["fee_note"]])
        said = text
    claim(page, _span(page, one), "fee", said)


def _capacity(page: Page, one: Section, text: str) -> None:
    """The number of people or groups; how they are chosen; and the words, where they say more than that."""
    span = _span(page, one)
    found = re.search(r"(?<![\d.])\d{1,3}(?:,?\d{3})?(?![\d.]| ?[歳才年月回階])", _plain(page, one))
    number = int(found[0].replace(",", "")) if found else 0
    if number and set_value(page, "capacity", str(number)):
        claim(page, span, "capacity", str(number), keep=True)
    for word, said in (("先着", "先着順"), ("抽選", "抽選")):
        if word in text and set_value(page, "apply", said):
            claim(page, span, "apply", said, keep=True)
    if not number or re.sub(r"[\d,\s人名様各回約先着順抽選()（）、,]", "", _plain(page, one)).strip(BLANK):
        _body(page, one, text)
    else:
        blank(page, *span)


def _apply(page: Page, one: Section, text: str) -> None:
    details.read_application_dates(page, one.start, one.end, inside=True)
    page.values.pop("apply", None)  # 先着順 is said again, or less important than how
    page.findings = [piece for piece in page.findings if piece.field != "apply"]
    _text(page, one, text)


def _closing(page: Page, one: Section, text: str) -> None:
    details.read_application_dates(page, one.start, one.end, inside=True, bare=one.kind == "deadline")
    rest = re.sub(r"[\s\0、。()必着まで先順]", "", page.plain[one.start : one.end])
    if rest:
        _body(page, one, text)


def _tags(page: Page, one: Section, text: str) -> None:
    names = [name.strip("#＃") for name in re.split(r"[\s、,]+", text) if name.strip("#＃")]
    if set_value(page, "tags", " ".join(f"#{name}" for name in names)):
        claim(page, _span(page, one), "tags", page.values["tags"])


def _body(page: Page, one: Section, text: str) -> None:
    """Kept under its label."""
    colon = "：" if page.lang == "ja" else ": "
    label = one.label if one.label.isascii() else re.sub(r"\s", "", one.label)
    line = f"{label}{colon}{text}"
    page.values["body"] = "\n\n".join(filter(None, (page.values.get("body", ""), line)))
    claim(page, _span(page, one), "body", line)


def _plain(page: Page, one: Section) -> str:
    return page.plain[one.start : one.end]


_READERS = {
    "title": _title,
    "fee": _fee,
    "capacity": _capacity,
    "apply": _apply,
    "open": _closing,
    "deadline": _closing,
    "tags": _tags,
    "body": _body,
}

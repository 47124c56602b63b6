"""Read the labelled parts of a notice, each into its field. A part without a field is kept in the details under its label."""

import re

from calendar_app.fields import EVENT, texts
from calendar_app.quickadd import details, set_phrases
from calendar_app.quickadd.labels import Section
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import BLANK, Page, blank, claim, original, set_value
from calendar_app.quickadd.titles import bare_title
from calendar_app.text import languages
from calendar_app.text.labels import money

LIMITS = {name: EVENT[name].limit for name in texts("event")}
_FEES = EVENT["fee"].bounds or (0, 0)  # yen
_YEN = re.compile(r"(\d[\d,]{0,8}) ?円")
_EDGES = " 　\n、,:：|・※"


def read_sections(page: Page, sections: list[Section]) -> None:
    """Read every labelled part but the dates, times and places, which have readers of their own."""
    for section in sections:
        text = _unclaimed_words(page, section)
        if not text or section.kind in ("", "when", "clock", "place"):
            continue
        _READERS.get(section.kind, _copy)(page, section, text)


def _unclaimed_words(page: Page, section: Section) -> str:
    """Return the words of a part that no earlier reader claimed, such as a hashtag or a rule for rain."""
    runs = re.finditer(rf"[^{BLANK}]+", page.plain[section.start : section.end])
    phrases = (original(page, section.start + run.start(), section.start + run.end()).strip(_EDGES) for run in runs)
    return "\n".join(filter(lambda text: re.search(r"\w", text), phrases))


def _unclaimed_span(page: Page, section: Section) -> tuple[int, int]:
    """Return the span from the first to the last unclaimed word of a part."""
    words = _plain_text(page, section)
    bare = words.replace(BLANK, " ")
    start = section.start + len(bare) - len(bare.lstrip())
    return start, max(start, section.start + len(bare.rstrip(" \n※")))


def _copy(page: Page, section: Section, text: str) -> None:
    """Copy the words into the field of the part; words that do not fit go to the details."""
    line = re.sub(r"\s*\n\s*", "　", text) if section.kind != "apply" else text
    if len(line) > LIMITS[section.kind]:
        warn(page, "cut", section.kind)
        _keep_in_body(page, section, text)
    elif set_value(page, section.kind, line):
        claim(page, _unclaimed_span(page, section), section.kind, line)
    else:
        _keep_in_body(page, section, text)


def _title(page: Page, section: Section, text: str) -> None:
    first, _newline, rest = text.partition("\n")
    if rest or len(first) > LIMITS["title"] or not set_value(page, "title", bare_title(first.strip("「」『』"))):
        return
    claim(page, _unclaimed_span(page, section), "title", page.values["title"])


def _fee(page: Page, section: Section, text: str) -> None:
    amount = set_phrases.parse_number(text, whole=True)
    amounts = _YEN.findall(_plain_text(page, section))
    free = re.match(r"(?:入場|参加|観覧|聴講)?無料|free\b|不要", text.lower())
    if amount is None and (free or len(amounts) == 1):
        amount = 0 if free and not amounts else int(amounts[0].replace(",", "")) if not free else None
    if amount is not None and _FEES[0] <= amount <= _FEES[1]:
        set_value(page, "fee", str(amount))
    meaning = money(int(amount), page.lang) if amount is not None else text
    if not re.fullmatch(r"(?:入場|参加|観覧|聴講)?無料。?|[\d,, ]+円?|free", text.lower()):
        set_value(page, "fee_note", text[: LIMITS["fee_note"]])
        meaning = text
    claim(page, _unclaimed_span(page, section), "fee", meaning)


def _capacity(page: Page, section: Section, text: str) -> None:
    """Read the number of people or groups and how they are chosen; keep the words in the details if they say more."""
    span = _unclaimed_span(page, section)
    match = re.search(r"(?<![\d.])\d{1,3}(?:,?\d{3})?(?![\d.]| ?[歳才年月回階])", _plain_text(page, section))
    number = int(match[0].replace(",", "")) if match else 0
    if number and set_value(page, "capacity", str(number)):
        claim(page, span, "capacity", str(number), keep=True)
    for word, method in (("先着", "先着順"), ("抽選", "抽選")):
        if word in text and set_value(page, "apply", method):
            claim(page, span, "apply", method, keep=True)
    if not number or re.sub(r"[\d,\s人名様各回約先着順抽選()（）、,]", "", _plain_text(page, section)).strip(BLANK):
        _keep_in_body(page, section, text)
    else:
        blank(page, *span)


def _apply(page: Page, section: Section, text: str) -> None:
    details.read_application_dates(page, section.start, section.end, inside=True)
    page.values.pop("apply", None)  # the part repeats 先着順, or says something more important
    page.findings = [piece for piece in page.findings if piece.field != "apply"]
    _copy(page, section, text)


def _deadline(page: Page, section: Section, text: str) -> None:
    details.read_application_dates(page, section.start, section.end, inside=True, bare=section.kind == "deadline")
    rest = re.sub(r"[\s\0、。()必着まで先順]", "", page.plain[section.start : section.end])
    if rest:
        _keep_in_body(page, section, text)


def _tags(page: Page, section: Section, text: str) -> None:
    names = [name.strip("#＃") for name in re.split(r"[\s、,]+", text) if name.strip("#＃")]
    if set_value(page, "tags", " ".join(f"#{name}" for name in names)):
        claim(page, _unclaimed_span(page, section), "tags", page.values["tags"])


def _keep_in_body(page: Page, section: Section, text: str) -> None:
    """Add the words to the details, under the label of the part."""
    label = section.label if section.label.isascii() else re.sub(r"\s", "", section.label)
    line = f"{label}{languages.colon(page.lang)}{text}"
    page.values["body"] = "\n\n".join(filter(None, (page.values.get("body", ""), line)))
    claim(page, _unclaimed_span(page, section), "body", line)


def _plain_text(page: Page, section: Section) -> str:
    return page.plain[section.start : section.end]


_READERS = {
    "title": _title,
    "fee": _fee,
    "capacity": _capacity,
    "apply": _apply,
    "open": _deadline,
    "deadline": _deadline,
    "tags": _tags,
    "body": _keep_in_body,
}

"""Find what looks odd in an entry before it is published. Advice never refuses an entry; each piece names its field.

Values have the form of `revisions.values`. `web.forms.advice_messages` has the texts for each code.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from calendar_app.dates import formatting
from calendar_app.entries import editing, exceptions
from calendar_app.fields import FIELDS, KINDS, texts

TEXTS = tuple(dict.fromkeys(name for kind in KINDS for name in texts(kind) if FIELDS[name].form))
# These are in both tables, but old programs map them to different characters.
_ALIKE = set("～－∥￠￡￢―")
_DATED = re.compile(
    r"(?:[0-9０-９]{1,4}[年/／])?[0-9０-９]{1,2}[月/／][0-9０-９]{1,2}日?[ 　]*[(（]([月火水木金土日])[^)）]{0,4}[)）]"
)
_WEEKDAY = re.compile(r"[ 　]*[(（]")
_MOBILE = re.compile(r"(?<!\d)0[5789]0[-‐－ー ()（）]{0,2}\d{4}[-‐－ー ()（）]{0,2}\d{4}(?!\d)")
_PRIVATE = re.compile(
    r"[\w.+-]+@(?:gmail|yahoo|ymail|outlook|hotmail|live|icloud|me|docomo|ezweb|au|softbank|i\.softbank|nifty|aol)"
    r"\.(?:com|co\.jp|ne\.jp|jp)\b",
    re.IGNORECASE,
)
_HERE = re.compile(
    r"\[\s*(こちら|ここ|コチラ|詳細|(?:click )?here|more|this link)[^\]]{0,6}\]\(|(こちら)をクリック|\bclick here\b",
    re.IGNORECASE,
)
_NO_DEADLINE = re.compile(r"不要|当日|随時|先着|なし|not needed|no need|none", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice. `code` is stable; `field` is named as in the values; `found` is the text or the entry it is
    about."""

    code: str
    field: str
    found: str = ""


def check_values(values: dict[str, Any], today: date) -> list[Advice]:
    """Return all advice that the values alone can give, in the order of the form. `today` is the local day of the site."""
    advice = [*_past(values, today), *_alt(values), *_deadline(values)]
    for field in TEXTS:
        text = str(values.get(field) or "")
        advice += [Advice(code, field, found) for code, look in LOOKS.items() for found in look(text, today)]
    return advice


def lost_dates(before: dict[str, Any], after: dict[str, Any]) -> list[Advice]:
    """Return one piece for each cancelled or changed date that has no place in the new dates; `found` is its ISO day.

    Values without valid dates give no advice, because the form reports them as errors.
    """
    try:
        was, now = editing.dates_of(before), editing.dates_of(after)
    except editing.Invalid:
        return []
    return [Advice("lost_dates", "rule", f"{day}") for day in exceptions.lost(was, now, before, after)]


def _past(values: dict[str, Any], today: date) -> Iterator[Advice]:
    last = values.get("end") or values.get("start")
    if last and not values.get("rule") and not values.get("rdates") and datetime.fromisoformat(last).date() < today:
        yield Advice("past", "start")


def _alt(values: dict[str, Any]) -> Iterator[Advice]:
    if any(not photo.get("alt") for photo in values.get("photos", ())):
        yield Advice("alt", "photos")


def _deadline(values: dict[str, Any]) -> Iterator[Advice]:
    if values.get("apply") and not values.get("apply_deadline") and not _NO_DEADLINE.search(values["apply"]):
        yield Advice("deadline", "apply_deadline")


def _weekday(text: str, today: date) -> Iterator[str]:
    """Yield dates whose weekday is wrong: 「4月20日（月）」 when that day is no Monday."""
    for match in _DATED.finditer(text):
        try:
            formatting.parse_date(_WEEKDAY.split(match[0])[0] + f"（{match[1]}）", today)
        except formatting.BadDate as error:
            if error.code == "weekday_mismatch":
                yield match[0]


def _mobile(text: str, today: date) -> Iterator[str]:
    yield from (match[0] for match in _MOBILE.finditer(text))


def _mail(text: str, today: date) -> Iterator[str]:
    yield from (match[0] for match in _PRIVATE.finditer(text))


def _letters(text: str, today: date) -> Iterator[str]:
    """Yield, in one string, letters that some programs and screen readers get wrong: ①, ㈱, ㍻, 髙, ｶﾅ."""
    if odd := "".join(dict.fromkeys(letter for letter in text if odd_letter(letter))):
        yield odd


def _here(text: str, today: date) -> Iterator[str]:
    """Yield links whose text does not say where they lead."""
    yield from (match[1] or match[2] or match[0] for match in _HERE.finditer(text))


LOOKS = {"weekday": _weekday, "mobile": _mobile, "mail": _mail, "letters": _letters, "here": _here}


def odd_letter(letter: str) -> bool:
    """Whether a letter is half-width kana or one of the letters that NEC and IBM added to the JIS table."""
    if "｡" <= letter <= "ﾟ":
        return True
    return letter > "\x7f" and letter not in _ALIKE and _has(letter, "cp932") and not _has(letter, "shift_jis")


def _has(letter: str, table: str) -> bool:
    try:
        letter.encode(table)
    except UnicodeEncodeError:
        return False
    return True

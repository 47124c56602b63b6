"""What looks odd in an entry before it is public. Advice, never a refusal: each piece names its field, and what it found.

Values as `revisions.values` gives them. The words for it are in `forms.advising`.
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
# Of these, what two programs of old read as different letters in spite of being in both their tables.
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
    """`code` is stable; `field` is named as in the values; `found` is the piece of text, or whom it meets."""

    code: str
    field: str
    found: str = ""


def check_values(values: dict[str, Any], today: date) -> list[Advice]:
    """Everything that can be seen in the values themselves, in the order of the form."""
    given = [*_past(values, today), *_alt(values), *_deadline(values)]
    for field in TEXTS:
        text = str(values.get(field) or "")
        given += [Advice(code, field, found) for code, look in LOOKS.items() for found in look(text, today)]
    return given


def lost_dates(before: dict[str, Any], after: dict[str, Any]) -> list[Advice]:
    """One piece for each cancelled or changed date of a series that finds no place in its new dates; `found` is the ISO day.

    Values that give no dates give no advice: the form says what is wrong with them.
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
    """「4月20日（月）」, when that is no Monday."""
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
    """①, ㈱, ㍻, 髙, ｶﾅ: letters that some programs and screen readers show or say as others, all in one."""
    if odd := "".join(dict.fromkeys(letter for letter in text if odd_letter(letter))):
        yield odd


def _here(text: str, today: date) -> Iterator[str]:
    """A link whose words do not say where it leads."""
    yield from (match[1] or match[2] or match[0] for match in _HERE.finditer(text))


LOOKS = {"weekday": _weekday, "mobile": _mobile, "mail": _mail, "letters": _letters, "here": _here}


def odd_letter(letter: str) -> bool:
    """Half-width kana, and what NEC and IBM added to the standard's table of letters."""
    if "｡" <= letter <= "ﾟ":
        return True
    return letter > "\x7f" and letter not in _ALIKE and _has(letter, "cp932") and not _has(letter, "shift_jis")


def _has(letter: str, table: str) -> bool:
    try:
        letter.encode(table)
    except UnicodeEncodeError:
        return False
    return True

"""The times in a text: 10時〜正午, 13時半から, 3-5pm, 25:30. What was only assumed of them is told."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from calendar_app.dates.formatting import BadDate, parse_time

HOUR, HALF_DAY, DAY = timedelta(hours=1), timedelta(hours=12), timedelta(days=1)
LATEST = timedelta(hours=29, minutes=59)

_HALF = r"(?:(?:午前|午後|お?昼|朝|夕方|夜|深夜|am|pm)の? ?)"
_CLOCK = (
    rf"(?:{_HALF}?(?:\d{{1,2}}:\d{{2}}(?!\d)(?::\d{{2}}(?!\d))?|\d{{1,2}}時(?![間期代点])(?:半|\d{{1,2}}分)?)(?: ?[ap]\.?m\b\.?)?"
    r"|\d{1,2} ?[ap]\.?m\b\.?|(?:お?昼の)?正午|\bnoon\b|\bmidnight\b)"
)
_TO = r" ?(?:から ?[~-]?|より|~|-|ー|→|to |until |till ) ?"
_BARE_BEGIN = rf"{_HALF}?\d{{1,2}}(?={_TO}(?:\d{{1,2}}(?:時(?![間])|:\d\d)?(?: ?[ap]\.?m\b)?|noon)(?:\W|$|半|まで))"
_SPAN = re.compile(
    rf"(?P<open>~ ?)?(?<![a-z\d.+-])(?<!\d:)(?P<begin>{_CLOCK}|{_BARE_BEGIN}(?=.{{0,12}}?(?:時|m\b|noon))|(?<=\bat )\d{{1,2}}(?![\w:/.-]))"
    rf"(?: ?(?:から|より) ?約?(?P<hours>\d{{1,2}})時間(?P<more>半)?|(?:から|より) ?約?(?P<minutes>\d{{1,3}})分間?"
    rf"|{_TO}(?P<end>{_CLOCK}|(?<=to )\d{{1,2}}(?![\w:/])|(?<=-)\d{{1,2}}(?=時|\b(?![/:.])))(?: ?(?:まで|ごろ|頃)){{0,2}}"
    rf"|(?P<only> ?まで)|(?P<from> ?(?:ごろ|頃)?(?:から|より|~|-(?!\d)))(?!\d))?"
)
_WORDS = {"朝": "午前", "夕方": "午後", "夜": "午後", "お昼": "午後", "昼": "午後"}


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """One time or two, counted from the midnight before; `assumed` are the words that could be read in another sense."""

    start: int
    end: int
    begin: timedelta | None
    until: timedelta | None
    assumed: tuple[str, ...] = ()
    open: bool = False  # ends in 〜 or から with nothing behind


def scan_times(plain: str, start: int = 0, end: int | None = None) -> Iterator[TimeSpan]:
    for found in _SPAN.finditer(plain, start, len(plain) if end is None else end):
        if made := _read(found):
            yield made


def format_time(since: timedelta) -> str:
    """As a form's field takes it: 10:00, 25:30."""
    minutes = int(since.total_seconds()) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _read(found: re.Match[str]) -> TimeSpan | None:
    words = found["begin"]
    read = _clock(words if re.search(r"\D", words) else f"{words}時")
    if read is None:
        return None
    begin, marked, assumed = read
    told: tuple[str, ...] = (words,) if assumed else ()
    if found["only"] or found["open"]:
        return TimeSpan(found.start(), found.end(), None, _afternoon(begin, marked), _odd(begin, marked, words))
    until = None
    if found["hours"] or found["minutes"]:
        begin, told = _afternoon(begin, marked), told + _odd(begin, marked, words)
        until = begin + timedelta(hours=int(found["hours"] or 0), minutes=int(found["minutes"] or 0))
        until += HOUR / 2 if found["more"] else timedelta()
    elif found["end"]:
        return _pair(found, begin, marked, told)
    else:
        begin, told = _afternoon(begin, marked), told + _odd(begin, marked, words)
    return TimeSpan(found.start(), found.end(), begin, until, told, bool(found["from"]))


def _pair(found: re.Match[str], begin: timedelta, marked: bool, told: tuple[str, ...]) -> TimeSpan | None:
    """Two times. What one of them says of morning and afternoon, the other may mean too."""
    typed = found["end"]
    read = _clock(typed if re.search(r"\D", typed) else f"{typed}時")
    if read is None:
        return None
    until, end_marked, odd = read
    told = (*told, typed) if odd else told
    words = found[0].strip()
    english = bool(re.search(r"p\.?m", typed))
    if english and not marked and begin + HALF_DAY < until:
        begin, marked = begin + HALF_DAY, True
    if not marked and not end_marked and _odd(begin, marked, found["begin"]) and until < HALF_DAY:
        begin, until, told = begin + HALF_DAY, until + HALF_DAY, (*told, words)
    if until <= begin:
        if not end_marked and until <= HALF_DAY and begin < until + HALF_DAY and (marked or begin <= HALF_DAY):
            until, told = until + HALF_DAY, told if marked else (*told, words)
        elif until + DAY <= LATEST:
            until += DAY
        else:
            return TimeSpan(found.start(), found.end(), begin, None, (*told, words))
    return TimeSpan(found.start(), found.end(), begin, until, told)


def _clock(words: str) -> tuple[timedelta, bool, bool] | None:
    """The time, whether it says which half of the day it is in, and whether that had to be assumed."""
    night = words.startswith("深夜")
    plain = words.removeprefix("深夜").lstrip("の ") if night else words
    for said, half in _WORDS.items():
        if plain.startswith(said) and "正午" not in plain:
            plain = half + plain.removeprefix(said).lstrip("の ")
    marked = bool(re.search(r"午|[ap]\.?m|noon|night", plain))
    plain = re.sub(r"^お?昼の", "", plain) if "正午" in plain else plain
    try:
        since = parse_time(plain)
    except BadDate as error:
        if error.code != "ambiguous_noon":
            return None
        minutes = re.search(r"12(?::|時)(\d{1,2}|半)?", plain)
        more = 30 if minutes and minutes[1] == "半" else int(minutes[1] or 0) if minutes else 0
        return timedelta(hours=12 if plain.startswith("午後") else 0, minutes=more), True, True
    return since + DAY * (night and since < 6 * HOUR), marked or night, False


def _odd(begin: timedelta, marked: bool, words: str) -> tuple[str, ...]:
    """Nothing takes place at three in the night: 「3時」 is the afternoon's, but that is assumed."""
    return (words,) if not marked and HOUR <= begin < 6 * HOUR and not re.match(r"0\d", words) else ()


def _afternoon(begin: timedelta, marked: bool) -> timedelta:
    return begin + HALF_DAY if not marked and HOUR <= begin < 6 * HOUR else begin

"""Find the clock times in a text: 10時〜正午, 13時半から, 3-5pm, 25:30. Each carries the words that were only assumed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from calendar_app.dates.formatting import BadDate, parse_time

HOUR, HALF_DAY, DAY = timedelta(hours=1), timedelta(hours=12), timedelta(days=1)
LATEST = timedelta(hours=29, minutes=59)

_HALF = r"(?:(?:午前|午後|お?昼|朝|夕方|夜|深夜|am|pm)の? ?)"
_CLOCK = (
    rf"(?:{_HALF}?(?:\d{{1,2}}(?::|\.(?=\d\d ?[ap]\.?m)|h(?=\d\d\b))\d{{2}}(?!\d)(?::\d{{2}}(?!\d))?|\d{{1,2}}時(?![間期代点])(?:半|\d{{1,2}}分)?)(?: ?[ap]\.?m\b\.?)?"
    r"|\d{1,2} ?[ap]\.?m\b\.?|(?:お?昼の)?正午|\bnoon\b|\bmidnight\b)"
)
_ABOUT = r"(?: ?(?:ごろ|ころ|頃|過ぎ|予定))?"
_TO = rf"{_ABOUT} ?(?:から ?[~-]?|より|~|-|ー|→|to |until |till ) ?"
_NEXT = r"(?P<next>翌(?:朝|日|\d{1,2}日)?の? ?)?"
_BARE_BEGIN = rf"{_HALF}?\d{{1,2}}(?={_TO}(?:\d{{1,2}}(?:時(?![間])|:\d\d)?(?: ?[ap]\.?m\b|h\b)?|noon)(?:\W|$|半|まで))"
_SPAN = re.compile(
    rf"(?P<open>~ ?)?(?<![a-z\d.+-])(?<!\d:)(?P<begin>{_CLOCK}|{_BARE_BEGIN}(?=.{{0,12}}?(?:時|m\b|noon|\dh\b))|(?<=\bat )\d{{1,2}}(?![\w:/.-]))"
    rf"(?: ?(?:から|より) ?約?(?P<hours>\d{{1,2}})時間(?P<more>半)?|(?:から|より) ?約?(?P<minutes>\d{{1,3}})分間?"
    rf"|{_TO}{_NEXT}(?P<end>{_CLOCK}|(?<=to )\d{{1,2}}(?![\w:/])|(?<=-)\d{{1,2}}(?=時|h\b|\b(?![/:.])))(?: ?(?:まで|ごろ|頃)){{0,2}}(?: ?h\b)?"
    rf"|(?P<only> ?まで)|(?P<from> ?(?:ごろ|頃)?(?:から|より|~|-(?!\d)))(?!\d)|(?: ?(?:ごろ|頃)))?"
)
_WORDS = {"朝": "午前", "夕方": "午後", "夜": "午後", "お昼": "午後", "昼": "午後"}


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """One or two clock times at `[start:end]` of the text, as durations since the preceding midnight.

    `assumed` holds the words that have another possible meaning.
    """

    start: int
    end: int
    begin: timedelta | None
    until: timedelta | None
    assumed: tuple[str, ...] = ()
    open: bool = False  # ends in 〜 or から with no end time behind it


def scan_times(plain: str, start: int = 0, end: int | None = None) -> Iterator[TimeSpan]:
    """Yield every clock time in `plain[start:end]`, in order. `plain` is folded by `reader.to_plain`."""
    for match in _SPAN.finditer(plain, start, len(plain) if end is None else end):
        if span := _read(match):
            yield span


def format_time(since: timedelta) -> str:
    """Format a duration since midnight for a form field: 10:00, 25:30."""
    minutes = int(since.total_seconds()) // 60
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _read(match: re.Match[str]) -> TimeSpan | None:
    words = match["begin"]
    if match["next"] and match["end"] is None:
        return None
    clock = _clock(words if re.search(r"\D", words) else f"{words}時")
    if clock is None:
        return None
    begin, marked, noon_assumed = clock
    assumed: tuple[str, ...] = (words,) if noon_assumed else ()
    if match["only"] or match["open"]:
        return TimeSpan(
            match.start(), match.end(), None, _afternoon(begin, marked), _afternoon_assumption(begin, marked, words)
        )
    until = None
    if match["hours"] or match["minutes"]:
        begin, assumed = _afternoon(begin, marked), assumed + _afternoon_assumption(begin, marked, words)
        until = begin + timedelta(hours=int(match["hours"] or 0), minutes=int(match["minutes"] or 0))
        until += HOUR / 2 if match["more"] else timedelta()
    elif match["end"]:
        return _pair(match, begin, marked, assumed)
    else:
        begin, assumed = _afternoon(begin, marked), assumed + _afternoon_assumption(begin, marked, words)
    return TimeSpan(match.start(), match.end(), begin, until, assumed, bool(match["from"]))


def _pair(match: re.Match[str], begin: timedelta, marked: bool, assumed: tuple[str, ...]) -> TimeSpan | None:
    """Read a start and an end. A half of the day that is stated for one of them may apply to the other."""
    typed = match["end"]
    clock = _clock(typed if re.search(r"\D", typed) else f"{typed}時")
    if clock is None:
        return None
    until, end_marked, end_assumed = clock
    if match["next"]:
        return TimeSpan(
            match.start(), match.end(), _evening(begin, until, marked), until + DAY * (until < DAY), assumed
        )
    assumed = (*assumed, typed) if end_assumed else assumed
    words = match[0].strip()
    english = bool(re.search(r"p\.?m", typed))
    if english and not marked and begin + HALF_DAY < until:
        begin, marked = begin + HALF_DAY, True
    if not marked and not end_marked and _afternoon_assumption(begin, marked, match["begin"]) and until < HALF_DAY:
        begin, until, assumed = begin + HALF_DAY, until + HALF_DAY, (*assumed, words)
    if until <= begin:
        if not end_marked and until <= HALF_DAY and begin < until + HALF_DAY and (marked or begin <= HALF_DAY):
            until, assumed = until + HALF_DAY, assumed if marked else (*assumed, words)
        elif until + DAY <= LATEST:
            until += DAY
        else:
            return TimeSpan(match.start(), match.end(), begin, None, (*assumed, words))
    return TimeSpan(match.start(), match.end(), begin, until, assumed)


def _evening(begin: timedelta, until: timedelta, marked: bool) -> timedelta:
    """Return the start of a night that ends on the next day: 「8時〜翌5時」 begins in the evening."""
    return begin + HALF_DAY if not marked and HOUR <= begin < HALF_DAY and until < begin < 9 * HOUR else begin


def _clock(words: str) -> tuple[timedelta, bool, bool] | None:
    """Return the time, whether its half of the day is stated, and whether the meaning of 12 o'clock had to be assumed."""
    night = words.startswith("深夜")
    plain = words.removeprefix("深夜").lstrip("の ") if night else words
    for word, half in _WORDS.items():
        if plain.startswith(word) and "正午" not in plain:
            plain = half + plain.removeprefix(word).lstrip("の ")
    marked = bool(re.search(r"午|[ap]\.?m|noon|night", plain))
    plain = re.sub(r"^お?昼の", "", plain) if "正午" in plain else plain
    plain = re.sub(r"(?<=\d)[.h](?=\d\d)", ":", plain)
    try:
        since = parse_time(plain)
    except BadDate as error:
        if error.code != "ambiguous_noon":
            return None
        minutes = re.search(r"12(?::|時)(\d{1,2}|半)?", plain)
        more = 30 if minutes and minutes[1] == "半" else int(minutes[1] or 0) if minutes else 0
        return timedelta(hours=12 if plain.startswith("午後") else 0, minutes=more), True, True
    return since + DAY * (night and since < 6 * HOUR), marked or night, False


def _afternoon_assumption(begin: timedelta, marked: bool, words: str) -> tuple[str, ...]:
    """Return the words as an assumption if they name an hour from 1 to 6 without a half of the day: 「3時」 is read as 15:00."""
    return (words,) if not marked and HOUR <= begin < 6 * HOUR and not re.match(r"0\d", words) else ()


def _afternoon(begin: timedelta, marked: bool) -> timedelta:
    """Move an unmarked hour from 1 to 6 to the afternoon: few events begin at three in the night."""
    return begin + HALF_DAY if not marked and HOUR <= begin < 6 * HOUR else begin

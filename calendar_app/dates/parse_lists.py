"""Parse further times and lists of dates as people type them in a form, and write them back: 「13:00-14:30、15時から」, one date a line."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from calendar_app.dates.parse import LONGEST, BadDate, fold, message, parse_date, parse_time

T = TypeVar("T")
Line = tuple[datetime, datetime | None, bool]  # start, end, whether a time was typed

MOST_LINES = 200
_DAY, _HALF_DAY = timedelta(days=1), timedelta(hours=12)
_CLOCK = r"(?:(?:午前|午後|昼の|夜の)?\s*(?<!\d)\d{1,2}(?::\d{2}|\s*時(?:\s*\d{1,2}\s*分|半)?)|正午)"
_SPAN = re.compile(rf"(?P<begin>{_CLOCK})(?:\s*(?:から\s*[-~〜]?|[-~〜])\s*(?:(?P<end>{_CLOCK})\s*(?:まで)?)?)?$")


def parse_slots(text: str) -> list[tuple[str, str]]:
    """Return "13:00-14:30、15:00" as [("13:00", "14:30"), ("15:00", "")]. Raises BadDate naming a piece that cannot be
    read.

    Each begins on the date itself; one may end on the next day, less than 24 hours later.
    """
    return [_read(_slot, piece) for piece in _pieces(text, "、,;\n")]


def say_slots(slots: Iterable[Sequence[str]]) -> str:
    """Write slots as `parse_slots` reads them."""
    return "、".join("-".join(filter(None, slot)) for slot in slots)


def parse_lines(text: str, today: date) -> list[Line]:
    """Parse one date a line, each with an optional time or span: 「4/15 10:00-12:00」. Raises BadDate naming the line.

    An end that is not after its start is on the next day. Moments are wall-clock times.
    """
    return [_read(lambda line: _line(line, today), piece) for piece in _pieces(text, "、\n")]


def say_lines(lines: Iterable[Line]) -> str:
    """Write dates as `parse_lines` reads them, one a line."""
    return "\n".join(_say_line(*line) for line in lines)


def _pieces(text: str, marks: str) -> list[str]:
    pieces = [piece.strip() for piece in re.split(f"[{marks}]", text.replace("\r", "\n")) if piece.strip()]
    if len(pieces) > MOST_LINES:
        raise BadDate("too_many", {"text": str(len(pieces)), "most": MOST_LINES})
    return pieces


def _read(read: Callable[[str], T], piece: str) -> T:
    """Parse one piece. Raises BadDate that names the piece."""
    try:
        return read(piece)
    except BadDate as error:
        messages = {lang: message(error, lang) for lang in ("ja", "en")}
        raise BadDate("piece", {"text": piece[:LONGEST], **messages}) from error


def _slot(piece: str) -> tuple[str, str]:
    match = _SPAN.fullmatch(fold(piece))
    if not match:
        raise BadDate("unreadable_time", {"text": piece})
    begin, end = _times(match)
    if begin >= _DAY or (end is not None and end - begin >= _DAY):  # a clock of one day cannot tell these
        raise BadDate("unreadable_time", {"text": piece})
    return _clock(begin), "" if end is None else _clock(end)


def _times(match: re.Match[str]) -> tuple[timedelta, timedelta | None]:
    """Return start and end since midnight. 「午後1時〜3時」 ends in the afternoon too, 「午後10時〜2時」 at night."""
    begin, typed = parse_time(match["begin"]), match["end"]
    if not typed:
        return begin, None
    end = parse_time(typed)
    afternoon = match["begin"].startswith(("午後", "正午", "昼")) and typed[0].isdigit()
    return begin, end + _HALF_DAY if afternoon and end < begin < end + _HALF_DAY else end


def _clock(since: timedelta) -> str:
    """Format a time of its day: 24:00 becomes 00:00, which as an end means the next day."""
    return f"{(datetime.min + since).time():%H:%M}"


def _line(piece: str, today: date) -> Line:
    match = _SPAN.search(fold(piece))
    day = parse_date(fold(piece)[: match.start()] if match else piece, today)
    midnight = datetime.combine(day, time())
    if not match:
        return midnight, None, False
    begin, until = _times(match)
    start, end = midnight + begin, None if until is None else midnight + until
    return start, end + _DAY if end and end <= start else end, True


def _say_line(start: datetime, end: datetime | None, timed: bool) -> str:
    if not timed:
        return f"{start:%Y-%m-%d}"
    if end is None:
        return f"{start:%Y-%m-%d %H:%M}"
    # An hour past 24 where the bare clock would be read as an end on the first day.
    hour = end.hour + 24 * (end.date() - start.date()).days if end - start > _DAY else end.hour
    return f"{start:%Y-%m-%d %H:%M}-{hour:02}:{end:%M}"

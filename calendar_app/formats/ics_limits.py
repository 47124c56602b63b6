"""Define how much of a calendar the calendar apps accept, and the words for what did not fit."""

from collections.abc import Iterable
from datetime import datetime

from calendar_app.text.languages import Words

MAX_VEVENTS = 1_000  # above this, or above about 1 MB, Google silently leaves out events
MAX_BYTES = 900_000

SortKey = tuple[datetime, str]

LEFT_OUT = Words(
    {
        "ja": "長すぎるため、今日から遠い日の催しが{0}件入っていません。年度・担当課・期間ごとに分けて登録すると、すべて入ります。",
        "en": "This calendar is too long for calendar apps: {0} events far from today are left out. "
        "Subscribe by fiscal year, department or period, and nothing will be left out.",
    }
)


def within_limits(fragments: Iterable[tuple[SortKey, bytes]]) -> tuple[list[tuple[SortKey, bytes]], int]:
    """Return the fragments within the limits and the number of the others. A fragment that does not fit excludes no
    later one."""
    count = size = left_out = 0
    fitting = []
    for key, fragment in fragments:
        vevents = _vevents(fragment)
        if count + vevents > MAX_VEVENTS or size + len(fragment) > MAX_BYTES:
            left_out += 1
            continue
        count, size = count + vevents, size + len(fragment)
        fitting.append((key, fragment))
    return fitting, left_out


def fullness(fragments: Iterable[bytes]) -> float:
    """Return the part of the limits that all these fragments use; above 1.0 some do not fit."""
    sizes = [(_vevents(fragment), len(fragment)) for fragment in fragments]
    return max(sum(count for count, _ in sizes) / MAX_VEVENTS, sum(size for _, size in sizes) / MAX_BYTES)


def _vevents(fragment: bytes) -> int:
    return fragment.count(b"BEGIN:VEVENT\r\n")

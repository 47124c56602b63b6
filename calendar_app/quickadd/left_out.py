"""Find the days on which a series or a span does not take place: 「5/4を除く」, 「12/30、1/6は休み」, 「8月13日〜16日は休館」."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from calendar_app.quickadd.dates import DateMention

MOST = 60  # days left out
_NOT_HELD = re.compile(
    r" ?(?:の?(?:み|日)?)(?:は|を|も|,|、)? ?(?:除[くきい]て?|のぞ[くきい]て?|お?休み(?!の(?:部|日に))|休[館講業演止場](?:日|します|です)?|以外|開催なし|開催しません"
    r"|行いません|実施しません|ありません|収集しません|なし(?!くなり)|お?休みします)(?:です|します|となります|とします)?"
)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Days that are left out, and the span of the words for them."""

    days: tuple[date, ...]
    start: int
    end: int


def find_left_out(plain: str, mentions: list[DateMention]) -> Iterator[tuple[DateMention, LeftOut]]:
    """Yield each mention of days that the words behind it leave out."""
    for mention in mentions:
        if mention.days and (match := _NOT_HELD.match(plain, mention.end)):
            days = mention.days
            if mention.ranged:
                days = tuple(days[0] + timedelta(n) for n in range(min((days[-1] - days[0]).days + 1, MOST)))
            yield mention, LeftOut(days, mention.start, match.end())

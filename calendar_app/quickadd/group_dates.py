"""Which of the days and times in a text belong together: spans, lists of dates with their hours, and what speaks of something else."""

import re
from dataclasses import dataclass, field, replace

from calendar_app.quickadd.clock_times import TimeSpan
from calendar_app.quickadd.dates import DateMention
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import Page, original, set_aside

_NEXT_TO = re.compile(
    r"(?:[\s\0、,・/&()|*○●◆■=+\-※]|第?\d{1,2}(?:回|部|日目)|と|および|及び|and|毎日|各日|終日|の){0,24}"
)
_LEADS_TO = re.compile(r"[ \0]{0,3}(?:から|より|~|-|to|until|till)?[ \0]{0,3}")
_OTHERWISE = re.compile(r"※|。|ただし|但し")
_ASIDE = r"(?:開場|受付|受け付け|集合|開館|閉館|休憩|doors(?: open)?)(?:開始|時間|時刻)?(?:は|:|、)*"
_BEGIN, _FINISH = r"(?:開演|開始|開会|スタート|start(?:s|ing)?)", r"(?:終演|終了|閉会|解散|終了予定)"
_ROLES = (("aside", _ASIDE), ("begin", _BEGIN), ("finish", _FINISH))
_DATE_BREAK = re.compile(r"(?:から|より|~|-|→|to|until|till)")


@dataclass(slots=True)
class DatedTimes:
    """A mention of days with the times that belong to it."""

    days: DateMention
    times: list[TimeSpan] = field(default_factory=list)
    whole: bool = False  # a span told with the time of its beginning and that of its end

    @property
    def since(self) -> int:
        return min([self.days.start, *(one.start for one in self.times)])

    @property
    def until(self) -> int:
        return max([self.days.end, *(one.end for one in self.times)])


def drop_side_times(page: Page, times: list[TimeSpan]) -> list[TimeSpan]:
    """Without the times at which something else happens (開場, 受付); 開演 wins, 終了 ends."""
    kept: list[TimeSpan] = []
    for one in times:
        role, span = _role(page.plain, one)
        if role == "aside":
            warn(page, "aside_time", "start_time", words=original(page, *span))
            set_aside(page, span)
        elif role == "finish" and kept and one.begin is not None and kept[-1].until is None:
            kept[-1] = replace(kept[-1], end=span[1], until=one.begin)
        else:
            kept.append(replace(one, start=span[0], end=span[1]))
    return kept


def _role(plain: str, one: TimeSpan) -> tuple[str, tuple[int, int]]:
    """What happens at this time, by the word that touches it, and both together."""
    before = plain[max(0, one.start - 16) : one.start]
    for gap in ("", r"[ \n:]{0,4}"):
        for role, word in _ROLES:
            if found := re.compile(rf"{gap}{word}").match(plain, one.end):
                return role, (one.start, found.end())
        for role, word in _ROLES:
            if found := re.search(rf"{word}{gap}$", before):
                return role, (one.start - len(found[0]), one.end)
    return "", (one.start, one.end)


def group_times(plain: str, mentions: list[DateMention], times: list[TimeSpan]) -> list[DatedTimes]:
    """Each mention with its times. 「4/20 10時〜5/5 17時」 is one span."""
    parts: list[DatedTimes] = []
    for one in mentions:
        stop = min((other.start for other in mentions if other.start > one.start), default=len(plain))
        after = [other for other in times if one.end <= other.start < stop]
        before = [other for other in times if other.start < one.start] if not parts else []
        parts.append(DatedTimes(one, after or before))
    joined: list[DatedTimes] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and _leads(plain, last, part):
            ends = (part.times[0].begin or part.times[0].until) if part.times else None
            both = replace(last.days, end=part.days.end, days=(last.days.days[0], part.days.days[0]), ranged=True)
            clock = [replace(last.times[0], until=ends)] if last.times else []
            extra = [replace(part.times[0], begin=None, until=None)] if part.times else []
            joined[-1] = DatedTimes(
                replace(both, problems=last.days.problems + part.days.problems), clock + extra, True
            )
        else:
            joined.append(part)
    return joined


def _leads(plain: str, one: DatedTimes, other: DatedTimes) -> bool:
    """Whether the one is the beginning of a span of which the other is the end."""
    if one.days.ranged or other.days.ranged or len(one.days.days) > 1 or one.days.days[0] > other.days.days[0]:
        return False
    if len(one.times) != 1 or one.times[0].until is not None:
        return False
    gap = plain[one.times[0].end : other.days.start]
    return bool(_LEADS_TO.fullmatch(gap)) and (one.times[0].open or bool(_DATE_BREAK.search(gap)))


def choose_dates(page: Page, parts: list[DatedTimes], labelled: bool) -> list[DatedTimes]:
    """The mentions that are one list of dates; the others are told."""
    taken, rest = [parts[0]], parts[1:]
    while rest:
        at = max([taken[-1].days.end, *(one.end for one in taken[-1].times if one.start > taken[-1].days.start)])
        gap = page.plain[at : rest[0].days.start]
        near = _NEXT_TO.fullmatch(gap) or (labelled and len(gap) < 40 and not _OTHERWISE.search(gap))
        if not near or taken[0].days.ranged or rest[0].days.ranged:
            break
        taken.append(rest.pop(0))
    for one in rest:
        warn(page, "more_dates", "own_dates", words=original(page, one.days.start, one.days.end))
        set_aside(page, (one.days.start, one.days.end))
    for one in taken:
        one.times = _near(page, one)
    return taken


def _near(page: Page, part: DatedTimes) -> list[TimeSpan]:
    """The times that stand beside the date or beside each other; later ones speak of something else."""
    kept: list[TimeSpan] = []
    at = part.days.end
    for one in part.times:
        gap = page.plain[at : one.start] if one.start >= at else ""
        if kept and not (_NEXT_TO.fullmatch(gap) or (len(gap) < 12 and "\n" not in gap and not _OTHERWISE.search(gap))):
            warn(page, "more_times", "slots", words=original(page, one.start, one.end))
            set_aside(page, (one.start, one.end))
            continue
        kept.append(one)
        at = max(at, one.end)
    return kept

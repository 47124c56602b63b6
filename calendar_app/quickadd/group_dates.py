"""Group the dates and times of a text: spans, lists of dates with their hours. Warns of those that belong to something else."""

import re
from collections.abc import Iterator
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
    """A mention of days with the times that belong to it; they stand at `[since:until]` of the text."""

    days: DateMention
    times: list[TimeSpan] = field(default_factory=list)
    whole: bool = False  # a span whose first and last day each have a time

    @property
    def since(self) -> int:
        return min([self.days.start, *(time.start for time in self.times)])

    @property
    def until(self) -> int:
        return max([self.days.end, *(time.end for time in self.times)])


def drop_side_times(page: Page, times: list[TimeSpan]) -> list[TimeSpan]:
    """Drop the times of something else (開場, 受付), with a warning; a time with 終了 ends the preceding one."""
    event_times: list[TimeSpan] = []
    for time in times:
        role, span = _role_of(page.plain, time)
        if role == "aside":
            warn(page, "aside_time", "start_time", words=original(page, *span))
            set_aside(page, span)
        elif role == "finish" and event_times and time.begin is not None and event_times[-1].until is None:
            event_times[-1] = replace(event_times[-1], end=span[1], until=time.begin)
        else:
            event_times.append(replace(time, start=span[0], end=span[1]))
    return event_times


def _role_of(plain: str, time: TimeSpan) -> tuple[str, tuple[int, int]]:
    """Return the role of a time by the word next to it ("" if none), and the span of both."""
    before = plain[max(0, time.start - 16) : time.start]
    for gap in ("", r"[ \n:]{0,4}"):
        for role, word in _ROLES:
            if match := re.compile(rf"{gap}{word}").match(plain, time.end):
                return role, (time.start, match.end())
        for role, word in _ROLES:
            if match := re.search(rf"{word}{gap}$", before):
                return role, (time.start - len(match[0]), time.end)
    return "", (time.start, time.end)


def group_times(plain: str, mentions: list[DateMention], times: list[TimeSpan]) -> list[DatedTimes]:
    """Give each mention of dates its times. 「4/20 10時〜5/5 17時」 becomes one span."""
    groups: list[DatedTimes] = []
    for group in _with_times(plain, mentions, times):
        if groups and _starts_span(plain, groups[-1], group):
            groups[-1] = _joined(groups[-1], group)
        else:
            groups.append(group)
    return groups


def _with_times(plain: str, mentions: list[DateMention], times: list[TimeSpan]) -> Iterator[DatedTimes]:
    """Yield each mention with the times up to the next mention; the first may have its times before it."""
    for mention in mentions:
        stop = min((other.start for other in mentions if other.start > mention.start), default=len(plain))
        after = [time for time in times if mention.end <= time.start < stop]
        before = [time for time in times if time.start < mention.start] if mention is mentions[0] else []
        yield DatedTimes(mention, after or before)


def _joined(first: DatedTimes, last: DatedTimes) -> DatedTimes:
    """Join the beginning and the end of a span. The end's own time keeps its place in the text, without a value."""
    finish = (last.times[0].begin or last.times[0].until) if last.times else None
    days = replace(
        first.days,
        end=last.days.end,
        days=(first.days.days[0], last.days.days[0]),
        ranged=True,
        problems=first.days.problems + last.days.problems,
    )
    span = [replace(first.times[0], until=finish)] if first.times else []
    end_time = [replace(last.times[0], begin=None, until=None)] if last.times else []
    return DatedTimes(days, span + end_time, True)


def _starts_span(plain: str, first: DatedTimes, second: DatedTimes) -> bool:
    """Tell whether two groups are the beginning and the end of one span."""
    if first.days.ranged or second.days.ranged or len(first.days.days) > 1 or first.days.days[0] > second.days.days[0]:
        return False
    if len(first.times) != 1 or first.times[0].until is not None:
        return False
    gap = plain[first.times[0].end : second.days.start]
    return bool(_LEADS_TO.fullmatch(gap)) and (first.times[0].open or bool(_DATE_BREAK.search(gap)))


def choose_dates(page: Page, groups: list[DatedTimes], labelled: bool) -> list[DatedTimes]:
    """Return the mentions that form the event's list of dates, and warn of the others."""
    listed, rest = [groups[0]], groups[1:]
    while rest and _continues(page.plain, listed, rest[0], labelled):
        listed.append(rest.pop(0))
    for group in rest:
        warn(page, "more_dates", "own_dates", words=original(page, group.days.start, group.days.end))
        set_aside(page, (group.days.start, group.days.end))
    for group in listed:
        group.times = _adjacent_times(page, group)
    return listed


def _continues(plain: str, listed: list[DatedTimes], group: DatedTimes, labelled: bool) -> bool:
    """Tell whether the next mention belongs to the list: near its last one, and neither is a span."""
    last = listed[-1]
    end = max([last.days.end, *(time.end for time in last.times if time.start > last.days.start)])
    gap = plain[end : group.days.start]
    near = _NEXT_TO.fullmatch(gap) or (labelled and len(gap) < 40 and not _OTHERWISE.search(gap))
    return bool(near) and not (listed[0].days.ranged or group.days.ranged)


def _adjacent_times(page: Page, part: DatedTimes) -> list[TimeSpan]:
    """Return the times next to the date or to each other, and warn of later ones: they belong to something else."""
    adjacent: list[TimeSpan] = []
    position = part.days.end
    for time in part.times:
        gap = page.plain[position : time.start] if time.start >= position else ""
        if adjacent and not (
            _NEXT_TO.fullmatch(gap) or (len(gap) < 12 and "\n" not in gap and not _OTHERWISE.search(gap))
        ):
            warn(page, "more_times", "slots", words=original(page, time.start, time.end))
            set_aside(page, (time.start, time.end))
            continue
        adjacent.append(time)
        position = max(position, time.end)
    return adjacent

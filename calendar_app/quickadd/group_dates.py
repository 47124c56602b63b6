"""Group the dates and times of a text: spans, lists of dates with their hours. Warns of those that belong to something else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from calendar_app.quickadd.clock_times import TimeSpan
from calendar_app.quickadd.dates import DateMention
from calendar_app.quickadd.messages import warn
from calendar_app.quickadd.reader import Page, original, set_aside

_NEXT_TO = re.compile(
    r"(?:[\s\0、,・/&()|*○●◆■=+\-※【】\[\]:]|第?\d{1,2}(?:回目?|部|日目)|と|および|及び|and|毎日|各日|終日|の){0,24}"
)
_LEADS_TO = re.compile(r"[ \0]{0,3}(?:から|より|~|-|to|until|till)?[ \0]{0,3}")
_OTHERWISE = re.compile(r"※|。|ただし|但し")
_ASIDE = r"(?:(?:最終)?(?:開場|受付|受け付け|集合|開館|閉館|入館|入場|休憩)|doors(?: open)?)(?:開始|時間|時刻|締切)?(?:は|:|、)*"
_BEGIN = r"(?:開演|開始|開会式?|開式|開講|競技開始|号砲|スタート|start(?:s|ing)?)"
_FINISH = r"(?:終演|終了|閉会式?|閉式|閉場|閉講|解散|帰着)(?:予定)?"
_ROLES = "|".join(f"(?P<{name}>{word})" for name, word in (("aside", _ASIDE), ("begin", _BEGIN), ("finish", _FINISH)))
_GAPS = ("", r"[ \n:]{0,4}")
_BEHIND = [re.compile(rf"(?:{_ROLES})"), re.compile(rf"{_GAPS[1]}(?:{_ROLES})(?!.{{0,4}}?\d{{1,2}}[:時])")]
_BESIDE = [re.compile(rf"(?:{_ROLES}){gap}$") for gap in _GAPS]
_LINK = r"(?:のみ|だけ|は|に限り|:|、| )*"
_EDGE = re.compile(rf"(?P<day>初日|最終日|千秋楽){_LINK}$")
_EDGE_END = re.compile(r" ?(?:開始|から|スタート|開場|まで|終了|閉場|閉館|で終了)")
_PART = re.compile(
    rf"(?:\d日目|平日|土日祝?|[月火水木金土日]曜日?(?=は|:|のみ|だけ)|祝日|休日|土・日・?(?:祝日?)?|夏季|冬季|\d月(?=は|:|のみ)|[年日]によ[りっ]て?){_LINK}$"
)
_NOT_THEN = re.compile(r"(?:の間)?(?:は|を)? ?(?:除|のぞ|休憩|昼休)")
_ROUND = re.compile(r"(?:の部|第?\d部|\d回目?)[\]】)：: ]*$")
_NAMED = re.compile(  # words of a time of its own: 「10:00 式典 11:00 一般開放」
    r"(?!(?:第|部|回|目|午前|午後|昼|夜|の|と|および|また|から|まで|は|各|または|only|and)+)[^\W\d_]{2}"
)
_NAMED_BEHIND = re.compile(r"(?: ?[「『][^」』\n]{1,30})?")
_DATE_BREAK = re.compile(r"(?:から|より|~|-|→|to|until|till)")


@dataclass(frozen=True, slots=True)
class EdgeHours:
    """A time of the first or last day only (初日, 最終日), and the span of its words."""

    day: str
    time: TimeSpan
    span: tuple[int, int]


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


def drop_side_times(page: Page, plain: str, times: list[TimeSpan]) -> tuple[list[TimeSpan], list[EdgeHours]]:
    """Separate the times of the event from those of something else (開場, 受付), of which it warns.

    A time with 終了 ends the preceding one. Returns the event's times, and those of its first or last day only.
    `plain` is the page without the words of its dates and repeats.
    """
    event_times: list[TimeSpan] = []
    edges: list[EdgeHours] = []
    begun = ""  # the word of the first start (開会): a start with another word is a further step of the day
    for time in times:
        role, word, span = _role_of(plain, time)
        if role == "edge":
            edges.append(EdgeHours(word, time, span))
        elif role in ("aside", "part") or (role == "begin" and begun and word != begun):
            warn(page, "aside_time" if role == "aside" else "more_times", "start_time", words=original(page, *span))
            set_aside(page, span)
        elif role == "finish" and event_times and time.begin is not None and event_times[-1].until is None:
            event_times[-1] = replace(event_times[-1], end=span[1], until=time.begin)
        else:
            begun = begun or (word if role == "begin" else "")
            event_times.append(replace(time, start=span[0], end=span[1]))
    return event_times, edges


def _role_of(plain: str, time: TimeSpan) -> tuple[str, str, tuple[int, int]]:
    """Return the role of a time by the word next to it ("" if none), that word, and the span of both."""
    before = plain[max(0, time.start - 16) : time.start]
    if match := _NOT_THEN.match(plain, time.end):
        return "part", match[0], (time.start, match.end())
    if match := _EDGE.search(before):
        behind = _EDGE_END.match(plain, time.end)
        return "edge", match["day"], (time.start - len(match[0]), behind.end() if behind else time.end)
    if match := _PART.search(before):
        return "part", match[0], (time.start - len(match[0]), time.end)
    for pattern in _BEHIND:
        if match := pattern.match(plain, time.end):
            return match.lastgroup or "", match[0].strip(" \n:"), (time.start, match.end())
        if pattern is _BEHIND[0] and (match := _BESIDE[0].search(before)):
            return match.lastgroup or "", match[0].strip(" \n:は、"), (time.start - len(match[0]), time.end)
    if match := _BESIDE[1].search(before):
        return match.lastgroup or "", match[0].strip(" \n:は、"), (time.start - len(match[0]), time.end)
    return "", "", (time.start, time.end)


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
            _NEXT_TO.fullmatch(gap)
            or (len(gap) < 12 and "\n" not in gap and not _OTHERWISE.search(gap))
            or _ROUND.search(gap)
        ):
            warn(page, "more_times", "slots", words=original(page, time.start, time.end))
            set_aside(page, (time.start, time.end))
            continue
        if adjacent and _NAMED.search(f"{gap}{_NAMED_BEHIND.match(page.plain, time.end)[0]}"):  # type: ignore[index]
            warn(page, "slots_assumed", "slots", words=original(page, time.start, time.end))
        adjacent.append(time)
        position = max(position, time.end)
    return adjacent

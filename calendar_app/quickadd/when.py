"""When it is: days, times, periods and repeats of a text, put together into the fields of the form."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from calendar_app import patterns, rrule
from calendar_app.dates import BadDate, parse_date
from calendar_app.quickadd import clocks, days, periods, repeats
from calendar_app.quickadd.clocks import Clocks
from calendar_app.quickadd.days import Days
from calendar_app.quickadd.page import Page, give, original, take, without_addresses
from calendar_app.quickadd.words import say_clocks, say_days, say_list, tell, tell_bad
from calendar_app.typed_dates import WEEKDAYS_JA

Spans = list[tuple[int, int]]

FAR = 183  # days: a date without a year that is further off may be meant otherwise
_NEXT_TO = re.compile(
    r"(?:[\s\0、,・/&()|*○●◆■=+\-※]|第?\d{1,2}(?:回|部|日目)|と|および|及び|and|毎日|各日|終日|の){0,24}"
)
_LEADS_TO = re.compile(r"[ \0]{0,3}(?:から|より|~|-|to|until|till)?[ \0]{0,3}")
_OTHERWISE = re.compile(r"※|。|ただし|但し")
_ASIDE = r"(?:開場|受付|受け付け|集合|開館|閉館|休憩|doors(?: open)?)(?:開始|時間|時刻|は|:)?"
_BEGIN, _FINISH = r"(?:開演|開始|開会|スタート|start(?:s|ing)?)", r"(?:終演|終了|閉会|解散|終了予定)"
_ALL_ON = re.compile(rf"\(?(?:いずれも|すべて|全て|各) ?([{WEEKDAYS_JA}])曜日?\)?")
_WHOLE = re.compile(r"終日|\ball[- ]day\b")
_TILL, _UNTIL = re.compile(r" ?まで"), re.compile(r"until $|till $")
_DATE_BREAK = re.compile(r"(?:から|より|~|-|→|to|until|till)")


@dataclass(slots=True)
class Part:
    """A mention of days with the times that belong to it."""

    days: Days
    times: list[Clocks] = field(default_factory=list)
    whole: bool = False  # a span told with the time of its beginning and that of its end


def read(page: Page, spans: Spans, *, labelled: bool) -> None:
    """Fill in when it is, from these parts of the text. What is odd is told; what is not understood stays."""
    told = next((one for start, end in spans if (one := repeats.find(page, start, end))), None)
    hidden = without_addresses(page.plain)
    if told:  # its weekdays are no dates
        hidden = f"{hidden[: told.span[0]]}{'　' * (told.span[1] - told.span[0])}{hidden[told.span[1] :]}"
    every = [one for start, end in spans for one in days.scan(hidden, page.today, start, end)]
    mentions = [one for one in every if one.days]
    firm = [one for one in mentions if not _assumed(one)]
    mentions = firm if firm or told else mentions[:1]
    times = [one for start, end in spans for one in clocks.scan(hidden, start, end)]
    times = [one for one in times if not any(one.start < day.end and day.start < one.end for day in mentions)]
    times = _at_the_beginning(page, times)
    if not mentions and not told and periods.read(page, spans, labelled=labelled):
        return
    for one in every:
        for code, words, problem in one.problems:
            if code == "no_such_day" and isinstance(problem, BadDate):
                tell_bad(page, code, "start_date", problem)
    if mentions:
        _dated(page, mentions, times, told, labelled)
    else:
        _undated(page, times, told)
    for start, end in spans:
        if found := _WHOLE.search(page.plain, start, end):
            take(page, found.span(), "all_day", found[0])
            give(page, "all_day", True)


def _assumed(one: Days) -> bool:
    return any(code == "day_assumed" for code, *_rest in one.problems)


def _at_the_beginning(page: Page, times: list[Clocks]) -> list[Clocks]:
    """Without the times at which something else happens (開場, 受付); 開演 wins, 終了 ends."""
    kept: list[Clocks] = []
    for one in times:
        role, span = _role(page.plain, one)
        if role == "aside":
            tell(page, "aside_time", "start_time", words=original(page, *span))
        elif role == "finish" and kept and one.begin is not None and kept[-1].until is None:
            kept[-1] = replace(kept[-1], end=span[1], until=one.begin)
        else:
            kept.append(replace(one, start=span[0], end=span[1]))
    return kept


def _role(plain: str, one: Clocks) -> tuple[str, tuple[int, int]]:
    """What happens at this time, by the word that touches it, and both together."""
    for gap in ("", " ?:? ?"):
        for role, word in (("aside", _ASIDE), ("begin", _BEGIN), ("finish", _FINISH)):
            if found := re.compile(rf"{gap}{word}").match(plain, one.end):
                return role, (one.start, found.end())
            before = plain[max(0, one.start - 12) : one.start]
            if found := re.search(rf"{word}{gap}$", before):
                return role, (one.start - len(found[0]), one.end)
    return "", (one.start, one.end)


def _dated(page: Page, mentions: list[Days], times: list[Clocks], told: repeats.Told | None, labelled: bool) -> None:
    parts = _parts(page.plain, mentions, times)
    chosen = _chosen(page, parts, labelled)
    first = chosen[0]
    for one in chosen:
        for code, _words, problem in one.days.problems:
            if isinstance(problem, BadDate):
                tell_bad(page, code, "start_date", problem)
            elif not told:
                tell(page, code, "start_date", words=original(page, one.days.start, one.days.end), day=problem)
    if told:
        _fill_repeating(page, first, told)
    elif first.days.ranged:
        _fill_span(page, first)
    else:
        _fill_days(page, chosen)


def _parts(plain: str, mentions: list[Days], times: list[Clocks]) -> list[Part]:
    """Each mention with its times. 「4/20 10時〜5/5 17時」 is one span."""
    parts: list[Part] = []
    for one in mentions:
        following = [other.start for other in mentions if other.start > one.start]
        until = min(following, default=len(plain))
        after = [other for other in times if one.end <= other.start < until]
        before = [other for other in times if other.start < one.start] if not parts else []
        parts.append(Part(one, after or before))
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if last and _leads(plain, last, part):
            ends = last.times[0].begin if last.times else None
            until = part.times[0].begin if part.times else None
            both = replace(last.days, end=part.days.end, days=(last.days.days[0], part.days.days[0]), ranged=True)
            clock = [replace(last.times[0], begin=ends, until=until)] if last.times else []
            extra = [replace(part.times[0], begin=None, until=None)] if part.times else []
            joined[-1] = Part(replace(both, problems=last.days.problems + part.days.problems), clock + extra, True)
        else:
            joined.append(part)
    return joined


def _leads(plain: str, one: Part, other: Part) -> bool:
    """Whether the one is the beginning of a span of which the other is the end."""
    if one.days.ranged or other.days.ranged or len(one.days.days) > 1 or one.days.days[0] > other.days.days[0]:
        return False
    if len(one.times) != 1 or one.times[0].until is not None:
        return False
    gap = plain[one.times[0].end : other.days.start]
    return bool(_LEADS_TO.fullmatch(gap)) and (one.times[0].open or bool(_DATE_BREAK.search(gap)))


def _chosen(page: Page, parts: list[Part], labelled: bool) -> list[Part]:
    """The mentions that are one list of dates; the others are told."""
    chosen, rest = [parts[0]], parts[1:]
    while rest:
        at = max([chosen[-1].days.end, *(one.end for one in chosen[-1].times if one.start > chosen[-1].days.start)])
        gap = page.plain[at : rest[0].days.start]
        near = _NEXT_TO.fullmatch(gap) or (labelled and len(gap) < 40 and not _OTHERWISE.search(gap))
        if not near or chosen[0].days.ranged or rest[0].days.ranged:
            break
        chosen.append(rest.pop(0))
    for one in rest:
        tell(page, "more_dates", "own_dates", words=original(page, one.days.start, one.days.end))
    for one in chosen:
        one.times = _near(page, one)
    return chosen


def _near(page: Page, part: Part) -> list[Clocks]:
    """The times that stand beside the date or beside each other; later ones speak of something else."""
    kept: list[Clocks] = []
    at = part.days.end
    for one in part.times:
        gap = page.plain[at : one.start] if one.start >= at else ""
        if kept and not (_NEXT_TO.fullmatch(gap) or (len(gap) < 12 and "\n" not in gap and not _OTHERWISE.search(gap))):
            tell(page, "more_times", "slots", words=original(page, one.start, one.end))
            continue
        kept.append(one)
        at = max(at, one.end)
    return kept


def _fill_span(page: Page, part: Part) -> None:
    first, last = part.days.days
    span = part.days.start, part.days.end
    _check(page, first, original(page, *span))
    take(page, span, "start_date", say_days(first, last, page.lang))
    give(page, "start_date", first.isoformat())
    give(page, "end_date", last.isoformat())
    if not part.times:
        give(page, "all_day", True)
    elif part.times[0].until is not None and not part.whole:
        tell(page, "daily_times", "start_time")
    _told_times(page, part.times, ranged=True)


def _fill_repeating(page: Page, part: Part, told: repeats.Told) -> None:
    """A repeat with its first day, its first and last, or only its last."""
    first, last = part.days.days[0], part.days.days[-1] if part.days.ranged else None
    span = part.days.start, part.days.end
    words = original(page, *span)
    if last is None and (till := _TILL.match(page.plain, span[1])):
        first, last, span = page.today, first, (span[0], till.end())
    elif last is None and _UNTIL.search(page.plain, max(0, span[0] - 6), span[0]):
        first, last = page.today, first
    else:
        _check(page, first, words)
    take(page, span, "start_date", say_days(first, last or first, page.lang))
    _fill_repeat(page, told, first, last)
    _told_times(page, part.times, ranged=False)


def _fill_days(page: Page, chosen: list[Part]) -> None:
    """One day, or a list of them with the same times or each with its own."""
    listed = [(one, part) for part in chosen for one in part.days.days]
    ordered = sorted({one for one, _part in listed})
    _check(page, ordered[0], original(page, chosen[0].days.start, chosen[0].days.end))
    give(page, "start_date", ordered[0].isoformat())
    timed = [part for part in chosen if part.times]
    usual = timed[0].times[0] if timed else None
    lines = []
    for day, part in sorted(listed, key=lambda pair: pair[0]):
        own = part.times[0] if part.times else None
        differs = own and usual and (own.begin, own.until) != (usual.begin, usual.until) and own.begin is not None
        clock = (
            f" {'-'.join(clocks.say(at) for at in (own.begin, own.until) if at is not None)}" if own and differs else ""
        )
        lines += [f"{day}{clock}"] if day != ordered[0] or differs else []
    for part in chosen:
        take(page, (part.days.start, part.days.end), "start_date", say_list(part.days.days, page.lang))
    if said := _ALL_ON.search(page.plain):
        take(page, said.span(), "start_date", original(page, *said.span()).strip("()（）"))
        if odd := [one for one in ordered if WEEKDAYS_JA[one.weekday()] != said[1]]:
            _weekday_wrong(page, odd[0], said[1])
    if lines and len(ordered) > 1:
        give(page, "repeats", "dates")
        give(page, "own_dates", "\n".join(dict.fromkeys(lines)))
    first = next((part for part in chosen if part.times), None)
    if first:
        _told_times(page, first.times, ranged=False)
    for part in timed:
        for one in part.times if part is not first else []:
            take(page, (one.start, one.end), "own_dates", say_clocks(one.begin, one.until, page.lang))


def _weekday_wrong(page: Page, day: date, typed: str) -> None:
    try:
        parse_date(f"{day}({typed})", page.today)
    except BadDate as error:
        tell_bad(page, error.code, "start_date", error)


def _undated(page: Page, times: list[Clocks], told: repeats.Told | None) -> None:
    """Only times, or a repeat whose first day has to be looked for."""
    if told and told.rule:
        start = datetime.combine(page.today, time())
        try:
            first = patterns.first_date(f"{told.rule};COUNT=1", start).date()
        except rrule.BadRule:
            return
        tell(page, "first_assumed", "start_date", day=first)
        _fill_repeat(page, told, first, None)
    near: list[Clocks] = []
    for one in times:
        if not near or (one.start - near[-1].end < 12 and "\n" not in page.plain[near[-1].end : one.start]):
            near.append(one)
    _told_times(page, near, ranged=False)


def _fill_repeat(page: Page, told: repeats.Told, day: date, last: date | None) -> None:
    """The repeat, from its first date on or after this day. Without an end it is the one that the form will take."""
    rule = repeats.rule_on(told, day)
    first = patterns.first_date(f"{rule};COUNT=1", datetime.combine(day, time())).date()
    whole = 0, len(page.plain)
    counted = None if last else repeats.count(page, *whole)
    end = f"COUNT={counted[0]}" if counted else f"UNTIL={last or patterns.default_until(first):%Y%m%d}"
    try:
        said = patterns.say_pattern(rrule.normalise(f"{rule};{end}"), (), "", (), page.lang)
    except rrule.BadRule:
        tell(page, "repeat_unread", "repeats", words=original(page, *told.span))
        return
    give(page, "start_date", first.isoformat())
    for name, value in repeats.fields(rule, first).items():
        give(page, name, value)
    take(page, told.span, "repeats", said)
    if last:
        give(page, "repeat_until", last.isoformat())
    if found := repeats.skips(page, *whole):
        give(page, "skips", found[0])
        take(page, found[1], "skips", patterns.say_pattern("", found[0], "", (), page.lang))
    if counted:
        give(page, "repeat_count", str(counted[0]))
        take(page, counted[1], "repeat_count", str(counted[0]))


def _told_times(page: Page, times: list[Clocks], *, ranged: bool) -> None:
    """The first time, and the others as further ones of the same day."""
    begun = [one for one in times if one.begin is not None]
    for one in times:
        if one.begin is None and one.until is not None:
            tell(page, "end_only", "start_time", words=original(page, one.start, one.end))
    slots = []
    for one in begun:
        said = say_clocks(one.begin, one.until, page.lang)
        for words in one.assumed:
            tell(page, "half_assumed", "start_time", words=words, times=said)
        if one is begun[0]:
            give(page, "start_time", clocks.say(one.begin or timedelta()))
            give(page, "end_time", clocks.say(one.until)) if one.until is not None else None
            take(page, (one.start, one.end), "start_time", said)
        elif ranged or (one.begin or timedelta()) >= clocks.DAY:
            tell(page, "more_times", "slots", words=original(page, one.start, one.end))
        else:
            slots.append("-".join(clocks.say(at) for at in (one.begin, one.until) if at is not None))
            take(page, (one.start, one.end), "slots", said)
    if slots:
        give(page, "slots", "、".join(slots))
    for one in times:
        if one.begin is None and one.until is None:  # the end of a span that was told with its beginning
            take(page, (one.start, one.end), "end_time", page.values.get("end_time", ""))


def _check(page: Page, first: date, words: str) -> None:
    if first < page.today:
        tell(page, "past", "start_date", day=first)
    elif (first - page.today).days > FAR and not re.search(
        r"\d{4}|[^\d/.-]\d{1,2}年|元年|年の?\d|^[rRhH令平来今]", words
    ):
        tell(page, "year_assumed", "start_date", day=first)

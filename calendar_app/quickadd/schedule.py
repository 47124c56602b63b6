"""When it is: days, times, periods and repeats of a text, put together into the fields of the form."""

import re
from datetime import date, datetime, time

from calendar_app.dates import repeat_patterns, rrule
from calendar_app.dates.formatting import BadDate, parse_date
from calendar_app.dates.parse import WEEKDAYS_JA
from calendar_app.quickadd import approximate, clock_times, dates, repeats
from calendar_app.quickadd.clock_times import TimeSpan
from calendar_app.quickadd.dates import DateMention
from calendar_app.quickadd.group_dates import DatedTimes, choose_dates, drop_side_times, group_times
from calendar_app.quickadd.messages import say_days, say_list, say_time_span, warn, warn_bad_date
from calendar_app.quickadd.reader import Page, claim, original, set_aside, set_value, without_addresses

Spans = list[tuple[int, int]]

FAR = 183  # days: a date without a year that is further off may be meant otherwise
_ALL_ON = re.compile(rf"\(?(?:いずれも|すべて|全て|各) ?([{WEEKDAYS_JA}])曜日?\)?")
_WHOLE = re.compile(r"終日|\ball[- ]day\b")
_TILL, _UNTIL = re.compile(r" ?まで"), re.compile(r"until $|till $")


def read_schedule(page: Page, spans: Spans, *, labelled: bool) -> None:
    """Fill in when it is, from these parts of the text. What is odd is told; what is not understood stays."""
    told = next((one for start, end in spans if (one := repeats.find_repeat(page, start, end))), None)
    hidden = without_addresses(page.plain)
    if told:  # its weekdays are no dates
        hidden = f"{hidden[: told.span[0]]}{'　' * (told.span[1] - told.span[0])}{hidden[told.span[1] :]}"
    every = [one for start, end in spans for one in dates.scan_dates(hidden, page.today, start, end)]
    mentions = [one for one in every if one.days]
    firm = [one for one in mentions if not _assumed(one)]
    mentions = firm[: dates.MOST] if firm or told else mentions[:1]
    times = [one for start, end in spans for one in clock_times.scan_times(hidden, start, end)][: 2 * dates.MOST]
    times = [one for one in times if not any(one.start < day.end and day.start < one.end for day in mentions)]
    times = drop_side_times(page, times)
    if not mentions and not told and approximate.read_approximate_date(page, spans, labelled=labelled):
        return
    for mention in every:
        for code, _words, problem in mention.problems:
            if code == "no_such_day" and isinstance(problem, BadDate):
                warn_bad_date(page, code, "start_date", problem)
                set_aside(page, (mention.start, mention.end))
    if mentions:
        _dated(page, mentions, times, told, labelled)
    else:
        _undated(page, times, told)
    for start, end in spans:
        if found := _WHOLE.search(page.plain, start, end):
            claim(page, found.span(), "all_day", found[0])
            set_value(page, "all_day", True)


def _assumed(one: DateMention) -> bool:
    return any(code == "day_assumed" for code, *_rest in one.problems)


def _dated(
    page: Page, mentions: list[DateMention], times: list[TimeSpan], told: repeats.RepeatMention | None, labelled: bool
) -> None:
    listed = _listed(page, mentions, times, labelled)
    first = listed[0]
    for one in listed:
        for code, _words, problem in one.days.problems:
            if isinstance(problem, BadDate):
                warn_bad_date(page, code, "start_date", problem)
            elif not told:
                warn(page, code, "start_date", words=original(page, one.days.start, one.days.end), day=problem)
    if told or first.days.ranged:
        for one in listed[1:]:
            warn(page, "more_dates", "own_dates", words=original(page, one.days.start, one.days.end))
            set_aside(page, (one.days.start, one.days.end))
    if told:
        _fill_repeating(page, first, told)
    elif first.days.ranged:
        _fill_span(page, first)
    else:
        _fill_days(page, listed)


def _listed(page: Page, mentions: list[DateMention], times: list[TimeSpan], labelled: bool) -> list[DatedTimes]:
    """The dates with their times; a time that belongs to none is told."""
    parts = group_times(page.plain, mentions, times)
    for stray in times:
        if not any(part.since <= stray.start and stray.end <= part.until for part in parts):
            _more(page, stray, "slots")
    return choose_dates(page, parts, labelled)


def _fill_span(page: Page, part: DatedTimes) -> None:
    first, last = part.days.days
    span = part.days.start, part.days.end
    words = original(page, *span)
    _check(page, first, words)
    if (last - first).days > FAR and not re.search(r"\d{4}|\d年", words):
        warn(page, "long", "end_date", first=first, last=last)
    claim(page, span, "start_date", say_days(first, last, page.lang))
    set_value(page, "start_date", first.isoformat())
    set_value(page, "end_date", last.isoformat())
    if not part.times:
        set_value(page, "all_day", True)
    elif part.times[0].until is not None and not part.whole:
        warn(page, "daily_times", "start_time")
    _told_times(page, part.times, ranged=True)


def _fill_repeating(page: Page, part: DatedTimes, told: repeats.RepeatMention) -> None:
    """A repeat with its first day, its first and last, or only its last."""
    first, last = part.days.days[0], part.days.days[-1] if part.days.ranged else None
    span = part.days.start, part.days.end
    words = original(page, *span)
    if last is None and (till := _TILL.match(page.plain, span[1])):
        first, last, span = page.today, first, (span[0], till.end())
    elif last is None and (until := _UNTIL.search(page.plain, max(0, span[0] - 6), span[0])):
        first, last, span = page.today, first, (until.start(), span[1])
    else:
        _check(page, first, words)
    claim(page, span, "start_date", say_days(first, last or first, page.lang))
    _fill_repeat(page, told, first, last)
    _told_times(page, part.times, ranged=False)


def _fill_days(page: Page, parts: list[DatedTimes]) -> None:
    """One day, or a list of them with the same times or each with its own."""
    for part in parts[1:]:
        if part.days.days == parts[0].days.days:  # the same day twice: further times
            parts[0].times, part.times = parts[0].times + part.times, []
    ordered = sorted({one for part in parts for one in part.days.days})
    _check(page, ordered[0], original(page, parts[0].days.start, parts[0].days.end))
    set_value(page, "start_date", ordered[0].isoformat())
    earliest = next(part for part in parts if ordered[0] in part.days.days)
    leading = earliest if earliest.times else next((part for part in parts if part.times), earliest)
    if len(ordered) > 1:
        set_value(page, "repeats", "dates")
        set_value(page, "own_dates", _lines(parts, ordered[0], leading))
    for part in parts:
        claim(page, (part.days.start, part.days.end), "start_date", say_list(part.days.days, page.lang))
    if said := _ALL_ON.search(page.plain):
        claim(page, said.span(), "start_date", original(page, *said.span()).strip("()（）"))
        if odd := [one for one in ordered if WEEKDAYS_JA[one.weekday()] != said[1]]:
            _weekday_wrong(page, odd[0], said[1])
    _told_times(page, leading.times, ranged=False)
    for one in [one for part in parts if part is not leading for one in part.times]:
        if one.begin is not None and any(part.times and part.times[0] is one for part in parts):
            claim(page, (one.start, one.end), "own_dates", say_time_span(one.begin, one.until, page.lang))
        else:
            _more(page, one, "own_dates")


def _lines(parts: list[DatedTimes], first: date, leading: DatedTimes) -> str:
    """The further dates, one a line, with their times where those are not the first one's."""
    usual = _span(leading)
    listed = sorted((day, _span(part)) for part in parts for day in part.days.days if day != first)
    return "\n".join(dict.fromkeys(f"{day} {span}" if span and span != usual else f"{day}" for day, span in listed))


def _span(part: DatedTimes) -> str:
    """The first time of a part as it is typed in a list of dates."""
    one = part.times[0] if part.times and part.times[0].begin is not None else None
    return "-".join(clock_times.format_time(at) for at in (one.begin, one.until) if at is not None) if one else ""


def _more(page: Page, one: clock_times.TimeSpan, field: str) -> None:
    """A time for which there is no place: it stays in the words."""
    warn(page, "more_times", field, words=original(page, one.start, one.end))
    set_aside(page, (one.start, one.end))


def _weekday_wrong(page: Page, day: date, typed: str) -> None:
    try:
        parse_date(f"{day}({typed})", page.today)
    except BadDate as error:
        warn_bad_date(page, error.code, "start_date", error)


def _undated(page: Page, times: list[TimeSpan], told: repeats.RepeatMention | None) -> None:
    """Only times, or a repeat whose first day has to be looked for."""
    if told and told.rule:
        start = datetime.combine(page.today, time())
        try:
            first = repeat_patterns.first_date(f"{told.rule};COUNT=1", start).date()
        except rrule.BadRule:
            return
        warn(page, "first_assumed", "start_date", day=first)
        _fill_repeat(page, told, first, None)
    near: list[TimeSpan] = []
    for one in times:
        if not near or (one.start - near[-1].end < 12 and "\n" not in page.plain[near[-1].end : one.start]):
            near.append(one)
        else:
            _more(page, one, "slots")
    _told_times(page, near, ranged=False)


def _fill_repeat(page: Page, told: repeats.RepeatMention, day: date, last: date | None) -> None:
    """The repeat, from its first date on or after this day. Without an end it is the one that the form will take."""
    rule = repeats.rule_on_day(told, day)
    first = repeat_patterns.first_date(f"{rule};COUNT=1", datetime.combine(day, time())).date()
    whole = 0, len(page.plain)
    counted = None if last else repeats.find_count(page, *whole)
    end = f"COUNT={counted[0]}" if counted else f"UNTIL={last or repeat_patterns.default_until(first):%Y%m%d}"
    try:
        said = repeat_patterns.say_pattern(rrule.normalise(f"{rule};{end}"), (), "", (), page.lang)
    except rrule.BadRule:
        warn(page, "repeat_unread", "repeats", words=original(page, *told.span))
        return
    set_value(page, "start_date", first.isoformat())
    for name, value in repeats.form_fields(rule, first).items():
        set_value(page, name, value)
    claim(page, told.span, "repeats", said)
    if last:
        set_value(page, "repeat_until", last.isoformat())
    if found := repeats.find_skips(page, *whole):
        set_value(page, "skips", found[0])
        claim(page, found[1], "skips", repeat_patterns.say_pattern("", found[0], "", (), page.lang))
    if counted:
        set_value(page, "repeat_count", str(counted[0]))
        claim(page, counted[1], "repeat_count", str(counted[0]))


def _told_times(page: Page, times: list[TimeSpan], *, ranged: bool) -> None:
    """The first time, and the others as further ones of the same day."""
    slots = []
    for one in times:
        span = one.start, one.end
        said = say_time_span(one.begin, one.until, page.lang)
        if one.begin is None and one.until is None:  # the end of a span that was told with its beginning
            claim(page, span, "end_time", page.values.get("end_time", ""))
            continue
        if one.begin is None:
            warn(page, "end_only", "start_time", words=original(page, *span))
            set_aside(page, span)
            continue
        if set_value(page, "start_time", clock_times.format_time(one.begin)):
            set_value(page, "end_time", clock_times.format_time(one.until)) if one.until is not None else None
            claim(page, span, "start_time", said)
        elif ranged or one.begin >= clock_times.DAY or "slots" in page.values:
            _more(page, one, "slots")
            continue
        else:
            slots.append("-".join(clock_times.format_time(at) for at in (one.begin, one.until) if at is not None))
            claim(page, span, "slots", said)
        if one.assumed:
            warn(page, "half_assumed", "start_time", words=original(page, *span), times=said)
    if slots:
        set_value(page, "slots", "、".join(slots))


def _check(page: Page, first: date, words: str) -> None:
    if first < page.today:
        warn(page, "past", "start_date", day=first)
    elif (first - page.today).days > FAR and not re.search(
        r"\d{4}|[^\d/.-]\d{1,2}年|元年|年の?\d|^[rRhH令平来今]", words
    ):
        warn(page, "year_assumed", "start_date", day=first)

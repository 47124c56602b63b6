"""Read the schedule of a text: put its dates, times, periods and repeats together into the fields of the form."""

import re
from datetime import date, datetime

from calendar_app.dates import repeat_patterns
from calendar_app.dates.formatting import BadDate, parse_date
from calendar_app.dates.parse import WEEKDAYS_JA
from calendar_app.quickadd import approximate, clock_times, dates, repeats, totals
from calendar_app.quickadd.clock_times import TimeSpan
from calendar_app.quickadd.dates import DateMention
from calendar_app.quickadd.group_dates import DatedTimes, choose_dates, drop_side_times, group_times
from calendar_app.quickadd.left_out import find_left_out
from calendar_app.quickadd.messages import say_days, say_list, say_time_span, warn, warn_bad_date
from calendar_app.quickadd.reader import Page, claim, hidden, original, set_aside, set_value, without_addresses
from calendar_app.quickadd.repeats import MonthSpan, RepeatMention
from calendar_app.quickadd.schedule_times import fill_times, set_time_aside, time_range
from calendar_app.quickadd.series import FAR, check_first_day, fill_repeating, fill_undated
from calendar_app.quickadd.span_days import fill_edge_hours, fill_left_out

Spans = list[tuple[int, int]]

_ALL_ON = re.compile(rf"\(?(?:いずれも|すべて|全て|各) ?([{WEEKDAYS_JA}])曜日?\)?")
_ALL_DAY = re.compile(r"終日|\ball[- ]day\b")


def read_schedule(page: Page, spans: Spans, *, labelled: bool) -> None:
    """Fill in dates, times and repeats from these spans of the text; `labelled` says whether a label announces them.

    Warns of doubtful readings. Unclaimed words stay on the page.
    """
    repeat = next((repeat for start, end in spans if (repeat := repeats.find_repeat(page, start, end))), None)
    months = repeats.find_months(page, spans)
    plain = _searchable(page, repeat)
    if repeat and months and months.words.isascii():
        plain = hidden(plain, [months.span])  # "Saturdays in January 10-15h" names no tenth of January
    candidates = [mention for span in spans for mention in dates.scan_dates(plain, page.today, *span, follow=True)]
    left_out = list(find_left_out(plain, candidates))
    closed = [mention for mention, _days in left_out]
    mentions = _event_dates([mention for mention in candidates if mention not in closed], repeat)
    if closed and not mentions and not repeat:
        _warn_closed(page, closed)
        mentions, left_out = closed, []
    if repeat and repeat.bare and _describes(page, repeat, mentions):
        repeat = None
    repeat = repeat or _repeat_of_span(page, spans, mentions, months)
    taken = [(mention.start, mention.end) for mention in candidates] + ([repeat.span] if repeat else [])
    times, edges = drop_side_times(
        page, hidden(page.plain, taken), _event_times(plain, page, spans, [*mentions, *closed])
    )
    if not mentions and not repeat and approximate.read_approximate_date(page, spans, labelled=labelled):
        fill_undated(page, times, None)
        return
    _warn_impossible(page, candidates)
    if mentions:
        _fill_dated(page, mentions, times, repeat, labelled)
    else:
        fill_undated(page, times, repeat, months)
    fill_left_out(page, [days for _mention, days in left_out])
    fill_edge_hours(page, edges)
    totals.check(page, spans)
    _read_all_day(page, spans)


def _warn_closed(page: Page, closed: list[DateMention]) -> None:
    for mention in closed:
        warn(page, "not_held", "start_date", words=original(page, mention.start, mention.end))


def _describes(page: Page, repeat: RepeatMention, mentions: list[DateMention]) -> bool:
    """Tell whether 第3日曜 only describes the dates beside it, which are such days: 「3/21・4/18 (第3日曜)」."""
    days = [day for mention in mentions for day in mention.days]
    if not days or any(
        mention.ranged or re.match(" ?(?:から|より|~)", page.plain[mention.end :][:4]) for mention in mentions
    ):
        return False
    fits = all(
        repeat_patterns.first_date(f"{repeat.rule};COUNT=1", datetime(day.year, day.month, day.day)).date() == day
        for day in days
    )
    if not fits:
        warn(page, "repeat_unread", "repeats", words=original(page, *repeat.span))
    claim(page, repeat.span, "start_date", original(page, *repeat.span))
    return True


def _repeat_of_span(
    page: Page, spans: Spans, mentions: list[DateMention], months: MonthSpan | None
) -> RepeatMention | None:
    """Find weekdays beside a span of dates or months, or those that it leaves out: 「4/5〜4/30の月・水」, 「土日を除く」."""
    if not any(mention.ranged for mention in mentions) and (mentions or not months):
        return None
    taken = [(mention.start, mention.end) for mention in mentions] + ([months.span] if months else [])
    for start, end in spans:
        if repeat := repeats.find_weekdays(page, start, end, taken):
            return repeat
    return None


def _searchable(page: Page, repeat: RepeatMention | None) -> str:
    """Return the page without addresses and without the words of the repeat, whose weekdays are no dates."""
    return hidden(without_addresses(page.plain), [repeat.span] if repeat else [], "　")


def _event_dates(candidates: list[DateMention], repeat: RepeatMention | None) -> list[DateMention]:
    """Choose the mentions that count: all firm dates, or else the first assumed one (土曜)."""
    mentions = [mention for mention in candidates if mention.days]
    firm = [mention for mention in mentions if not _is_assumed(mention)]
    return firm[: dates.MOST] if firm or repeat else mentions[:1]


def _is_assumed(mention: DateMention) -> bool:
    return any(code == "day_assumed" for code, *_rest in mention.problems)


def _event_times(plain: str, page: Page, spans: Spans, mentions: list[DateMention]) -> list[TimeSpan]:
    """Find the times that are not part of a date."""
    times = [time for span in spans for time in clock_times.scan_times(plain, *span)][: 2 * dates.MOST]
    return [time for time in times if not any(time.start < day.end and day.start < time.end for day in mentions)]


def _warn_impossible(page: Page, candidates: list[DateMention]) -> None:
    for mention in candidates:
        for code, _words, problem in mention.problems:
            if code == "no_such_day" and isinstance(problem, BadDate):
                warn_bad_date(page, code, "start_date", problem)
                set_aside(page, (mention.start, mention.end))


def _read_all_day(page: Page, spans: Spans) -> None:
    for start, end in spans:
        if match := _ALL_DAY.search(page.plain, start, end):
            claim(page, match.span(), "all_day", match[0])
            set_value(page, "all_day", True)


def _fill_dated(
    page: Page, mentions: list[DateMention], times: list[TimeSpan], repeat: RepeatMention | None, labelled: bool
) -> None:
    """Fill in a repeat, a span or single days; a repeat and a span use only the first mention."""
    groups = _dates_with_times(page, mentions, times, labelled)
    first = groups[0]
    for group in groups:
        _warn_problems(page, group.days, repeat)
    if repeat or first.days.ranged:
        for group in groups[1:]:
            warn(page, "more_dates", "own_dates", words=original(page, group.days.start, group.days.end))
            set_aside(page, (group.days.start, group.days.end))
    if repeat:
        fill_repeating(page, first, repeat)
    elif first.days.ranged:
        _fill_span(page, first)
    else:
        _fill_days(page, groups)


def _warn_problems(page: Page, mention: DateMention, repeat: RepeatMention | None) -> None:
    """Warn of wrong dates; of assumed ones only where no repeat confirms the weekday."""
    for code, _words, problem in mention.problems:
        if isinstance(problem, BadDate):
            warn_bad_date(page, code, "start_date", problem)
        elif not repeat:
            warn(page, code, "start_date", words=original(page, mention.start, mention.end), day=problem)


def _dates_with_times(
    page: Page, mentions: list[DateMention], times: list[TimeSpan], labelled: bool
) -> list[DatedTimes]:
    """Return the event's dates with their times, and warn of times that belong to no date."""
    groups = group_times(page.plain, mentions, times)
    for time in times:
        if not any(group.since <= time.start and time.end <= group.until for group in groups):
            set_time_aside(page, time, "slots")
    return choose_dates(page, groups, labelled)


def _fill_span(page: Page, group: DatedTimes) -> None:
    first, last = group.days.days
    span = group.days.start, group.days.end
    words = original(page, *span)
    check_first_day(page, first, words)
    if (last - first).days > FAR and not re.search(r"\d{4}|\d年", words):
        warn(page, "long", "end_date", first=first, last=last)
    claim(page, span, "start_date", say_days(first, last, page.lang))
    set_value(page, "start_date", first.isoformat())
    set_value(page, "end_date", last.isoformat())
    if not group.times:
        set_value(page, "all_day", True)
    elif group.times[0].until is not None and not group.whole:
        warn(page, "daily_times", "start_time")
    fill_times(page, group.times, ranged=True)


def _fill_days(page: Page, groups: list[DatedTimes]) -> None:
    """Fill in one day, or a list of days with the same times or each with its own."""
    for group in groups[1:]:
        if group.days.days == groups[0].days.days:  # the same day twice: further times
            groups[0].times, group.times = groups[0].times + group.times, []
    ordered = sorted({day for group in groups for day in group.days.days})
    check_first_day(page, ordered[0], original(page, groups[0].days.start, groups[0].days.end))
    set_value(page, "start_date", ordered[0].isoformat())
    leading = _leading(groups, ordered[0])
    if len(ordered) > 1:
        set_value(page, "repeats", "dates")
        set_value(page, "own_dates", _date_lines(groups, ordered[0], leading))
    for group in groups:
        claim(page, (group.days.start, group.days.end), "start_date", say_list(group.days.days, page.lang))
    _check_weekday_of_all(page, ordered)
    fill_times(page, leading.times, ranged=False)
    for group in groups:
        if group is not leading:
            _claim_own_times(page, group)


def _leading(groups: list[DatedTimes], first: date) -> DatedTimes:
    """Return the mention whose times become those of the event: the earliest day's, or the first that has any."""
    earliest = next(group for group in groups if first in group.days.days)
    return earliest if earliest.times else next((group for group in groups if group.times), earliest)


def _check_weekday_of_all(page: Page, days: list[date]) -> None:
    """Claim 「いずれも土曜日」, and warn of the first day that is no such weekday."""
    if match := _ALL_ON.search(page.plain):
        claim(page, match.span(), "start_date", original(page, *match.span()).strip("()（）"))
        if wrong := [day for day in days if WEEKDAYS_JA[day.weekday()] != match[1]]:
            _warn_weekday(page, wrong[0], match[1])


def _claim_own_times(page: Page, group: DatedTimes) -> None:
    """Claim the first time of a further date, which stands in the list of dates; warn of its other times."""
    for number, time in enumerate(group.times):
        if number == 0 and time.begin is not None:
            claim(page, (time.start, time.end), "own_dates", say_time_span(time.begin, time.until, page.lang))
        else:
            set_time_aside(page, time, "own_dates")


def _date_lines(groups: list[DatedTimes], first: date, leading: DatedTimes) -> str:
    """Write the further dates, one a line, with their times where these differ from the first date's."""
    usual = _first_time(leading)
    dated = sorted((day, _first_time(group)) for group in groups for day in group.days.days if day != first)
    return "\n".join(dict.fromkeys(f"{day} {time}" if time and time != usual else f"{day}" for day, time in dated))


def _first_time(group: DatedTimes) -> str:
    """Format the first time of a group for a list of dates: 10:00-12:00."""
    return time_range(group.times[0]) if group.times and group.times[0].begin is not None else ""


def _warn_weekday(page: Page, day: date, typed: str) -> None:
    try:
        parse_date(f"{day}({typed})", page.today)
    except BadDate as error:
        warn_bad_date(page, error.code, "start_date", error)

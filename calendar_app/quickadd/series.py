"""Fill in a series: its rule, its first and last day, the days that it leaves out, and a series without a date."""

import re
from datetime import date, datetime

from calendar_app.dates import repeat_patterns, rrule
from calendar_app.dates.recurrence import Repeat, rule_dates
from calendar_app.quickadd import repeats
from calendar_app.quickadd.clock_times import TimeSpan
from calendar_app.quickadd.group_dates import DatedTimes
from calendar_app.quickadd.messages import say_days, say_list, warn
from calendar_app.quickadd.reader import Page, claim, original, set_aside, set_value
from calendar_app.quickadd.repeats import MonthSpan, RepeatMention
from calendar_app.quickadd.schedule_times import fill_times, set_time_aside

MOST_DAYS = 62  # single dates that stand for a rule
FAR = 183  # days; a date without a year that is further off may be of another year
_TILL, _UNTIL = re.compile(r" ?まで"), re.compile(r"until $|till $")


def fill_repeating(page: Page, group: DatedTimes, repeat: RepeatMention) -> None:
    """Fill in a repeat with its first day, its first and last, or only its last."""
    first, last = group.days.days[0], group.days.days[-1] if group.days.ranged else None
    span = group.days.start, group.days.end
    words = original(page, *span)
    if last is None and (till := _TILL.match(page.plain, span[1])):
        first, last, span = page.today, first, (span[0], till.end())
    elif last is None and (until := _UNTIL.search(page.plain, max(0, span[0] - 6), span[0])):
        first, last, span = page.today, first, (until.start(), span[1])
    else:
        check_first_day(page, first, words)
    claim(page, span, "start_date", say_days(first, last or first, page.lang))
    _fill_repeat(page, repeat, first, last)
    if not last and len(group.days.days) == 1 and page.values.get("start_date", f"{first}") != f"{first}":
        warn(page, "first_moved", "start_date", words=words, day=date.fromisoformat(page.values["start_date"]))
    fill_times(page, group.times, ranged=False)


def fill_undated(
    page: Page, times: list[TimeSpan], repeat: RepeatMention | None, months: MonthSpan | None = None
) -> None:
    """Fill in times without a date, or a repeat from its next day on, within `months` if the text names them."""
    if repeat and repeat.listed and not months:
        warn(page, "repeat_unread", "repeats", words=original(page, *repeat.span))
        set_aside(page, repeat.span)
    elif repeat and repeat.rule:
        begin = months.first if months else page.today
        try:
            first = repeat_patterns.first_date(f"{repeat.rule};COUNT=1", _midnight(begin)).date()
        except rrule.BadRule:
            return
        if months:
            claim(page, months.span, "start_date", say_days(months.first, months.last, page.lang))
        else:
            warn(page, "first_assumed", "start_date", day=first)
        _fill_repeat(page, repeat, first, months.last if months else None)
    near: list[TimeSpan] = []
    for time in times:
        if not near or (time.start - near[-1].end < 12 and "\n" not in page.plain[near[-1].end : time.start]):
            near.append(time)
        else:
            set_time_aside(page, time, "slots")
    fill_times(page, near, ranged=False)


def _fill_repeat(page: Page, repeat: RepeatMention, day: date, last: date | None) -> None:
    """Fill in a repeat from its first date on or after a day. Without an end it ends where the form's default does."""
    rule = repeats.rule_on_day(repeat, day)
    first = repeat_patterns.first_date(f"{rule};COUNT=1", _midnight(day)).date()
    if repeat.listed:
        _list_dates(page, repeat, first, last)
        return
    whole = 0, len(page.plain)
    counted = None if last else repeats.find_count(page, *whole)
    end = f"COUNT={counted[0]}" if counted else f"UNTIL={last or repeat_patterns.default_until(first):%Y%m%d}"
    try:
        meaning = repeat_patterns.say_pattern(rrule.normalise(f"{rule};{end}"), (), "", (), page.lang)
    except rrule.BadRule:
        warn(page, "repeat_unread", "repeats", words=original(page, *repeat.span))
        return
    set_value(page, "start_date", first.isoformat())
    for name, value in repeats.form_fields(rule, first).items():
        set_value(page, name, value)
    if repeat.assumed:
        warn(page, "weekly_assumed", "repeats", words=original(page, *repeat.span), meaning=meaning)
    claim(page, repeat.span, "repeats", meaning)
    if last:
        set_value(page, "repeat_until", last.isoformat())
    _fill_skips(page, repeat)
    if counted:
        set_value(page, "repeat_count", str(counted[0]))
        claim(page, counted[1], "repeat_count", str(counted[0]))


def _list_dates(page: Page, repeat: RepeatMention, first: date, last: date | None) -> None:
    """List the dates of a rule for which the form has no choice; without a last day the rule is a doubt."""
    days = rule_dates(Repeat(_midnight(first), None, rule=f"{repeat.rule};UNTIL={last:%Y%m%d}"), last) if last else []
    if not 1 < len(days) <= MOST_DAYS or repeat.skips:
        warn(page, "repeat_unread", "repeats", words=original(page, *repeat.span))
        set_aside(page, repeat.span)
        return
    values = {"start_date": f"{days[0]}", "repeats": "dates", "own_dates": "\n".join(map(str, days[1:]))}
    for name, value in values.items():
        set_value(page, name, value)
    claim(page, repeat.span, "own_dates", say_list(days[:12], page.lang))


def _fill_skips(page: Page, repeat: RepeatMention) -> None:
    skips = set(repeat.skips)
    if words := repeats.find_skips(page, 0, len(page.plain)):
        skips |= {*words[0]}
        claim(page, words[1], "skips", repeat_patterns.say_pattern("", words[0], "", (), page.lang))
    elif skips:
        claim(page, repeat.span, "skips", repeat_patterns.say_pattern("", sorted(skips), "", (), page.lang))
    if skips:
        set_value(page, "skips", sorted(skips))


def check_first_day(page: Page, first: date, words: str) -> None:
    """Warn of a first day that is past, or whose year was assumed and is far off."""
    if first < page.today:
        warn(page, "past", "start_date", day=first)
    elif (first - page.today).days > FAR and not re.search(
        r"\d{4}|[^\d/.-]\d{1,2}年|元年|年の?\d|^[rRhH令平来今]", words
    ):
        warn(page, "year_assumed", "start_date", day=first)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)

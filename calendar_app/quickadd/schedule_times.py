"""Fill in the clock times of a schedule: start and end, and further times (slots) of the same day."""

from datetime import timedelta

from calendar_app.quickadd import clock_times
from calendar_app.quickadd.clock_times import TimeSpan
from calendar_app.quickadd.messages import say_time_span, warn
from calendar_app.quickadd.reader import Page, claim, original, set_aside, set_value


def fill_times(page: Page, times: list[TimeSpan], *, ranged: bool) -> None:
    """Fill in the first time, and the others as further times of the same day; a span of days has only one."""
    slots: list[str] = []
    for time in times:
        span = time.start, time.end
        if time.begin is None and time.until is None:  # the end time of a span, which its beginning holds already
            claim(page, span, "end_time", page.values.get("end_time", ""))
        elif time.begin is None:
            warn(page, "end_only", "start_time", words=original(page, *span))
            set_aside(page, span)
        else:
            _fill_time(page, time, slots, ranged=ranged)
    if slots:
        set_value(page, "slots", "、".join(slots))


def _fill_time(page: Page, time: TimeSpan, slots: list[str], *, ranged: bool) -> None:
    """Make a time the start and end of the event, or else add it to the slots."""
    begin, span = time.begin or timedelta(), (time.start, time.end)
    meaning = say_time_span(time.begin, time.until, page.lang)
    if set_value(page, "start_time", clock_times.format_time(begin)):
        if time.until is not None:
            set_value(page, "end_time", clock_times.format_time(time.until))
        claim(page, span, "start_time", meaning)
    elif ranged or begin >= clock_times.DAY or "slots" in page.values:
        set_time_aside(page, time, "slots")
        return
    else:
        slots.append(time_range(time))
        claim(page, span, "slots", meaning)
    if time.assumed:
        warn(page, "half_assumed", "start_time", words=original(page, *span), times=meaning)


def time_range(time: TimeSpan) -> str:
    """Format a time for a list in the form: 10:00-12:00, or 10:00 without an end."""
    return "-".join(clock_times.format_time(end) for end in (time.begin, time.until) if end is not None)


def set_time_aside(page: Page, time: TimeSpan, field: str) -> None:
    """Warn of a time that has no field, and leave it in the text."""
    warn(page, "more_times", field, words=original(page, time.start, time.end))
    set_aside(page, (time.start, time.end))

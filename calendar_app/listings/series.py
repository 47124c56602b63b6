"""A series as its page tells it: where a moved date was before, and which dates are left out, and why."""

from datetime import date, datetime

from calendar_app.dates import formatting, repeat_patterns
from calendar_app.db.models import Event, Occurrence
from calendar_app.text.languages import Words

LEFT_OUT = Words({"ja": "{}は休み", "en": "{}: left out"})


def moved_from(one: Occurrence, lang: str) -> str:
    """The day that a date was moved from, by hand or off a day off, or the time on that day; "" when it was not."""
    if one.original.date() != one.wall_start.date():
        return _day(one.original.date(), lang)
    if one.original != one.wall_start:
        return formatting.say_time(one.original.time(), lang)
    shifted = (day for day in one.event.adjusted if day["to"] == one.first_day.isoformat())
    return next((_day(date.fromisoformat(day["day"]), lang) for day in shifted), "")


def left_out(event: Event, first: date, last: date, lang: str) -> list[str]:
    """What does not take place between two days or is moved, one line each. That weekends are free the rule says."""
    taken = {one.first_day for one in event.occurrences}
    by_hand = {datetime.fromisoformat(one).date() for one in event.exdates} - taken
    said = {day: LEFT_OUT[lang].format(_day(day, lang)) for day in by_hand}
    adjusted = [one for one in repeat_patterns.read(event.adjusted) if one.why != "weekend"]
    said |= {one.day: repeat_patterns.say_adjustment(one, lang) for one in adjusted}
    return [said[day] for day in sorted(said) if first <= day <= last]


def _day(day: date, lang: str) -> str:
    return formatting.say_date(day, lang, today=day)

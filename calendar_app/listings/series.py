"""Describe a series: its rhythm, where a moved date was before, and which dates are left out, and why."""

from datetime import date, datetime

from calendar_app.dates import formatting, repeat_patterns, rrule_text
from calendar_app.db.models import Event, Occurrence
from calendar_app.text.languages import Words

LEFT_OUT = Words({"ja": "{}は休み", "en": "{}: left out"})


def rhythm(event: Event, lang: str) -> str:
    """Return how a series repeats, in short; "" for an event without a rule."""
    return rrule_text.rhythm(event.rule, lang) if event.rule else ""


def later(occurrence: Occurrence) -> list[Occurrence]:
    """Return the dates of the same event after this one that go ahead, in order."""
    event = occurrence.event
    if not (event.rule or event.rdates or event.slots):
        return []
    return [date for date in event.occurrences if date.start > occurrence.start and date.status != "cancelled"]


def moved_from(occurrence: Occurrence, lang: str) -> str:
    """Return the day from which a date was moved, or the time if the day is the same; "" when it was not moved."""
    if occurrence.original.date() != occurrence.wall_start.date():
        return _day(occurrence.original.date(), lang)
    if occurrence.original != occurrence.wall_start:
        return formatting.say_time(occurrence.original.time(), lang)
    shifted = (day for day in occurrence.event.adjusted if day["to"] == occurrence.first_day.isoformat())
    return next((_day(date.fromisoformat(day["day"]), lang) for day in shifted), "")


def left_out(event: Event, first: date, last: date, lang: str) -> list[str]:
    """Return a line for each date that is left out or moved between two days. Weekends are in the words of the rule
    already."""
    days_held = {item.first_day for item in event.occurrences}
    by_hand = {datetime.fromisoformat(item).date() for item in event.exdates} - days_held
    lines = {day: LEFT_OUT[lang].format(_day(day, lang)) for day in by_hand}
    adjusted = [item for item in repeat_patterns.read(event.adjusted) if item.why != "weekend"]
    lines |= {item.day: repeat_patterns.say_adjustment(item, lang) for item in adjusted}
    return [lines[day] for day in sorted(lines) if first <= day <= last]


def _day(day: date, lang: str) -> str:
    return formatting.say_date(day, lang, today=day)

"""Take a series with several slots a day apart: each slot is a series of its own with the same rule."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from calendar_app.dates.recurrence import Repeat, rule_dates


def by_slot(repeat: Repeat) -> list[Repeat]:
    """Return the repeat of each slot, that of `repeat.start` first. Together they have every date of the whole once.

    Each keeps all exceptions and single changes, because a series ignores those that are not its own. An extra date at
    another time than `repeat.start` has no further slots; it stays with the first and is as long.
    """
    if not repeat.slots or repeat.all_day:
        return [repeat]
    day, length = repeat.start.date(), repeat.end - repeat.start if repeat.end else None
    spans = {repeat.start: repeat.end} | dict(slot.on(day) for slot in repeat.slots)
    days, alone = _extra_dates(repeat)
    first, *others = [
        replace(repeat, start=start, end=_end(start, end, length), rdates=_at(days, start.time()), slots=())
        for start, end in spans.items()
    ]
    return [replace(first, rdates=first.rdates + alone), *others]


def _extra_dates(repeat: Repeat) -> tuple[list[date], tuple[datetime, ...]]:
    """Return the extra days with every slot, and the extra moments with none, except those at which a slot begins anyway."""
    usual = (time.min, repeat.start.time())
    days = [extra.date() for extra in repeat.rdates if extra.time() in usual]
    alone = [extra for extra in repeat.rdates if extra.time() not in usual]
    starts = {slot.start for slot in repeat.slots} if alone else set()
    taken = {repeat.start.date(), *days, *rule_dates(repeat, date.max)} if starts else set()
    return days, tuple(extra for extra in alone if not (extra.time() in starts and extra.date() in taken))


def _at(days: list[date], clock: time) -> tuple[datetime, ...]:
    return tuple(datetime.combine(day, clock) for day in days)


def _end(start: datetime, end: datetime | None, length: timedelta | None) -> datetime | None:
    """Return the end of a slot; one without an end is as long as the first."""
    return end or (start + length if length is not None else None)

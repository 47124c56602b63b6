"""Keep the exceptions of a series (left-out dates, further dates, single changes) in step when the series itself moves."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from calendar_app.dates.recurrence import Repeat, expand, rule_dates
from calendar_app.db.models import Event
from calendar_app.entries.revisions import Values

NAMES = ("exdates", "rdates", "overrides")
WEEK = timedelta(days=7)


def follow(event: Event, was: Repeat, names: Iterable[str]) -> None:
    """Move the named exceptions along with a series whose dates were `was`. Each is known by its planned start.

    A new time moves all of them. New weekdays move those of dates that the series has lost, within their week.
    """
    if (was.start, was.rule) == (event.start, event.rule):
        return
    days, clock = _moved_days(was, event.repeat), event.start.time()
    for name in names:
        items = getattr(event, name)
        moved = [_moved(item, was, clock, {} if name == "rdates" else days) for item in items]
        setattr(event, name, moved)


def lost(was: Repeat, now: Repeat, before: Values, after: Values) -> list[date]:
    """Return the left-out or changed days that have no place in the new dates `now`, although their week has another
    date.

    `before` and `after` are the values of both versions; an exception removed by hand is not lost.
    """
    old, new = ({instance.original.date() for instance in expand(_bare(repeat), date.max)} for repeat in (was, now))
    moved, days = _moved_days(was, now), set()
    for name in ("exdates", "overrides"):
        follows = moved if before[name] == after[name] else {}
        for item in before[name]:
            day = datetime.fromisoformat(item if isinstance(item, str) else item["original"]).date()
            if item in after[name] and day in old and follows.get(day, day) not in new:
                days.add(day)
    return sorted(day for day in days if any(abs(other - day) < WEEK for other in new - old))


def _bare(repeat: Repeat) -> Repeat:
    return replace(repeat, exdates=(), overrides=())


def _moved(item: Any, was: Repeat, clock: time, days: dict[date, date]) -> Any:
    """Return an exception (an ISO moment or a single change) at the present date of the series."""
    if isinstance(item, str):
        return _there(datetime.fromisoformat(item), was, clock, days).isoformat()
    original = datetime.fromisoformat(item["original"])
    there = _there(original, was, clock, days)
    moved = item | {"original": there.isoformat()}
    if item.get("end") and not item.get("start"):
        moved["end"] = (datetime.fromisoformat(item["end"]) + (there - original)).isoformat()
    return moved


def _there(moment: datetime, was: Repeat, clock: time, days: dict[date, date]) -> datetime:
    its = clock if moment.time() == was.start.time() else moment.time()
    return datetime.combine(days.get(moment.date(), moment.date()), its)


def _moved_days(was: Repeat, now: Repeat) -> dict[date, date]:
    """Map each day that the rule has lost to the day that replaced it: in each week from the start, by their order.

    Empty when the start moved by a week or more: that is another season of the series.
    """
    if abs(now.start.date() - was.start.date()) >= WEEK:
        return {}
    old, new = rule_dates(was, date.max), rule_dates(now, date.max)
    gone = _weeks([day for day in old if day not in set(new)], was.start.date())
    come = _weeks([day for day in new if day not in set(old)], now.start.date())
    moved: dict[date, date] = {}
    for week, days in gone.items():
        if len(days) == len(come[week]):
            moved |= zip(days, come[week], strict=True)
    return moved


def _weeks(days: Iterable[date], first: date) -> dict[int, list[date]]:
    weeks: dict[int, list[date]] = defaultdict(list)
    for day in days:
        weeks[(day - first) // WEEK].append(day)
    return weeks

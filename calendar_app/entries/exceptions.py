"""Keep the exceptions of a series (left-out dates, further dates, single changes) in step when the series itself moves."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from calendar_app.dates.recurrence import Repeat, expand, rule_dates
from calendar_app.dates.rrule import parse
from calendar_app.db.models import Event
from calendar_app.entries.revisions import Values

NAMES = ("exdates", "rdates", "overrides")
DAYS = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}  # at least, from one period of a rule to the next


class _Period(NamedTuple):
    """What a rule repeats: a week at least, two weeks of a fortnightly rule, a month or a year. `months` is 0 for days."""

    days: int
    months: int

    def number(self, day: date, first: date) -> int:
        """Count the periods from the one of the start `first` to that of a day."""
        if self.months:
            return ((day.year - first.year) * 12 + day.month - first.month) // self.months
        return (day - first).days // self.days


def follow(event: Event, was: Repeat, names: Iterable[str]) -> None:
    """Move the named exceptions along with a series whose dates were `was`. Each is known by its planned start.

    A new time moves all of them. New days move those of dates that the series has lost, each within its period.
    """
    if (was.start, was.rule) == (event.start, event.rule):
        return
    days, clock = _moved_days(was, event.repeat), event.start.time()
    for name in names:
        items = getattr(event, name)
        moved = [_moved(item, was, clock, {} if name == "rdates" else days) for item in items]
        setattr(event, name, moved)


def lost(was: Repeat, now: Repeat, before: Values, after: Values) -> list[date]:
    """Return the left-out or changed days that have no place in the new dates `now`, although their period (the week of
    a weekly series) has another date.

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
    near = timedelta(days=_shorter(was, now).days)
    return sorted(day for day in days if any(abs(other - day) < near for other in new - old))


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
    """Map each day that the rule has lost to the day that replaced it: in each period from the start, by their order.

    Empty when the start moved by a whole period or more: that is another season of the series.
    """
    period = _shorter(was, now)
    if abs(now.start.date() - was.start.date()) >= timedelta(days=period.days):
        return {}
    old, new = rule_dates(was, date.max), rule_dates(now, date.max)
    gone = _by_period(period, [day for day in old if day not in set(new)], was.start.date())
    come = _by_period(period, [day for day in new if day not in set(old)], now.start.date())
    moved: dict[date, date] = {}
    for number, days in gone.items():
        if len(days) == len(come[number]):
            moved |= zip(days, come[number], strict=True)
    return moved


def _shorter(was: Repeat, now: Repeat) -> _Period:
    """Return the shorter period of the two rules; a week when there is none."""
    return min((_period(repeat.rule) for repeat in (was, now) if repeat.rule), default=_Period(DAYS["WEEKLY"], 0))


def _period(rule: str) -> _Period:
    parsed = parse(rule)
    months = {"MONTHLY": 1, "YEARLY": 12}.get(parsed.freq, 0) * parsed.interval
    return _Period(max(DAYS["WEEKLY"], DAYS[parsed.freq] * parsed.interval), months)


def _by_period(period: _Period, days: Iterable[date], first: date) -> dict[int, list[date]]:
    numbered: dict[int, list[date]] = defaultdict(list)
    for day in days:
        numbered[period.number(day, first)].append(day)
    return numbered

"""Expand the repeat of an event to its instances: a rule, extra dates, exceptions and single changes (RFC 5545 3.8.5).

All times are local to the event's zone (naive datetimes). All-day ends are the last day, inclusive.
A rule is walked from its start to its end, for at most ten years, so a hostile rule costs no more than a real one.
"""

from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import chain, islice

from calendar_app.dates.rrule import MAX_INSTANCES, Rule, parse, plain
from calendar_app.dates.rrule import BadRule as BadRule
from calendar_app.dates.rrule import normalise as normalise

MAX_DAYS = 3653  # ten years from the start, leap days included
_LAST = date.max.toordinal()


@dataclass(frozen=True, slots=True)
class Override:
    """A single date that differs from its series. `original` is its RECURRENCE-ID (RFC 5545 3.8.4.4): the moment by the rule."""

    original: datetime
    start: datetime | None = None
    end: datetime | None = None
    status: str | None = None
    note: str = ""
    venue_id: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """Another time on each date of a series: 10:30–11:30, and 13:00–14:30. An end before the start is on the next day."""

    start: time
    end: time | None = None

    @classmethod
    def read(cls, start: str, end: str = "") -> "Slot":
        """Parse the stored form: "13:00" and "14:30"."""
        return cls(time.fromisoformat(start), time.fromisoformat(end) if end else None)

    def on(self, day: date) -> tuple[datetime, datetime | None]:
        """Return start and end on a day, as wall-clock times."""
        start = datetime.combine(day, self.start)
        end = datetime.combine(day, self.end) if self.end else None
        return start, end + timedelta(days=1) if end and end < start else end


@dataclass(frozen=True, slots=True)
class Repeat:
    """The dates of an event: start, end, rule and exceptions, in wall-clock time."""

    start: datetime
    end: datetime | None
    all_day: bool = False
    rule: str = ""
    rdates: tuple[datetime, ...] = ()
    exdates: tuple[datetime, ...] = ()
    overrides: tuple[Override, ...] = field(default=())
    slots: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True)
class Instance:
    """One date of an event in wall-clock time. `original` is its planned start."""

    original: datetime
    start: datetime
    end: datetime | None
    status: str | None = None
    note: str = ""
    venue_id: int | None = None


@dataclass(frozen=True, slots=True)
class IcsParts:
    """A repeat as iCalendar writes it without RDATE: a master that satisfies its rule, and separate events.

    `rule` ends on a local date: the writer makes a timed event's UNTIL the UTC end of that day. `singles` are the instances
    outside the rule; `overrides` belong to the master, their `original` is the RECURRENCE-ID.
    """

    master: Instance | None
    rule: str = ""
    exdates: tuple[datetime, ...] = ()
    overrides: tuple[Instance, ...] = ()
    singles: tuple[Instance, ...] = ()


def check(repeat: Repeat) -> None:
    """Check that a repeat may be stored.

    Raises BadRule if it is backward, endless, over ten years, has too many dates, or none.
    """
    spans = [
        (repeat.start, repeat.end),
        *((override.start or override.original, override.end) for override in repeat.overrides),
    ]
    if any(end < start for start, end in spans if end):
        raise BadRule("end_before_start", "The end is before the start.")
    count, reach = _extent(repeat)
    if not count:
        raise BadRule("no_dates", "The rule gives no date.")
    days = [day.date() for day in (repeat.end, *repeat.rdates) if day]
    if any(abs((day - repeat.start.date()).days) > MAX_DAYS for day in (reach, *days)):
        raise BadRule("too_long", "It goes on for more than ten years.")
    if (count + len(repeat.rdates)) * (1 + len(repeat.slots)) > MAX_INSTANCES:
        raise BadRule("too_many", f"It has more than {MAX_INSTANCES} dates.")
    if not expand(repeat, date.max):
        raise BadRule("nothing_left", "The exceptions leave no date.")


def rule_dates(repeat: Repeat, horizon: date) -> list[date]:
    """Return the dates of the rule, before exceptions; none without a rule."""
    if not repeat.rule:
        return []
    return list(islice(_walk(parse(repeat.rule), repeat.start, horizon), MAX_INSTANCES))


def expand(repeat: Repeat, horizon: date) -> list[Instance]:
    """Return every instance in order. The horizon cuts the rule only: single dates always count."""
    typed = [_moment(repeat, day) for day in repeat.rdates]
    ends: dict[datetime, datetime | None] = dict.fromkeys((repeat.start, *_ruled(repeat, horizon), *typed))
    if repeat.slots:
        days = [original.date() for original in ends if original.time() == repeat.start.time()]
        ends |= [slot.on(day) for day in days for slot in repeat.slots]
    originals = _without(repeat, ends)
    changes = {change.original: change for change in repeat.overrides}
    instances = [_instance(repeat, original, changes.get(original), ends[original]) for original in originals]
    return sorted(instances, key=lambda change: (change.start, change.original))


def _without(repeat: Repeat, originals: Iterable[datetime]) -> Iterable[datetime]:
    """Remove exceptions. People except whole days: on a timed series a bare date removes every instance of that day."""
    if not repeat.exdates:
        return originals
    days = {day.date() for day in repeat.exdates if repeat.all_day or day.time() == time.min}
    moments = set(repeat.exdates)
    return [original for original in originals if original not in moments and original.date() not in days]


def without_cancelled(repeat: Repeat) -> Repeat:
    """Return the repeat without its cancelled dates, as if they had never been announced."""
    off = tuple(override.original for override in repeat.overrides if override.status == "cancelled")
    overrides = tuple(override for override in repeat.overrides if override.status != "cancelled")
    return replace(repeat, exdates=repeat.exdates + off, overrides=overrides)


def orphans(repeat: Repeat, horizon: date = date.max) -> list[Override]:
    """Return the overrides whose original is not in the series."""
    originals = {instance.original for instance in expand(repeat, horizon)}
    return [override for override in repeat.overrides if override.original not in originals]


def ics_parts(repeat: Repeat, horizon: date = date.max) -> IcsParts:
    """Return the repeat for iCalendar. Feeds pass no horizon: clients expand the rule to its end."""
    instances = {instance.original: instance for instance in expand(repeat, horizon)}
    ruled = dict.fromkeys(_ruled(repeat, horizon))
    remaining = [original for original in ruled if original in instances]
    singles = tuple(instance for original, instance in instances.items() if original not in ruled)
    if not remaining:
        return IcsParts(None, singles=singles)
    if repeat.rule and not plain(_completed(parse(repeat.rule), repeat.start)):
        return IcsParts(None, singles=tuple(instances.values()))
    if not repeat.rule or parse(repeat.rule).count == 1:  # Office 365 refuses a file with COUNT=1
        return IcsParts(instances[remaining[0]], singles=singles)
    changed = {instance.original for instance in repeat.overrides}
    return IcsParts(
        master=_instance(repeat, next(iter(ruled)), None),
        rule=repeat.rule,
        exdates=tuple(original for original in ruled if original not in instances),
        overrides=tuple(instances[original] for original in remaining if original in changed),
        singles=singles,
    )


def _extent(repeat: Repeat) -> tuple[int, date]:
    """Return the number of dates within ten years, and the last day. Raises BadRule for a rule without an end."""
    if not repeat.rule:
        return 1, repeat.start.date()
    normalise(repeat.rule)  # refuses a rule without an end
    rule = parse(repeat.rule)
    count = sum(1 for _ in _walk(rule, repeat.start, date.max))
    return count, rule.until or (date.max if count < (rule.count or 0) else repeat.start.date())


def _walk(rule: Rule, start: date, horizon: date) -> Iterator[date]:
    """Yield the dates of a rule from `start` on. Internally a day is its proleptic ordinal; 1 is a Monday."""
    rule = _completed(rule, start)
    first = start.toordinal()
    last = min(horizon.toordinal(), first + MAX_DAYS, (rule.until or date.max).toordinal())
    days = (day for period in _periods(rule, first, last) for day in _matches(rule, period) if first <= day <= last)
    return map(date.fromordinal, islice(days, rule.count))


def _completed(rule: Rule, start: date) -> Rule:
    """Complete a rule from its start: "every month" is on the start's day of the month."""
    if rule.freq == "DAILY" or rule.byday or rule.bymonthday:
        return rule
    if rule.freq == "WEEKLY":
        return replace(rule, byday=((0, start.weekday()),))
    bymonth = rule.bymonth or ((start.month,) if rule.freq == "YEARLY" else ())
    return replace(rule, bymonth=bymonth, bymonthday=(start.day,))


def _periods(rule: Rule, first: int, last: int) -> Iterator[list[range]]:
    """Yield each whole day, week, month or year of the rule; a year as the months of BYMONTH, if any."""
    begin, end, step = date.fromordinal(first), date.fromordinal(last), rule.interval
    match rule.freq:
        case "DAILY":
            for day in range(first, last + 1, step):
                yield [range(day, day + 1)]
        case "WEEKLY":
            for day in range(first - (first - 1 - rule.wkst) % 7, last + 1, 7 * step):
                yield [range(max(day, 1), min(day + 7, _LAST + 1))]
        case "MONTHLY":
            for month in range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month, step):
                yield [_month(month // 12, month % 12 + 1)]
        case _:
            for year in range(begin.year, end.year + 1, step):
                yield [_month(year, month) for month in rule.bymonth] or [_year(year)]


def _month(year: int, month: int) -> range:
    first = date(year, month, 1).toordinal()
    return range(first, first + monthrange(year, month)[1])


def _year(year: int) -> range:
    first = date(year, 1, 1).toordinal()
    return range(first, first + 365 + isleap(year))


def _matches(rule: Rule, period: list[range]) -> list[int]:
    """Return the days of a period that the rule selects, in order."""
    if rule.byday:
        days = sorted({day for span in period for day in _on_weekdays(rule, span)})
    else:
        days = list(chain.from_iterable(period))
    if rule.bymonth or rule.bymonthday:
        days = [day for day in days if _fits(rule, date.fromordinal(day))]
    if rule.bysetpos:
        days = sorted({days[n - (n > 0)] for n in rule.bysetpos if abs(n) <= len(days)})
    return days


def _on_weekdays(rule: Rule, span: range) -> Iterator[int]:
    for ordinal, weekday in rule.byday:
        hits = span[(weekday + 1 - span[0]) % 7 :: 7]
        if not ordinal:
            yield from hits
        elif abs(ordinal) <= len(hits):
            yield hits[ordinal - (ordinal > 0)]


def _fits(rule: Rule, day: date) -> bool:
    if rule.bymonth and day.month not in rule.bymonth:
        return False
    if not rule.bymonthday or day.day in rule.bymonthday:
        return True
    return min(rule.bymonthday) < 0 and day.day - monthrange(day.year, day.month)[1] - 1 in rule.bymonthday


def _moment(repeat: Repeat, typed: datetime) -> datetime:
    """Give a bare date, or a date of an all-day series, the time of the series."""
    bare = repeat.all_day or typed.time() == time.min
    return datetime.combine(typed, repeat.start.time()) if bare else typed


def _ruled(repeat: Repeat, horizon: date) -> list[datetime]:
    """Return the original moments by the rule; without a rule the start."""
    if not repeat.rule:
        return [repeat.start]
    return [datetime.combine(day, repeat.start.time()) for day in rule_dates(repeat, horizon)]


def _instance(repeat: Repeat, original: datetime, change: Override | None, ends: datetime | None = None) -> Instance:
    """Make an instance. `ends` is the end of a slot; every other instance is as long as the first."""
    start = change.start or original if change else original
    until = ends or (original + (repeat.end - repeat.start) if repeat.end else None)
    end = start + (until - original) if until else None
    if not change:
        return Instance(original, start, end)
    return Instance(original, start, change.end or end, change.status, change.note, change.venue_id)

"""How an event repeats: a rule, extra dates, exceptions and single changes, expanded to concrete instances.

Everything here is wall-clock time in the event's own zone (naive datetimes). All-day ends are the last day, inclusive.
A rule is walked only from its start to its end, ten years at most: a hostile rule costs no more than a dull one.
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
    """A single date that differs from its series. `original` is its RECURRENCE-ID: where the rule had put it."""

    original: datetime
    start: datetime | None = None
    end: datetime | None = None
    status: str | None = None
    note: str = ""
    venue_id: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """Another beginning on each date of a series: 10:30–11:30, and again 13:00–14:30. An end before it is the next day's."""

    start: time
    end: time | None = None

    @classmethod
    def read(cls, start: str, end: str = "") -> "Slot":
        """From "13:00" and "14:30", as they are stored."""
        return cls(time.fromisoformat(start), time.fromisoformat(end) if end else None)

    def on(self, day: date) -> tuple[datetime, datetime | None]:
        start = datetime.combine(day, self.start)
        end = datetime.combine(day, self.end) if self.end else None
        return start, end + timedelta(days=1) if end and end < start else end


@dataclass(frozen=True, slots=True)
class Repeat:
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
    original: datetime
    start: datetime
    end: datetime | None
    status: str | None = None
    note: str = ""
    venue_id: int | None = None


@dataclass(frozen=True, slots=True)
class IcsParts:
    """A repeat as iCalendar can say it without RDATE: a master that satisfies its rule, and events of their own.

    `rule` ends on a local date: the writer makes a timed event's UNTIL the UTC end of that day. `singles` are all
    that the rule does not give; `overrides` belong to the master, their `original` is the RECURRENCE-ID.
    """

    master: Instance | None
    rule: str = ""
    exdates: tuple[datetime, ...] = ()
    overrides: tuple[Instance, ...] = ()
    singles: tuple[Instance, ...] = ()


def check(repeat: Repeat) -> None:
    """Raise BadRule for what must not be stored: backward, endless, over ten years, too many, or a rule without a date."""
    spans = [(repeat.start, repeat.end), *((one.start or one.original, one.end) for one in repeat.overrides)]
    if any(end < start for start, end in spans if end):
        raise BadRule("end_before_start", "The end is before the start.")
    found, reach = _extent(repeat)
    if not found:
        raise BadRule("no_dates", "The rule gives no date.")
    days = [day.date() for day in (repeat.end, *repeat.rdates) if day]
    if any(abs((day - repeat.start.date()).days) > MAX_DAYS for day in (reach, *days)):
        raise BadRule("too_long", "It goes on for more than ten years.")
    if (found + len(repeat.rdates)) * (1 + len(repeat.slots)) > MAX_INSTANCES:
        raise BadRule("too_many", f"It has more than {MAX_INSTANCES} dates.")
    if not expand(repeat, date.max):
        raise BadRule("nothing_left", "The exceptions leave no date.")


def rule_dates(repeat: Repeat, horizon: date) -> list[date]:
    """The dates that the rule itself gives, exceptions not yet removed; none without a rule."""
    if not repeat.rule:
        return []
    return list(islice(_walk(parse(repeat.rule), repeat.start, horizon), MAX_INSTANCES))


def expand(repeat: Repeat, horizon: date) -> list[Instance]:
    """Every instance in order. The horizon cuts the rule only: a date that a person typed always counts."""
    typed = [_moment(repeat, day) for day in repeat.rdates]
    ends: dict[datetime, datetime | None] = dict.fromkeys((repeat.start, *_ruled(repeat, horizon), *typed))
    if repeat.slots:
        days = [original.date() for original in ends if original.time() == repeat.start.time()]
        ends |= [slot.on(day) for day in days for slot in repeat.slots]
    kept = _without(repeat, ends)
    changes = {one.original: one for one in repeat.overrides}
    instances = [_instance(repeat, original, changes.get(original), ends[original]) for original in kept]
    return sorted(instances, key=lambda one: (one.start, one.original))


def _without(repeat: Repeat, originals: Iterable[datetime]) -> Iterable[datetime]:
    """People except whole days: on a timed series a bare date takes every instance of that day."""
    if not repeat.exdates:
        return originals
    days = {day.date() for day in repeat.exdates if repeat.all_day or day.time() == time.min}
    moments = set(repeat.exdates)
    return [one for one in originals if one not in moments and one.date() not in days]


def without_cancelled(repeat: Repeat) -> Repeat:
    """The same without the single dates that do not take place, as if they had never been announced."""
    off = tuple(one.original for one in repeat.overrides if one.status == "cancelled")
    kept = tuple(one for one in repeat.overrides if one.status != "cancelled")
    return replace(repeat, exdates=repeat.exdates + off, overrides=kept)


def orphans(repeat: Repeat, horizon: date = date.max) -> list[Override]:
    """The overrides whose original is not, or no longer, in the series."""
    originals = {one.original for one in expand(repeat, horizon)}
    return [one for one in repeat.overrides if one.original not in originals]


def ics_parts(repeat: Repeat, horizon: date = date.max) -> IcsParts:
    """The repeat for iCalendar. A feed leaves out the horizon: clients expand the rule to its end."""
    instances = {one.original: one for one in expand(repeat, horizon)}
    ruled = dict.fromkeys(_ruled(repeat, horizon))
    kept = [original for original in ruled if original in instances]
    singles = tuple(one for original, one in instances.items() if original not in ruled)
    if not kept:
        return IcsParts(None, singles=singles)
    if repeat.rule and not plain(_completed(parse(repeat.rule), repeat.start)):
        return IcsParts(None, singles=tuple(instances.values()))
    if not repeat.rule or parse(repeat.rule).count == 1:  # Office 365 refuses a file with COUNT=1
        return IcsParts(instances[kept[0]], singles=singles)
    changed = {one.original for one in repeat.overrides}
    return IcsParts(
        master=_instance(repeat, next(iter(ruled)), None),
        rule=repeat.rule,
        exdates=tuple(original for original in ruled if original not in instances),
        overrides=tuple(instances[original] for original in kept if original in changed),
        singles=singles,
    )


def _extent(repeat: Repeat) -> tuple[int, date]:
    """How many dates the rule has within ten years, and where it ends. Raises BadRule for a rule without an end."""
    if not repeat.rule:
        return 1, repeat.start.date()
    normalise(repeat.rule)  # refuses a rule without an end
    rule = parse(repeat.rule)
    found = sum(1 for _ in _walk(rule, repeat.start, date.max))
    return found, rule.until or (date.max if found < (rule.count or 0) else repeat.start.date())


def _walk(rule: Rule, start: date, horizon: date) -> Iterator[date]:
    """The rule's dates from `start` on. Inside, a day is its proleptic ordinal, of which 1 is a Monday."""
    rule = _completed(rule, start)
    first = start.toordinal()
    last = min(horizon.toordinal(), first + MAX_DAYS, (rule.until or date.max).toordinal())
    days = (day for period in _periods(rule, first, last) for day in _matches(rule, period) if first <= day <= last)
    return map(date.fromordinal, islice(days, rule.count))


def _completed(rule: Rule, start: date) -> Rule:
    """What a rule leaves open, its start says: "every month" is on the start's day of the month."""
    if rule.freq == "DAILY" or rule.byday or rule.bymonthday:
        return rule
    if rule.freq == "WEEKLY":
        return replace(rule, byday=((0, start.weekday()),))
    bymonth = rule.bymonth or ((start.month,) if rule.freq == "YEARLY" else ())
    return replace(rule, bymonth=bymonth, bymonthday=(start.day,))


def _periods(rule: Rule, first: int, last: int) -> Iterator[list[range]]:
    """Each day, week, month or year that the rule looks at, whole; a year as the months that the rule names, if any."""
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
    """The days of one period that the rule takes, in order."""
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
    """A bare date, or any date of an all-day series, means the series' own time that day."""
    bare = repeat.all_day or typed.time() == time.min
    return datetime.combine(typed, repeat.start.time()) if bare else typed


def _ruled(repeat: Repeat, horizon: date) -> list[datetime]:
    """The originals that the rule gives; without a rule the start."""
    if not repeat.rule:
        return [repeat.start]
    return [datetime.combine(day, repeat.start.time()) for day in rule_dates(repeat, horizon)]


def _instance(repeat: Repeat, original: datetime, change: Override | None, ends: datetime | None = None) -> Instance:
    """`ends` is the end of a slot; every other date is as long as the first."""
    start = change.start or original if change else original
    until = ends or (original + (repeat.end - repeat.start) if repeat.end else None)
    end = start + (until - original) if until else None
    if not change:
        return Instance(original, start, end)
    return Instance(original, start, change.end or end, change.status, change.note, change.venue_id)

"""How an event repeats: a rule, extra dates, exceptions and single changes, expanded to concrete instances.

Everything here is wall-clock time in the event's own zone (naive datetimes). All-day ends are the last day, inclusive.
A rule is walked only from its start to its end, ten years at most: a hostile rule costs no more than a dull one.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from itertools import chain, islice
from zoneinfo import ZoneInfo

MAX_TEXT = 400
MAX_DAYS = 3653  # ten years from the start, leap days included
MAX_INSTANCES = 2000

_PARTS = ("FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST", "COUNT", "UNTIL")
_SPEECH = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_END = date.max.toordinal() + 1
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SHAPE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*", re.ASCII | re.IGNORECASE)


class BadRule(ValueError):
    """A rule we do not take; the message says why, for a person; `code` is for a translation of it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


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
class Repeat:
    start: datetime
    end: datetime | None
    all_day: bool = False
    rule: str = ""
    rdates: tuple[datetime, ...] = ()
    exdates: tuple[datetime, ...] = ()
    overrides: tuple[Override, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Instance:
    original: datetime
    start: datetime
    end: datetime | None
    status: str | None = None
    note: str = ""
    venue_id: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE, read. A weekday is (ordinal or 0, 0 for Monday); lists are sorted, what counts from the end last."""

    freq: str
    interval: int = 1
    months: tuple[int, ...] = ()
    monthdays: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    setpos: tuple[int, ...] = ()
    wkst: int = 0
    count: int | None = None
    until: date | None = None


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


def normalise(rule: str, *, timezone: str = "Asia/Tokyo", bound: date | None = None) -> str:
    """The canonical text that is stored: parts in one order, bounded, UNTIL a local date, that day included.

    Raises BadRule. `timezone` places an UNTIL given in UTC; `bound` ends a rule that has no end of its own.
    """
    parsed = parse(rule, ZoneInfo(timezone))
    if parsed.count is None and parsed.until is None:
        if bound is None:
            raise BadRule("unbounded", "The rule needs an end: UNTIL or COUNT.")
        parsed = replace(parsed, until=bound)
    return _text(parsed)


def parse(rule: str, zone: ZoneInfo | None = None) -> Rule:
    """Read an RRULE value (RFC 5545, 3.3.10). Raises BadRule for all that some calendar program reads otherwise."""
    if len(rule) > MAX_TEXT or not _SHAPE.fullmatch(rule):
        raise BadRule("text", f"Not a repeat rule of at most {MAX_TEXT} characters.")
    pairs = [part.split("=") for part in rule.upper().split(";")]
    parts = {name: value for name, value in pairs}
    if len(parts) < len(pairs):
        raise BadRule("duplicate", "A part stands in the rule twice.")
    if parts.get("FREQ") not in _SPEECH:
        code = "sub_daily" if parts.get("FREQ") in ("HOURLY", "MINUTELY", "SECONDLY") else "freq"
        raise BadRule(code, "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.")
    if unknown := parts.keys() - set(_PARTS):
        raise BadRule("part", f"Not supported in a rule: {', '.join(sorted(unknown))}.")
    parsed = Rule(
        freq=parts["FREQ"],
        interval=_number(parts, "INTERVAL", 400) or 1,
        months=_numbers(parts, "BYMONTH", 1, 12),
        monthdays=_numbers(parts, "BYMONTHDAY", -31, 31),
        weekdays=_weekdays(parts["BYDAY"]) if "BYDAY" in parts else (),
        setpos=_numbers(parts, "BYSETPOS", -366, 366),
        wkst=_weekdays(parts.get("WKST", "MO"))[0][1],
        count=_number(parts, "COUNT", MAX_INSTANCES),
        until=_until(parts["UNTIL"], zone) if "UNTIL" in parts else None,
    )
    _refuse_mixtures(parsed)
    return parsed


def check(repeat: Repeat) -> None:
    """Raise BadRule for what must not be stored: backward, endless, over ten years, too many, or no date at all."""
    spans = [(repeat.start, repeat.end), *((one.start or one.original, one.end) for one in repeat.overrides)]
    if any(end < start for start, end in spans if end):
        raise BadRule("end_before_start", "The end is before the start.")
    reach = [day.date() for day in (*repeat.rdates, repeat.end) if day]
    found = 1
    if repeat.rule:
        rule = parse(normalise(repeat.rule))
        found = sum(1 for _ in _walk(rule, repeat.start, date.max))
        if not found:
            raise BadRule("no_dates", "The rule gives no date.")
        reach.append(rule.until or (date.max if found < (rule.count or 0) else repeat.start.date()))
    if any(abs((day - repeat.start.date()).days) > MAX_DAYS for day in reach):
        raise BadRule("too_long", "It goes on for more than ten years.")
    if found + len(repeat.rdates) > MAX_INSTANCES:
        raise BadRule("too_many", f"It has more than {MAX_INSTANCES} dates.")


def rule_dates(repeat: Repeat, horizon: date) -> list[date]:
    """The dates that the rule itself gives, exceptions not yet removed; none without a rule."""
    if not repeat.rule:
        return []
    return list(islice(_walk(parse(repeat.rule), repeat.start, horizon), MAX_INSTANCES))


def expand(repeat: Repeat, horizon: date) -> list[Instance]:
    """Every instance in order. The horizon cuts the rule only: a date that a person typed always counts."""
    typed = (_moment(repeat, day) for day in repeat.rdates)
    originals = {repeat.start, *_ruled(repeat, horizon), *typed}.difference(repeat.exdates)
    # People except whole days: on a timed series a bare date takes every instance of that day.
    days = {day.date() for day in repeat.exdates if repeat.all_day or day.time() == time.min}
    changes = {one.original: one for one in repeat.overrides}
    kept = (original for original in originals if original.date() not in days)
    instances = [_instance(repeat, original, changes.get(original)) for original in kept]
    return sorted(instances, key=lambda one: (one.start, one.original))


def orphans(repeat: Repeat, horizon: date = date.max) -> list[Override]:
    """The overrides whose original is not, or no longer, in the series."""
    originals = {one.original for one in expand(repeat, horizon)}
    return [one for one in repeat.overrides if one.original not in originals]


def ics_parts(repeat: Repeat, horizon: date = date.max) -> IcsParts:
    """The repeat for iCalendar. A feed leaves out the horizon: clients expand the rule to its end."""
    instances = {one.original: one for one in expand(repeat, horizon)}
    ruled = _ruled(repeat, horizon)
    kept = [original for original in ruled if original in instances]
    singles = tuple(one for original, one in instances.items() if original not in set(ruled))
    if not kept:
        return IcsParts(None, singles=singles)
    if not repeat.rule or parse(repeat.rule).count == 1:  # Office 365 refuses a file with COUNT=1
        return IcsParts(instances[kept[0]], singles=singles)
    changed = {one.original for one in repeat.overrides}
    return IcsParts(
        master=_instance(repeat, ruled[0], None),
        rule=repeat.rule,
        exdates=tuple(original for original in ruled if original not in instances),
        overrides=tuple(instances[original] for original in kept if original in changed),
        singles=singles,
    )


def say(rule: str, lang: str) -> str:
    """The rule in words, for people: 「毎月第2土曜日（2027年3月31日まで）」, "every Tuesday and Friday, 10 times"."""
    return _say_ja(parse(rule)) if lang == "ja" else _say_en(parse(rule))


def _numbers(parts: dict[str, str], name: str, low: int, high: int) -> tuple[int, ...]:
    try:
        values = {int(value) for value in parts[name].split(",")} if name in parts else set()
    except ValueError:
        values = {0}
    single = name in ("INTERVAL", "COUNT")
    if any(value == 0 or not low <= value <= high for value in values) or (single and len(values) > 1):
        raise BadRule("value", f"{name} must be {max(low, 1)} to {high}{', or as many from the end' * (low < 0)}.")
    return tuple(sorted(values, key=lambda value: (value < 0, value)))


def _weekdays(text: str) -> tuple[tuple[int, int], ...]:
    found = [re.fullmatch(r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)", value) for value in text.split(",")]
    if None in found:
        raise BadRule("value", "BYDAY must be made of MO, TU, WE, TH, FR, SA, SU, in a month or year also 2SA, -1SU.")
    days = {(int(match[1] or 0), _DAYS.index(match[2])) for match in found if match}
    return tuple(sorted(days, key=lambda day: (day[0] < 0, day)))


def _until(text: str, zone: ZoneInfo | None) -> date:
    try:
        moment = datetime.fromisoformat(text) if re.fullmatch(r"[0-9]{8}(T[0-9]{6}Z?)?", text) else None
        if moment and (zone or not moment.tzinfo):
            return (moment.astimezone(zone) if moment.tzinfo else moment).date()
    except (ValueError, OverflowError):
        pass
    raise BadRule("value", "UNTIL must be a date such as 20270331.")


def _refuse_mixtures(rule: Rule) -> None:
    """What RFC 5545 forbids, and what calendar programs are known to read in different ways."""
    highest = {"MONTHLY": 5, "YEARLY": 5 if rule.months else 53}.get(rule.freq, 0)
    ordinals = [abs(ordinal) for ordinal, _ in rule.weekdays if ordinal]
    if rule.count and rule.until:
        raise BadRule("two_ends", "The rule may have UNTIL or COUNT, not both.")
    if rule.monthdays and rule.freq == "WEEKLY":
        raise BadRule("mixture", "BYMONTHDAY does not go with WEEKLY.")
    if max(ordinals, default=0) > highest or 0 < len(ordinals) < len(rule.weekdays):
        raise BadRule("mixture", "Such a BYDAY does not go with this FREQ, or mixes numbered and plain weekdays.")
    if rule.setpos and not (highest and (rule.months or rule.monthdays or rule.weekdays)):
        raise BadRule("mixture", "BYSETPOS needs MONTHLY or YEARLY and another BY part.")


def _text(rule: Rule) -> str:
    weekdays = [f"{ordinal or ''}{_DAYS[day]}" for ordinal, day in rule.weekdays]
    lists = [",".join(map(str, values)) for values in (rule.months, rule.monthdays, weekdays, rule.setpos)]
    interval = rule.interval if rule.interval > 1 else ""
    until = rule.until.isoformat().replace("-", "") if rule.until else ""
    values = (rule.freq, interval, *lists, _DAYS[rule.wkst] if rule.wkst else "", rule.count, until)
    return ";".join(f"{name}={value}" for name, value in zip(_PARTS, values, strict=True) if value)


def _walk(rule: Rule, start: date, horizon: date) -> Iterator[date]:
    """The rule's dates from `start` on. Works on day ordinals; day 1 was a Monday."""
    if not (rule.weekdays or rule.monthdays):  # what a rule leaves open, its start says
        by_day = {"weekdays": ((0, start.weekday()),)} if rule.freq == "WEEKLY" else {"monthdays": (start.day,)}
        if rule.freq == "YEARLY":
            rule = replace(rule, months=rule.months or (start.month,))
        rule = rule if rule.freq == "DAILY" else replace(rule, **by_day)
    first = start.toordinal()
    last = min(horizon.toordinal(), first + MAX_DAYS, (rule.until or date.max).toordinal())
    days = (day for period in _periods(rule, first, last) for day in _matches(rule, period) if first <= day <= last)
    return map(date.fromordinal, islice(days, rule.count))


def _periods(rule: Rule, first: int, last: int) -> Iterator[list[range]]:
    """Each day, week, month or year that the rule looks at, whole; a year as those of its months that the rule names."""
    if rule.freq in ("DAILY", "WEEKLY"):
        length = 7 if rule.freq == "WEEKLY" else 1
        begin = first - (first - 1 - rule.wkst) % length
        for day in range(begin, last + 1, length * rule.interval):
            yield [range(max(day, 1), min(day + length, _END))]
        return
    begin, end = date.fromordinal(first), date.fromordinal(last)
    if rule.freq == "MONTHLY":
        for number in range(begin.year * 12 + begin.month - 1, end.year * 12 + end.month, rule.interval):
            yield [_month(number // 12, number % 12 + 1)]
    else:
        for year in range(begin.year, end.year + 1, rule.interval):
            yield [_month(year, month) for month in rule.months] or [_year(year)]


def _month(year: int, month: int) -> range:
    first = date(year, month, 1).toordinal()
    return range(first, first + monthrange(year, month)[1])


def _matches(rule: Rule, period: list[range]) -> list[int]:
    days = list(chain.from_iterable(period))
    if rule.weekdays:
        days = sorted({day for days in period for day in _on_weekdays(rule, days)})
    if rule.months or rule.monthdays:
        days = [day for day in days if _fits(rule, date.fromordinal(day))]
    if rule.setpos:
        days = sorted({days[n - (n > 0)] for n in rule.setpos if abs(n) <= len(days)})
    return days


def _on_weekdays(rule: Rule, days: range) -> Iterator[int]:
    for ordinal, weekday in rule.weekdays:
        hits = days[(weekday + 1 - days[0]) % 7 :: 7]
        if not ordinal:
            yield from hits
        elif abs(ordinal) <= len(hits):
            yield hits[ordinal - (ordinal > 0)]


def _fits(rule: Rule, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if not rule.monthdays or day.day in rule.monthdays:
        return True
    return rule.monthdays[-1] < 0 and day.day - monthrange(day.year, day.month)[1] - 1 in rule.monthdays


def _moment(repeat: Repeat, typed: datetime) -> datetime:
    """A bare date, or any date of an all-day series, means the series' own time that day."""
    bare = repeat.all_day or typed.time() == time.min
    return datetime.combine(typed, repeat.start.time()) if bare else typed


def _ruled(repeat: Repeat, horizon: date) -> list[datetime]:
    """The originals that the rule gives; without a rule the start."""
    if not repeat.rule:
        return [repeat.start]
    return [datetime.combine(day, repeat.start.time()) for day in rule_dates(repeat, horizon)]


def _instance(repeat: Repeat, original: datetime, change: Override | None) -> Instance:
    start = change.start or original if change else original
    end = start + (repeat.end - repeat.start) if repeat.end else None
    if not change:
        return Instance(original, start, end)
    return Instance(original, start, change.end or end, change.status, change.note, change.venue_id)


def _number(parts: dict[str, str], name: str, high: int) -> int | None:
    return next(iter(_numbers(parts, name, 1, high)), None)


def _year(year: int) -> range:
    first = date(year, 1, 1).toordinal()
    return range(first, first + 365 + (monthrange(year, 2)[1] == 29))


def _say_ja(rule: Rule) -> str:
    return _text(rule)


def _say_en(rule: Rule) -> str:
    return _text(rule)

"""How an event repeats: a rule, extra dates, exceptions and single changes, expanded to concrete instances.

Everything here is wall-clock time in the event's own zone (naive datetimes). All-day ends are the last day, inclusive.
A rule is walked only from its start to its end, ten years at most: a hostile rule costs no more than a dull one.
"""

import re
from calendar import isleap, monthrange
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from itertools import islice
from zoneinfo import ZoneInfo

MAX_TEXT = 400
MAX_DAYS = 3653  # ten years from the start, leap days included
MAX_INSTANCES = 2000

_PARTS = ("FREQ", "INTERVAL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST", "COUNT", "UNTIL")
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
        weekdays=_weekdays(parts.get("BYDAY", ""), "BYDAY"),
        setpos=_numbers(parts, "BYSETPOS", -366, 366),
        wkst=_weekdays(parts.get("WKST", "MO"), "WKST")[0][1],
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
    if any(value == 0 or not low <= value <= high for value in values):
        raise BadRule("value", f"{name} must be {max(low, 1)} to {high}{', or as many from the end' * (low < 0)}.")
    return tuple(sorted(values, key=lambda value: (value < 0, value)))


def _number(parts: dict[str, str], name: str, high: int) -> int | None:
    values = _numbers(parts, name, 1, high)
    if len(values) > 1:
        raise BadRule("value", f"{name} must be one number.")
    return values[0] if values else None


def _weekdays(text: str, name: str) -> tuple[tuple[int, int], ...]:
    found = [re.fullmatch(r"([+-]?[1-9][0-9]?)?(MO|TU|WE|TH|FR|SA|SU)", value) for value in text.split(",") if text]
    days = {(int(match[1] or 0), _DAYS.index(match[2])) for match in found if match}
    if None in found or (name == "WKST" and (len(found) > 1 or max(days)[0] or min(days)[0])):
        raise BadRule("value", f"{name} must be made of MO, TU, WE, TH, FR, SA, SU.")
    return tuple(sorted(days, key=lambda day: (day[0] < 0, day)))


def _until(text: str, zone: ZoneInfo | None) -> date:
    try:
        moment = datetime.fromisoformat(text) if re.fullmatch(r"[0-9]{8}(T[0-9]{6}Z?)?", text) else None
        if moment and moment.tzinfo:
            moment = moment.astimezone(zone) if zone else None
    except (ValueError, OverflowError):
        moment = None
    if moment is None:
        raise BadRule("value", "UNTIL must be a date such as 20270331.")
    return moment.date()

"""Parse, check and write repeat rules (RRULE, RFC 5545 3.3.10) in one canonical form.

Accepts only rules that all calendar programs read alike. UNTIL is a local date, and includes that whole day.
"""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

MAX_TEXT = 400
MAX_INSTANCES = 2000

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_FREQS = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_SHAPE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*", re.ASCII | re.IGNORECASE)
_RANGES = {
    "INTERVAL": range(1, 401),
    "COUNT": range(1, MAX_INSTANCES + 1),
    "BYMONTH": range(1, 13),
    "BYMONTHDAY": range(-31, 32),
    "BYSETPOS": range(-366, 367),
}


class BadRule(ValueError):
    """A rule that is not accepted. The message is for people; `code` identifies its translation."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE with fields named and ordered as its parts. Lists are sorted; values counted from the end come last.

    A weekday in `byday` is (ordinal, day): ordinal 0 means every such day, days run from Monday as 0. `wkst` is 0 to 6.
    """

    freq: str
    interval: int = 1
    bymonth: tuple[int, ...] = ()
    bymonthday: tuple[int, ...] = ()
    byday: tuple[tuple[int, int], ...] = ()
    bysetpos: tuple[int, ...] = ()
    wkst: int = 0
    count: int | None = None
    until: date | None = None


def normalise(rule: str, *, timezone: str = "Asia/Tokyo", bound: date | None = None) -> str:
    """Return the canonical text that is stored: one order of parts, no defaults, always an end.

    `timezone` turns an UNTIL in UTC into a local date; `bound` ends a rule without an end. Raises BadRule.
    """
    parsed = parse(rule, ZoneInfo(timezone))
    if not (parsed.count or parsed.until):
        if bound is None:
            raise BadRule("unbounded", "The rule needs an end: UNTIL or COUNT.")
        parsed = replace(parsed, until=bound)
    return write(parsed)


def parse(rule: str, zone: ZoneInfo | None = None) -> Rule:
    """Parse an RRULE value. Raises BadRule, also for an UNTIL in UTC without a `zone`."""
    if len(rule) > MAX_TEXT or not _SHAPE.fullmatch(rule):
        raise BadRule("text", f"Not a repeat rule of at most {MAX_TEXT} characters.")
    pairs = [part.split("=") for part in rule.upper().split(";")]
    parts = dict(pairs)
    if len(parts) < len(pairs):
        raise BadRule("duplicate", "A part stands in the rule twice.")
    if parts.get("FREQ") not in _FREQS:
        code = "sub_daily" if parts.get("FREQ") in ("HOURLY", "MINUTELY", "SECONDLY") else "freq"
        raise BadRule(code, "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.")
    if unknown := parts.keys() - _RANGES.keys() - {"FREQ", "BYDAY", "WKST", "UNTIL"}:
        raise BadRule("part", f"Not supported in a rule: {', '.join(sorted(unknown))}.")
    parsed = Rule(**{name.lower(): _value(name, text, zone) for name, text in parts.items()})
    _refuse_mixtures(parsed)
    return parsed


def plain(rule: Rule) -> bool:
    """Tell whether every calendar program expands a rule alike. Other rules are sent date by date.

    The rule must be complete: it names its day, instead of taking it from the start.
    """
    if rule.bysetpos or rule.wkst:
        return False
    numbered = all(ordinal for ordinal, _ in rule.byday)
    one_kind = not (rule.byday and rule.bymonthday)
    match rule.freq:
        case "DAILY":
            return not (rule.bymonth or rule.bymonthday or rule.byday)
        case "WEEKLY":
            return not rule.bymonth
        case "MONTHLY":
            return not rule.bymonth and numbered and one_kind
        case _:
            return bool(rule.bymonth) and numbered and one_kind and _every_year(rule)


def _every_year(rule: Rule) -> bool:
    """Tell whether every year has all days of the rule: for 29 February some programs show 1 March."""
    return all(abs(day) <= monthrange(2027, month)[1] for month in rule.bymonth for day in rule.bymonthday)


def _value(name: str, text: str, zone: ZoneInfo | None) -> Any:
    try:
        match name:
            case "FREQ":
                return text
            case "WKST":
                return _DAYS.index(text)
            case "UNTIL":
                return _until(text, zone)
            case "BYDAY":
                return tuple(sorted({_weekday(day) for day in text.split(",")}, key=lambda day: (day[0] < 0, day)))
            case "INTERVAL" | "COUNT":
                return _number(name, text)
            case _:
                return tuple(sorted({_number(name, number) for number in text.split(",")}, key=lambda n: (n < 0, n)))
    except (ValueError, OverflowError):
        raise BadRule("value", f"{name} cannot be {text}.") from None


def _number(name: str, text: str) -> int:
    number = int(text)
    if number == 0 or number not in _RANGES[name]:
        raise ValueError
    return number


def _weekday(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([+-]?[1-9][0-9]?)?([A-Z]{2})", text)
    if not match:
        raise ValueError
    return int(match[1] or 0), _DAYS.index(match[2])


def _until(text: str, zone: ZoneInfo | None) -> date:
    if not re.fullmatch(r"[0-9]{8}(T[0-9]{6}Z?)?", text) or (text.endswith("Z") and not zone):
        raise ValueError
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(zone) if moment.tzinfo else moment).date()


def _refuse_mixtures(rule: Rule) -> None:
    """Raise BadRule for rules that RFC 5545 forbids or that calendar programs read differently."""
    highest = {"MONTHLY": 5, "YEARLY": 5 if rule.bymonth else 53}.get(rule.freq, 0)
    ordinals = [abs(ordinal) for ordinal, _ in rule.byday if ordinal]
    if rule.count and rule.until:
        raise BadRule("two_ends", "The rule may end by UNTIL or by COUNT, not by both.")
    if rule.freq == "WEEKLY" and rule.bymonthday:
        raise BadRule("mixture", "BYMONTHDAY does not go with WEEKLY.")
    if max(ordinals, default=0) > highest:
        raise BadRule("mixture", "A numbered weekday needs MONTHLY or YEARLY, and must exist there.")
    if 0 < len(ordinals) < len(rule.byday):
        raise BadRule("mixture", "BYDAY may have numbered weekdays or plain ones, not both.")
    if rule.bysetpos and not (highest and (rule.bymonth or rule.bymonthday or rule.byday)):
        raise BadRule("mixture", "BYSETPOS needs MONTHLY or YEARLY, and another BY part.")


def write(rule: Rule) -> str:
    """Write a rule in its canonical text."""
    parts = {
        "FREQ": rule.freq,
        "INTERVAL": rule.interval if rule.interval > 1 else "",
        "BYMONTH": ",".join(map(str, rule.bymonth)),
        "BYMONTHDAY": ",".join(map(str, rule.bymonthday)),
        "BYDAY": ",".join(f"{ordinal or ''}{_DAYS[day]}" for ordinal, day in rule.byday),
        "BYSETPOS": ",".join(map(str, rule.bysetpos)),
        "WKST": _DAYS[rule.wkst] if rule.wkst else "",
        "COUNT": rule.count or "",
        "UNTIL": rule.until.isoformat().replace("-", "") if rule.until else "",
    }
    return ";".join(f"{name}={text}" for name, text in parts.items() if text)

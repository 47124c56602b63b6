"""The text of a repeat rule (RFC 5545 RRULE): read, refuse, write in one canonical form, say in words.

Only what every calendar program reads alike is taken. UNTIL is a local date, and that whole day is included.
"""

import re
from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from calendar_app.dates import rrule_text

MAX_TEXT = 400
MAX_INSTANCES = 2000

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_SHAPE = re.compile(r"[A-Z]+=[A-Z0-9,+-]+(;[A-Z]+=[A-Z0-9,+-]+)*", re.ASCII | re.IGNORECASE)
_RANGES = {
    "INTERVAL": range(1, 401),
    "COUNT": range(1, MAX_INSTANCES + 1),
    "BYMONTH": range(1, 13),
    "BYMONTHDAY": range(-31, 32),
    "BYSETPOS": range(-366, 367),
}
_UNITS = {
    "DAILY": {"ja": "日", "en": "day"},
    "WEEKLY": {"ja": "週", "en": "week"},
    "MONTHLY": {"ja": "か月", "en": "month"},
    "YEARLY": {"ja": "年", "en": "year"},
}
# Not from the standard library, whose names follow the locale of the machine.
_WEEKDAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


class BadRule(ValueError):
    """A rule we do not take; the message says why, for a person; `code` is for a translation of it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Rule:
    """An RRULE, its fields named and ordered as its parts. Lists are sorted, what counts from the end comes last.

    A weekday in `byday` is (ordinal, or 0 for every one; 0 for Monday to 6), `wkst` is 0 to 6.
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
    """The canonical text, which is what we store: one order of parts, no defaults, always an end.

    `timezone` turns an UNTIL in UTC into a local date; `bound` ends a rule that has no end of its own. Raises BadRule.
    """
    parsed = parse(rule, ZoneInfo(timezone))
    if not (parsed.count or parsed.until):
        if bound is None:
            raise BadRule("unbounded", "The rule needs an end: UNTIL or COUNT.")
        parsed = replace(parsed, until=bound)
    return write(parsed)


def parse(rule: str, zone: ZoneInfo | None = None) -> Rule:
    """Read an RRULE value. Raises BadRule; also for an UNTIL in UTC when there is no zone to place it in."""
    if len(rule) > MAX_TEXT or not _SHAPE.fullmatch(rule):
        raise BadRule("text", f"Not a repeat rule of at most {MAX_TEXT} characters.")
    pairs = [part.split("=") for part in rule.upper().split(";")]
    parts = dict(pairs)
    if len(parts) < len(pairs):
        raise BadRule("duplicate", "A part stands in the rule twice.")
    if parts.get("FREQ") not in _UNITS:
        code = "sub_daily" if parts.get("FREQ") in ("HOURLY", "MINUTELY", "SECONDLY") else "freq"
        raise BadRule(code, "FREQ must be DAILY, WEEKLY, MONTHLY or YEARLY.")
    if unknown := parts.keys() - _RANGES.keys() - {"FREQ", "BYDAY", "WKST", "UNTIL"}:
        raise BadRule("part", f"Not supported in a rule: {', '.join(sorted(unknown))}.")
    parsed = Rule(**{name.lower(): _value(name, text, zone) for name, text in parts.items()})
    _refuse_mixtures(parsed)
    return parsed


def plain(rule: Rule) -> bool:
    """Whether every calendar program expands it alike: the repeats of everyday life. Others are sent date by date.

    The rule is complete: it names its day itself, and leaves none to its start.
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
    """Whether no year lacks one of its days: for 29 February some programs show 1 March."""
    return all(abs(day) <= monthrange(2027, month)[1] for month in rule.bymonth for day in rule.bymonthday)


def say(rule: str, lang: str) -> str:
    """The rule in words: 「毎月第2土曜日（2027年3月31日まで）」, "every Tuesday and Friday, until 31 March 2027".

    What the rule leaves to its start (weekday, day of the month) is left out here too.
    """
    walk = {"ja": _say_ja, "en": _say_en}.get(lang)
    return walk(parse(rule)) if walk else rrule_text.say(parse(rule), lang)


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
                return tuple(sorted({_weekday(one) for one in text.split(",")}, key=lambda day: (day[0] < 0, day)))
            case "INTERVAL" | "COUNT":
                return _number(name, text)
            case _:
                return tuple(sorted({_number(name, one) for one in text.split(",")}, key=lambda n: (n < 0, n)))
    except (ValueError, OverflowError):
        raise BadRule("value", f"{name} cannot be {text}.") from None


def _number(name: str, text: str) -> int:
    number = int(text)
    if number == 0 or number not in _RANGES[name]:
        raise ValueError
    return number


def _weekday(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([+-]?[1-9][0-9]?)?([A-Z]{2})", text)
    if not found:
        raise ValueError
    return int(found[1] or 0), _DAYS.index(found[2])


def _until(text: str, zone: ZoneInfo | None) -> date:
    if not re.fullmatch(r"[0-9]{8}(T[0-9]{6}Z?)?", text) or (text.endswith("Z") and not zone):
        raise ValueError
    moment = datetime.fromisoformat(text)
    return (moment.astimezone(zone) if moment.tzinfo else moment).date()


def _refuse_mixtures(rule: Rule) -> None:
    """What RFC 5545 forbids, and what calendar programs are known to read in different ways."""
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
    """The canonical text of a rule."""
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


def _say_ja(rule: Rule) -> str:
    unit = _UNITS[rule.freq]["ja"]
    every = f"{rule.interval}{unit}ごと" if rule.interval > 2 else "毎隔"[rule.interval - 1] + unit[-1]
    months = "・".join(f"{month}月" for month in rule.bymonth)
    days = _days_ja(rule)
    # 「毎週土曜日」 needs no の; 「3週ごとの土曜日」 and 「毎月の毎週土曜日」 do.
    heavy = bool(rule.bysetpos) or days.startswith("毎")
    if rule.freq == "YEARLY" and months:
        every += "の" * (rule.interval > 2) + months
        heavy = heavy or len(rule.bymonth) > 1
    else:
        every = f"{months}の{every}" if months else every
        heavy = heavy or rule.interval > 2
    if rule.freq == "DAILY" and days:
        return f"{every}（{days}のみ）{_end_ja(rule)}"
    return every + "の" * bool(heavy and days) + days + _end_ja(rule)


def _days_ja(rule: Rule) -> str:
    days = [f"{day}日" if day > 0 else "末日" if day == -1 else f"月末から{-day}日目" for day in rule.bymonthday]
    monthdays, weekdays = "・".join(days), _weekdays_ja(rule)
    both = f"{monthdays}（{weekdays}のみ）" if monthdays and weekdays else monthdays or weekdays
    if rule.freq == "YEARLY" and monthdays and not rule.bymonth:
        both = f"毎月{both}"
    if not rule.bysetpos:
        plain = weekdays and not monthdays and not rule.byday[0][0]
        return f"毎週{both}" if plain and rule.freq in ("MONTHLY", "YEARLY") else both
    places = [{1: "最初", -1: "最後"}.get(n, f"{n}番目" if n > 0 else f"最後から{-n}番目") for n in rule.bysetpos]
    return f"{both}のうち{'・'.join(places)}の日" if both else both


def _weekdays_ja(rule: Rule) -> str:
    """火・金曜日, 第2・第4土曜日, 第1月曜日・第3水曜日"""
    nths = [{0: "", -1: "最終"}.get(n, f"第{n}" if n > 0 else f"最後から{-n}番目の") for n, _ in rule.byday]
    names = ["月火水木金土日"[day] for _, day in rule.byday]
    if len(set(names)) == 1:
        return f"{'・'.join(nths)}{names[0]}曜日"
    if any(nths):
        return "・".join(f"{nth}{name}曜日" for nth, name in zip(nths, names, strict=True))
    return f"{'・'.join(names)}曜日" if names else ""


def _end_ja(rule: Rule) -> str:
    if rule.until:
        return f"（{rule.until.year}年{rule.until.month}月{rule.until.day}日まで）"
    return f"（全{rule.count}回）" if rule.count else ""


def _say_en(rule: Rule) -> str:
    unit = _UNITS[rule.freq]["en"]
    every = f"every {unit}" if rule.interval == 1 else f"every {rule.interval} {unit}s"
    days = _days_en(rule)
    if rule.freq == "WEEKLY" and rule.interval == 1 and days:
        phrase = f"every {days}"
    else:
        phrase = every + (f"{', only' * (rule.freq == 'DAILY')} on {days}" if days else "")
    if rule.bymonth:
        preposition = "of" if rule.freq == "YEARLY" and days else "in"
        phrase += f" {preposition} {_and([_MONTHS_EN[month - 1] for month in rule.bymonth])}"
    if rule.until:
        return f"{phrase}, until {rule.until.day} {_MONTHS_EN[rule.until.month - 1]} {rule.until.year}"
    if rule.count:
        return f"{phrase}, once" if rule.count == 1 else f"{phrase}, {rule.count} times"
    return phrase


def _days_en(rule: Rule) -> str:
    every = "every " if rule.freq in ("MONTHLY", "YEARLY") and not (rule.bymonthday or rule.bysetpos) else ""
    names = [f"the {_nth_en(n)} {_WEEKDAYS_EN[day]}" if n else every + _WEEKDAYS_EN[day] for n, day in rule.byday]
    weekdays = _and(names)
    monthdays = _and([f"the {_nth_en(day)}{' day' * (day < 0)}" for day in rule.bymonthday])
    if monthdays and rule.freq == "YEARLY" and not rule.bymonth:
        monthdays += " of every month"
    both = f"{monthdays} (only {weekdays})" if monthdays and weekdays else monthdays or weekdays
    places = _and([_nth_en(n) for n in rule.bysetpos])
    return f"the {places} day among {both}" if places and both else both


def _nth_en(number: int) -> str:
    if number < 0:
        return "last" if number == -1 else f"{_nth_en(-number)} to last"
    suffix = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th") if number % 100 // 10 != 1 else "th"
    return f"{number}{suffix}"


def _and(words: list[str]) -> str:
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)

"""The repeats that a town hall uses: the choices of a form, their rules, skipped and shifted dates, and all of it in words.

`skips` name the days on which a date is left out; `shift` says where a date on a day off moves to.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from calendar_app.dates import formatting, rrule, rrule_text
from calendar_app.dates.recurrence import Repeat, Slot, rule_dates
from calendar_app.text import languages
from calendar_app.text.languages import Words, tables

SKIPS = ("holiday", "obon", "newyear", "weekend")
STEPS = {"next_weekday": timedelta(days=1), "previous_weekday": timedelta(days=-1)}
LONGEST_SHIFT = 14  # no run of days off is longer

# First and last day of what is skipped every year, as (month, day).
_YEARLY = {"obon": ((8, 13), (8, 16)), "newyear": ((12, 29), (1, 3))}
_NAMES = tables(
    {
        "holiday": {"ja": "祝日", "en": "public holidays"},
        "obon": {"ja": "お盆", "en": "Obon (13–16 August)"},
        "newyear": {"ja": "年末年始", "en": "29 December – 3 January"},
        "weekend": {"ja": "土日", "en": "weekends"},
    }
)
_SHIFTS = tables(
    {
        "next_weekday": {"ja": "土・日・祝日のときは次の平日", "en": "on the next weekday after a weekend or holiday"},
        "previous_weekday": {
            "ja": "土・日・祝日のときは前の平日",
            "en": "on the last weekday before a weekend or holiday",
        },
    }
)
_SAID = (
    Words(  # what is left out, what is added, a time with and without its end, what is moved, what is free, what joins
        {
            "ja": {
                "but": "{}を除く",
                "also": "{}にも",
                "span": "{}〜{}",
                "open": "{}から",
                "left": "{day}は{name}のため休み",
                "stop": "。",
                "list": "、",
                "names": "・",
                "holiday": "祝日",
                "weekday": "{}曜日",
            },
            "en": {
                "but": "except {}",
                "also": "also {}",
                "span": "{}–{}",
                "open": "from {}",
                "left": "{day}: left out ({name})",
                "stop": "; ",
                "list": ", ",
                "names": ", ",
                "holiday": "public holiday",
                "weekday": "a {}",
            },
        }
    )
)
_FREQ = {
    "daily": "DAILY",
    "weekly": "WEEKLY",
    "monthly_date": "MONTHLY",
    "monthly_weekday": "MONTHLY",
    "yearly": "YEARLY",
    "yearly_weekday": "YEARLY",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A repeat as the form offers it. Weekdays count from Monday as 0; -1 is the last week, or the last day of the month.

    `kind` is "" for a single date, a key of `_FREQ`, or "rule" for a rule without a choice, kept as it is.
    """

    kind: str = ""
    interval: int = 1
    weekdays: tuple[int, ...] = ()
    nths: tuple[int, ...] = ()
    days: tuple[int, ...] = ()
    until: date | None = None
    count: int | None = None
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A date of the rule that is skipped or moved. `why` is one of SKIPS, or "shifted"; `to` is the new day."""

    day: date
    why: str
    name: str
    to: date | None = None


def default_until(start: date) -> date:
    """Return the end of the fiscal year, or of the next one if that is less than three months away."""
    end = formatting.fiscal_end(start)
    return end if end - start >= timedelta(days=90) else formatting.fiscal_end(start, 1)


def rule_of(choice: Choice, start: datetime) -> str:
    """Return the canonical RRULE of a choice, "" for a single date; the start completes it. Raises BadRule."""
    if choice.kind in ("", "rule"):
        return rrule.normalise(choice.rule) if choice.kind else ""
    weekdays = choice.weekdays or (start.weekday(),)
    nths = choice.nths or ((start.day - 1) // 7 + 1,)
    numbered = tuple((nth, day) for nth in nths for day in weekdays)
    parts: Any = {
        "weekly": {"byday": tuple((0, day) for day in weekdays)},
        "monthly_date": {"bymonthday": choice.days or (start.day,)},
        "monthly_weekday": {"byday": numbered},
        "yearly": {"bymonth": (start.month,), "bymonthday": (start.day,)},
        "yearly_weekday": {"bymonth": (start.month,), "byday": numbered},
    }.get(choice.kind, {})
    rule = rrule.Rule(_FREQ[choice.kind], choice.interval, until=choice.until, count=choice.count, **parts)
    return rrule.normalise(rrule.write(rule))


def choice_of(rule: str, start: datetime) -> Choice:
    """Return the choice that makes a rule, or a choice of kind "rule"."""
    if not rule:
        return Choice()
    parsed = rrule.parse(rule)
    numbers = tuple(dict.fromkeys(nth for nth, _ in parsed.byday if nth))
    plain = Choice(
        interval=parsed.interval,
        weekdays=tuple(dict.fromkeys(day for _, day in parsed.byday)),
        nths=numbers,
        days=parsed.bymonthday,
        until=parsed.until,
        count=parsed.count,
    )
    for kind, freq in _FREQ.items():
        if freq == parsed.freq and _makes(tried := replace(plain, kind=kind), start, rule):
            return tried
    return Choice("rule", until=parsed.until, count=parsed.count, rule=rrule.normalise(rule))


def _makes(choice: Choice, start: datetime, rule: str) -> bool:
    try:
        return rule_of(choice, start) == rrule.normalise(rule)
    except rrule.BadRule:
        return False


def first_date(rule: str, start: datetime) -> datetime:
    """Return the first date of a rule from the start on: a series must begin with one of its own dates."""
    days = rule_dates(Repeat(start, None, rule=rule), date.max) if rule else []
    return datetime.combine(days[0], start.time()) if days else start


def adjust(days: Iterable[date], skips: Collection[str], shift: str) -> list[Adjustment]:
    """Return the dates of a rule that are skipped or moved.

    A date that would move onto another date is only skipped.
    """
    rest, adjustments = [], []
    for day in days:
        why = _why(day, skips)
        adjustments += [Adjustment(day, why, _name(day, why))] if why else []
        rest += [] if why else [day]
    occupied = set(rest)
    for day in rest if shift else []:
        if _off(day):
            to = _shifted(day, skips, shift)
            adjustments.append(Adjustment(day, "shifted", _name(day, "weekend"), None if to in occupied else to))
            occupied |= {to} if to else set()
    return sorted(adjustments, key=lambda adjustment: adjustment.day)


def _why(day: date, skips: Collection[str]) -> str:
    """Return the first of SKIPS that applies to a day, or ""."""
    return next((code for code in SKIPS if code in skips and _skipped(day, code)), "")


def _skipped(day: date, code: str) -> bool:
    match code:
        case "holiday":
            return bool(formatting.holiday(day))
        case "weekend":
            return day.weekday() > 4
        case _:
            first, last = _YEARLY[code]
            at = day.month, day.day
            return first <= at <= last if first < last else at >= first or at <= last


def _off(day: date) -> bool:
    return _skipped(day, "weekend") or _skipped(day, "holiday")


def _shifted(day: date, skips: Collection[str], shift: str) -> date | None:
    for away in range(1, LONGEST_SHIFT):
        other = day + STEPS[shift] * away
        if not (_off(other) or _why(other, skips)):
            return other
    return None


def _name(day: date, why: str) -> str:
    """Name a day off: こどもの日, お盆, 土曜日."""
    if why in _YEARLY:
        return _NAMES[why]["ja"]
    return formatting.holiday(day) or f"{formatting.weekday(day, 'ja')}曜日"


def say_pattern(rule: str, skips: Sequence[str], shift: str, slots: Sequence[Sequence[str]], lang: str) -> str:
    """Write the whole repeat in words: 「毎週火・金曜日（2027年3月31日まで）。祝日・お盆を除く」."""
    phrases = [rrule_text.say(rule, lang)] if rule else []
    if shift:
        phrases.append(_SHIFTS[shift][lang])
    words = _SAID[lang]
    if skips:
        phrases.append(words["but"].format(words["names"].join(_NAMES[code][lang] for code in SKIPS if code in skips)))
    if slots:
        phrases.append(words["also"].format(words["list"].join(_say_slot(Slot.read(*slot), lang) for slot in slots)))
    return words["stop"].join(phrases)


def _say_slot(slot: Slot, lang: str) -> str:
    return say_times(slot.start, slot.end, lang) if slot.start else ""


def say_times(start: time, end: time | None, lang: str) -> str:
    """Return 午前10時〜正午, 午前10時から; "10:00–12:00"."""
    begin = formatting.say_time(start, lang)
    return (
        _SAID[lang]["span"].format(begin, formatting.say_time(end, lang)) if end else _SAID[lang]["open"].format(begin)
    )


def say_adjustment(adjustment: Adjustment, lang: str) -> str:
    """Return 「5月5日（水・祝）はこどもの日のため休み」, 「6月20日（日）→6月21日（月）」, "Sun 20 Jun → Mon 21 Jun"."""
    day = formatting.say_date(adjustment.day, lang, today=adjustment.day)
    if adjustment.to:
        arrow = " → " if languages.spaced(lang) else "→"
        return f"{day}{arrow}{formatting.say_date(adjustment.to, lang, today=adjustment.day)}"
    name = adjustment.name if languages.formal(lang) else _kind(adjustment, lang)
    return _SAID[lang]["left"].format(day=day, name=name)


def _kind(adjustment: Adjustment, lang: str) -> str:
    """Name the kind of a day off for readers who do not know its Japanese name."""
    if adjustment.why in _YEARLY:
        return _NAMES[adjustment.why][lang]
    words = _SAID[lang]
    return (
        words["holiday"]
        if _skipped(adjustment.day, "holiday")
        else words["weekday"].format(formatting.weekday(adjustment.day, lang))
    )


def stored(adjustments: Iterable[Adjustment]) -> list[dict[str, str | None]]:
    """Return adjustments as an event stores them, with days in ISO 8601."""
    return [
        {
            "day": adjustment.day.isoformat(),
            "why": adjustment.why,
            "name": adjustment.name,
            "to": adjustment.to.isoformat() if adjustment.to else None,
        }
        for adjustment in adjustments
    ]


def read(rows: Iterable[dict[str, str | None]]) -> list[Adjustment]:
    """Parse the result of `stored`."""
    return [
        Adjustment(
            date.fromisoformat(row["day"] or ""),
            row["why"] or "",
            row["name"] or "",
            date.fromisoformat(row["to"]) if row["to"] else None,
        )
        for row in rows
    ]

"""Bring the repeats of a calendar into the form that is stored: one rule with an end, within ten years; or single dates.

The cost does not depend on the length of a rule: walks stop at the horizon and at MAX_DATES.
A rule counts the days of the zone in which the file writes; that may be another than the one in which the event is kept.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from calendar_app.dates.formatting import fiscal_start, fiscal_year
from calendar_app.dates.recurrence import MAX_DAYS, BadRule, Repeat, check, rule_dates
from calendar_app.dates.rrule import Rule, parse, write
from calendar_app.importing import Defect, ImportContext
from calendar_app.importing.formats.ics_lines import parse_moment

MAX_DATES = 20_000  # dates of one series that are looked at
MAX_EXCEPTIONS = 500
MAX_WALK = 5_000_000  # days looked at for all the repeats of one file: a few seconds


@dataclass(frozen=True, slots=True)
class StorableSeries:
    """A repeat in the stored form, or in `refused` the defect that prevents it."""

    repeat: Repeat
    defects: tuple[Defect, ...] = ()
    refused: Defect | None = None


@dataclass(slots=True)
class Budget:
    """The days that one repeat may still look at: its equal share, so that no row suffers from those before it."""

    days: int

    @classmethod
    def share(cls, repeats: int) -> "Budget":
        """Return the share of one of the repeats of a file."""
        return cls(MAX_WALK // max(repeats, 1))

    def spend(self, days: int) -> None:
        """Spend days. Raises BadRule when they are used up."""
        self.days -= days
        if self.days < 0:
            raise BadRule("too_much", "The file has too many long repeats.")


@dataclass(frozen=True, slots=True)
class Counting:
    """How a rule counts: from which start in the zone of the file, and in which zone its event is kept."""

    start: datetime
    written: tzinfo
    kept: ZoneInfo

    @classmethod
    def of(cls, start: date, written: tzinfo | None, kept: str) -> "Counting":
        """Return how the rules of an event count, from its DTSTART and its zone; None means the zone in which it is kept."""
        naive = start.replace(tzinfo=None) if isinstance(start, datetime) else datetime.combine(start, time())
        return cls(naive, written or ZoneInfo(kept), ZoneInfo(kept))

    @property
    def foreign(self) -> bool:
        """Whether the two zones differ."""
        return self.written != self.kept

    def local(self, day: date) -> datetime:
        """Return the wall-clock time, where the event is kept, of the date that the file's rule gives."""
        moment = datetime.combine(day, self.start.time(), self.written)
        return moment.astimezone(self.kept).replace(tzinfo=None)


def storable_series(
    repeat: Repeat, rules: Sequence[str], counting: Counting, context: ImportContext, budget: Budget
) -> StorableSeries:
    """Combine an event with its rules. `repeat` has its start, end and single dates; `rules` are the RRULE values of the file."""
    defects: list[Defect] = []
    words = " / ".join(rules)[:120]
    try:
        if len(repeat.exdates) > MAX_EXCEPTIONS:
            raise BadRule("too_many", words)
        parsed = [rule for text in rules for rule in _parse_rule(text, repeat, counting)]
        shifted = [_shifted(rule, counting) for rule in parsed]
        if None in shifted and len(rules) == 1:
            repeat, defects = _converted(repeat, parsed, words, counting, context, budget)
        elif parsed:
            local = [rule for rule in shifted if rule] if None not in shifted else parsed
            repeat, defects = _with_rule(repeat, local, words, context, budget, texts=len(rules))
        _check(repeat, budget)
    except BadRule as error:
        return StorableSeries(repeat, tuple(defects), Defect("rule", "rule", f"{words or 'RDATE'} ({error.code})"))
    return StorableSeries(repeat, tuple(defects))


def _parse_rule(text: str, repeat: Repeat, counting: Counting) -> Iterator[Rule]:
    """Parse an RRULE; split it in two if it mixes numbered and plain weekdays. Raises BadRule."""
    parts = dict(part.split("=", 1) for part in text.upper().replace(" ", "").strip(";").split(";") if "=" in part)
    if parts.get("FREQ") in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):  # the hour of a daily rule is its start's
        start = counting.start
        clock = {"BYHOUR": start.hour, "BYMINUTE": start.minute, "BYSECOND": start.second}
        parts = {name: value for name, value in parts.items() if name not in clock or value != f"{clock[name]}"}
    until = _until(parts.pop("UNTIL", ""), repeat, counting)
    weekdays = [day for day in parts.get("BYDAY", "").split(",") if day]
    plain = [day for day in weekdays if len(day) == 2]
    groups = [plain, [day for day in weekdays if day not in plain]] if 0 < len(plain) < len(weekdays) else [weekdays]
    for group in groups:
        byday = {"BYDAY": ",".join(group)} if group else {}
        rule = parse(";".join(f"{name}={value}" for name, value in (parts | byday).items()))
        yield replace(rule, until=until)


def _until(text: str, repeat: Repeat, counting: Counting) -> date | None:
    """Return the last day of UNTIL where the rule counts, without it if its clock time precedes the start's. Raises BadRule."""
    if not text:
        return None
    try:
        last = parse_moment(text)
        if isinstance(last, datetime) and last.tzinfo:
            last = last.astimezone(counting.written).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise BadRule("value", text) from None
    if not isinstance(last, datetime):
        return last if isinstance(last, date) else None
    early = not repeat.all_day and last.time() < counting.start.time()
    return last.date() - timedelta(days=early)


def _shifted(rule: Rule, counting: Counting) -> Rule | None:
    """Return the rule for the zone in which the event is kept; None if no rule gives the same dates there.

    Some programs write moments in UTC beside the weekdays of the town: a start that only there fits its rule tells.
    """
    start = counting.start
    if not counting.foreign:
        return rule
    local = counting.local(start.date())
    shift = (local.date() - start.date()).days
    if any(
        counting.local(day) - datetime.combine(day, start.time()) != local - start for day in _seasons(start.date())
    ):
        return None
    if not shift or (not _begins(rule, start) and _begins(rule, local)):
        return rule
    until = rule.until + timedelta(shift) if rule.until else None
    days = rule.bymonthday or (start.day,)
    match rule.freq:
        case "DAILY" if not (rule.bymonth or rule.bymonthday or rule.byday):
            return replace(rule, until=until)
        case "WEEKLY" if not rule.bymonth:
            byday = tuple(sorted((0, (day + shift) % 7) for _, day in rule.byday))
            return replace(rule, byday=byday, wkst=(rule.wkst + shift) % 7 if rule.interval > 1 else 0, until=until)
        case "MONTHLY" | "YEARLY" if not (rule.byday or rule.bysetpos) and all(
            1 <= day <= 28 and 1 <= day + shift <= 28 for day in days
        ):
            months = rule.bymonth or ((start.month,) if rule.freq == "YEARLY" else ())
            return replace(rule, bymonth=months, bymonthday=tuple(day + shift for day in days), until=until)
    return None


def _seasons(day: date) -> list[date]:
    """Return days over the year after a day: a zone with summer time has another offset on one of them."""
    return [day + timedelta(days) for days in range(0, 366, 61) if day.year < date.max.year - 1]


def _begins(rule: Rule, start: datetime) -> bool:
    """Tell whether the start is the first date of its rule."""
    text = write(replace(rule, count=None, until=None))
    return next(iter(rule_dates(Repeat(start, None, rule=text), start.date())), None) == start.date()


def _converted(
    repeat: Repeat, rules: list[Rule], words: str, counting: Counting, context: ImportContext, budget: Budget
) -> tuple[Repeat, list[Defect]]:
    """Return the repeat with the dates of one rule (or its halves), each converted to the zone in which the event is kept.

    Raises BadRule if there are too many.
    """
    last = max(context.horizon, counting.start.date())
    defects = [Defect("endless", "rule", words)] if any(_reaches_beyond(rule, last) for rule in rules) else []
    days = sorted({day for rule in rules for day in _days(rule, counting.start, last, budget)})[: rules[0].count]
    moments = {counting.local(day) for day in days} - {repeat.start}
    defects.append(Defect("rule_as_dates", "rule", words))
    return replace(repeat, rdates=tuple(sorted({*repeat.rdates, *moments}))), defects


def _with_rule(
    repeat: Repeat, rules: list[Rule], words: str, context: ImportContext, budget: Budget, *, texts: int
) -> tuple[Repeat, list[Defect]]:
    """Return the repeat with its rule, or with its dates where it has several rules or two ends. Raises BadRule.

    `rules` may be the halves of one of the `texts`: then they share its COUNT.
    """
    last = max(context.horizon, repeat.start.date())
    defects = []
    if any(_reaches_beyond(rule, last) for rule in rules):
        defects.append(Defect("endless", "rule", words))
        rules = [rule if rule.count else replace(rule, until=min(rule.until or last, last)) for rule in rules]
    if len(rules) > 1 or (rules[0].count and rules[0].until):
        defects.append(Defect("rule_as_dates", "rule", words))
        return _as_dates(repeat, rules, last, budget, shared_count=texts == 1), defects
    with_rule = replace(repeat, rule=write(rules[0]))
    try:
        _check(with_rule, budget)
    except BadRule as error:
        if error.code not in ("too_long", "too_many"):
            raise
        with_rule = _recent(repeat, rules[0], last, context, budget)
        defects.append(Defect("long_past", "start", f"{repeat.start:%Y-%m-%d}"))
    return with_rule, defects


def _reaches_beyond(rule: Rule, last: date) -> bool:
    """Tell whether a rule has no end, or an UNTIL after the last day."""
    return rule.until > last if rule.until else not rule.count


def _as_dates(repeat: Repeat, rules: list[Rule], last: date, budget: Budget, *, shared_count: bool) -> Repeat:
    """Write rules as single dates (RDATE). With `shared_count` the COUNT of the first rule limits them together."""
    days = sorted({day for rule in rules for day in _days(rule, repeat.start, last, budget)})
    days = days[: rules[0].count] if shared_count else days
    moments = [datetime.combine(day, repeat.start.time()) for day in days if day != repeat.start.date()]
    return replace(repeat, rdates=tuple(sorted({*repeat.rdates, *moments})))


def _recent(repeat: Repeat, rule: Rule, last: date, context: ImportContext, budget: Budget) -> Repeat:
    """Cut a long series to the dates from this fiscal year on. Raises BadRule if none are left, or still too many."""
    days = _days(rule, repeat.start, last, budget)
    year = fiscal_start(fiscal_year(context.today))
    coming = [day for day in days if day >= year]
    if not coming:
        raise BadRule("too_long", "It ended before this fiscal year.")
    start = datetime.combine(coming[0], repeat.start.time())
    end = start + (repeat.end - repeat.start) if repeat.end else None
    return replace(
        repeat,
        start=start,
        end=end,
        rule=write(replace(rule, count=None, until=coming[-1])),
        rdates=tuple(moment for moment in repeat.rdates if moment >= start),
        exdates=tuple(moment for moment in repeat.exdates if moment.date() >= start.date()),
        overrides=tuple(override for override in repeat.overrides if override.original >= start),
    )


def _days(rule: Rule, start: datetime, last: date, budget: Budget) -> list[date]:
    """List the dates of a rule that exceeds the stored limits, by walks of ten years, each from the last date found."""
    text = write(replace(rule, count=None, until=None))
    last = min(last, rule.until or last)
    budget.spend(_steps(rule, (last - start.date()).days))
    days: list[date] = []
    anchor = start
    while len(days) < MAX_DATES:
        walked = rule_dates(Repeat(anchor, None, rule=text), last)
        new = [day for day in walked if not days or day > days[-1]]
        if not new:
            break
        days += new
        anchor = datetime.combine(new[-1], start.time())
    return days[: rule.count or MAX_DATES]


def _check(repeat: Repeat, budget: Budget) -> None:
    """Check the limits of a repeat. Raises BadRule. An end before the start is ignored: it is another defect."""
    if repeat.rule:
        rule = parse(repeat.rule)
        days = min((rule.until - repeat.start.date()).days, MAX_DAYS) if rule.until else MAX_DAYS
        budget.spend(_steps(rule, days) * (1 + len(repeat.exdates) // 50))
    backward = repeat.end is not None and repeat.end < repeat.start
    check(replace(repeat, end=None if backward else repeat.end, overrides=()))


def _steps(rule: Rule, days: int) -> int:
    """Return about how many days a walk of a rule looks at, over so many days."""
    length, looked = {"DAILY": (1, 1), "WEEKLY": (7, 2), "MONTHLY": (30, 31), "YEARLY": (365, 31)}[rule.freq]
    looked *= len(rule.bymonth) or 1
    if rule.freq == "YEARLY" and not rule.bymonth and (rule.byday or rule.bymonthday):
        looked = 366
    plain = not (rule.bymonth or rule.bymonthday or rule.bysetpos or any(ordinal for ordinal, _ in rule.byday))
    periods = max(days, 0) // (length * rule.interval) + 1
    return looked * (min(periods, rule.count * (1 if plain else 12)) if rule.count else periods)

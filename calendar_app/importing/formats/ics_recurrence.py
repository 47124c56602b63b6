"""Bring the repeats of a calendar into the form that is stored: one rule with an end, within ten years; or single dates.

The cost does not depend on the length of a rule: walks stop at the horizon and at MAX_DATES.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from calendar_app.dates.formatting import fiscal_year
from calendar_app.dates.recurrence import MAX_DAYS, BadRule, Repeat, check, rule_dates
from calendar_app.dates.rrule import Rule, parse, write
from calendar_app.importing import Defect, ImportContext
from calendar_app.importing.formats.ics_lines import parse_moment

MAX_DATES = 20_000  # dates of one series that are looked at
MAX_EXCEPTIONS = 500
MAX_WALK = 1_000_000  # days, for all the repeats of one file: a few seconds


@dataclass(frozen=True, slots=True)
class StorableSeries:
    """A repeat in the stored form, or in `refused` the defect that prevents it."""

    repeat: Repeat
    defects: tuple[Defect, ...] = ()
    refused: Defect | None = None


@dataclass(slots=True)
class Budget:
    """The days that the repeats of a file may still walk: enough for thousands of real repeats, too few for hostile ones."""

    days: int = MAX_WALK

    def spend(self, days: int) -> None:
        """Spend days. Raises BadRule when they are used up."""
        self.days -= days
        if self.days < 0:
            raise BadRule("too_much", "The file has too many long repeats.")


def storable_series(
    repeat: Repeat, rules: Sequence[str], zone: str, context: ImportContext, budget: Budget
) -> StorableSeries:
    """Combine an event with its rules. `repeat` has its start, end and single dates; `rules` are the RRULE values of the file."""
    defects: list[Defect] = []
    words = " / ".join(rules)[:120]
    try:
        if len(repeat.exdates) > MAX_EXCEPTIONS:
            raise BadRule("too_many", words)
        parsed = [rule for text in rules for rule in _parse_rule(text, repeat, zone)]
        if parsed:
            repeat, defects = _with_rule(repeat, parsed, words, context, budget, texts=len(rules))
        _check(repeat, budget)
    except BadRule as error:
        return StorableSeries(repeat, tuple(defects), Defect("rule", "rule", f"{words or 'RDATE'} ({error.code})"))
    return StorableSeries(repeat, tuple(defects))


def _parse_rule(text: str, repeat: Repeat, zone: str) -> Iterator[Rule]:
    """Parse an RRULE; split it in two if it mixes numbered and plain weekdays. Raises BadRule."""
    parts = dict(part.split("=", 1) for part in text.upper().replace(" ", "").strip(";").split(";") if "=" in part)
    if parts.get("FREQ") in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):  # the hour of a daily rule is its start's
        clock = {"BYHOUR": repeat.start.hour, "BYMINUTE": repeat.start.minute, "BYSECOND": repeat.start.second}
        parts = {name: value for name, value in parts.items() if name not in clock or value != f"{clock[name]}"}
    until = _until(parts.pop("UNTIL", ""), repeat, zone)
    weekdays = [day for day in parts.get("BYDAY", "").split(",") if day]
    plain = [day for day in weekdays if len(day) == 2]
    groups = [plain, [day for day in weekdays if day not in plain]] if 0 < len(plain) < len(weekdays) else [weekdays]
    for group in groups:
        byday = {"BYDAY": ",".join(group)} if group else {}
        rule = parse(";".join(f"{name}={value}" for name, value in (parts | byday).items()))
        yield replace(rule, until=until)


def _until(text: str, repeat: Repeat, zone: str) -> date | None:
    """Return the last day of UNTIL in local time, without that day if its clock time precedes the start's. Raises BadRule."""
    if not text:
        return None
    try:
        last = parse_moment(text)
        if isinstance(last, datetime) and last.tzinfo:
            last = last.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    except (ValueError, OverflowError):
        raise BadRule("value", text) from None
    if not isinstance(last, datetime):
        return last if isinstance(last, date) else None
    early = not repeat.all_day and last.time() < repeat.start.time()
    return last.date() - timedelta(days=early)


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
    year = date(fiscal_year(context.today), 4, 1)
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
    )


def _days(rule: Rule, start: datetime, last: date, budget: Budget) -> list[date]:
    """List the dates of a rule that exceeds the stored limits, by walks of ten years, each from the last date found."""
    text = write(replace(rule, count=None, until=None))
    last = min(last, rule.until or last)
    budget.spend(max((last - start.date()).days, 0))
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
        last = parse(repeat.rule).until
        days = min((last - repeat.start.date()).days, MAX_DAYS) if last else MAX_DAYS
        budget.spend(max(days, 0) * (1 + len(repeat.exdates) // 50))
    backward = repeat.end is not None and repeat.end < repeat.start
    check(replace(repeat, end=None if backward else repeat.end, overrides=()))

"""The repeats of a calendar as we store them: with an end, within ten years, in one rule; else date by date, or refused.

Nothing here depends on how long a rule would run: walks are cut at the horizon and at MAX_DATES.
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

MAX_DATES = 20_000  # that are looked at in one series
MAX_EXCEPTIONS = 500
MAX_WALK = 1_000_000  # days, for all the repeats of one file: a few seconds


@dataclass(frozen=True, slots=True)
class StorableSeries:
    """A repeat that can be stored, or the defect for which it cannot."""

    repeat: Repeat
    defects: tuple[Defect, ...] = ()
    refused: Defect | None = None


@dataclass(slots=True)
class Budget:
    """How many more days the repeats of a file may walk: thousands of honest ones fit in, hostile ones do not."""

    days: int = MAX_WALK

    def take(self, days: int) -> None:
        """Raises BadRule when it is used up."""
        self.days -= days
        if self.days < 0:
            raise BadRule("too_much", "The file has too many long repeats.")


def storable_series(
    repeat: Repeat, rules: Sequence[str], zone: str, context: ImportContext, budget: Budget
) -> StorableSeries:
    """`repeat` has the start, the end, and the single dates of an event; `rules` are its RRULE values as in the file."""
    defects: list[Defect] = []
    said = " / ".join(rules)[:120]
    try:
        if len(repeat.exdates) > MAX_EXCEPTIONS:
            raise BadRule("too_many", said)
        parsed = [one for rule in rules for one in _parsed(rule, repeat, zone)]
        if parsed:
            repeat, defects = _ruled(repeat, parsed, said, context, budget, texts=len(rules))
        _check(repeat, budget)
    except BadRule as error:
        return StorableSeries(repeat, tuple(defects), Defect("rule", "rule", f"{said or 'RDATE'} ({error.code})"))
    return StorableSeries(repeat, tuple(defects))


def _parsed(text: str, repeat: Repeat, zone: str) -> Iterator[Rule]:
    """The rule, as two where it mixes numbered weekdays with plain ones. Raises BadRule."""
    parts = dict(part.split("=", 1) for part in text.upper().replace(" ", "").strip(";").split(";") if "=" in part)
    if parts.get("FREQ") in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY"):  # the hour of a daily rule is its start's
        clock = {"BYHOUR": repeat.start.hour, "BYMINUTE": repeat.start.minute, "BYSECOND": repeat.start.second}
        parts = {name: value for name, value in parts.items() if name not in clock or value != f"{clock[name]}"}
    until = _until(parts.pop("UNTIL", ""), repeat, zone)
    weekdays = [one for one in parts.get("BYDAY", "").split(",") if one]
    plain = [one for one in weekdays if len(one) == 2]
    groups = [plain, [one for one in weekdays if one not in plain]] if 0 < len(plain) < len(weekdays) else [weekdays]
    for group in groups:
        byday = {"BYDAY": ",".join(group)} if group else {}
        rule = parse(";".join(f"{name}={value}" for name, value in (parts | byday).items()))
        yield replace(rule, until=until)


def _until(text: str, repeat: Repeat, zone: str) -> date | None:
    """The last day, on the wall. An end by the clock that is before the start's hour leaves out its day. Raises BadRule."""
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


def _ruled(
    repeat: Repeat, rules: list[Rule], said: str, context: ImportContext, budget: Budget, *, texts: int
) -> tuple[Repeat, list[Defect]]:
    """The repeat with its rule; with its dates instead where it has several, or two ends. Raises BadRule.

    `rules` may be the halves of one of the `texts`: then its COUNT is theirs together.
    """
    last = max(context.horizon, repeat.start.date())
    defects = []
    if any(not (one.count or one.until) or (one.until and one.until > last) for one in rules):
        defects.append(Defect("endless", "rule", said))
        rules = [one if one.count else replace(one, until=min(one.until or last, last)) for one in rules]
    if len(rules) > 1 or (rules[0].count and rules[0].until):
        days = sorted({day for rule in rules for day in _days(rule, repeat.start, last, budget)})
        days = days[: rules[0].count] if texts == 1 else days
        typed = [datetime.combine(day, repeat.start.time()) for day in days if day != repeat.start.date()]
        defects.append(Defect("rule_as_dates", "rule", said))
        return replace(repeat, rdates=tuple(sorted({*repeat.rdates, *typed}))), defects
    ruled = replace(repeat, rule=write(rules[0]))
    try:
        _check(ruled, budget)
    except BadRule as error:
        if error.code not in ("too_long", "too_many"):
            raise
        ruled = _recent(repeat, rules[0], last, context, budget)
        defects.append(Defect("long_past", "start", f"{repeat.start:%Y-%m-%d}"))
    return ruled, defects


def _recent(repeat: Repeat, rule: Rule, last: date, context: ImportContext, budget: Budget) -> Repeat:
    """The part of a long series from this fiscal year on. Raises BadRule when nothing is left of it, or still too much."""
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
        rdates=tuple(one for one in repeat.rdates if one >= start),
        exdates=tuple(one for one in repeat.exdates if one.date() >= start.date()),
    )


def _days(rule: Rule, start: datetime, last: date, budget: Budget) -> list[date]:
    """The dates of a rule that may go on for longer than what is stored: walked ten years at a time from a date it has."""
    text = write(replace(rule, count=None, until=None))
    last = min(last, rule.until or last)
    budget.take(max((last - start.date()).days, 0))
    found: list[date] = []
    anchor = start
    while len(found) < MAX_DATES:
        more = rule_dates(Repeat(anchor, None, rule=text), last)
        new = [day for day in more if not found or day > found[-1]]
        if not new:
            break
        found += new
        anchor = datetime.combine(new[-1], start.time())
    return found[: rule.count or MAX_DATES]


def _check(repeat: Repeat, budget: Budget) -> None:
    """Raises BadRule. An end before its start is another defect."""
    if repeat.rule:
        last = parse(repeat.rule).until
        days = min((last - repeat.start.date()).days, MAX_DAYS) if last else MAX_DAYS
        budget.take(max(days, 0) * (1 + len(repeat.exdates) // 50))
    backward = repeat.end is not None and repeat.end < repeat.start
    check(replace(repeat, end=None if backward else repeat.end, overrides=()))

"""Read the repeat of an event from the form, and fill the form with it. Rules that the form cannot show stay unchanged."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import Field
from wtforms.fields.choices import SelectChoice

from calendar_app.dates import formatting, parse_lists, repeat_patterns
from calendar_app.dates.parse_lists import Line
from calendar_app.dates.recurrence import BadRule
from calendar_app.dates.repeat_patterns import Choice
from calendar_app.entries.revisions import Values
from calendar_app.web.forms import EventForm
from calendar_app.web.forms.fields import iso, lang, moment, parsed, wrong

FIELDS = ("rule", "rdates", "exdates", "overrides", "skips", "shift", "slots")
NOTHING: Values = {"rule": "", "rdates": [], "exdates": [], "skips": [], "shift": ""}
KINDS = {  # the repeats of the form, with the choice that each means
    "weekly": Choice("weekly"),
    "biweekly": Choice("weekly", interval=2),
    "monthly_date": Choice("monthly_date"),
    "monthly_weekday": Choice("monthly_weekday"),
    "monthly_last": Choice("monthly_weekday", nths=(-1,)),
    "yearly": Choice("yearly"),
}
LAST_DAY = ("末日", "末", "last")

# The field and the message of an error in a rule, by the code of BadRule.
BAD_RULES = {
    "unbounded": ("repeat_until", _("Please enter an end date or the number of times.")),
    "two_ends": ("repeat_count", _("Please enter either an end date or the number of times, not both.")),
    "no_dates": ("repeats", _("This gives no dates. Please check the start, the days and the end.")),
    "nothing_left": ("repeats", _("No dates remain: all of them are excluded.")),
    "too_long": ("repeat_until", _("An event can repeat for ten years at most.")),
    "too_many": ("repeats", _("Too many dates: 2,000 at most.")),
    "sub_daily": ("repeats", _("An event cannot repeat within a day.")),
    "end_before_start": ("end_date", _("The end is before the start.")),
}
OTHERWISE = ("repeats", _("It cannot repeat like this. Please choose again."))


def read(form: EventForm, when: Values, was: Values, today: date) -> Values:
    """The values of the repeat, and those of `when` that it moves. A program that sends no repeat leaves it unchanged."""
    unchanged = {name: was[name] for name in FIELDS if name in was}
    start = parsed(when["start"])
    if not form.repeats.raw_data:
        return unchanged
    slots = _read_slots(form, when["all_day"])
    if start is None:  # the other inputs are read all the same, so that all faults are told at once
        _own_dates(form, when["all_day"], today)
        _lines(form.left_out, today)
        moment(form.repeat_until, None, today, time(0))
        _days(form.month_days)
        return unchanged
    if form.repeats.data and when["precision"] != "exact":
        wrong(form.repeats, gettext("An event without an exact date cannot repeat."))
    elif not form.repeats.data:
        return NOTHING | {"slots": slots, "overrides": _with_ends(was, when, [])}
    rule = was.get("rule", "") if form.repeats.data == "rule" else _rule(form, start, today)
    lines = _own_dates(form, when["all_day"], today)
    moved = _on_the_rule(when, was, rule)
    return {
        **moved,
        "rule": rule,
        "rdates": [start.isoformat() for start, _end, _timed in lines],
        "exdates": [start.isoformat() for start, _end, _timed in _lines(form.left_out, today)],
        "overrides": _with_ends(was, moved or when, lines),
        "skips": form.skips.data if rule else [],
        "shift": form.shift.data if rule else "",
        "slots": slots,
    }


def fill(form: EventForm, values: Values) -> None:
    """Fill the inputs of a form with the values of a repeat, as a person would type them."""
    start, rule = parsed(values.get("start")), values.get("rule", "")
    choice = repeat_patterns.choice_of(rule, start) if rule and start else Choice()
    form.repeats.data = _kind(choice) or ("dates" if values.get("rdates") else "")
    form.weekdays.data, form.nths.data = list(choice.weekdays), list(choice.nths)
    form.month_days.data = "、".join("末日" if day == -1 else str(day) for day in choice.days)
    form.repeat_until.data = f"{choice.until}" if choice.until else ""
    form.repeat_count.data, form.repeat_count.raw_data = choice.count, None
    form.slots.data = parse_lists.say_slots(values.get("slots", ()))
    form.own_dates.data = parse_lists.say_lines(_typed_dates(values))
    form.left_out.data = parse_lists.say_lines(
        (start, None, start.time() != time()) for start in _moments(values, "exdates")
    )


def offer(form: EventForm, values: Values) -> None:
    """Add a choice that keeps a rule for which the form has no words. `values` are the present values of the event."""
    start, rule = parsed(values.get("start")), values.get("rule", "")
    if rule and start and _kind(repeat_patterns.choice_of(rule, start)) == "rule":
        text = gettext("as is: %(rule)s", rule=repeat_patterns.say_pattern(rule, (), "", (), lang()))
        form.repeats.choices = [*form.repeats.choices, SelectChoice("rule", text)]


def refuse(form: EventForm, code: str) -> None:
    """Add the error of a rule, by the code of BadRule, to its field."""
    field, message = BAD_RULES.get(code, OTHERWISE)
    wrong(form[field], str(message))


def _rule(form: EventForm, start: datetime, today: date) -> str:
    """The RRULE of the form; "" without a repeat or with an error. Without an end it ends with the fiscal year."""
    if form.repeats.data not in KINDS:
        return ""
    shape = KINDS[form.repeats.data]
    until = moment(form.repeat_until, None, max(today, start.date()), time(0))
    count = form.repeat_count.data
    if until and until.date() < start.date():
        wrong(form.repeat_until, gettext("The end is before the start."))
    if not until and not count:
        until = datetime.combine(repeat_patterns.default_until(start.date()), time())
    choice = replace(
        shape,
        weekdays=tuple(sorted({*form.weekdays.data} & {*range(7)})),
        nths=shape.nths or tuple(form.nths.data),
        days=_days(form.month_days) if shape.kind == "monthly_date" else (),
        until=until.date() if until else None,
        count=count,
    )
    try:
        return repeat_patterns.rule_of(choice, start)
    except BadRule as error:
        refuse(form, error.code)
        return ""


def _days(field: Field) -> tuple[int, ...]:
    """Read days of the month: 「1、15、末日」 gives (1, 15, -1). An error gives ()."""
    folded = unicodedata.normalize("NFKC", field.data).lower()
    words = [word.removesuffix("日") or word for word in re.split(r"[\s、,・]+", folded) if word]
    days = [-1 if word in LAST_DAY else int(word) if word.isdecimal() and len(word) < 3 else 0 for word in words]
    if any(day not in range(-1, 32) or not day for day in days):
        wrong(field, gettext("Please enter days of the month, from 1 to 31, or 末日."))
        return ()
    return tuple(days)


def _on_the_rule(when: Values, was: Values, rule: str) -> Values:
    """Move start and end to the first date of the rule, because a series begins on one of its dates. Old values stay."""
    start, end = parsed(when["start"]), parsed(when["end"])
    if start is None or (when["start"], rule) == (was.get("start"), was.get("rule")):
        return {}
    first = repeat_patterns.first_date(rule, start)
    return {"start": iso(first), "end": iso(end + (first - start)) if end else None}


def _read_slots(form: EventForm, all_day: bool) -> list[list[str]]:
    slots = _try(form.slots, parse_lists.parse_slots)
    if slots and all_day:
        wrong(form.slots, gettext("Please enter the time of the first date above: at present it lasts all day."))
    return [[part for part in slot if part] for slot in slots]


def _own_dates(form: EventForm, all_day: bool, today: date) -> list[Line]:
    lines = _lines(form.own_dates, today)
    if all_day and any(timed for _start, _end, timed in lines):
        wrong(form.own_dates, gettext("Please enter the time of the first date above: at present it lasts all day."))
    if form.repeats.data == "dates" and not form.own_dates.data.strip():
        wrong(form.own_dates, gettext("Please enter the dates, one per line."))
    return lines


def _lines(field: Field, today: date) -> list[Line]:
    return _try(field, lambda text: parse_lists.parse_lines(text, today))


def _try(field: Field, parse: Callable[[str], list[Any]]) -> list[Any]:
    try:
        return parse(field.data)
    except formatting.BadDate as error:
        wrong(field, formatting.message(error, lang()))
        return []


def _with_ends(was: Values, when: Values, lines: list[Line]) -> list[Values]:
    """The changes of single dates, with the ends of further dates whose length differs from the first date."""
    start, end = parsed(when["start"]), parsed(when["end"])
    length = end - start if start and end else None
    ends = {begin.isoformat(): until for begin, until, timed in lines if timed}
    changes: dict[str, Values] = {override["original"]: override for override in was.get("overrides", [])}
    for original in [*was.get("rdates", []), *ends]:
        change, until = changes.get(original, {"original": original}), ends.get(original)
        if change.get("start"):  # the date was moved and has its own end
            continue
        as_usual = until is None or (length is not None and until - datetime.fromisoformat(original) == length)
        rest = {name: value for name, value in change.items() if name != "end"}
        changes[original] = rest if as_usual else rest | {"end": iso(until)}
    return [override for override in changes.values() if len(override) > 1]


def _typed_dates(values: Values) -> list[Line]:
    """The further dates. A date without a time has the time of the series."""
    ends = {
        override["original"]: parsed(override.get("end"))
        for override in values.get("overrides", [])
        if not override.get("start")
    }
    moments = _moments(values, "rdates")
    return [
        (start, ends.get(start.isoformat()), not values.get("all_day") and start.time() != time()) for start in moments
    ]


def _moments(values: Values, name: str) -> list[datetime]:
    return [datetime.fromisoformat(text) for text in values.get(name, ())]


def _kind(choice: Choice) -> str:
    """The name of a choice in the form; "rule" for a choice that the form does not offer."""
    if not choice.kind:
        return ""
    nths = (-1,) if choice.kind == "monthly_weekday" and choice.nths == (-1,) else ()
    shape = Choice(choice.kind, interval=choice.interval, nths=nths)
    return next((name for name, known in KINDS.items() if known == shape), "rule")

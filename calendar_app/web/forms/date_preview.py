"""What the dates of a form would become, in words, before anything is saved: what takes place, what is left out, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from calendar_app.dates import formatting, recurrence, repeat_patterns
from calendar_app.dates.recurrence import Instance, Override
from calendar_app.db.models import Event
from calendar_app.entries import describe, editing, revisions
from calendar_app.entries.revisions import Values
from calendar_app.text import labels
from calendar_app.web.forms import EventForm, form_values, repeats
from calendar_app.web.forms.dates import read
from calendar_app.web.forms.fields import lang, parsed

SHOWN = 10
LANGUAGES = ("ja", "en")
DATED = ("start", "end", "all_day", "timezone", "precision", "certainty", *repeats.FIELDS)
FIELDS = (
    *("start_date", "start_time", "end_date", "end_time", "certainty", "repeats", "weekdays", "nths", "month_days"),
    *("repeat_until", "repeat_count", "skips", "shift", "slots", "own_dates", "left_out"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """`tone` is "good", "warn" or "bad"."""

    heading: str
    lines: list[str]
    tone: str = "good"


def preview(form: EventForm, session: Session, was: Values, *, today: date, zone: ZoneInfo) -> list[Section]:
    """What the form's dates say; what is wrong with them stands at its fields, and is said here too."""
    values = form_values.read(form, "event", today=today, zone=zone, was=was)
    wrong = [field for field in form if field.name in FIELDS and field.errors]
    if not wrong:
        try:
            event = _event(session, was, values)
            return _sections(event, parsed(read(form, today)["start"]), today)
        except editing.Invalid as error:
            repeats.refuse(form, error.errors.get("rule", ""))
            wrong = [field for field in form if field.name in FIELDS and field.errors]
    lines = [f"{field.label.text}: {message}" for field in wrong for message in field.errors]
    return [Section(gettext("Please check these fields"), lines, "bad")]


def _event(session: Session, was: Values, values: Values) -> Event:
    """The event as saving would make it: only its dates, and not kept. Raises Invalid."""
    event = Event(**{name: revisions.decode(name, was[name]) for name in DATED if name in was})
    editing.apply(session, event, {name: values[name] for name in DATED if values.get(name) != was.get(name)})
    return event


def _sections(event: Event, typed_start: datetime | None, today: date) -> list[Section]:
    found = recurrence.expand(event.repeat, date.max)
    told = [
        Section(gettext("Dates as shown:"), _words(event)),
        _first(event, typed_start),
        _dates(event, found, today),
        Section(gettext("Excluded or moved"), _some(_missing(event, today))),
        *_single_changes(event),
    ]
    return [one for one in told if one.lines]


def _words(event: Event) -> list[str]:
    if event.precision != "exact":
        span = formatting.say_when(event.start, event.end, True, lang())
        return [*(describe.when(event, code) for code in LANGUAGES), gettext("Sometime in %(span)s", span=span)]
    if not (event.rule or event.slots):
        return [describe.when(event, code) for code in LANGUAGES]
    return [repeat_patterns.say_pattern(event.rule, event.skips, event.shift, event.slots, code) for code in LANGUAGES]


def _first(event: Event, typed_start: datetime | None) -> Section:
    """A start that is not on the rule moves to the first date that is."""
    if typed_start is None or typed_start == event.start:
        return Section("", [])
    said = [formatting.say_date(one.date(), lang()) for one in (event.start, typed_start)]
    line = gettext(
        "The first date is %(first)s, because the repeat does not include %(typed)s.", first=said[0], typed=said[1]
    )
    return Section(gettext("The first date moves"), [line], "warn")


def _dates(event: Event, found: list[Instance], today: date) -> Section:
    """The dates that are still to come, if there is more than the one that was typed."""
    if event.precision != "exact" or len(found) < 2:
        return Section("", [])
    coming = [one for one in found if (one.end or one.start).date() >= today]
    years = [None, *(one.start.year for one in coming)]
    heading = ngettext("%(num)s date in all. Next:", "%(num)s dates in all. Next:", len(found))
    return Section(heading, _some(_say(one, event, year) for one, year in zip(coming, years, strict=False)))


def _say(one: Instance, event: Event, year: int | None) -> str:
    """In short; with its year where that is not the `year` of the line before."""
    said = formatting.say_span(one.start, one.end, event.all_day, lang())
    if one.start.year != year:
        said = f"{one.start.year}年 {said}" if lang() == "ja" else f"{one.start.year}: {said}"
    name = formatting.holiday(one.start.date()) if lang() == "ja" else ""
    return labels.marked(labels.bracketed(said, name, lang()), labels.STATUS_MARKS[one.status or "scheduled"], lang())


def _missing(event: Event, today: date) -> list[str]:
    """The dates to come that the rule gives and that do not take place then, and why."""
    made = [(one.day, repeat_patterns.say_adjustment(one, lang())) for one in repeat_patterns.read(event.adjusted)]
    typed_out = {datetime.fromisoformat(one).date() for one in event.exdates}
    by_hand = [(day, gettext("%(day)s: excluded by hand", day=formatting.say_date(day, lang()))) for day in typed_out]
    return [said for day, said in sorted([*made, *by_hand]) if day >= today]


def _single_changes(event: Event) -> list[Section]:
    """The dates that were changed one by one: those that lose their place in the series, and those that keep it."""
    repeat = event.repeat
    changed = tuple(one for one in repeat.overrides if one.status or one.note or one.start or one.venue_id)
    lost = recurrence.orphans(replace(repeat, overrides=changed))
    kept = [one for one in changed if one not in lost]
    return [
        Section(gettext("Changed individually, but no longer among the dates"), _some(map(_say_change, lost)), "warn"),
        Section(gettext("Changed individually and kept"), _some(map(_say_change, kept))),
    ]


def _say_change(one: Override) -> str:
    said = formatting.say_date(one.original.date(), lang())
    if one.start and one.start.date() != one.original.date():
        said += f" → {formatting.say_date(one.start.date(), lang())}"
    marked = labels.marked(said, labels.STATUS_MARKS[one.status or "scheduled"], lang())
    return labels.bracketed(marked, one.note, lang())


def _some(lines: Iterable[str]) -> list[str]:
    """The first lines, and how many more there are."""
    every = list(lines)
    rest = len(every) - SHOWN
    return every[:SHOWN] + ([gettext("… and %(count)s more", count=rest)] if rest > 0 else [])

"""Preview the dates of a form in words before anything is saved: the dates, the dates left out, and the reasons."""

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
from calendar_app.text import labels, languages
from calendar_app.web.forms import EventForm, form_values, repeats
from calendar_app.web.forms.dates import read
from calendar_app.web.forms.fields import lang, parsed

SHOWN = 10
IN_YEAR = {"ja": "{year}年 {text}", "en": "{year}: {text}"}
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
    """The sections of the preview; with errors, one section that lists them. Nothing is stored."""
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
    """An event with the dates that saving would give it, outside the session. Raises Invalid."""
    event = Event(adjusted=[], **{name: revisions.decode(name, was[name]) for name in DATED if name in was})
    editing.apply(session, event, {name: values[name] for name in DATED if values.get(name) != was.get(name)})
    return event


def _sections(event: Event, typed_start: datetime | None, today: date) -> list[Section]:
    instances = recurrence.expand(event.repeat, date.max)
    sections = [
        Section(gettext("Dates as shown:"), _words(event)),
        _first(event, typed_start),
        _dates(event, instances, today),
        Section(gettext("Excluded or moved"), _some(_missing(event, today))),
        *_single_changes(event),
    ]
    return [section for section in sections if section.lines]


def _words(event: Event) -> list[str]:
    if event.precision != "exact":
        span = formatting.say_when(event.start, event.end, True, lang())
        return [*(describe.when(event, code) for code in languages.STAFF), gettext("Sometime in %(span)s", span=span)]
    if not (event.rule or event.slots):
        return [describe.when(event, code) for code in languages.STAFF]
    return [
        repeat_patterns.say_pattern(event.rule, event.skips, event.shift, event.slots, code) for code in languages.STAFF
    ]


def _first(event: Event, typed_start: datetime | None) -> Section:
    """The warning that the rule moves the typed start to its first date."""
    if typed_start is None or typed_start == event.start:
        return Section("", [])
    days = [formatting.say_date(moment.date(), lang()) for moment in (event.start, typed_start)]
    line = gettext(
        "The first date is %(first)s, because the repeat does not include %(typed)s.", first=days[0], typed=days[1]
    )
    return Section(gettext("The first date moves"), [line], "warn")


def _dates(event: Event, instances: list[Instance], today: date) -> Section:
    """The coming dates of an event that has more than one."""
    if event.precision != "exact" or len(instances) < 2:
        return Section("", [])
    coming = [instance for instance in instances if (instance.end or instance.start).date() >= today]
    years = [None, *(instance.start.year for instance in coming)]
    heading = ngettext("%(num)s date in all. Next:", "%(num)s dates in all. Next:", len(instances))
    return Section(heading, _some(_say(instance, event, year) for instance, year in zip(coming, years, strict=False)))


def _say(instance: Instance, event: Event, year: int | None) -> str:
    """A date in short, with its year where the line before has another `year`."""
    text = formatting.say_span(instance.start, instance.end, event.all_day, lang())
    if instance.start.year != year:
        text = IN_YEAR[lang()].format(year=instance.start.year, text=text)
    name = formatting.holiday_name(instance.start.date(), lang())
    mark = labels.STATUS_MARKS[instance.status or "scheduled"]
    return labels.marked(labels.bracketed(text, name, lang()), mark, lang())


def _missing(event: Event, today: date) -> list[str]:
    """The dates to come that the rule gives and that do not take place then, and why."""
    adjusted = [
        (adjustment.day, repeat_patterns.say_adjustment(adjustment, lang()))
        for adjustment in repeat_patterns.read(event.adjusted)
    ]
    typed_out = {datetime.fromisoformat(text).date() for text in event.exdates}
    by_hand = [(day, gettext("%(day)s: excluded by hand", day=formatting.say_date(day, lang()))) for day in typed_out]
    return [line for day, line in sorted([*adjusted, *by_hand]) if day >= today]


def _single_changes(event: Event) -> list[Section]:
    """The single dates that were changed by hand, first those that are no longer dates of the series."""
    repeat = event.repeat
    changed = tuple(
        override
        for override in repeat.overrides
        if override.status or override.note or override.start or override.venue_id
    )
    lost = recurrence.orphans(replace(repeat, overrides=changed))
    valid = [override for override in changed if override not in lost]
    return [
        Section(gettext("Changed individually, but no longer among the dates"), _some(map(_say_change, lost)), "warn"),
        Section(gettext("Changed individually and kept"), _some(map(_say_change, valid))),
    ]


def _say_change(override: Override) -> str:
    text = formatting.say_date(override.original.date(), lang())
    if override.start and override.start.date() != override.original.date():
        text += f" → {formatting.say_date(override.start.date(), lang())}"
    marked = labels.marked(text, labels.STATUS_MARKS[override.status or "scheduled"], lang())
    return labels.bracketed(marked, override.note, lang())


def _some(lines: Iterable[str]) -> list[str]:
    """The first ten lines, and the number of the others."""
    every = list(lines)
    rest = len(every) - SHOWN
    return every[:SHOWN] + ([gettext("… and %(count)s more", count=rest)] if rest > 0 else [])


def say_parted(event: Event, today: date) -> str:
    """Say in a sentence what is where after a series was parted; `event` holds the later dates."""
    first = formatting.say_date(event.start.date(), lang(), today=today)
    if event.status == "cancelled":
        return str(
            gettext(
                "The series ends before %(first)s. Its later dates are cancelled: they are this entry.", first=first
            )
        )
    return str(
        gettext(
            "The dates before %(first)s stay as they were. The dates from %(first)s on have the new time or venue: "
            "they are an entry of their own, this one.",
            first=first,
        )
    )

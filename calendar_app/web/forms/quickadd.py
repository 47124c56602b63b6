"""Lay the reading of a line into the form of a new event. It fills empty fields and asks before replacing others."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from calendar_app import quickadd
from calendar_app.db.models import Tag, Venue
from calendar_app.quickadd import Doubt, KnownVenue, Reading
from calendar_app.web.forms import EventForm
from calendar_app.web.forms.fields import lang

KNOWN_TAGS = 2000
LINE, GAVE, OVER, TAKE = (
    "quick",
    "quick_gave",
    "quick_over",
    "quick_take",
)  # names of the inputs: the line, what it gave last, what it may replace, the events of a programme that are chosen

# Fields that are filled together: the end of a line with a typed start would give a date that nobody meant.
GROUPS = (
    (
        *(
            "start_date",
            "end_date",
            "all_day",
            "certainty",
            "repeats",
            "weekdays",
            "nths",
            "month_days",
            "repeat_until",
        ),
        *("repeat_count", "skips", "own_dates"),
    ),
    ("start_time", "end_time", "slots"),
    ("venue_id", "venue_new"),
    ("deadline_date", "deadline_time"),
    ("weather_rule", "reserve_date"),
    ("fee", "fee_note"),
)
DEFAULTS = {"certainty": ["confirmed"]}
WHEN = ("start_date", "start_time", "end_date", "end_time", "all_day", "own_dates", "slots")
MUST = ("title", "start_date")


Typed = dict[str, list[str]]  # values by field, as a form sends them

Asked = tuple[
    str, str, list[str], list[str]
]  # the group's first field, the field, what stands there, what the line says


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field whose value, `typed`, differs from the value read `from_line`. `group` may be replaced as a whole."""

    group: str
    label: str
    typed: str
    from_line: str


@dataclass(frozen=True, slots=True)
class Description:
    """The reading as the page shows it. `understood` are (field, label, meaning, words of the line).

    `focus` is the first missing or doubtful field, "" if there is none. `events` lists the events of a programme, of which a
    person chooses: title, when, how many doubts.
    """

    line: str
    understood: list[tuple[str, str, str, str]]
    doubts: list[Doubt]
    left: str
    conflicts: list[Conflict]
    gave: str
    focus: str
    events: tuple[tuple[str, str, int], ...] = ()


def look(session: Session, line: str, today: date) -> list[Reading]:
    """Read a line or a notice: one event, or those of a programme."""
    venues = [KnownVenue(*row) for row in session.execute(select(Venue.id, Venue.name, Venue.name_en))]
    tags = session.scalars(select(Tag.name).limit(KNOWN_TAGS)) if "#" in line or "＃" in line else ()
    return quickadd.parse_notice(line, today, venues=venues, tags=tags, lang=lang())


def fill_form(
    sent: MultiDict[str, str], readings: list[Reading], first: dict[str, str]
) -> tuple[MultiDict[str, str], list[Asked]]:
    """Lay the reading of a line into the form. Returns the filled form, and the values that a person must choose between.

    A field that a person filled in keeps its value, unless they agreed to replace it. `first` holds the values of a form
    that was not shown before. Several events fill in nothing: a person chooses of them.
    """
    filled = MultiDict(sent)
    for name, value in first.items():
        filled[name] = filled.get(name) or value
    before = _last_given(filled)
    found = readings[0].values if len(readings) == 1 else {}
    read = {name: _as_typed(value) for name, value in found.items()}
    conflicts: list[Asked] = []
    gave: dict[str, list[str]] = {}
    for group in _groups({*read, *before}):
        own = _typed_by_person(filled, group, before, read)
        if own and group[0] not in filled.getlist(OVER):
            conflicts += [(group[0], name, own[name], read[name]) for name in own if name in read]
            gave |= {name: before[name] for name in group if name in before}
        else:
            _fill_group(filled, group, before, read)
            gave |= {name: read[name] for name in group if name in read}
    filled[GAVE] = json.dumps(gave, ensure_ascii=False)
    return filled, conflicts


def _typed_by_person(filled: MultiDict[str, str], group: tuple[str, ...], before: Typed, read: Typed) -> Typed:
    """Return the fields of a group whose value comes neither from this line nor from its last reading."""
    held = {name: _held(filled, name) for name in group}
    return {name: value for name, value in held.items() if value and value not in (before.get(name), read.get(name))}


def _fill_group(filled: MultiDict[str, str], group: tuple[str, ...], before: Typed, read: Typed) -> None:
    """Fill in a group; a field that a person emptied after the last reading stays empty."""
    for name in group:
        emptied = name in before and not _held(filled, name) and before[name] == read.get(name)
        filled.setlist(name, [] if emptied else read.get(name, DEFAULTS.get(name, [])))


def describe(
    form: EventForm, sent: MultiDict[str, str], readings: list[Reading], conflicts: list[Asked]
) -> Description:
    """Describe the reading for the page, and give the focus to the first field that needs attention."""
    line, reading = sent.get(LINE, ""), readings[0]
    if len(readings) > 1:
        return Description(line, [], [], "", [], sent.get(GAVE, ""), "", events(readings))
    doubts = sorted(reading.doubts, key=lambda doubt: _place(form, doubt.field))
    missing = [name for name in MUST if not form[name].data]
    wanted = [*missing, *(doubt.field for doubt in doubts), *(name for _group, name, *_rest in conflicts)]
    focus = next((name for name in wanted if name in form), "") if line.strip() else ""
    if focus:
        form[focus].render_kw = {"autofocus": True}
    shown_conflicts = [
        Conflict(group, label(form, name), _shown(form, name, typed), _shown(form, name, new))
        for group, name, typed, new in conflicts
    ]
    return Description(
        line, understood(form, reading), doubts, reading.left, shown_conflicts, sent.get(GAVE, ""), focus
    )


def events(readings: list[Reading]) -> tuple[tuple[str, str, int], ...]:
    """List the events of a programme; () for a single event."""
    if len(readings) < 2:
        return ()
    return tuple((reading.values.get("title", "—"), _said_when(reading), len(reading.doubts)) for reading in readings)


def _said_when(reading: Reading) -> str:
    return " ".join(finding.meaning for finding in reading.understood if finding.field in WHEN)


def understood(form: EventForm, reading: Reading) -> list[tuple[str, str, str, str]]:
    """List the findings in text order, neighbours of one label joined; the words only where they differ from the meaning."""
    rows: list[tuple[str, str, str, str]] = []
    for finding in reading.understood:
        row = (
            finding.field,
            label(form, finding.field),
            finding.meaning,
            "" if finding.text in finding.meaning else finding.text,
        )
        if rows and rows[-1][1] == row[1]:
            last = rows.pop()
            row = (*last[:2], f"{last[2]} {row[2]}", f"{last[3]} {row[3]}".strip())
        rows.append(row)
    return rows


def label(form: EventForm, name: str) -> str:
    if name in WHEN:
        return str(gettext("When"))
    name = {"venue_new": "venue_id"}.get(name, name)
    return str(form[name].label.text) if name in form else name


def _groups(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the groups of these fields; a field without a group is one by itself."""
    groups = [next((group for group in GROUPS if name in group), (name,)) for name in sorted(names)]
    return list(dict.fromkeys(groups))


def _last_given(filled: MultiDict[str, str]) -> dict[str, list[str]]:
    """Return the values of the last reading. They come back from the browser, so they may be anything."""
    try:
        before = json.loads(filled.get(GAVE, ""))
    except ValueError:
        return {}
    if not isinstance(before, dict):
        return {}
    return {name: [str(item) for item in value] for name, value in before.items() if isinstance(value, list)}


def _held(filled: MultiDict[str, str], name: str) -> list[str]:
    """Return the values of a field, [] for blanks and defaults."""
    values = [value.replace("\r\n", "\n") for value in filled.getlist(name) if value.strip()]
    return [] if values == DEFAULTS.get(name) else values


def _as_typed(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(item) for item in value]
    return ["y" if value is True else str(value)]


def _place(form: EventForm, name: str) -> int:
    names = [field.name for field in form]
    return names.index(name) if name in names else len(names)


def _shown(form: EventForm, name: str, values: list[str]) -> str:
    """Write values for people: the labels of chosen options."""
    choices = {str(choice.value): str(choice.label) for choice in getattr(form[name], "choices", None) or ()}
    return "、".join(choices.get(value, value) for value in values)

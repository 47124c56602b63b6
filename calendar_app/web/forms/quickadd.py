"""One line into the form of a new event. What was typed in a field stays; the line fills what is empty, and asks about the rest."""

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
LINE, GAVE, OVER = (
    "quick",
    "quick_gave",
    "quick_over",
)  # names of the inputs: the line, what it gave last, what it may replace

# What belongs together: a line's end with a typed start would be a third date that nobody meant.
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


Asked = tuple[
    str, str, list[str], list[str]
]  # the group's first field, the field, what stands there, what the line says


@dataclass(frozen=True, slots=True)
class Kept:
    """What was filled in otherwise: what stands there, and what the line says. `group` may be replaced as a whole."""

    group: str
    label: str
    typed: str
    said: str


@dataclass(frozen=True, slots=True)
class Told:
    """What the page shows of the line. `understood` are (field, label, words said back, words of the line).

    `focus` is the first field that misses something or is doubtful, "" if there is none.
    """

    line: str
    understood: list[tuple[str, str, str, str]]
    doubts: list[Doubt]
    left: str
    kept: list[Kept]
    gave: str
    focus: str


def look(session: Session, line: str, today: date) -> Reading:
    venues = [KnownVenue(*row) for row in session.execute(select(Venue.id, Venue.name, Venue.name_en))]
    tags = session.scalars(select(Tag.name).limit(KNOWN_TAGS)) if "#" in line or "＃" in line else ()
    return quickadd.parse_text(line, today, venues=venues, tags=tags, lang=lang())


def fill(given: MultiDict[str, str], draft: Reading, first: dict[str, str]) -> tuple[MultiDict[str, str], list[Asked]]:
    """The form as it would be sent with the line in it, and what was not taken. `first` fills a form not yet seen."""
    filled = MultiDict(given)
    for name, value in first.items():
        filled[name] = filled.get(name) or value
    before = _gave(filled)
    said = {name: _typed(value) for name, value in draft.values.items()}
    kept: list[Asked] = []
    gave: dict[str, list[str]] = {}
    for group in _groups({*said, *before}):
        typed = {name: _held(filled, name) for name in group}
        mine = [name for name in group if typed[name] and typed[name] not in (before.get(name), said.get(name))]
        if mine and group[0] not in filled.getlist(OVER):
            kept += [(group[0], name, typed[name], said[name]) for name in mine if name in said]
            gave |= {name: before[name] for name in group if name in before}
            continue
        for name in group:
            emptied = name in before and not typed[name] and before[name] == said.get(name)
            filled.setlist(name, [] if emptied else said.get(name, DEFAULTS.get(name, [])))
        gave |= {name: said[name] for name in group if name in said}
    filled[GAVE] = json.dumps(gave, ensure_ascii=False)
    return filled, kept


def told(form: EventForm, given: MultiDict[str, str], draft: Reading, kept: list[Asked]) -> Told:
    """What the page says of the line. The field that a person should look at first gets the focus."""
    line = given.get(LINE, "")
    doubts = sorted(draft.doubts, key=lambda one: _place(form, one.field))
    missing = [name for name in MUST if not form[name].data]
    wanted = [*missing, *(one.field for one in doubts), *(name for _group, name, *_rest in kept)]
    focus = next((name for name in wanted if name in form), "") if line.strip() else ""
    if focus:
        form[focus].render_kw = {"autofocus": True}
    asked = [
        Kept(group, label(form, name), _shown(form, name, typed), _shown(form, name, said))
        for group, name, typed, said in kept
    ]
    return Told(line, understood(form, draft), doubts, draft.left, asked, given.get(GAVE, ""), focus)


def understood(form: EventForm, draft: Reading) -> list[tuple[str, str, str, str]]:
    """In the order of the line, what speaks of the same side by side; the words only where they were other ones."""
    rows: list[tuple[str, str, str, str]] = []
    for one in draft.understood:
        row = (one.field, label(form, one.field), one.said, "" if one.text in one.said else one.text)
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
    """The groups that these fields belong to, each alone where it has none."""
    found = [next((group for group in GROUPS if name in group), (name,)) for name in sorted(names)]
    return list(dict.fromkeys(found))


def _gave(filled: MultiDict[str, str]) -> dict[str, list[str]]:
    """What the line gave when it was read last; it comes back from the browser, so it may be anything."""
    try:
        before = json.loads(filled.get(GAVE, ""))
    except ValueError:
        return {}
    if not isinstance(before, dict):
        return {}
    return {name: [str(one) for one in value] for name, value in before.items() if isinstance(value, list)}


def _held(filled: MultiDict[str, str], name: str) -> list[str]:
    """What stands in a field; [] where that is nothing."""
    values = [value.replace("\r\n", "\n") for value in filled.getlist(name) if value.strip()]
    return [] if values == DEFAULTS.get(name) else values


def _typed(value: Any) -> list[str]:
    if isinstance(value, list):
        return [str(one) for one in value]
    return ["y" if value is True else str(value)]


def _place(form: EventForm, name: str) -> int:
    names = [field.name for field in form]
    return names.index(name) if name in names else len(names)


def _shown(form: EventForm, name: str, values: list[str]) -> str:
    """As a person reads it: the names of what was chosen."""
    choices = {str(one.value): str(one.label) for one in getattr(form[name], "choices", None) or ()}
    return "、".join(choices.get(value, value) for value in values)

"""Advice before an entry becomes public: possible mistakes in words, each with its input. Advice never refuses a form."""

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, date, datetime, time
from typing import Any

from flask import flash, request
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.dates import formatting, recurrence
from calendar_app.dates.recurrence import BadRule
from calendar_app.db.models import Entry, Event, Occurrence, Revision
from calendar_app.entries import advice, describe, duplicates, occurrences, revisions
from calendar_app.entries.advice import Advice
from calendar_app.entries.revisions import Values
from calendar_app.listings import conflicts
from calendar_app.text import languages
from calendar_app.web import config
from calendar_app.web.forms import fields, form_values, translations
from calendar_app.web.forms.fields import lang

SHOWN = 6  # of one kind
NEEDED = (
    "start",
    "end",
    "all_day",
    "timezone",
    "rule",
    "rdates",
    "exdates",
    "overrides",
    "slots",
    "audience",
    "venue_id",
    "parent_id",
)
WORDS = {
    "past": _("The date has already passed."),
    "alt": _("A photo has no description yet for people who cannot see it."),
    "deadline": _("It says how to apply but gives no deadline."),
    "weekday": _("“%(found)s” is not that weekday."),
    "mobile": _("“%(found)s” looks like a personal mobile number."),
    "mail": _("“%(found)s” looks like a private address."),
    "letters": _("“%(found)s” may be displayed or read aloud incorrectly on some devices."),
    "lost_dates": _(
        "The cancelled or changed date of %(found)s does not fit the new days: that week will go ahead as usual. "
        "Exclude a new date if it should not."
    ),
    "here": _("Link text should say where the link leads, not “%(found)s”."),
    "tongues": _(
        "Not yet in %(found)s: their readers get this emergency in the original. Ready sentences and the fields under "
        "“In other languages” help."
    ),
    "double": _("“%(found)s” is already on that day."),
    "venue": _("“%(found)s” is at the same venue at the same time."),
    "audience": _("“%(found)s” is for the same people on that day."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One piece of advice. `field` is the input to jump to; `mends` are texts that one press writes there, as (words, typed)."""

    code: str
    field: str
    message: str
    mends: list[tuple[str, str]] = dataclass_field(default_factory=list)


def lines(session: Session, kind: str, values: Values, entry: Entry | None, *, today: date) -> list[Line]:
    """The advice on the values of a form. Of a public entry, only advice that its present values do not give."""
    pieces = _all(session, kind, values, entry, today)
    if entry and entry.public:
        before = _all(session, kind, revisions.values(entry), entry, today)
        pieces = [piece for piece in pieces if piece not in before]
    return list(map(_line, pieces))


def of_dates(form: Any) -> list[Line]:
    """Advice on dates typed with a wrong weekday, which the saved values do not show."""
    return [Line("date_weekday", name, mend.message, mend.ways) for name, mend in fields.mends(form).items()]


def unexplained(session: Session, entry: Entry, was: Values) -> bool:
    """Whether the latest change gave a public event new firm dates, so that readers should learn the reason."""
    if not isinstance(entry, Event) or "confirmed" not in (was["certainty"], entry.certainty):
        return False
    newest = select(Revision).where(Revision.entry_id == entry.id).order_by(Revision.number.desc()).limit(1)
    return session.scalars(newest).one().kind in ("rescheduled", "confirmed", "dates_added")


def _all(session: Session, kind: str, values: Values, entry: Entry | None, today: date) -> list[Advice]:
    pieces = advice.check_values(values, today) + _tongues(values)
    double = duplicates.find_duplicate(
        session, kind, values, entry.id if entry else None, datetime.combine(today, time(), UTC)
    )
    if double:
        pieces.append(Advice("double", "title", double.title))
    if kind == "event" and values.get("start"):
        met = _met(session, values, entry, today)
        pieces += [piece for piece in met if not double or piece.found != describe.title(double, lang())]
        pieces += advice.lost_dates(before := revisions.values(entry), before | values) if entry else []
    return pieces


def _tongues(values: Values) -> list[Advice]:
    """Advice on an emergency whose title is not in every language of the site: many who need it read no Japanese."""
    said = values.get("translations") or {}
    lacking = [code for code in config.offered if code != config.language and not said.get(code, {}).get("title")]
    if values.get("importance") != "emergency" or not lacking:
        return []
    names = languages.comma(lang()).join(languages.called(code, lang()) for code in lacking)
    return [Advice("tongues", translations.name_of("title", lacking[0]), names)]


def _met(session: Session, values: Values, entry: Entry | None, today: date) -> list[Advice]:
    """Advice on other events at the same time, from dates that are not in the database yet."""
    event = Event(**{name: revisions.decode(name, values[name]) for name in NEEDED if values.get(name) is not None})
    event.id, event.status, event.precision = entry.id if entry else 0, "scheduled", values.get("precision", "exact")
    for name in ("rdates", "exdates", "overrides", "slots", "adjusted"):
        setattr(event, name, getattr(event, name) or [])
    event.rule, event.audience = event.rule or "", event.audience or ""
    try:
        rows = occurrences.occurrence_rows(event, recurrence.expand(event.repeat, date.max))
    except BadRule:
        return []
    for row in rows[: conflicts.MOST]:
        Occurrence(**row._asdict()).event = event
    met = conflicts.of(session, event, today)[:SHOWN]
    names = {"venue": "venue_id", "audience": "audience"}
    return [Advice(each.why, names[each.why], describe.title(each.other.event, lang())) for each in met]


def _line(piece: Advice) -> Line:
    name = form_values.PARTS.get(piece.field, (piece.field,))[0]
    text = formatting.say_date(date.fromisoformat(piece.found), lang()) if piece.code == "lost_dates" else piece.found
    return Line(piece.code, name, str(WORDS[piece.code]) % {"found": text})


def advice_once(
    form: Any, session: Session, kind: str, values: Values, entry: Entry | None, *, today: date
) -> list[Line]:
    """The advice on an entry about to become public. It appears once: pressing the button again publishes.

    A draft is saved without advice; a message names weekdays that were typed wrongly.
    """
    action = request.form.get("action")
    if form.errors or form.warned.data:
        return []
    if not (action in ("publish", "schedule") or (entry is not None and entry.public)):
        for line in of_dates(form):
            flash(line.message)
        return []
    if advice_lines := of_dates(form) + lines(session, kind, values, entry, today=today):
        form.warned.data = "y"
    return advice_lines

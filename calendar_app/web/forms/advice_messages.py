"""Before an entry is public: everything that looks odd, in words, each with the field to jump to. Nothing here refuses."""

from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import flash, request
from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.dates import recurrence
from calendar_app.dates.recurrence import BadRule
from calendar_app.db.models import Entry, Event, Occurrence, Revision
from calendar_app.entries import advice, describe, duplicates, occurrences, revisions
from calendar_app.entries.advice import Advice
from calendar_app.entries.revisions import Values
from calendar_app.listings import conflicts
from calendar_app.web.forms import fields, form_values
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
    "here": _("Link text should say where the link leads, not “%(found)s”."),
    "double": _("“%(found)s” is already on that day."),
    "venue": _("“%(found)s” is at the same venue at the same time."),
    "audience": _("“%(found)s” is for the same people on that day."),
}


@dataclass(frozen=True, slots=True)
class Line:
    """`field` is the id to jump to; `mends` are what one press writes there, each as (words, typed)."""

    code: str
    field: str
    said: str
    mends: list[tuple[str, str]] = dataclass_field(default_factory=list)


def lines(session: Session, kind: str, values: Values, entry: Entry | None, *, today: date) -> list[Line]:
    """What looks odd; of an entry that is public, only what has not been so before."""
    found = _all(session, kind, values, entry, today)
    if entry and entry.public:
        before = _all(session, kind, revisions.values(entry), entry, today)
        found = [one for one in found if one not in before]
    return [_line(one) for one in found]


def of_dates(form: Any) -> list[Line]:
    """Dates that were typed with another day's weekday; what is saved does not show it any more."""
    return [Line("date_weekday", name, one.said, one.ways) for name, one in fields.mends(form).items()]


def unexplained(session: Session, entry: Entry, was: Values) -> bool:
    """Whether firm dates of a public event have just changed, so that its readers should be told why."""
    if not isinstance(entry, Event) or "confirmed" not in (was["certainty"], entry.certainty):
        return False
    newest = select(Revision).where(Revision.entry_id == entry.id).order_by(Revision.number.desc()).limit(1)
    return session.scalars(newest).one().kind in ("rescheduled", "confirmed", "dates_added")


def _all(session: Session, kind: str, values: Values, entry: Entry | None, today: date) -> list[Advice]:
    found = advice.check_values(values, today)
    double = duplicates.find_duplicate(
        session, kind, values, entry.id if entry else None, datetime.combine(today, time(), UTC)
    )
    if double:
        found.append(Advice("double", "title", double.title))
    if kind == "event" and values.get("start"):
        met = _met(session, values, entry, today)
        found += [one for one in met if not double or one.found != describe.title(double, lang())]
    return found


def _met(session: Session, values: Values, entry: Entry | None, today: date) -> list[Advice]:
    """Whom it would meet: worked out from dates that are not in the database."""
    event = Event(**{name: revisions.decode(name, values[name]) for name in NEEDED if values.get(name) is not None})
    event.id, event.status, event.precision = entry.id if entry else 0, "scheduled", values.get("precision", "exact")
    for name in ("rdates", "exdates", "overrides", "slots", "adjusted"):
        setattr(event, name, getattr(event, name) or [])
    event.rule, event.audience = event.rule or "", event.audience or ""
    try:
        made = occurrences.occurrence_rows(event, recurrence.expand(event.repeat, date.max))
    except BadRule:
        return []
    for row in made[: conflicts.MOST]:
        Occurrence(**row._asdict()).event = event
    met = conflicts.of(session, event, today)[:SHOWN]
    fields = {"venue": "venue_id", "audience": "audience"}
    return [Advice(one.why, fields[one.why], describe.title(one.other.event, lang())) for one in met]


def _line(one: Advice) -> Line:
    field = form_values.PARTS.get(one.field, (one.field,))[0]
    return Line(one.code, field, str(WORDS[one.code]) % {"found": one.found})


def asked(
    form: Any, session: Session, kind: str, values: Values, entry: Entry | None, *, today: date, zone: ZoneInfo
) -> list[Line]:
    """What looks odd in something about to be public. It is said once: pressing again publishes.

    What only becomes a draft is saved whatever is odd; a message says what was typed and dropped.
    """
    action = request.form.get("action")
    if form.errors or form.warned.data:
        return []
    if not (action in ("publish", "schedule") or (entry is not None and entry.public)):
        for one in of_dates(form):
            flash(one.said)
        return []
    if action == "schedule":
        form_values.publish_moment(form, today=today, zone=zone)
    if found := of_dates(form) + lines(session, kind, values, entry, today=today):
        form.warned.data = "y"
    return found

"""The accessibility part of a form: one list for each facility, a note, and the day until which to ask."""

from datetime import date, time
from typing import Any

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from calendar_app.db.models import Venue
from calendar_app.entries.revisions import Values
from calendar_app.text import facilities
from calendar_app.web.forms.declared import day, typed
from calendar_app.web.forms.fields import iso, lang, moment, parsed

ANSWERS = {"yes": True, "no": False}
NAMES = {code: f"has_{code}" for code in facilities.TYPED}
FIELDS = (*NAMES.values(), "facilities_note", "facilities_by")


class SupportFields:
    """The fields of the accessibility part. The loop below adds one list for each facility."""

    facilities_note = typed("facilities_note")
    facilities_by = day("facilities_by", _("For sign language, often ten days before"))


def _list(code: str) -> SelectField:
    unsaid = _("same as the venue") if facilities.FACILITIES[code].of_place else "—"
    answers = [SelectChoice(name, LazyString(_say, code, there)) for name, there in ANSWERS.items()]
    return SelectField(LazyString(_name, code), default="", choices=[SelectChoice("", unsaid), *answers])


def _name(code: str) -> str:
    return facilities.name(code, lang())


def _say(code: str, there: bool) -> str:
    return facilities.say(code, there, lang())


for _code, _field in NAMES.items():
    setattr(SupportFields, _field, _list(_code))


def offer(form: Any, session: Session) -> None:
    """Store the facilities of each venue in words in the form, for the line above the lists."""
    rows = session.execute(select(Venue.id, Venue.facilities, Venue.facilities_note))
    venues = {str(row.id): (facilities.cleaned(row.facilities), row.facilities_note) for row in rows}
    form.at_venues = {
        id_: "　".join(filter(None, [facilities.sentence(known, lang()), note]))
        for id_, (known, note) in venues.items()
        if known or note
    }


def read(form: Any, was: Values, today: date) -> Values:
    """The values of these fields; a facility that the form does not ask about stays as it was."""
    others = {code: there for code, there in was.get("facilities", {}).items() if code not in NAMES}
    typed = {code: ANSWERS[form[name].data] for code, name in NAMES.items() if form[name].data in ANSWERS}
    by = moment(form.facilities_by, None, today, time(0))
    return {"facilities": facilities.cleaned(others | typed), "facilities_by": iso(by)}


def fill(form: Any, values: Values) -> None:
    known = values.get("facilities", {})
    words = {there: name for name, there in ANSWERS.items()}
    for code, name in NAMES.items():
        form[name].data = words.get(known.get(code), "")
    by = parsed(values.get("facilities_by"))
    form.facilities_by.data = f"{by:%Y-%m-%d}" if by else ""

"""Fill a form from an existing entry: as a copy or as its next edition, with messages about the moved dates."""

from datetime import date
from typing import Any

from flask_babel import gettext
from sqlalchemy import select
from sqlalchemy.orm import Session

from calendar_app.config import Config
from calendar_app.dates import formatting, next_edition, rrule_text
from calendar_app.dates.next_edition import Move
from calendar_app.db.models import Entry, Event, Template, Venue
from calendar_app.entries import describe, revisions
from calendar_app.listings import seasons
from calendar_app.staff.templates import NextForm
from calendar_app.text.ready_sentences import SENTENCES
from calendar_app.web.forms import NTHS, form_values
from calendar_app.web.forms.fields import lang


def fill(session: Session, form: Any, source: Entry, wanted: str, config: Config, today: date) -> list[str]:
    """Fill `form` from `source`; with `wanted` "year" as its next edition. Return messages that describe it."""
    values = revisions.values(source)
    if not isinstance(source, Event):
        form_values.fill(form, values, config.zone)
        return [gettext("A copy of “%(title)s”. Please check it.", title=source.title)]
    if wanted == "year":
        values, move = next_edition.next_year(
            values, [edition.start.date() for edition in seasons.editions(source)], today
        )
        values["parent_id"] = _next_parent(session, source)
        form_values.fill(form, values, config.zone)
        form.previous.data = source.public_id
        return [gettext("The next edition of “%(title)s”.", title=source.title), *_say(move, source)]
    form_values.fill(form, next_edition.again(values), config.zone)
    form.start_date.data = form.end_date.data = ""
    return [gettext("A copy of “%(title)s”. Only the date is missing.", title=source.title)]


def from_template(form: Any, template: Template, following: NextForm, config: Config) -> list[str]:
    """Fill `form` from a template, on the day of its pattern. Return messages that describe it."""
    form_values.fill(form, following.values, config.zone)
    form.template.data, form.template_name.data = str(template.id), template.name
    form.template_city.data = template.department_id is None
    messages = [gettext("From the template “%(name)s”. Nothing is public yet.", name=template.name)]
    if template.kind != "event":
        return messages
    if following.day is None:
        form.start_date.data = form.end_date.data = ""
        return [*messages, gettext("Only the date is missing.")]
    day = formatting.say_date(following.day, lang())
    messages.append(
        gettext("%(day)s, the next date (%(pattern)s)", day=day, pattern=rrule_text.say(template.pattern, lang()))
    )
    if name := formatting.holiday(following.day):
        messages.append(gettext("%(day)s is a public holiday: %(name)s", day=day, name=name))
    return messages


def from_sentence(session: Session, form: Any, kind: str, code: str, place: str, config: Config) -> list[str]:
    """Fill the form of an announcement with a ready sentence in every language of the site. Return a message; none for
    an unknown sentence.

    A place that is a known venue has its name in each language; another stays as typed.
    """
    if code not in SENTENCES or kind != "announcement":
        return []
    sentence, venue = SENTENCES[code], session.scalar(select(Venue).where(Venue.name == place))
    said = {}
    for other in config.offered:
        name = describe.text(venue, "name", other) if venue else place
        said[other] = {
            "title": sentence.title[other].format(place=name),
            "summary": sentence.text[other].format(place=name),
        }
    own = said.pop(config.language)
    form_values.fill(form, own | {"importance": "emergency", "translations": said}, config.zone)
    return [gettext("The sentence is filled in here, in every language of the site. Nothing is public yet.")]


def _next_parent(session: Session, source: Event) -> int | None:
    """The next edition of the season to which `source` belongs, if it exists."""
    if source.parent_id is None:
        return None
    query = select(Event.id).where(Event.previous_id == source.parent_id, Event.state != "withdrawn")
    return session.scalar(query.order_by(Event.start.desc()).limit(1))


def _say(move: Move, source: Event) -> list[str]:
    old, new = formatting.say_date(move.old, lang()), formatting.say_date(move.new, lang())
    if move.nth:
        nth = str(dict(NTHS)[move.nth])
        why = gettext(
            "by weekday: %(nth)s %(weekday)s of the month", nth=nth, weekday=formatting.weekday(move.new, lang())
        )
    else:
        why = gettext("on the same date as before")
    messages = [gettext("%(old)s → %(new)s, %(why)s", old=old, new=new, why=why)]
    if name := formatting.holiday(move.new):
        messages.append(gettext("%(day)s is a public holiday: %(name)s", day=new, name=name))
    if source.apply_deadline or source.apply_start or source.reserve_start:
        messages.append(gettext("The application and reserve dates were moved by the same number of days."))
    if source.exdates or source.overrides:
        messages.append(gettext("Excluded dates and changes to single dates were not copied."))
    return messages
